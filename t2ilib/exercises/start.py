"""Chapter 00: three stations of the way from a sentence to a picture, each small enough to write by hand."""

import numpy as np
import torch

from t2ilib.data.captions import read_attributes
from t2ilib.exercises import Exercise, Wrong
from t2ilib.runtime import to_tensor

# Station 1: is the picture what the sentence said?


def named_only(answer):
    """2 colours named, 1 of them seen"""
    named = [{"crown": "red", "wing": "black"}]
    seen = [{"crown": "red", "wing": "brown", "belly": "white", "tail": "brown"}]
    mistakes = {
        1.0: "divide the hits by the number of named colours, not of pictures",
        0.25: "the probe reads every part, but only the named ones count",
        50.0: "a share lies between 0 and 1, this is in per cent",
    }
    return _wrong_share(answer(named, seen), 0.5, mistakes)


def every_name_counts_once(answer):
    """captions of different length: every name counts once"""
    captions = "this is a red bird.", "a black bird with a white belly and yellow legs"
    named = [read_attributes(caption).colours for caption in captions]
    seen = [{"body": "red", "wing": "red", "belly": "white", "legs": "yellow"},
            {"body": "black", "wing": "black", "belly": "grey", "legs": "orange"}]
    mistakes = {2 / 3: "the share of each picture was averaged, so a name in a short caption counts more"}
    return _wrong_share(answer(named, seen), 0.5, mistakes)


def caption_without_colours(answer):
    """a caption that names no colour changes nothing"""
    named = [{"belly": "white"}, read_attributes("this is a small bird with a long tail").colours]
    seen = [{"belly": "white", "tail": "blue"}] * 2
    mistakes = {0.5: "a caption without names was counted as a miss"}
    try:
        return _wrong_share(answer(named, seen), 1.0, mistakes)
    except ZeroDivisionError:
        return Wrong(1.0, "ZeroDivisionError", "divide once, at the end: one caption may name nothing")


def _wrong_share(got, expected, mistakes):
    """What is wrong with a share, in the words of the first mistake that gives this number."""
    try:
        value = float(got)
    except (TypeError, ValueError):
        return Wrong(expected, got, "the function must return one number; is there a `return`?")
    if np.isclose(value, expected):
        return None
    known = (words for wrong, words in mistakes.items() if np.isclose(value, wrong))
    return Wrong(expected, value, next(known, "count the names that were seen, divide by all names"))


named_right = Exercise(
    id="start.named_right",
    title="faithfulness by hand",
    minutes=10,
    difficulty=2,
    text="How faithful are the pictures to their captions? `named` and `seen` are lists with a dict `{part: colour}` "
         "for each picture, such as `named=[{'wing': 'black'}]` and `seen=[{'wing': 'black', 'beak': 'red'}]`: what "
         "the caption says, and what the probe reads of every part. Return the share of all named colours that were "
         "seen, between 0 and 1. A caption names a few parts, or none at all.",
    hints=(
        "The question is about names. How many names are there in all captions together?",
        "Go over the pictures with `zip(named, seen)` and over `caption.items()` inside. Count hits and names; divide "
        "once, at the end.",
        "For each part and colour of a caption the name is a hit if `reading.get(part) == colour`.",
    ),
    checks=(named_only, every_name_counts_once, caption_without_colours),
    explanation="One pool of names, one division. The average of the pictures' shares would give the single name of a "
                "short caption the weight of four names in a long one, and a caption without names has no share.",
)


# Station 2: what does the discriminator see beside right pairs? Real pictures with a wrong sentence.

SPECIES = np.array([4, 4, 9, 9, 4, 7])


def one_position_each(answer):
    """one position for each picture"""
    got = np.asarray(answer(SPECIES.copy(), np.random.default_rng(0)))
    if got.dtype == object:
        return Wrong(f"shape {SPECIES.shape}", "nothing", "is there a `return`?")
    if got.shape != SPECIES.shape:
        return Wrong(f"shape {SPECIES.shape}", f"shape {got.shape}", "choose one position for each label")
    if got.dtype.kind not in "iu" or not ((got >= 0) & (got < len(SPECIES))).all():
        return Wrong("whole numbers from 0 to 5", got, "return positions in the batch, not labels or a mask")
    return None


def never_itself(answer):
    """no picture meets its own caption"""
    for got in _draws(answer, 20):
        own = np.flatnonzero(got == np.arange(len(SPECIES)))
        if len(own):
            return Wrong(f"another picture for picture {own[0]}", "itself", "a random position may be one's own")
    return None


def another_class(answer):
    """no picture meets a caption of its own class"""
    here = np.arange(len(SPECIES))
    for got in _draws(answer, 20):
        same = np.flatnonzero(SPECIES[got] == SPECIES)
        if not len(same):
            continue
        rolled = any((got == np.roll(here, by)).all() for by in (1, -1))
        return Wrong(f"a class other than {SPECIES[same[0]]} for picture {same[0]}",
                     f"picture {got[same[0]]}, class {SPECIES[got[same[0]]]}",
                     "rolling by one pairs neighbours, often of one class" if rolled
                     else "another row is not enough: compare labels, not positions")
    return None


def function_of_rng(answer):
    """the same rng draws the same, another rng something else"""
    first, *others = _draws(answer, 4)
    again = next(_draws(answer, 1))
    if not np.array_equal(first, again):
        return Wrong("twice the same", f"{first.tolist()}, then {again.tolist()}",
                     "the draw does not come from `rng`, so no run can be repeated")
    if all(np.array_equal(first, other) for other in others):
        return Wrong("another choice for another rng", f"{first.tolist()} always",
                     "nothing is drawn: a picture meets the same wrong caption in every batch")
    return None


def every_partner_possible(answer):
    """every picture of another class can be chosen"""
    rng = np.random.default_rng(0)
    drawn = np.stack([np.asarray(answer(SPECIES.copy(), rng)) for _ in range(200)])
    for i, label in enumerate(SPECIES):
        missing = np.setdiff1d(np.flatnonzero(SPECIES != label), drawn[:, i])
        if len(missing):
            return Wrong(f"picture {missing[0]} for picture {i} now and then", "never in 200 draws",
                         "draw from all pictures of other classes, not only from some")
    return None


def equal_chances(answer):
    """each of them with the same chance, however large its class"""
    labels, rng = np.array([0, 1, 1, 1, 2]), np.random.default_rng(0)
    got = float(np.mean([np.asarray(answer(labels.copy(), rng))[0] == 4 for _ in range(1000)]))
    if abs(got - 0.25) < 0.07:          # five standard deviations of 1,000 fair draws
        return None
    return Wrong("picture 4 for picture 0 in 25 % of 1,000 draws", f"in {got:.0%}",
                 "draw among the pictures of other classes at once; drawing a class first favours small classes")


def _draws(answer, count):
    """What the answer chooses for `count` seeds, one after the other."""
    return (np.asarray(answer(SPECIES.copy(), np.random.default_rng(seed))) for seed in range(count))


mismatched = Exercise(
    id="start.mismatched",
    title="pictures with a wrong text",
    minutes=15,
    difficulty=3,
    text="A discriminator that never sees a real picture with a wrong sentence has no reason to read. Given the class "
         "`labels` (N,) of a batch and a NumPy generator `rng`, return N positions: number i must point to a picture "
         "whose label differs from `labels[i]`, drawn at random with `rng`, each such picture with the same chance. "
         "Its sentence will be the wrong one. There are always two classes or more.",
    hints=(
        "Two birds of one species fit each other's captions. What must differ: the position or the label?",
        "For each label list the positions of other classes with `np.flatnonzero(labels != label)`, then draw one.",
        "`rng.choice(positions)` draws one of them; collect one for each label in `np.array([...])`.",
    ),
    checks=(one_position_each, never_itself, another_class, function_of_rng, every_partner_possible, equal_chances),
    explanation="Each picture draws from the positions of all other classes. Rolling the batch by one is shorter, but "
                "with few classes it often pairs birds of one species, and then a right sentence is called wrong. "
                "All chance comes from `rng`: the same seed gives the same training.",
)


# Station 3: a generator speaks in [-1, 1], a screen in whole numbers from 0 to 255.


def form(answer):
    """whole bytes with colours last: (N, H, W, 3) uint8"""
    got = np.asarray(answer(_ramp(height=2, width=5)))
    if got.dtype == object:
        return Wrong("shape (1, 2, 5, 3)", "nothing", "is there a `return`?")
    if got.shape != (1, 2, 5, 3):
        return Wrong("shape (1, 2, 5, 3)", f"shape {got.shape}",
                     "the colours move from axis 1 to the end, height and width keep their order")
    if got.dtype != np.uint8:
        return Wrong("uint8", str(got.dtype), "pixels are bytes; convert at the end")
    return None


def colours_stay(answer):
    """each pixel keeps its place and its colour"""
    images = torch.full((2, 3, 2, 3), -1.0)
    images[0, 0, 0, 1] = images[1, 2, 1, 2] = 1.0       # a red pixel in one picture, a blue one in the other
    expected = [(0, 0, 1, 0), (1, 1, 2, 2)]
    pixels = np.asarray(answer(images))
    got = [tuple(map(int, place)) for place in np.argwhere(pixels == pixels.max())]
    if got == expected:
        return None
    flipped = [(n, y, x, 2 - colour) for n, y, x, colour in expected]
    mistake = ("red and blue changed places" if got == flipped
               else "`reshape` or `view` only cuts the numbers anew; `permute` moves the axes")
    return Wrong(f"the brightest bytes at {expected}", f"at {got}", mistake)


def black_and_white(answer):
    """-1 is black (0), 0 is the middle (128), 1 is white (255)"""
    got = _grey(answer, [-1.0, 0.0, 1.0])
    if got == [0, 128, 255]:
        return None
    mistakes = {
        (0, 127, 255): "decimals were cut off, not rounded",
        (0, 0, 255): "this reads 0 as black: the range begins at -1",
        (1, 0, 255): "this reads 0 as black: the range begins at -1, and -255 wrapped around to 1",
        (0, 255, 255): "from -1 to 1 is a way of 2: scale by 127.5, not by 255",
        (0, 255, 254): "from -1 to 1 is a way of 2: scale by 127.5, not by 255",
    }
    return Wrong([0, 128, 255], got, mistakes.get(tuple(got), "add 1, then scale a range of 2 to 255"))


def out_of_range(answer):
    """beyond the range is as bright or dark as can be"""
    got = _grey(answer, [-1.2, 1.01, 1.5])
    if got == [0, 255, 255]:
        return None
    return Wrong([0, 255, 255], got, "a byte wraps around at 256, white turns black: clamp before the conversion")


def round_trip(answer):
    """all 256 steps of grey survive the way there and back"""
    steps = np.arange(256, dtype=np.uint8).reshape(1, 16, 16, 1).repeat(3, axis=3)
    got = np.asarray(answer(to_tensor(steps)))
    lost = np.flatnonzero((got != steps).any(axis=3))
    if not len(lost):
        return None
    found = got.reshape(256, 3)[lost[0]].tolist()
    return Wrong(f"step {lost[0]} again", f"{found}; {len(lost)} of the 256 steps moved",
                 "each value goes to the nearest step: round, do not cut off")


def _ramp(height, width):
    """One picture (1, 3, H, W) from black to white."""
    return torch.linspace(-1, 1, 3 * height * width).reshape(1, 3, height, width)


def _grey(answer, values):
    """What an answer makes of a row of grey pixels, as a list of bytes (the red of each)."""
    row = torch.tensor(values).expand(1, 3, 1, -1).contiguous()
    return np.asarray(answer(row))[0, 0, :, 0].tolist()


to_pixels = Exercise(
    id="start.to_pixels",
    title="from numbers to a picture",
    minutes=10,
    difficulty=2,
    text="A generator returns a float tensor (N, 3, H, W) between -1 and 1, give or take a little. A screen wants "
         "bytes (N, H, W, 3) from 0 to 255. Write the way between them: -1 becomes 0, 1 becomes 255, each value goes "
         "to the nearest step, and what lies outside the range stays at its end.",
    hints=(
        "Four things happen: a new scale, rounding, a limit at both ends, and the colours move to the last axis.",
        "`(x + 1) * 127.5` is the scale; `round` and `clamp(0, 255)` come before the conversion to `torch.uint8`.",
        "`.permute(0, 2, 3, 1)` moves the colours to the end; `reshape` would mix up the pixels.",
    ),
    checks=(form, colours_stay, black_and_white, out_of_range, round_trip),
    explanation="The order matters: a byte cannot hold 256 or -1, so the limit comes before the conversion; the "
                "conversion cuts decimals off, so the rounding comes before it too.",
)
