"""Walk from one sentence to another with the noise held fixed, and see when the bird changes its colour.

Source: Reed et al. 2016 (ICML), Section 5.5 and Figure 8: texts between two captions, beta t1 + (1 - beta) t2.
"""

from collections.abc import Sequence
from functools import lru_cache

import ipywidgets as widgets
import numpy as np

from t2ilib import sample
from t2ilib.data.birds import COLOURS, PARTS
from t2ilib.data.captions import Reading, normalise, read_attributes
from t2ilib.data.rendered import FACTORS
from t2ilib.figures import Markup
from t2ilib.metrics.paths import STEPS, text_path
from t2ilib.metrics.probe import Readings
from t2ilib.sample import LONGEST_SENTENCE, Painter
from t2ilib.widgets.panel import Panel, slider
from t2ilib.widgets.path_view import Curves, Walk, Words, course, leading, most_likely, path_html, walk
from t2ilib.widgets.rank_birds import listed
from t2ilib.widgets.sentence import surprise

FIRST, SECOND = "a blue bird", "a red bird"
MIDDLE = 0.5                    # where the slider begins
MOST_THINGS = 3                 # that are drawn as curves
KEPT = 8                        # paths that are kept, so that going back costs nothing
HEADS = {"beak": "beak shape", "tail": "tail length"}       # what a sentence names -> the probe's head
LAST_NOISE = 9999


class Difference:
    """Something that two sentences name differently, or that only one of them names."""

    def __init__(self, what: str, values: Sequence[str | None]):
        """`what` is a part, "body", or a head of the probe such as "beak shape"; one value of each sentence."""
        self.what, self.named = what, list(filter(None, values))

    def chances(self, readings: Readings) -> tuple[np.ndarray, list[str]]:
        """The probe's probabilities (K, V) of its values, and their names."""
        if self.what in (*PARTS, "body"):
            return readings.colour_probabilities(self.what), list(COLOURS)
        return readings.probabilities[self.what], list(FACTORS[self.what])

    def curves(self, readings: Readings) -> Curves:
        """The curves of what is named, and of what else the probe sees."""
        return Curves(f"{self.what}, as the probe reads it", leading(*self.chances(readings), self.named))

    def story(self, readings: Readings, index: int) -> str:
        """What becomes of it along the path, and how sure the probe is at a place."""
        read = most_likely(self.what, *self.chances(readings))
        return f"{self.what}: {course(read.values)}; here {read.values[index]} ({read.chances[index]:.2f})"


def differences(first: str, second: str) -> list[Difference]:
    """What two sentences name differently, the body first, then the other colours, then shapes."""
    both = [named(read_attributes(sentence)) for sentence in (first, second)]
    return [Difference(what, [own.get(what) for own in both]) for what in ("body", *FACTORS)
            if both[0].get(what) != both[1].get(what)]


def named(reading: Reading) -> dict[str, str]:
    """What was read, under the names of the probe's heads: a sentence's "beak" may be a colour and a shape."""
    return reading.colours | {HEADS.get(what, what): value for what, value in reading.shapes.items()}


def sentence_walk(painter: Painter, first: str, second: str, seed: int = 0) -> Walk:
    """Nine pictures from one sentence to another, all from one noise."""
    text = text_path(painter.encoder, known(first), known(second), STEPS)
    return walk(painter, painter.noise(1, seed).expand(STEPS, -1), text)


def known(sentence: str) -> str:
    """A sentence as far as it is read, in the encoder's words."""
    return normalise(sentence[:LONGEST_SENTENCE])


def sentence_view(painter: Painter, seen: Walk, sentences: tuple[str, str], index: int) -> Markup:
    """The path from the first sentence to the second with picture `index` large."""
    found = differences(*map(known, sentences))
    background = head(seen.readings, "background")
    beta = 1 - index / (STEPS - 1)
    lines = [f"β = {beta:.2f}: {beta:.0%} of the first sentence and {1 - beta:.0%} of the second.",
             *(thing.story(seen.readings, index) for thing in found), *same(found),
             background.told(), *misunderstood(painter, sentences)]
    panels = [*(thing.curves(seen.readings) for thing in found[:MOST_THINGS]), background]
    return Markup(path_html(seen, index, lines, panels, ("the first sentence", "the second sentence")),
                  "\n".join(lines))


def same(found: Sequence[Difference]) -> list[str]:
    """A line if there is nothing to read off."""
    return [] if found else ["Both sentences name the same. Try another colour in one of them."]


def head(readings: Readings, name: str) -> Words:
    """What one head of the probe reads along a path."""
    return most_likely(name, readings.probabilities[name], FACTORS[name])


def misunderstood(painter: Painter, sentences: Sequence[str]) -> list[str]:
    """What neither the encoder nor the reader of attributes knows, in one line, or none."""
    said = list(map(known, sentences))
    words = [word for sentence in said
             for word in (*painter.encoder.tokenizer.unknown(sentence), *read_attributes(sentence).unknown)]
    return listed("Not understood, and ignored", list(dict.fromkeys(words)))


def line_field(word: str, sentence: str) -> widgets.Text:
    """A text box for one sentence."""
    return widgets.Text(sentence, description=word, style={"description_width": "120px"},
                        layout=widgets.Layout(width="804px", max_width="100%", margin="2px 0"))


def painter_of(model: str | Painter) -> Painter:
    """A painter, or the one of a checkpoint by its name."""
    return model if isinstance(model, Painter) else sample.Painter.shipped(model)


class BetweenSentences(Panel):
    """Two sentences, a place between them, and the number of a noise."""

    def __init__(self, painter: Painter, first: str, second: str):
        self.painter, self.start, self.rng = painter, (first, second), np.random.default_rng()
        self.walk = lru_cache(KEPT)(lambda *asked: sentence_walk(painter, *asked))
        self.first, self.second = line_field("first", first), line_field("second", second)
        self.place = slider("place", 0, 1, MIDDLE, 1 / (STEPS - 1))
        self.noise = widgets.BoundedIntText(0, min=0, max=LAST_NOISE, description="noise",
                                            style={"description_width": "120px"},
                                            layout=widgets.Layout(width="220px"))
        super().__init__([self.first, self.second, self.place, self.noise],
                         "two captions of birds that no generator has seen", "the first two sentences and their noise")
        for control in self.controls.children:
            control.observe(self.soon, "value")

    def picture(self) -> Markup:
        sentences = self.first.value, self.second.value
        return sentence_view(self.painter, self.walk(*sentences, self.noise.value), sentences,
                             round(self.place.value * (STEPS - 1)))

    def settings(self) -> dict[str, str]:
        first, second = (field.value[:LONGEST_SENTENCE] for field in (self.first, self.second))
        return {"first": first, "second": second, "place": f"{self.place.value:.2f}", "noise": str(self.noise.value)}

    def surprise(self, _button=None) -> None:
        """Two captions of unseen species."""
        self.first.value, self.second.value = surprise(self.rng), surprise(self.rng)

    def reset(self, _button=None) -> None:
        """The first two sentences, their noise, and the middle."""
        (self.first.value, self.second.value), self.noise.value, self.place.value = self.start, 0, MIDDLE
        self.soon()


def between_sentences(first: str = FIRST, second: str = SECOND, name: str | Painter = "gan_int_cls") \
        -> BetweenSentences:
    """The slider between two sentences, drawn by a shipped model, a checkpoint of your own, or a painter."""
    return BetweenSentences(painter_of(name), first, second)
