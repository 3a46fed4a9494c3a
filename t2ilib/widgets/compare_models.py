"""Type a sentence, and each model draws it from the same noise; whose birds are what was said?

Below the rows stands, for the first picture of each, the nearest picture of the training set: is it a copy?
"""

import base64
from collections.abc import Iterable, Sequence
from functools import cache
from html import escape
from pathlib import Path
from typing import NamedTuple

import ipywidgets as widgets
import numpy as np
import torch
from PIL import Image

from t2ilib import checkpoint, runtime, sample
from t2ilib.data import rendered
from t2ilib.data.birds import World
from t2ilib.figures import COLOUR, Markup, png_bytes
from t2ilib.figures_pairs import Mark
from t2ilib.metrics.probe import Reader, read
from t2ilib.papers import gan_cls
from t2ilib.sample import LONGEST_SENTENCE, PAPERS, SHOWN_CAPTIONS, Drawing, Painter
from t2ilib.widgets.between_sentences import LAST_NOISE, line_field
from t2ilib.widgets.panel import Panel
from t2ilib.widgets.sentence import STYLE, said, surprise

TITLES = gan_cls.TITLES | {"df_gan": "DF-GAN"}
ACROSS = 6                      # pictures of a row
TRAINING = {"smoke": 100, "laptop": 2000, "gpu": 2000}      # training pictures that are compared with, by profile
YARDSTICK = 200                 # of them at most tell how near real pictures come to each other
ROW_STYLE = STYLE + """<style>
.t2i-row { box-sizing: border-box; width: 804px; max-width: 100%; background: #FBFAF7; color: #222222;
  font: 12px/1.4 "DejaVu Sans", Verdana, sans-serif; padding: 8px; }
.t2i-row > p { margin: 0 0 4px; font-size: 13px; }
.t2i-row > div { display: grid; grid-template-columns: repeat(auto-fill, 128px); gap: 4px; }
.t2i-row figure { margin: 0; }
.t2i-row img { display: block; box-sizing: border-box; width: 128px; height: 128px; margin: 0;
  image-rendering: pixelated; }
.t2i-row figcaption { margin: 3px 0 2px; overflow-wrap: anywhere; }
</style>"""


class Album:
    """Training pictures as the probe sees them."""

    def __init__(self, images: np.ndarray, probe: Reader):
        """`images` are (M, 64, 64, 3) uint8, at least two."""
        self.images, self.probe = images, probe
        self.features = torch.cat([self.see(images[start:start + 250]) for start in range(0, len(images), 250)])

    def see(self, images: np.ndarray) -> torch.Tensor:
        """(N, 64, 64, 3) uint8 -> (N, F)."""
        return torch.from_numpy(read(self.probe, runtime.to_tensor(images)).features)

    def distances(self, images: np.ndarray) -> torch.Tensor:
        """From pictures and from their mirror images to all of the album: (N, 64, 64, 3) -> (2, N, M), Euclidean.

        A generator is trained on mirrored pictures too, so a mirrored copy is a copy.
        """
        return torch.stack([torch.cdist(self.see(view), self.features) for view in (images, images[:, :, ::-1])])

    def nearest(self, image: np.ndarray) -> tuple[np.ndarray, float]:
        """The picture that is nearest to (64, 64, 3), mirrored if it is nearer that way, and its distance."""
        found = self.distances(image[None])[:, 0]
        mirrored, row = divmod(int(found.argmin()), len(self.images))
        picture = self.images[row]
        return picture[:, ::-1] if mirrored else picture, float(found.min())

    def usual(self) -> float:
        """The median distance of a picture of the album to the nearest other one."""
        count = min(YARDSTICK, len(self.images))
        found = self.distances(self.images[:count])
        found[:, range(count), range(count)] = float("inf")
        return float(found.amin((0, 2)).median())


@cache
def training_album(profile: str) -> Album:
    """The first pictures of the world that the shipped models were trained on; seen once for each profile."""
    return Album(rendered.load(World(0, 2), "train", TRAINING[profile], 64).images, sample.load_probe())


class Model(NamedTuple):
    """A generator to compare."""

    title: str                  # "GAN-CLS"
    trained: str                # "40,000 steps", or nothing if nobody knows
    painter: Painter


def there(names: Iterable[str]) -> list[str]:
    """Of some models those whose weights are there."""
    return [name for name in names if (runtime.CHECKPOINTS / f"{name}.safetensors").exists()]


def shipped_models(names: Sequence[str] | None = None) -> list[Model]:
    """The named models, or all that draw sentences and whose weights are there, in the order of their papers.

    Raises: ValueError if there is none; FileNotFoundError for a name without a checkpoint.
    """
    names = there(PAPERS) if names is None else names
    if not names:
        raise ValueError(f"there should be one model or more to compare, got none; give some of {', '.join(PAPERS)}, "
                         "or the .safetensors file of your own training")
    return [Model(TITLES.get(name, Path(name).stem), trained(name), Painter.shipped(name)) for name in names]


def trained(name: str) -> str:
    """How long a model was trained, from its card: '40,000 steps', all that it was continued from included."""
    card, steps = checkpoint.read_card(checkpoint.find(name)), 0
    while card:
        steps, card = steps + card["steps"], card.get("from")
    return f"{steps:,} steps" if steps else ""


class Row(NamedTuple):
    """What a model draws, and what of the training set is nearest to its first picture."""

    model: Model
    drawing: Drawing
    nearest: np.ndarray         # (64, 64, 3) uint8
    distance: float             # in probe features

    @property
    def found(self) -> tuple[int, int]:
        """How many named colours the probe finds, and how many are named, over all pictures."""
        marks = [wanted == seen for own in self.drawing.seen for _, wanted, seen in own]
        return sum(marks), len(marks)


def compare(models: Sequence[Model], album: Album, sentence: str, seed: int = 0) -> list[Row]:
    """Let each model draw a sentence from the same six noises."""
    rows = []
    for model in models:
        drawing = model.painter.draw(sentence, n=ACROSS, seed=seed)
        rows.append(Row(model, drawing, *album.nearest(drawing.images[0])))
    return rows


def models_view(rows: Sequence[Row], usual: float, count: int) -> Markup:
    """A row for each model, the nearest training pictures below, and what the sentence was taken to say.

    `usual` is how far a training picture is from its nearest other one, `count` how many were looked at.
    """
    drawn = "".join(map(row_html, rows))
    lines = [headline(row) for row in rows] + [nearest_line(rows, usual, count)]
    return Markup(f"{ROW_STYLE}{drawn}{nearest_html(rows, usual, lines[-1])}{said(rows[0].drawing)}", "\n".join(lines))


def headline(row: Row) -> str:
    """Title, steps and the share of named colours that are found."""
    right, asked = row.found
    share = f"named colours found: {right} of {asked}" if asked else "the sentence names no colour"
    return " · ".join(filter(None, (row.model.title, row.model.trained, share)))


def row_html(row: Row) -> str:
    """The six pictures of a model, with the probe's reading under each."""
    figures = "".join(bird(f"{row.model.title}, picture {number}", picture, own) for number, (picture, own)
                      in enumerate(zip(row.drawing.images, row.drawing.seen), 1))
    title, *rest = headline(row).split(" · ")
    told = " · ".join((f"<b>{escape(title)}</b>", *map(escape, rest)))
    return f'<div class="t2i-row"><p>{told}</p><div>{figures}</div></div>'


def bird(name: str, picture: np.ndarray, seen: Sequence[tuple[str, str, str]]) -> str:
    """A picture, and a line for each named colour: mark, word, and what the probe sees instead."""
    marks = [Mark(f"{wanted} {part}", wanted == found, "" if wanted == found else found)
             for part, wanted, found in seen]
    lines = "".join(f"<div>{'✓' if mark.holds else '✗'} <u>{escape(mark.named)}</u>: {escape(mark.verdict)}</div>"
                    for mark in marks)
    alt = ". ".join([name, *(f"{mark.named}: {mark.verdict}" for mark in marks)])
    return f"<figure>{picture_html(picture, alt)}<figcaption>{lines}</figcaption></figure>"


def picture_html(picture: np.ndarray, alt: str, frame: str = "") -> str:
    """A picture at twice its size, perhaps with a frame."""
    data = base64.b64encode(png_bytes(Image.fromarray(np.ascontiguousarray(picture)))).decode()
    style = f' style="outline:2px solid {frame};outline-offset:-2px"' if frame else ""
    return f'<img alt="{escape(alt)}"{style} src="data:image/png;base64,{data}">'


def nearest_line(rows: Sequence[Row], usual: float, count: int) -> str:
    """How far the nearest training pictures are, and how far real ones are from each other."""
    told = ", ".join(f"{row.model.title} {row.distance:.0f}" for row in rows)
    return (f"Nearest of {count:,} training pictures to the first of each row, and how far it is: {told}. Training "
            f"pictures are {usual:.0f} from their nearest other one (median); a copy would be at 0.")


def nearest_html(rows: Sequence[Row], usual: float, line: str) -> str:
    """The nearest training pictures, framed as real ones."""
    figures = "".join(
        f"<figure>{picture_html(row.nearest, f'nearest training picture to {row.model.title}', COLOUR['real'])}"
        f"<figcaption>{escape(row.model.title)}: {row.distance:.0f} apart{suspicion(row.distance, usual)}</figcaption>"
        "</figure>" for row in rows)
    return f'<div class="t2i-row"><p>{escape(line)}</p><div>{figures}</div></div>'


def suspicion(distance: float, usual: float) -> str:
    """A word if a picture is nearer than half as far as real ones are from each other."""
    return ". A copy?" if distance < usual / 2 else ""


class CompareModels(Panel):
    """A sentence, and the number of the noise that all models draw it from."""

    def __init__(self, models: Sequence[Model], album: Album, sentence: str):
        self.models, self.album, self.usual = models, album, album.usual()
        self.first, self.rng = sentence, np.random.default_rng()
        self.sentence = line_field("sentence", sentence)
        self.noise = widgets.BoundedIntText(0, min=0, max=LAST_NOISE, description="noise",
                                            style={"description_width": "120px"},
                                            layout=widgets.Layout(width="220px"))
        super().__init__([self.sentence, self.noise], "a caption of a bird that no generator has seen",
                         "the first sentence and its birds")
        for control in (self.sentence, self.noise):
            control.observe(self.soon, "value")

    def picture(self) -> Markup:
        rows = compare(self.models, self.album, self.sentence.value, self.noise.value)
        return models_view(rows, self.usual, len(self.album.images))

    def settings(self) -> dict[str, str]:
        return {"sentence": self.sentence.value[:LONGEST_SENTENCE], "noise": str(self.noise.value)}

    def surprise(self, _button=None) -> None:
        """A caption of an unseen species."""
        self.sentence.value = surprise(self.rng)

    def reset(self, _button=None) -> None:
        """The first sentence, and its birds."""
        self.sentence.value, self.noise.value = self.first, 0
        self.soon()


def compare_models(names: Sequence[str] | None = None, sentence: str = SHOWN_CAPTIONS[0], profile: str = "") \
        -> CompareModels:
    """The named models, or all shipped ones, drawing what is typed.

    `profile` says with how many training pictures they are compared. Raises: as `shipped_models`.
    """
    return CompareModels(shipped_models(names), training_album(runtime.profile(profile)), sentence)
