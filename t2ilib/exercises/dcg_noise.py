"""Chapter 02: the way between two noises."""

import numpy as np
import torch
from torch import Tensor

from t2ilib import runtime
from t2ilib.exercises import Exercise, Wrong
from t2ilib.exercises.compare import wrong_array

SHARES = (0.0, 0.2, 0.5, 0.7, 1.0)


def ends(answer):
    """the ends are exactly the two noises"""
    first, second = _noises(12)
    second = 1.3 * second                   # of another length
    for share, right, other in ((0.0, first, second), (1.0, second, first)):
        wrong = wrong_array(answer(first.clone(), second.clone(), share), right, {
            "the ends changed places: share 0 is the first one": other,
            "the vectors were cut to length 1, and stayed so: weigh the noises themselves": right / right.norm(),
            "the length of an end is its own, not that of the other": right * other.norm() / right.norm(),
            "both weights have to be divided by the sine of the angle":
                right * torch.sin(_angle(first, second)),
            "sines of degrees: `torch.sin` and `np.sin` take radians": _by_degrees(first, second, share),
        }, f"share {share:g} is the {'second' if share else 'first'} noise itself")
        if wrong:
            return wrong
    return None


def keeps_length(answer):
    """between two of one length, all are as long"""
    first, second = _pair(1.2)
    for share in SHARES:
        got = torch.as_tensor(answer(first.clone(), second.clone(), share), dtype=torch.float32)
        if abs(got.norm() - first.norm()) > 1e-3 * first.norm():
            straight = torch.allclose(got, torch.lerp(first, second, share), atol=1e-4)
            return Wrong(f"length {first.norm():.4g} at share {share:g}", f"{got.norm():.4g}",
                         "this is the straight way, lerp: it cuts through the middle, where vectors are short"
                         if straight else _weights_words(got, first, second, share))
    return None


def even_angles(answer):
    """the angle grows evenly"""
    for angle in (1.2, 2.5):
        first, second = _pair(angle)
        for share in SHARES:
            got = torch.as_tensor(answer(first.clone(), second.clone(), share), dtype=torch.float32)
            if abs(_angle(first, got) - share * angle) > 2e-3 * angle:
                chord = torch.lerp(first, second, share)
                blown_up = torch.allclose(got, chord * first.norm() / chord.norm(), atol=1e-3)
                return Wrong(f"an angle of {share * angle:.3g} at share {share:g}", f"{_angle(first, got):.3g}",
                             "the straight way, blown up to the right length: fast in the middle, slow at the ends"
                             if blown_up else "the weights are sin((1 - share) * angle) and sin(share * angle)")
    return None


def same_noise(answer):
    """from a noise to itself, or nearly so"""
    first = _noises(12)[0]
    for other in (first.clone(), first * (1 + 1e-7), 2 * first, first + 1e-6 * torch.arange(12)):
        got = torch.as_tensor(answer(first.clone(), other.clone(), 0.5), dtype=torch.float32)
        if not torch.isfinite(got).all():
            return Wrong((first + other)[:3] / 2, got[:3], "0 / 0: the sine of the angle is 0 where both point the "
                         "same way, and a cosine may come out above 1; there the straight way is right")
        wrong = wrong_array(got, (first + other) / 2, {}, "where both point the same way the straight way is right")
        if wrong:
            return wrong
    return None


def typical(answer):
    """halfway between two noises of 100 numbers: as long as they are"""
    for seed in range(5):
        first, second = _noises(100, seed)
        got = torch.as_tensor(answer(first, second, 0.5), dtype=torch.float32).norm()
        right = (first.norm() + second.norm()).item() / 2
        if not 0.9 < got / right < 1.1:
            return Wrong(f"about {right:.3g}", f"{got:.3g}", "two noises are never quite at right angles: the angle is "
                                                             "the arc cosine of <first, second> over both lengths")
    return None


def _noises(dim, seed=1):
    return torch.randn(2, dim, generator=runtime.generator(seed)).unbind()


def _pair(angle):
    """Two vectors of one length with this angle between them."""
    first, other = _noises(12, seed=2)
    other = other - (other @ first) / (first @ first) * first
    other = other * first.norm() / other.norm()
    return first, np.cos(angle) * first + np.sin(angle) * other


def _angle(first: Tensor, second: Tensor) -> Tensor:
    return torch.acos((first @ second / (first.norm() * second.norm())).clamp(-1, 1))


def _weighted(first, second, share, angle):
    return (torch.sin((1 - share) * angle) * first + torch.sin(share * angle) * second) / torch.sin(angle)


def _by_degrees(first, second, share):
    return _weighted(first, second, share, torch.rad2deg(_angle(first, second)))


def _weights_words(got, first, second, share):
    """Which mistake in the weights gives this vector."""
    angle, cosine = _angle(first, second), torch.cos(_angle(first, second))
    mistakes = {
        "sines of degrees: `torch.sin` and `np.sin` take radians": _by_degrees(first, second, share),
        "the cosine was taken for the angle: `acos` of it": _weighted(first, second, share, cosine),
        "half the angle was taken": _weighted(first, second, share, angle / 2),
        "these are a cosine and a sine of 90 degrees in all: the angle is that between the two noises":
            np.cos(share * np.pi / 2) * first + np.sin(share * np.pi / 2) * second,
    }
    return next((words for words, wrong in mistakes.items() if torch.allclose(got, wrong, atol=1e-3)),
                "both weights share one angle, that between the two noises, and are divided by its sine")


slerp = Exercise(
    id="dcg_noise.slerp",
    title="around the ball, not through it",
    minutes=15,
    difficulty=3,
    text="Noises of 100 normal numbers are nearly all about 10 long: they lie on a shell. Halfway along the straight "
         "way between two of them a vector is 7 long, and G has hardly met one of that length. Return the vector at "
         "`share` (0 to 1) of the way along the great circle from `first` to `second`, both (Z,). At 0 and 1 it is "
         "exactly the two; between two of one length all have that length, and the angle grows evenly. Where both "
         "point the same way, the straight way is right.",
    hints=(
        "How long is the mean of two vectors of length 1 at right angles? And which weights would give length 1?",
        "Get the angle from the cosine, <first, second> over both lengths. The weights are the sines of the two parts "
        "of the angle, over the sine of the whole.",
        "`(torch.sin((1 - share) * angle) * first + torch.sin(share * angle) * second) / torch.sin(angle)`; for a tiny "
        "angle `torch.lerp(first, second, share)`.",
    ),
    checks=(ends, keeps_length, even_angles, same_noise, typical),
    explanation="The spread of a sum of two independent noises with weights 1/2 is the root of 1/2: so 10 becomes 7. G "
                "was never asked with such a noise, and may answer with something paler or more average. Whether it "
                "does is a matter of measurement, and this chapter measures it. The straight way, blown up to the "
                "right length, takes the same road at an uneven pace.",
)
