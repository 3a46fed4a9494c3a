"""Chapter 00: a broken run. Its score on real pictures should be perfect, and is not; the log knows why."""

import re
from functools import cache
from typing import NamedTuple

import numpy as np

from t2ilib.data.birds import World
from t2ilib.data.captions import describe, names_truth, read_attributes
from t2ilib.exercises import Exercise, Wrong

COUNT = 200                                                 # pictures that a run looks at


class Run(NamedTuple):
    """What a loader made of real pictures and their captions."""

    count: int
    captions: list[str]                                     # number i is shown with picture i

    def holds(self, i: int, j: int) -> bool:
        """Whether caption i, as it was loaded, is true of picture j; False if there is no such caption or picture."""
        return 0 <= i < self.count and 0 <= j < self.count and _is_true(self.captions[i], j)


def broken_run(cause: str = "dropped", at: int = 93, false: tuple[int, ...] = ()) -> Run:
    """Load one caption for each of 200 real pictures, as a loader with a mistake does it.

    "dropped": the file of picture `at` holds `{}`, as 13 captions of Oxford-102 do, and the loader skips it.
    "doubled": reading was interrupted before picture `at`, and began again with the line before.
    Captions in places `false` were written for another bird.
    """
    lines = list(_lines())
    for place in false:
        lines[place] = lines[place + 50]
    if cause == "dropped":
        lines[at] = "{}"
    if cause == "doubled":
        lines.insert(at, lines[at - 1])
    return Run(COUNT, [line for line in lines if re.search(r"\w", line)][:COUNT])


@cache
def _scenes():
    return tuple(World(seed=2).scene(i, "test") for i in range(COUNT + 1))


@cache
def _lines():
    return tuple(describe(scene, 1)[0] for scene in _scenes())


@cache
def _is_true(caption, j):
    scene = _scenes()[j]
    return names_truth(read_attributes(caption), scene.species, scene.perch, scene.pose)


def lost_caption(answer):
    """a caption was dropped at picture 83"""
    return _judge_break(answer, "dropped", 83)


def caption_read_twice(answer):
    """a caption was read twice before picture 140"""
    return _judge_break(answer, "doubled", 140)


def whole_run(answer):
    """a run in which nothing is broken"""
    return _judge_break(answer, "nothing", None)


def slip_of_a_writer(answer):
    """a caption was dropped at picture 120, and that of picture 20 is false anyway"""
    return _judge_break(answer, "dropped", 120, false=(20,))


def only_a_slip(answer):
    """nothing is broken, but the caption of picture 60 is false"""
    return _judge_break(answer, "nothing", None, false=(60,))


def _judge_break(answer, cause, at, false=()):
    run = broken_run(cause, at, false)
    got = answer(run.holds, run.count)
    if not isinstance(got, tuple | list) or len(got) != 2:
        return Wrong("a position and a cause", got, 'return both, such as (83, "dropped"); is there a `return`?')
    where, why = got
    if (where, why) == (at, cause):
        return None
    return Wrong(f"({at}, '{cause}')", f"({where}, {why!r})", _likely(run, where, at, cause))


def _likely(run, where, at, cause):
    """The likely mistake of a wrong diagnosis."""
    if not isinstance(where, int | np.integer | None):
        return "the position is a whole number, or None; the cause comes second"
    own = [run.holds(i, i) for i in range(run.count)]
    if not all(own) and where == own.index(False) != at:
        return "one false caption is a slip of its writer; after a break most are false, and fit a neighbour"
    if cause == "nothing":
        return 'nothing is shifted here: (None, "nothing")'
    if where is None:
        return "hardly a caption fits its own picture towards the end: something moved"
    if where == at:
        return ("caption i fits picture i + 1: one is missing" if cause == "dropped"
                else "caption i fits picture i - 1: there is one too many")
    if where == max(i for i in range(run.count) if own[i]) + 1:
        return "some captions are true of a wrong bird, by luck; the last true one is far behind the break"
    if abs(where - at) < 12:
        return "nearly: a window blurs the break; try each single place, and count from 0"
    if run.holds(where, where + 1) or run.holds(where, where - 1):
        return "one caption that fits a neighbour is luck: count what fits before and behind each place"
    return "find the place before which captions fit their own picture, and behind which they fit a neighbour"


find_break = Exercise(
    id="diagnose.find_break",
    title="find the cause of a broken run",
    minutes=20,
    difficulty=4,
    text="The faithfulness of real pictures should be perfect. In this run it is for a while, then it falls to the "
         "floor. Find out where and why. `holds(i, j)` says whether caption i, as the loader returned it, is true of "
         "picture j (False beyond the ends); both count from 0 to `count - 1`, and caption i was shown with picture i. "
         "Return the first picture that was shown with another's caption, and the cause: `\"dropped\"` if a caption "
         "was lost, so that all later ones moved up; `\"doubled\"` if one was read twice. Return "
         "`(None, \"nothing\")` if no captions moved. People write a false caption now and then: that is no break.",
    hints=(
        "What is true of most captions behind the break, if one was lost? Try `holds(i, i + 1)` for large i.",
        "Compare the two neighbours: count how often `holds(i, i + 1)` and `holds(i, i - 1)` are true. Then try each "
        "place k: captions before k should fit their own picture, the others that neighbour.",
        "`fit = sum(holds(i, i) for i in range(k)) + sum(holds(i, i + step) for i in range(k, count))`, with step 1 "
        "or -1. The best k of the better step wins, if it fits better than no break at all.",
    ),
    checks=(lost_caption, caption_read_twice, whole_run, slip_of_a_writer, only_a_slip),
    explanation="A shift hides well: nothing stops, shapes are right, and training goes on, on wrong pairs. It was in "
                "real loaders: AttnGAN's skips a caption without a word, and 13 captions of Oxford-102 are `{}`. The "
                "test that finds it is the ceiling: score the real pictures first. Then explain all of the log by "
                "one cause; the first odd line may be another story.",
)
