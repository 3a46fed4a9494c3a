"""A plane in which every picture with its text is a point: how real it looks, and how well it fits the text.

The discriminator's four cases have places of their own: real pictures with their own text at (1, 1), with a wrong text
at (1, 0), and fakes at realness 0 with a match from 0 to 1. A fake should go to (1, 1), so here we know where a good
pull points to, and we can look at D as at a landscape.

Source: Tao et al. 2022 (DF-GAN), Section 3.2 with the figure of D's loss surface, and the one-way output with its
figure of both gradients.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from t2ilib import runtime
from t2ilib.losses import gradient_penalty, hinge_no, hinge_yes
from t2ilib.studies import Findings, measure, over_seeds

TARGET = np.array([1.0, 1.0])           # realness and match of a real picture with its own text
ORIGIN = np.zeros((1, 2))               # a fake that looks fake and fits nothing
SPREAD = 0.1                            # standard deviation of each cloud
PENALTY, POWER = 2.0, 6.0               # k and p of MA-GP
STEPS = {"smoke": 20, "laptop": 600, "gpu": 600}
BATCH, WIDTH, RATE = 128, 64, 2e-3
HELD_OUT = 500                          # points of each cloud with which a landscape is measured

Pull = Callable[[np.ndarray], np.ndarray]       # points (N, 2) -> where a fake is pulled there (N, 2)


# --- pulls by a formula -------------------------------------------------------------------------------------------

def one_way(points: np.ndarray) -> np.ndarray:
    """The pull of one answer for picture and text: straight to the target, stronger from far away; (N, 2) -> (N, 2)."""
    return TARGET - np.asarray(points, float)


def two_way(points: np.ndarray) -> np.ndarray:
    """The same and the pull of a second answer, which does not know the text: to realness 1 whatever the match."""
    return one_way(points) * (2.0, 1.0)


def aim(pull: Pull, points: np.ndarray) -> np.ndarray:
    """The cosine of the angle between a pull and the way to the target: 1 is straight at it; (N, 2) -> (N,)."""
    pulls, way = pull(points), one_way(points)
    return (pulls * way).sum(1) / (np.linalg.norm(pulls, axis=1) * np.linalg.norm(way, axis=1))


# --- pulls of a discriminator that has learned --------------------------------------------------------------------

class Clouds(NamedTuple):
    """A batch of points, each (N, 2): realness and match."""

    right: Tensor           # real pictures with their own text
    wrong: Tensor           # real pictures with a wrong text
    fake: Tensor            # fakes with the text they were drawn for, which they fit more or less


def clouds(count: int, stream: torch.Generator) -> Clouds:
    """`count` points of each kind."""
    match = torch.rand(count, generator=stream)
    centres = torch.ones(count, 2), torch.tensor([1.0, 0.0]), torch.stack([torch.zeros(count), match], dim=1)
    return Clouds(*(centre + SPREAD * torch.randn(count, 2, generator=stream) for centre in centres))


class Judge(nn.Module):
    """A discriminator of the plane with two answers: `joint` for picture and text, `alone` for the picture.

    Its activations are smooth: with kinks D could be flat at a point only where it is flat all around.
    """

    def __init__(self):
        super().__init__()
        self.joint, self.alone = perceptron(2), perceptron(1)

    def one_way(self, points: np.ndarray) -> np.ndarray:
        """The live gradient of the joint answer, which a fake follows; (N, 2) -> (N, 2)."""
        return gradient(self.joint, points)

    def two_way(self, points: np.ndarray) -> np.ndarray:
        """The live gradient of both answers together."""
        return gradient(lambda rows: self.joint(rows) + self.alone(rows[:, :1]), points)

    def answers(self, points: np.ndarray) -> np.ndarray:
        """The joint answer as a logit; (N, 2) -> (N,)."""
        with torch.no_grad():
            return self.joint(torch.as_tensor(points, dtype=torch.float32)).numpy()


def perceptron(inputs: int) -> nn.Sequential:
    """(N, inputs) -> (N,) logits."""
    return nn.Sequential(nn.Linear(inputs, WIDTH), nn.SiLU(), nn.Linear(WIDTH, WIDTH), nn.SiLU(), nn.Linear(WIDTH, 1),
                         nn.Flatten(0))


def gradient(answer: Callable[[Tensor], Tensor], points: np.ndarray) -> np.ndarray:
    """The slope of an answer at points, by autograd; (N, 2) -> (N, 2)."""
    rows = torch.tensor(points, dtype=torch.float32, requires_grad=True)
    return torch.autograd.grad(answer(rows).sum(), rows)[0].numpy()


def learn(penalty: float = PENALTY, seed: int = 0, steps: int = STEPS["laptop"]) -> Judge:
    """A judge that has seen `steps` batches of the clouds, which stand still; a few seconds.

    `penalty` is k of MA-GP, which acts on the joint answer at real pictures with their own text; 0 leaves it out.
    """
    with torch.random.fork_rng(devices=()):
        torch.manual_seed(runtime.derived_seed(seed))
        judge = Judge()
    optimizer = torch.optim.Adam(judge.parameters(), lr=RATE, betas=(0.0, 0.9))
    for step in range(steps):
        optimizer.zero_grad()
        d_loss(judge, clouds(BATCH, runtime.generator(seed, step)), penalty).backward()
        optimizer.step()
    return judge.requires_grad_(False)


def d_loss(judge: Judge, batch: Clouds, penalty: float) -> Tensor:
    """Hinge losses of both answers, and MA-GP. Paper: Equation 1 and Section 3.2."""
    right = batch.right.requires_grad_(True)
    s_r = judge.joint(right)
    joint = hinge_yes(s_r) + hinge_no(judge.joint(batch.wrong)) / 2 + hinge_no(judge.joint(batch.fake)) / 2
    alone = hinge_yes(judge.alone(right[:, :1])) + hinge_no(judge.alone(batch.fake[:, :1]))
    return joint + alone + (penalty * gradient_penalty(s_r, right, power=POWER) if penalty else 0)


# --- what is measured ---------------------------------------------------------------------------------------------

def study_plane(profile: str, seeds: Sequence[int]) -> Findings:
    """DFG-14 and DFG-17 on the plane; the formulas need no seeds."""
    plain, flat = ([learn(penalty, seed, STEPS[profile]) for seed in seeds] for penalty in (0.0, PENALTY))
    held_out = [clouds(HELD_OUT, runtime.generator(seed, 0, 1)) for seed in seeds]
    return Findings(of_slopes(plain, flat, held_out) | of_formulas() | of_aims(flat, held_out), STEPS[profile])


def of_slopes(plain: list[Judge], flat: list[Judge], held_out: list[Clouds]) -> dict[str, dict]:
    """DFG-14: the mean slope of D at real pictures with their own text, without and with MA-GP, and their ratio."""
    without, kept, both = ([mean_slope(pull, seen.right) for pull, seen in zip(pulls, held_out)] for pulls in (
        [judge.one_way for judge in plain], [judge.one_way for judge in flat], [judge.two_way for judge in flat]))
    return {"slope without MA-GP": over_seeds(without), "slope with MA-GP": over_seeds(kept),
            "slope with MA-GP, two-way": over_seeds(both), "flatter": over_seeds(np.divide(without, kept).tolist())}


def of_formulas() -> dict[str, dict]:
    """DFG-17: where the formulas pull a fake at (0, 0)."""
    return {"aim, formula: one-way": formula(aim(one_way, ORIGIN)),
            "aim, formula: two-way": formula(aim(two_way, ORIGIN))}


def of_aims(judges: list[Judge], held_out: list[Clouds]) -> dict[str, dict]:
    """DFG-17: where the learned answers pull a fake at (0, 0), and on average all fakes, most of which match better."""
    found = {}
    for place, points in (("", [ORIGIN] * len(judges)), (" at all fakes", [seen.fake.numpy() for seen in held_out])):
        one, two = ([float(aim(pull, where).mean()) for pull, where in zip(pulls, points)] for pulls in (
            [judge.one_way for judge in judges], [judge.two_way for judge in judges]))
        found |= {f"aim{place}: one-way": over_seeds(one), f"aim{place}: two-way": over_seeds(two),
                  f"aim{place}: one-way over two-way": over_seeds(np.subtract(one, two).tolist())}
    return found


def mean_slope(pull: Pull, points: Tensor) -> float:
    """The mean length of a gradient over points (N, 2)."""
    return float(np.linalg.norm(pull(points.numpy()), axis=1).mean())


def formula(value: np.ndarray) -> dict:
    """A number that follows from a formula at one point."""
    return measure(value[0], value[0], value[0], 1, "point")
