"""Sentences changed on purpose: one colour word swapped, the letters or the words shuffled. What does retrieval do?"""

import re
from random import Random
from typing import NamedTuple

import numpy as np

from t2ilib.data.birds import COLOURS
from t2ilib.data.captions import read_attributes
from t2ilib.data.lexicon import COLOUR_WORDS
from t2ilib.data.rendered import Rendered
from t2ilib.metrics.caption_truth import true_of, wearing
from t2ilib.metrics.retrieval import Embedded, versus
from t2ilib.metrics.statistics import Score

NEAREST = 5                 # pictures that are looked at; three of them decide
TRIES = 200                 # sentences tried for each swap that is wanted
COLOUR = re.compile(rf"\b(an? )?({'|'.join(COLOUR_WORDS)})\b")


class Swap(NamedTuple):
    """A caption in which one colour word was exchanged, so that one part has another colour."""

    row: int                # the picture that the caption was written for
    before: str
    after: str
    part: str               # one of PARTS, or "body"
    colour: str             # the new one


def colour_swaps(data: Rendered, count: int = 200, seed: int = 0) -> list[Swap]:
    """`count` automatic swaps, of captions, places and colours drawn at random, that have an answer among the pictures.

    A swap is taken if it changes the colour of exactly one part and nothing else, as the parser reads it, and if the
    new sentence is true of at least NEAREST of the pictures: one who knows all truth then always answers right.
    Raises: ValueError if too few such swaps are found.
    """
    rng, swaps = Random(seed), []
    for _ in range(TRIES * count):
        swap = try_swap(data, rng)
        if swap and true_of([swap.after], data).sum() >= NEAREST:
            swaps.append(swap)
        if len(swaps) == count:
            return swaps
    raise ValueError(f"{count} colour words should be swapped, but only {len(swaps)} were found whose new sentence is "
                     f"true of {NEAREST} or more of the {len(data)} pictures; take more pictures or fewer swaps")


def try_swap(data: Rendered, rng: Random) -> Swap | None:
    """Exchange a random colour word of a random caption; None if that does not change exactly one part."""
    row = rng.randrange(len(data))
    before = rng.choice(data.captions[row])
    places = list(COLOUR.finditer(before))
    if not places:
        return None
    after = exchange(before, rng.choice(places), rng.choice(list(COLOURS)))
    old, new = read_attributes(before), read_attributes(after)
    changed = [part for part in old.colours | new.colours if old.colours.get(part) != new.colours.get(part)]
    if len(changed) != 1 or changed[0] not in new.colours or old.shapes != new.shapes:
        return None
    return Swap(row, before, after, changed[0], new.colours[changed[0]])


def exchange(sentence: str, place: re.Match, colour: str) -> str:
    """Write another colour word at a place, with the article that goes with it: "an orange" becomes "a red"."""
    article = place[1] and ("an " if colour[0] in "aeiou" else "a ")
    return sentence[:place.start()] + (article or "") + colour + sentence[place.end():]


def colour_swap(embedded: Embedded, swaps: list[Swap]) -> Score:
    """How often retrieval follows the swapped word: most of the NEAREST pictures wear the new colour on that part.

    The gallery is the pictures of `embedded`, which should be those that the swaps were drawn from. n = swaps.
    Ceiling: 1, by the choice of the swaps. Floor: the same question to the sentences before the swap.
    """
    after, before = (followed(embedded, swaps, sentences) for sentences in
                     ([swap.after for swap in swaps], [swap.before for swap in swaps]))
    species = embedded.data.labels[[swap.row for swap in swaps]]
    return versus(after, np.ones(len(swaps)), float(before.mean()), species)


def followed(embedded: Embedded, swaps: list[Swap], sentences: list[str]) -> np.ndarray:
    """Whether the majority of the pictures nearest to each sentence wear its swap's colour -> (S,) 0 or 1."""
    vectors = embedded.joint.text_encoder.encode(sentences)
    nearest = embedded.joint.scores(vectors, embedded.image).topk(NEAREST, dim=1).indices.numpy()
    worn = [wearing(embedded.data, swap.part, swap.colour)[rows].mean() for swap, rows in zip(swaps, nearest)]
    return (np.array(worn) > 0.5).astype(float)


def shuffle_letters(caption: str) -> str:
    """Shuffle the letters inside each word: "bird" may become "drib". Always the same way for one caption."""
    rng = Random(caption)
    return re.sub(r"\w+", lambda word: "".join(rng.sample(word[0], len(word[0]))), caption)


def shuffle_words(caption: str) -> str:
    """Put the words in a random order, always the same one for a caption: which colour is whose is lost."""
    words = re.findall(r"\w+", caption)
    return " ".join(Random(caption).sample(words, len(words)))
