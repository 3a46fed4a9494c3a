"""Walk from one noise to another with the sentence held fixed, and see what it leaves open.

Halfway between two noises a straight line passes where the generator never trained: an average of two normal vectors
is shorter than either by a factor of about sqrt(2). The pictures lie on the great circle, which keeps the length.
Sources: Reed et al. 2016 (ICML), Section 5.5 and Figure 8; White 2016, "Sampling Generative Networks", Section 2.
"""

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from torch import Tensor

from t2ilib.data.captions import read_attributes
from t2ilib.figures import Markup
from t2ilib.metrics import measures
from t2ilib.metrics.paths import STEPS, lerp, slerp
from t2ilib.metrics.probe import Readings
from t2ilib.sample import LONGEST_SENTENCE, SHOWN_CAPTIONS, Painter
from t2ilib.widgets import button
from t2ilib.widgets.between_sentences import KEPT, MIDDLE, head, known, line_field, misunderstood, painter_of
from t2ilib.widgets.panel import Panel, slider
from t2ilib.widgets.path_view import Curves, Walk, path_html, walk
from t2ilib.widgets.sentence import surprise

OPEN = ("background", "facing")         # what captions leave to the noise


class Lengths(NamedTuple):
    """How long the noises of a path are, on both ways."""

    straight: np.ndarray        # (K,)
    curved: np.ndarray          # (K,)
    usual: float                # what noise of so many numbers has: sqrt(Z)


def lengths(first: Tensor, second: Tensor, steps: int = STEPS) -> Lengths:
    """The lengths along the straight way and along the great circle between two noises (Z,)."""
    straight, curved = (way(first, second, steps).norm(dim=-1).numpy() for way in (lerp, slerp))
    return Lengths(straight, curved, len(first) ** 0.5)


def told_lengths(found: Lengths, index: int) -> str:
    """Both lengths at a place, in a line."""
    return (f"Length of the noise here: {found.curved[index]:.1f} on the great circle, {found.straight[index]:.1f} on "
            f"the straight line. Noise of {round(found.usual ** 2)} numbers has about {found.usual:.1f}.")


def noise_walk(painter: Painter, sentence: str, seeds: tuple[int, int]) -> Walk:
    """Nine pictures of one sentence, from one noise to another on the great circle."""
    text = painter.encoder.encode([known(sentence)]).expand(STEPS, -1)
    return walk(painter, slerp(*ends(painter, seeds), STEPS), text)


def ends(painter: Painter, seeds: tuple[int, int]) -> list[Tensor]:
    """Two noises (Z,)."""
    return [painter.noise(1, seed)[0] for seed in seeds]


def found_share(readings: Readings, sentence: str) -> tuple[np.ndarray, int]:
    """The share of the named colours that the probe finds on each of K pictures -> (K,), and how many are named."""
    named = read_attributes(known(sentence)).colours
    right, asked = measures.hits(readings, [named] * len(readings.features))
    return right / max(1, len(named)), int(asked[0])


def noise_view(painter: Painter, seen: Walk, sentence: str, seeds: tuple[int, int], index: int) -> Markup:
    """The path from the first noise to the second with picture `index` large."""
    share, asked = found_share(seen.readings, sentence)
    left_open = [head(seen.readings, what) for what in OPEN]
    lines = [f"{index / (STEPS - 1):.2f} of the way from z1 to z2.", found_line(share, asked),
             *(words.told() for words in left_open), told_lengths(lengths(*ends(painter, seeds)), index),
             *misunderstood(painter, [sentence])]
    panels = [Curves("named colours found, as a share", {"found": share})] if asked else []
    return Markup(path_html(seen, index, lines, [*panels, *left_open], ("z1", "z2")), "\n".join(lines))


def found_line(share: np.ndarray, asked: int) -> str:
    """How many of the named colours are found on all pictures together."""
    if not asked:
        return "The sentence names no colour, so nothing has to stay. Try: a red bird with black wings"
    return f"named colours found: {round(share.sum() * asked)} of {asked * len(share)} on the whole path."


class BetweenNoises(Panel):
    """A sentence, a place between two noises, and a button for each of them."""

    def __init__(self, painter: Painter, sentence: str):
        self.painter, self.start, self.seeds, self.rng = painter, sentence, (0, 1), np.random.default_rng()
        self.walk = lru_cache(KEPT)(lambda *asked: noise_walk(painter, *asked))
        self.sentence = line_field("sentence", sentence)
        self.place = slider("place", 0, 1, MIDDLE, 1 / (STEPS - 1))
        changers = [button(f"another z{end + 1}", f"draw noise {end + 1} again", lambda _, end=end: self.another(end))
                    for end in (0, 1)]
        super().__init__([self.sentence, self.place, *changers], "a caption of a bird that no generator has seen",
                         "the first sentence and its two noises")
        for control in (self.sentence, self.place):
            control.observe(self.soon, "value")

    def another(self, end: int) -> None:
        """Draw one of the noises again; those of z1 have even seeds and those of z2 odd ones, so they always differ."""
        self.seeds = tuple(seed + 2 * (i == end) for i, seed in enumerate(self.seeds))
        self.soon()

    def picture(self) -> Markup:
        sentence = self.sentence.value
        return noise_view(self.painter, self.walk(sentence, self.seeds), sentence, self.seeds,
                          round(self.place.value * (STEPS - 1)))

    def settings(self) -> dict[str, str]:
        return {"sentence": self.sentence.value[:LONGEST_SENTENCE], "place": f"{self.place.value:.2f}",
                "z1": str(self.seeds[0]), "z2": str(self.seeds[1])}

    def surprise(self, _button=None) -> None:
        """A caption of an unseen species."""
        self.sentence.value = surprise(self.rng)

    def reset(self, _button=None) -> None:
        """The first sentence, the first two noises, and the middle."""
        self.seeds, self.sentence.value, self.place.value = (0, 1), self.start, MIDDLE
        self.soon()


def between_noises(sentence: str = SHOWN_CAPTIONS[0], name: str | Painter = "gan_int_cls") -> BetweenNoises:
    """The slider between two noises, drawn by a shipped model, a checkpoint of your own, or a painter."""
    return BetweenNoises(painter_of(name), sentence)
