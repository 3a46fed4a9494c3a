"""How captions are written: length, openings, words. Ours beside those of CUB-200-2011.

The numbers of CUB are counts over the raw text that Reed et al. 2016 (CVPR) collected for it: ten captions for each of
11,788 images, by Mechanical Turk workers. They are quoted, because that text is not part of the course; with the
genuine set on the disk, `statistics` counts them anew. Colours are those of the world's birds and need not agree.
"""

from collections import Counter
from types import MappingProxyType

import numpy as np

from t2ilib.text.tokenizer import split

LONGEST_OF_CHAR_CNN = 201       # characters that the encoder of Reed et al. 2016 reads of a caption
OPENINGS = ("this bird", "a small", "this is", "the bird", "this small")
PART_NAMES = ("beak", "bill", "belly", "wing or wings", "breast", "crown", "head", "body", "throat", "tail", "back",
              "feet")
COLOUR_NAMES = ("black", "white", "brown", "yellow", "grey", "gray", "orange", "red", "blue", "green", "pink", "purple")

CUB = MappingProxyType({
    "images": 11788, "captions": 117880,
    "words, least": 1, "words, median": 14, "words, mean": 15.3, "words, most": 66, "different words": 5449,
    "end in a full stop": 0.776, "images that repeat a caption": 0.100, "longer than 201 characters": 0.0027,
    "open with 'this bird'": 0.39, "open with 'a small'": 0.09, "open with 'this is'": 0.08,
    "open with 'the bird'": 0.07, "open with 'this small'": 0.04,
    "say beak": 0.31, "say bill": 0.245, "say belly": 0.29, "say wing or wings": 0.30, "say breast": 0.17,
    "say crown": 0.17, "say head": 0.16, "say body": 0.11, "say throat": 0.08, "say tail": 0.07, "say back": 0.06,
    "say feet": 0.06,
    "say black": 0.52, "say white": 0.49, "say brown": 0.30, "say yellow": 0.24, "say grey": 0.155, "say gray": 0.10,
    "say orange": 0.11, "say red": 0.10, "say blue": 0.07, "say green": 0.05, "say pink": 0.009, "say purple": 0.004,
})
"""What `statistics` gives for the captions of CUB, rounded; the vocabulary is that of AttnGAN without its end mark."""


TELLING = ("captions", "words, median", "words, mean", "words, most", "different words", "end in a full stop",
           "images that repeat a caption", "open with 'this bird'", "open with 'a small'", "say beak", "say belly",
           "say wing or wings", "say crown", "say feet", "say black", "say white", "say brown", "say pink")
"""The rows that tell most."""


def statistics(captions: list[list[str]]) -> dict[str, float]:
    r"""Count how captions are written: a list of captions per image -> name of a number -> number.

    Words are runs of \w, as the papers cut them. "say x" and "open with x" are shares of captions, 0 to 1.
    Raises: ValueError if there is no caption.
    """
    said = [caption for image in captions for caption in image]
    if not said:
        raise ValueError("there should be at least one caption, got none; pass a list of captions for each image")
    words = [split(caption) for caption in said]
    return {
        "images": len(captions), "captions": len(said), **lengths(words),
        "different words": len({word for sentence in words for word in sentence}),
        "end in a full stop": float(np.mean([caption.rstrip().endswith(".") for caption in said])),
        "images that repeat a caption": float(np.mean([len(set(image)) < len(image) for image in captions])),
        "longer than 201 characters": float(np.mean([len(caption) > LONGEST_OF_CHAR_CNN for caption in said])),
        **opening_shares(words), **word_shares(words),
    }


def lengths(words: list[list[str]]) -> dict[str, float]:
    """The number of words per caption: least, median, mean, most."""
    counts = [len(sentence) for sentence in words]
    return {"words, least": min(counts), "words, median": float(np.median(counts)),
            "words, mean": float(np.mean(counts)), "words, most": max(counts)}


def opening_shares(words: list[list[str]]) -> dict[str, float]:
    """How many captions open with each of the usual two words."""
    counts = Counter(" ".join(sentence[:2]) for sentence in words)
    return {f"open with '{opening}'": counts[opening] / len(words) for opening in OPENINGS}


def word_shares(words: list[list[str]]) -> dict[str, float]:
    """How many captions say each part and colour, once or more."""
    sets = [set(sentence) for sentence in words]
    return {f"say {name}": sum(not said.isdisjoint(name.split(" or ")) for said in sets) / len(words)
            for name in (*PART_NAMES, *COLOUR_NAMES)}


def compared(captions: list[list[str]]) -> list[tuple[str, str, str]]:
    """Rows of (name, ours, CUB), ready to be shown; shares in percent."""
    ours = statistics(captions)
    return [(name, shown(name, ours[name]), shown(name, CUB[name])) for name in CUB]


def markdown(captions: list[list[str]], names: tuple[str, ...] = TELLING) -> str:
    """Chosen rows of `compared` as a Markdown table."""
    rows = [f"| {name} | {ours} | {cub} |" for name, ours, cub in compared(captions) if name in names]
    return "\n".join(["| | SynthBirds | CUB-200-2011 |", "|---|---:|---:|", *rows])


def shown(name: str, value: float) -> str:
    """A number in the form of its row: '15.3', '117,880' or '39.0 %'."""
    if name == "words, mean":
        return f"{value:.1f}"
    counted = name.startswith(("words", "images", "captions", "different")) and "repeat" not in name
    return f"{value:,.0f}" if counted else f"{value:.1%}".replace("%", " %")
