"""Arithmetic on the noise of the shipped DCGAN: red and left, minus blue and left, plus blue and right?

Exemplars are chosen by what the probe reads on their pictures, and the probe judges the sum: it is a hit if both the
value that was added and the one that was to stay are read. The paper judged by eye, and warns that single exemplars
are not stable. Nothing is trained here: intervals are bootstrap intervals over questions, those with the same values
together.

Source: Radford et al. 2016, Section 6.3.2 and Figure 7.
"""

from collections.abc import Callable, Sequence
from functools import partial
from itertools import permutations
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from t2ilib.metrics.latent import OPTIONS, Bank, Values, arithmetic, position, shows, to_length, values_of
from t2ilib.metrics.probe import read
from t2ilib.metrics.statistics import bootstrap
from t2ilib.sample import NoisePainter, draw_all
from t2ilib.studies import Findings, arrays, measure

PAIRS = (("body", "facing"), ("background", "facing"), ("background", "body"), ("wing", "belly"),
         ("beak shape", "facing"))
"""What is exchanged, and what should stay as it is in C."""
EXEMPLARS = (1, 3, 10)
BANK = {"smoke": 400, "laptop": 3000, "gpu": 6000}           # noises whose pictures are read
QUESTIONS = {"smoke": 6, "laptop": 200, "gpu": 400}         # for each pair
SEED = 5                                                    # of the bank's noise

Look = Callable[[Tensor], Values]       # noise (N, Z) -> what is read on its pictures


class Question(NamedTuple):
    """(new, there) - (old, there) + (old, here) = (new, here)?"""

    moved: str          # the factor that is exchanged,
    new: str            # its value in A and, we hope, in the sum,
    old: str            # and in B and C
    kept: str           # the factor that stays as it is in C,
    here: str           # its value there,
    there: str          # and in A and B

    @property
    def terms(self) -> tuple[dict[str, str], ...]:
        """What A, B and C show."""
        return tuple({self.moved: moved, self.kept: kept} for moved, kept in (
            (self.new, self.there), (self.old, self.there), (self.old, self.here)))

    @property
    def target(self) -> dict[str, str]:
        """What the sum should show."""
        return {self.moved: self.new, self.kept: self.here}


def study_arithmetic(profile: str, _seeds: Sequence[int]) -> Findings:
    """All pairs of factors, 1, 3 and 10 exemplars.

    Arrays: "bank", what is read on the bank's pictures (N, options), "question 0" and so on, the first one of each
    pair with the rows of its exemplars. `stored_bank` and `stored_questions` read them.
    """
    painter = NoisePainter.shipped()
    look, noise = partial(look_at, painter), painter.noise(BANK[profile], SEED)
    bank, found, kept = Bank(noise, look(noise)), {}, {}
    kept["bank"] = np.stack([bank.values[factor] for factor in OPTIONS], axis=1).astype(np.uint8)
    for number, pair in enumerate(PAIRS):
        asked = questions(bank, *pair, QUESTIONS[profile])
        found[f"{named(*pair)}, questions"] = measure(*[len(set(asked))] * 3, len(asked), "questions")
        if asked:
            found |= judge(look, bank, asked)
            kept[f"question {number}"] = code(asked[0])
    return Findings(found, 0, kept)


def look_at(painter: NoisePainter, noise: Tensor) -> Values:
    """What the probe reads on the pictures of noises (N, Z)."""
    return values_of(read(painter.probe, draw_all(painter.generator, noise)))


def named(moved: str, kept: str) -> str:
    """A pair of factors, as it stands in the results."""
    return f"{moved} and {kept}"


# --- questions ----------------------------------------------------------------------------------------------------

def questions(bank: Bank, moved: str, kept: str, count: int) -> list[Question]:
    """`count` questions about two factors, drawn at random from all whose three terms have exemplars enough.

    Empty if there is no such question: the generator does not draw what it needs.
    """
    often = np.zeros((len(OPTIONS[moved]), len(OPTIONS[kept])), int)
    np.add.at(often, (bank.values[moved], bank.values[kept]), 1)
    enough = often >= max(EXEMPLARS)
    possible = [Question(moved, OPTIONS[moved][new], OPTIONS[moved][old], kept, OPTIONS[kept][here],
                         OPTIONS[kept][there])
                for new, old in permutations(range(len(often)), 2) for here, there in permutations(
                    range(often.shape[1]), 2) if enough[new, there] and enough[old, there] and enough[old, here]]
    drawn = np.random.default_rng(0).integers(max(1, len(possible)), size=count)
    return [possible[i] for i in drawn] if possible else []


def exemplars(bank: Bank, asked: Sequence[Question], wanted: bool = True) -> Tensor:
    """Noises for A, B and C of each question, drawn at random: (3, T, n, Z), n = max(EXEMPLARS).

    With `wanted` false they are drawn from the whole bank: sums of the same kind that mean nothing.
    """
    stream, most = np.random.default_rng(1), max(EXEMPLARS)
    every = np.arange(len(bank.noise))
    rows = [[stream.permutation(bank.rows(question.terms[term]) if wanted else every)[:most] for question in asked]
            for term in range(3)]
    return bank.noise[torch.from_numpy(np.array(rows))]


# --- what is measured ---------------------------------------------------------------------------------------------

def judge(look: Look, bank: Bank, asked: list[Question]) -> dict[str, dict]:
    """DCG-13: the hit rates of one pair of factors, and by how much they exceed those of noises drawn at random."""
    pair, terms = named(asked[0].moved, asked[0].kept), exemplars(bank, asked)
    chance = np.array([shows(bank.values, question.target).mean() for question in asked])
    hits, found = {}, {f"{pair}, random": over_questions(chance, asked)}
    for count in EXEMPLARS:
        sums = arithmetic(*terms[:, :, :count])
        values, usual = look(sums), look(to_length(sums, bank.length))
        hits[count] = hit(values, asked)
        found |= {f"{pair}, n = {count}": over_questions(hits[count], asked),
                  f"{pair}, n = {count}, usual length": over_questions(hit(usual, asked), asked),
                  f"{pair}, n = {count}, over random": over_questions(hits[count] - chance, asked),
                  f"{pair}, n = {count}, moved": over_questions(hit(values, asked, "moved"), asked),
                  f"{pair}, n = {count}, kept": over_questions(hit(values, asked, "kept"), asked)}
    for count in EXEMPLARS[1:]:
        found[f"{pair}, n = {count}, over n = 1"] = over_questions(hits[count] - hits[1], asked)
    unrelated = look(arithmetic(*exemplars(bank, asked, wanted=False)))
    return found | {f"{pair}, unrelated": over_questions(hit(unrelated, asked), asked)}


def hit(values: Values, asked: Sequence[Question], only: str = "") -> np.ndarray:
    """Whether picture i answers question i -> (T,) 0 or 1; `only` the "moved" factor counts, or the "kept" one."""
    answers = {"moved": ("moved", "new"), "kept": ("kept", "here")}
    wanted = [answers[only]] if only else answers.values()
    return np.array([all(values[getattr(question, factor)][i] == position(getattr(question, factor),
                                                                          getattr(question, value))
                         for factor, value in wanted) for i, question in enumerate(asked)], float)


def over_questions(values: np.ndarray, asked: Sequence[Question]) -> dict:
    """The mean over questions; its interval draws all those with the same values together."""
    _, groups = np.unique(np.array(asked), axis=0, return_inverse=True)
    return measure(values.mean(), *bootstrap(values, groups=groups.ravel()), len(values), "questions")


# --- what is stored -----------------------------------------------------------------------------------------------

def code(question: Question) -> np.ndarray:
    """A question as six small numbers."""
    factors = list(OPTIONS)
    return np.array([factors.index(question.moved), *(position(question.moved, value) for value in question[1:3]),
                     factors.index(question.kept), *(position(question.kept, value) for value in question[4:])],
                    np.uint8)


def decoded(numbers: np.ndarray) -> Question:
    """The inverse of `code`."""
    moved, new, old, kept, here, there = map(int, numbers)
    first, second = (list(OPTIONS)[i] for i in (moved, kept))
    return Question(first, OPTIONS[first][new], OPTIONS[first][old], second, OPTIONS[second][here],
                    OPTIONS[second][there])


def stored_bank(painter: NoisePainter) -> Bank:
    """The bank of the study, read there once and for all, with the painter's noise.

    Raises: FileNotFoundError with the command if the study has not been run.
    """
    table = arrays("dcgan_arithmetic")["bank"]
    return Bank(painter.noise(len(table), SEED), dict(zip(OPTIONS, table.T)))


def stored_questions() -> list[Question]:
    """The first question of each pair. Raises: as `stored_bank`."""
    return [decoded(numbers) for name, numbers in arrays("dcgan_arithmetic").items() if name.startswith("question")]
