"""Chapter 05: a broken training of GAN-CLS. What D says to the three kinds of pair knows what is wrong.

The trainings are real, only small: a picture is four numbers, two layers play G and three play D. All of them, broken
in six ways, are trained side by side in about a second, when they are first asked for.
"""

from functools import cache
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from t2ilib import runtime
from t2ilib.exercises import Exercise, Wrong

CAUSES = ("healthy", "no wrong pairs", "shifted captions", "same class", "fake with wrong text", "text lost")
SHOWN = 0                       # the seed that a learner may look at; judged is on the others
SEEDS = 5
RUNS = len(CAUSES) * SEEDS      # trained side by side: every tensor begins with this axis
KINDS, TEXT, PICTURE, NOISE, HIDDEN = 12, 8, 4, 4, 24       # classes, and numbers in a vector
BATCH, STEPS, LOG_EVERY, RATE = 32, 150, 10, 8e-3
HELD_OUT = 100                  # pairs of each kind for the AUC
ANSWERS = ("D(real, right text)", "D(real, wrong text)", "D(fake, right text)")
SIGNS = {                       # cause -> by what it is told from the others
    "healthy": "D says yes to right texts and clearly no to wrong ones, and is not sure about fakes",
    "no wrong pairs": "nobody asks for a no to (real, wrong text): it sinks, but only half as far or little more",
    "shifted captions": "right and wrong texts get the same answer, and on proper pairs D is hardly better than chance",
    "same class": "right and wrong texts get the same answer, and yet D tells proper pairs apart",
    "fake with wrong text": "nobody says no to (fake, right text): D calls nearly all of them right",
    "text lost": "right and wrong texts get the very same answer, at each step and to the last digit",
}
CONFUSED = {                    # (the cause, what was said) -> what tells them apart
    ("healthy", "no wrong pairs"): "D tells right from wrong by far here: compare how far with the runs you were shown",
    ("no wrong pairs", "healthy"): "D(real, wrong text) is below D(real, right text), but only about half as far as in "
                                   "a healthy run: what D knows about texts, it learned from fakes alone",
    ("no wrong pairs", "same class"): "a high AUC, but D(real, wrong text) is clearly below D(real, right text)",
    ("shifted captions", "same class"): "both give the same answer to right and wrong, but here the AUC is near 1/2",
    ("same class", "shifted captions"): "both give the same answer to right and wrong, but here the AUC is far above "
                                        "1/2: D can read, its wrong texts were right",
    ("same class", "healthy"): "a high AUC, but in training right and wrong texts get the same answer",
    ("same class", "no wrong pairs"): "D(real, wrong text) is not a little lower here: it is the same as "
                                      "D(real, right text)",
    ("shifted captions", "text lost"): "right and wrong are alike on average, but not equal: D does hear a text",
    ("text lost", "shifted captions"): "alike to the last digit, and an AUC of exactly 1/2: D hears no text at all",
    ("fake with wrong text", "healthy"): "D tells right from wrong, but look at the fakes: does nobody say no to them?",
}


class Case(NamedTuple):
    """The log of one training."""

    log: dict[str, np.ndarray]      # name -> (15,) one number every ten steps: the three ANSWERS and "AUC"
    cause: str
    seed: int


class World:
    """RUNS small worlds: in each, twelve classes with a look and a name. All chance comes from one stream."""

    def __init__(self, stream: torch.Generator):
        self.stream = stream
        self.looks, self.names = (2 * F.normalize(self.noise(KINDS, size), dim=2) for size in (PICTURE, TEXT))

    def noise(self, *shape: int) -> Tensor:
        """Standard normal numbers (RUNS, *shape)."""
        return torch.randn(RUNS, *shape, generator=self.stream)

    def draw(self, count: int) -> tuple[Tensor, Tensor]:
        """Classes, and for each another one -> (RUNS, count) twice."""
        kinds, step = (torch.randint(first, KINDS, (RUNS, count), generator=self.stream) for first in (0, 1))
        return kinds, (kinds + step) % KINDS

    def pictures(self, kinds: Tensor) -> Tensor:
        """Each number of a look, a shade lighter or darker -> (RUNS, count, PICTURE)."""
        return _pick(self.looks, kinds) + 0.3 * self.noise(kinds.shape[1], PICTURE).sign()

    def texts(self, kinds: Tensor) -> Tensor:
        """No two captions of a class are the same -> (RUNS, count, TEXT); zeros where the text was lost."""
        said = _pick(self.names, kinds) + 0.1 * self.noise(kinds.shape[1], TEXT)
        return said * ~_has("text lost")[..., None]


class Batch(NamedTuple):
    """What all worlds are trained on in a step, with what is broken in theirs."""

    image: Tensor           # (RUNS, BATCH, PICTURE)
    text: Tensor            # (RUNS, BATCH, TEXT) the right one, unless captions are shifted
    wrong_text: Tensor      # (RUNS, BATCH, TEXT)
    noise: Tensor           # (RUNS, BATCH, NOISE)


class Network:
    """A perceptron in each of the worlds, and its optimiser."""

    def __init__(self, world: World, *sizes: int):
        pairs = list(zip(sizes, sizes[1:]))
        self.weights = [1.2 * world.noise(a, b) / a ** 0.5 for a, b in pairs]
        self.biases = [torch.zeros(RUNS, 1, b) for _, b in pairs]
        own = [weights.requires_grad_() for weights in self.weights + self.biases]
        self.optimizer = torch.optim.Adam(own, lr=RATE, betas=(0.0, 0.99))

    def __call__(self, *inputs: Tensor) -> Tensor:
        hidden = torch.cat(inputs, dim=2)
        for weights, bias in zip(self.weights[:-1], self.biases[:-1]):
            hidden = F.leaky_relu(torch.baddbmm(bias, hidden, weights), 0.2)
        return torch.baddbmm(self.biases[-1], hidden, self.weights[-1])

    def lower(self, loss: Tensor) -> None:
        """One step down a loss (RUNS, B), in each world by itself."""
        self.optimizer.zero_grad()
        loss.mean(1).sum().backward()
        self.optimizer.step()


@cache
def cases() -> tuple[Case, ...]:
    """A training for each cause and seed: those of one cause after the other."""
    runs = [(cause, seed) for cause in CAUSES for seed in range(SEEDS)]
    logs = _train(World(runtime.generator(2016)))
    return tuple(Case(dict(zip((*ANSWERS, "AUC"), log)), *run) for run, log in zip(runs, logs))


def shown() -> dict[str, dict[str, np.ndarray]]:
    """One log of each cause, to look at: cause -> log."""
    return {case.cause: case.log for case in cases() if case.seed == SHOWN}


@torch.enable_grad()
def _train(world: World) -> np.ndarray:
    """All trainings -> (RUNS, 4, 15): D's answers and the AUC, every ten steps."""
    generator = Network(world, NOISE + TEXT, HIDDEN, PICTURE)
    judge = Network(world, PICTURE + TEXT, HIDDEN, HIDDEN, 1)
    held_out, log = _held_out(world), []
    for step in range(STEPS):
        batch = _batch(world)
        fake = generator(batch.noise, batch.text)
        judge.lower(_d_loss(judge, batch, fake.detach()))
        generator.lower(F.softplus(-judge(fake, batch.text).squeeze(2)))
        if step % LOG_EVERY == LOG_EVERY - 1:
            log.append(_row(judge, batch, fake, held_out))
    return torch.stack(log, dim=2).double().numpy()


def _batch(world: World) -> Batch:
    kinds, others = world.draw(BATCH)
    said = torch.where(_has("shifted captions"), kinds.roll(1, dims=1), kinds)
    wrong = torch.where(_has("same class"), kinds, others)
    return Batch(world.pictures(kinds), world.texts(said), world.texts(wrong), world.noise(BATCH, NOISE))


def _d_loss(judge: Network, batch: Batch, fake: Tensor) -> Tensor:
    """What D lowers, (RUNS, BATCH): the three kinds of pair, with what is broken about them."""
    matching = torch.where(_has("no wrong pairs"), 0.0, 0.5)
    beside_fakes = torch.where(_has("fake with wrong text")[..., None], batch.wrong_text, batch.text)
    s_r, s_w, s_f = _answers(judge, (batch.image, batch.text), (batch.image, batch.wrong_text), (fake, beside_fakes))
    return F.softplus(-s_r) + matching * F.softplus(s_w) + (1 - matching) * F.softplus(s_f)


def _answers(judge: Network, *pairs: tuple[Tensor, Tensor]) -> tuple[Tensor, ...]:
    """D's logits for several kinds of pair at once, each (RUNS, B)."""
    logits = judge(*(torch.cat(parts, dim=1) for parts in zip(*pairs)))
    return logits.squeeze(2).chunk(len(pairs), dim=1)


def _held_out(world: World) -> tuple[tuple[Tensor, Tensor], ...]:
    """Proper pairs for the AUC: (picture, right text) and (picture, wrong text)."""
    kinds, others = world.draw(HELD_OUT)
    image = world.pictures(kinds)
    return (image, world.texts(kinds)), (image, world.texts(others))


@torch.no_grad()
def _row(judge: Network, batch: Batch, fake: Tensor, held_out: tuple) -> Tensor:
    """D's mean answers to the batch, and its AUC on proper pairs -> (RUNS, 4)."""
    own = _answers(judge, (batch.image, batch.text), (batch.image, batch.wrong_text), (fake, batch.text))
    right, wrong = (logits[:, :, None] for logits in _answers(judge, *held_out))
    wrong = wrong.transpose(1, 2)
    auc = ((right > wrong).float() + (right == wrong).float() / 2).mean((1, 2))
    return torch.stack([*(logits.sigmoid().mean(1) for logits in own), auc], dim=1)


def _has(cause: str) -> Tensor:
    """(RUNS, 1) bool: in which worlds this is broken."""
    return (torch.arange(RUNS) // SEEDS == CAUSES.index(cause))[:, None]


def _pick(vectors: Tensor, kinds: Tensor) -> Tensor:
    """(RUNS, KINDS, E) and (RUNS, B) -> (RUNS, B, E)."""
    return vectors.gather(1, kinds[..., None].expand(-1, -1, vectors.shape[2]))


def one_of_the_causes(answer):
    """one of the six causes, for each log"""
    for case in _unseen():
        got = _told(answer, case)
        if not isinstance(got, str) or got not in CAUSES:
            return Wrong("a cause", got, "is there a `return` for every log?" if got is None
                         else f"return one of {', '.join(CAUSES)}")
    return None


def sound(answer):
    """healthy trainings are left alone"""
    return _wrong_cause(answer, "healthy")


def deaf(answer):
    """sentence vectors that say nothing"""
    return _wrong_cause(answer, "text lost")


def flattered(answer):
    """fakes that were judged with a wrong text"""
    return _wrong_cause(answer, "fake with wrong text")


def moved(answer):
    """captions beside other pictures"""
    return _wrong_cause(answer, "shifted captions")


def not_wrong(answer):
    """wrong texts of the right class"""
    return _wrong_cause(answer, "same class")


def naive(answer):
    """no pairs with a wrong text"""
    return _wrong_cause(answer, "no wrong pairs")


def _unseen():
    return [case for case in cases() if case.seed != SHOWN]


def _told(answer, case):
    """What an answer says about a log; it gets copies, and no cause."""
    return answer({name: values.copy() for name, values in case.log.items()})


def _wrong_cause(answer, cause):
    for case in _unseen():
        got = _told(answer, case)
        if case.cause == cause != got:
            return Wrong(f"'{cause}' for seed {case.seed}", f"'{got}'", CONFUSED.get((cause, got), SIGNS[cause]))
    return None


find_cause = Exercise(
    id="cls_diagnosis.find_cause",
    title="find the cause in three answers",
    minutes=30,
    difficulty=4,
    text="Six small trainings of GAN-CLS, and in five of them one thing is wrong. Return the cause: 'healthy', "
         "'no wrong pairs' (they have weight 0: the naive model), 'shifted captions' (each picture has the caption of "
         "another one), 'same class' (the wrong text is another caption of the same class), 'fake with wrong text' "
         "(in D's step the fake is judged with the wrong text) or 'text lost' (all sentence vectors are zeros). `log` "
         "is a dict of arrays (15,), from first to last: `log['D(real, right text)']`, `log['D(real, wrong text)']` "
         "and `log['D(fake, right text)']` are D's mean answers to the pairs of its batches, as probabilities, and "
         "`log['AUC']` says how well it tells right pairs from wrong ones on held-out pairs that are properly made. "
         "`exercises.cls_diagnosis.shown()` has one log of each; yours is judged on others.",
    hints=(
        "D raises its answer to one kind of pair and lowers it for two. In which of these trainings does nobody say no "
        "to a kind, and in which is the same pair told both yes and no?",
        "Take the means of the second half. Two answers may be equal to the last digit, equal on average, or apart; "
        "the AUC tells what D could do with proper pairs.",
        "`right`, `wrong` and `fake` are such means. `np.array_equal` of the first two arrays; `fake > 0.7`; "
        "`right - wrong` below 0.1, then the AUC below 0.75 or above; `right - wrong` below 0.4.",
    ),
    checks=(one_of_the_causes, deaf, flattered, moved, not_wrong, naive, sound),
    explanation="Each kind of pair has its own no. Take one away, and the answer to just this kind rises. Say yes and "
                "no to the same pairs, and both answers are one. What a log of the training pairs cannot tell, "
                "whether the pairs themselves are right, needs pairs from elsewhere: with a shifted data set D is "
                "lost on proper pairs, with wrong texts that were right it still reads. It learned that from fakes.",
)
