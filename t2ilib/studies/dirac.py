"""The smallest game there is: one real point, one fake point, a discriminator that is a straight line.

The real point stands at 0, the fake one at theta, and D(x) = psi x. All of a game is a path in the plane of both
numbers. It should end at (0, 0): the fake stands on the real point, and D is flat. Nothing here is random.

Source: Mescheder, Geiger and Nowozin 2018, "Which Training Methods for GANs do actually Converge?", Section 2, with
the hinge losses and the penalty of DF-GAN (Tao et al. 2022, Sections 3.1 and 3.2). A straight line has one slope, so
here the penalty is the same wherever it acts.
"""

from collections.abc import Sequence

import numpy as np
from scipy.special import beta

from t2ilib.studies import Findings, measure

START, RATE = (1.0, 1.0), 0.02          # theta and psi before the first step; the learning rate of both players
STEPS = {"smoke": 2_000, "laptop": 20_000, "gpu": 20_000}
NEAR = 0.01                             # a path within this radius has arrived
SETTINGS = {"no penalty": (0.0, 2.0), "k = 2, p = 2": (2.0, 2.0), "k = 2, p = 6": (2.0, 6.0)}
"""In words -> k and p of the penalty k |psi|^p; DF-GAN has k = 2 and p = 6."""


def play(weight: float = 2.0, power: float = 6.0, steps: int = STEPS["laptop"], rate: float = RATE) -> np.ndarray:
    """The whole path of a game in which D and G move in turn, D first -> (steps + 1, 2): theta and psi.

    D goes down max(0, 1 - D(0)) + max(0, 1 + D(theta)) + k |psi|^p, and G down -D(theta).
    `weight` is k, 0 or more, and `power` p, 2 or more.
    """
    (theta, psi), path = START, [START]
    for _ in range(steps):
        psi -= rate * d_slope(theta, psi, weight, power)
        theta += rate * psi
        path.append((theta, psi))
    return np.array(path)


def d_slope(theta: float, psi: float, weight: float, power: float) -> float:
    """The derivative of D's loss by psi. The real point adds nothing: D(0) is 0 whatever psi is."""
    hinge = theta if 1 + psi * theta > 0 else 0.0
    return hinge + weight * power * abs(psi) ** (power - 1) * np.sign(psi)


def pull(theta: np.ndarray, psi: np.ndarray, weight: float, power: float) -> tuple[np.ndarray, np.ndarray]:
    """Where both players want to go from any place of the plane: minus the slopes of their losses."""
    return psi, -np.vectorize(d_slope)(theta, psi, weight, power)


def radii(path: np.ndarray) -> np.ndarray:
    """The distance from the end that the game should have: (N, 2) -> (N,)."""
    return np.hypot(*path.T)


def arrival(path: np.ndarray, near: float = NEAR) -> int | None:
    """The first step from which on the path stays within `near` of (0, 0); None if it does not get there."""
    outside = np.flatnonzero(radii(path) > near)
    last = outside[-1] if len(outside) else -1
    return None if last == len(path) - 1 else int(last) + 1


def expected_radius(weight: float, power: float, steps: np.ndarray, rate: float = RATE) -> np.ndarray:
    """The radius by averaging over a turn, for p above 2 and a penalty that is weak beside the turning.

    psi = r sin(angle), so in a turn the penalty takes dr/dt = -k p m r^(p-1) with m the mean of |sin|^p, and
    r^(2-p) grows evenly with time: for p = 6 the radius falls like t^(-1/4), while p = 2 would give exp(-k t).
    """
    mean = beta((power + 1) / 2, 0.5) / np.pi
    grown = weight * power * mean * (power - 2) * rate * np.asarray(steps, float)
    return (radii(np.array([START]))[0] ** (2 - power) + grown) ** (1 / (2 - power))


def study_dirac(profile: str, _seeds: Sequence[int]) -> Findings:
    """DFG-12: the three settings. "left" is the last radius, with those after 1, 10, 100 ... steps in its rows; "kept"
    is the smallest radius of the whole path as a share of the first, and "arrival" the step from which on it is near.
    """
    steps, measures = STEPS[profile], {}
    moments = [10**power for power in range(6) if 10**power < steps] + [steps]
    for name, setting in SETTINGS.items():
        path = play(*setting, steps)
        found = radii(path)
        rows = {"steps": moments, "radius": found[moments].tolist()}
        measures |= {f"left: {name}": exact(found[-1], steps, rows),
                     f"kept: {name}": exact(found.min() / found[0], steps)}
        if (arrived := arrival(path)) is not None:
            measures[f"arrival: {name}"] = exact(arrived, steps)
    return Findings(measures, steps)


def exact(value: float, steps: int, rows: dict | None = None) -> dict:
    """A number without an interval: nothing is random here, so the bounds are the number itself."""
    return measure(value, value, value, steps, "steps", rows)
