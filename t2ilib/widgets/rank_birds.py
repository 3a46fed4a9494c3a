"""Type a sentence and see which pictures of unseen birds an encoder finds nearest to it, and what of it is true.

Source: Reed et al. 2016 (CVPR), Sections 3 and 5; (ICML), Section 5: the vector of several sentences is their mean.
"""

import re
from collections.abc import Iterable, Sequence
from functools import cache
from html import escape
from itertools import chain, starmap
from typing import NamedTuple

import ipywidgets as widgets
import numpy as np
import torch
from torch import Tensor

from t2ilib import runtime, sample
from t2ilib.data.birds import COLOURS, PARTS, Species, World
from t2ilib.data.captions import Reading, read_attributes
from t2ilib.data.rendered import FACTORS, Rendered
from t2ilib.figures import Markup
from t2ilib.figures_pairs import Mark, ranked
from t2ilib.figures_text import shown
from t2ilib.metrics.caption_truth import true_of
from t2ilib.sample import LONGEST_SENTENCE, SHOWN_CAPTIONS
from t2ilib.text.joint import JointEmbedding
from t2ilib.widgets.panel import Panel
from t2ilib.widgets.reader import shape_in_words
from t2ilib.widgets.sentence import STYLE, surprise

COUNT = 8
MOST_SENTENCES = 10             # a picture has ten captions
WORDS_SHOWN = 12


def shipped_encoders() -> list[str]:
    """The names of the sentence encoders whose weights are there."""
    return [name for name in sample.ENCODERS if (runtime.CHECKPOINTS / f"{name}.safetensors").exists()]


class Gallery:
    """Pictures whose truth is known, as some joint embeddings see them; vectors are computed once."""

    def __init__(self, data: Rendered, joints: dict[str, JointEmbedding]):
        """`joints` are embeddings by name; the first one is used where none is named."""
        self.data, self.joints = data, joints
        self.kinds = {kind.label: kind for kind in World(level=data.card["level"]).species("all")}
        self.pictures = cache(self.encode_pictures)

    def encode_pictures(self, name: str) -> Tensor:
        """(N, E) vectors of all pictures."""
        with runtime.evaluating(self.joints[name].image_encoder) as encoder:
            return torch.cat([encoder(runtime.to_tensor(self.data.images[i:i + 256]))
                              for i in range(0, len(self.data), 256)])

    def scores(self, name: str, sentences: list[str]) -> np.ndarray:
        """The compatibility of the mean of the sentences' vectors with each picture -> (N,)."""
        joint = self.joints[name]
        with runtime.evaluating(joint.text_encoder) as encoder:
            mean = encoder.encode(sentences).mean(0, keepdim=True)
        return joint.scores(mean, self.pictures(name))[0].numpy()

    def species(self, row: int) -> Species:
        """The species on a picture."""
        return self.kinds[int(self.data.labels[row])]

    def fact(self, row: int, thing: "Thing") -> str:
        """What is true of a picture where a sentence names a thing: a colour, or the value of a shape."""
        kind = self.species(row)
        if thing.value in COLOURS:
            return kind.colour(thing.what)
        if thing.what in ("perch", "pose"):
            return FACTORS[thing.what][self.data.factor(thing.what)[row]]
        return getattr(kind, thing.what)

    def hides(self, row: int, part: str) -> bool:
        """Whether a part cannot be seen on a picture; the body always can."""
        return part in PARTS and not (self.data.parts[row] == 1 + PARTS.index(part)).any()


KEPT: dict[tuple, Gallery] = {}         # a gallery keeps its data, so no other data can get the same id


def gallery_of(data: Rendered | Gallery) -> Gallery:
    """A data set as all shipped encoders see it: encoded once, however many widgets show it."""
    if isinstance(data, Gallery):
        return data
    joints = {name: sample.load_joint(name) for name in shipped_encoders()}
    return KEPT.setdefault((id(data), *map(id, joints.values())), Gallery(data, joints))


class Thing(NamedTuple):
    """Something that a sentence names."""

    what: str                   # a part or "body" with a colour; or "beak", "tail", "size", "pattern", "perch", "pose"
    value: str                  # the colour, or the value of the shape

    def __str__(self) -> str:
        return f"{self.value} {self.what}" if self.value in COLOURS else shape_in_words(*self)


class Ranking(NamedTuple):
    """What an encoder finds for some sentences, best first."""

    sentences: list[str]
    rows: np.ndarray            # (K,) picture numbers
    scores: np.ndarray          # (K,)
    marks: list[list[Mark]]     # of each picture
    true: int                   # of how many pictures of the gallery all that is named is true
    unknown: tuple[str, ...]    # words or characters that the encoder was never shown
    unread: tuple[str, ...]     # words that the reader of attributes, which makes the marks, did not understand


def sentences_of(text: str) -> list[str]:
    """The sentences of a text, one a line or parted by ";": at most ten, each cut to 500 characters."""
    said = [line.strip()[:LONGEST_SENTENCE] for line in re.split(r"[\n;]", text)]
    return list(filter(None, said))[:MOST_SENTENCES] or [""]


def rank(gallery: Gallery, text: str, encoder: str = "", count: int = COUNT) -> Ranking:
    """The `count` pictures nearest to the mean of the sentences in a text, judged by what the sentences name."""
    encoder, sentences = encoder or next(iter(gallery.joints)), sentences_of(text)
    readings = [read_attributes(sentence) for sentence in sentences]
    scores = gallery.scores(encoder, sentences)
    rows = np.argsort(-scores, kind="stable")[:count]
    things = things_named(readings)
    tokenizer = gallery.joints[encoder].text_encoder.tokenizer
    true = true_of(sentences, gallery.data).all(0).sum()
    return Ranking(sentences, rows, scores[rows], [judge(gallery, row, things) for row in rows], int(true),
                   each_once(map(tokenizer.unknown, sentences)), each_once(reading.unknown for reading in readings))


def things_named(readings: Sequence[Reading]) -> list[Thing]:
    """All that sentences name, each once."""
    return list(each_once(starmap(Thing, (*reading.colours.items(), *reading.shapes.items())) for reading in readings))


def each_once(lists: Iterable[Iterable]) -> tuple:
    """The members of several lists, each once, in order."""
    return tuple(dict.fromkeys(chain.from_iterable(lists)))


def judge(gallery: Gallery, row: int, things: Sequence[Thing]) -> list[Mark]:
    """A mark for each thing: is it true of a picture, what is true instead, and can it be seen at all?"""
    marks = []
    for thing in things:
        fact = gallery.fact(row, thing)
        hidden = " (hidden)" if gallery.hides(row, thing.what) else ""
        marks.append(Mark(f"{thing}{hidden}", fact == thing.value, "" if fact == thing.value else fact))
    return marks


def rank_view(gallery: Gallery, text: str, encoder: str = "", count: int = COUNT) -> Markup:
    """The ranking in pictures with their marks, what was not understood, and how rare such birds are."""
    found = rank(gallery, text, encoder, count)
    birds = ranked(gallery.data.images[found.rows], found.scores, found.marks)
    lines = [rarity(found, len(gallery.data)), *misunderstood(found)]
    said = "".join(f"<div>{escape(line)}</div>" for line in lines)
    return Markup(f'{STYLE}{birds.html}<div class="t2i-said" role="status">{said}</div>',
                  "\n".join([birds.text, *lines]))


def rarity(found: Ranking, count: int) -> str:
    """How many of the pictures shown are true to the sentences, and how many of the whole gallery."""
    if not any(found.sentences):
        return "The sentence is empty, so the order means nothing. Try: a small red bird with black wings"
    if not any(found.marks):
        return "It says nothing that can be checked. Try: a blue bird with a white belly"
    if not found.true:
        return f"None of the {count:,} pictures of the gallery is all that is named."
    right = sum(all(mark.holds for mark in marks) for marks in found.marks)
    mean = f" The mean of {len(found.sentences)} sentences." if len(found.sentences) > 1 else ""
    return (f"All that is named is true of {right} of these {len(found.rows)}, and of {found.true:,} of the {count:,} "
            f"pictures of the gallery.{mean}")


def misunderstood(found: Ranking) -> list[str]:
    """What the encoder was never shown, and what the marks leave out."""
    return [*listed("The encoder was never shown", found.unknown), *listed("The marks leave out", found.unread)]


def listed(word: str, things: Sequence[str]) -> list[str]:
    """One line with the first of some things by name and how many more there are; no line if there is none."""
    more = len(things) - WORDS_SHOWN
    end = f" and {more} more" if more > 0 else ""
    return [f"{word}: {', '.join(map(shown, things[:WORDS_SHOWN]))}{end}"] if things else []


def encoder_menu(gallery: Gallery) -> widgets.Dropdown:
    """A menu of the encoders of a gallery."""
    return widgets.Dropdown(options=list(gallery.joints), description="encoder", layout=widgets.Layout(width="300px"),
                            style={"description_width": "120px"})


def sentence_field(sentence: str) -> widgets.Textarea:
    """A box for one or more sentences."""
    return widgets.Textarea(sentence, description="sentence", rows=2, style={"description_width": "120px"},
                            layout=widgets.Layout(width="804px", max_width="100%", margin="2px 0"))


class RankBirds(Panel):
    """One or more sentences, an encoder, and the pictures nearest to them."""

    def __init__(self, gallery: Gallery, sentence: str):
        self.gallery, self.first, self.rng = gallery, sentence, np.random.default_rng()
        self.sentence, self.encoder = sentence_field(sentence), encoder_menu(gallery)
        super().__init__([self.sentence, self.encoder], "a caption of a bird that no encoder has seen",
                         "the first sentence and encoder")
        for control in (self.sentence, self.encoder):
            control.observe(self.soon, "value")

    def picture(self) -> Markup:
        return rank_view(self.gallery, self.sentence.value, self.encoder.value)

    def settings(self) -> dict[str, str]:
        return {"sentence": "; ".join(sentences_of(self.sentence.value)), "encoder": self.encoder.value}

    def surprise(self, _button=None) -> None:
        """A caption of an unseen species."""
        self.sentence.value = surprise(self.rng)

    def reset(self, _button=None) -> None:
        """The first sentence, and the first encoder."""
        self.sentence.value, self.encoder.value = self.first, next(iter(self.gallery.joints))
        self.soon()


def rank_birds(data: Rendered | Gallery, sentence: str = SHOWN_CAPTIONS[1]) -> RankBirds:
    """The box over the pictures of a data set or gallery.

    Several sentences, one a line or parted by ";", are averaged.
    """
    return RankBirds(gallery_of(data), sentence)
