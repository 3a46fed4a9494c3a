"""Chapter 02: the weights that a DCGAN begins with."""

import math

import torch
from scipy.stats import kstest
from torch import Tensor, nn

from t2ilib.exercises import Exercise, Wrong
from t2ilib.exercises.behaviour import untouched

SPREAD = 0.02
NESTED = "it lies inside another layer: `network.modules()` and `network.apply` find those, too"
LAYERS = {"up": "a transposed convolution", "inner.0": "a convolution inside another layer", "down": "a convolution"}


def fresh() -> nn.ModuleDict:
    """Layers of all kinds, some of them deep inside, as PyTorch makes them; wide, so that a spread is sharp."""
    inner = nn.Sequential(nn.Conv2d(24, 32, 4, bias=False), nn.BatchNorm2d(3000), nn.LayerNorm(500))
    network = nn.ModuleDict({"first": nn.Linear(30, 40), "up": nn.ConvTranspose2d(32, 24, 4), "inner": inner,
                             "down": nn.Conv2d(16, 32, 5)})
    inner[1](3 * torch.randn(8, 3000, 1, 1) + 1)        # running statistics of its own
    return network


def convolutions(answer):
    """convolutions and transposed ones: N(0, 0.02)"""
    before, after = _begun(answer)
    for name, words in LAYERS.items():
        got = after[f"{name}.weight"]
        if torch.equal(got, before[f"{name}.weight"]):
            return Wrong(f"other weights in {words}", "those of before", NESTED if name == "inner.0" else
                         "this kind was forgotten, or changed in a copy only")
        if not _normal(got, 0.0, SPREAD):
            return Wrong(f"N(0, {SPREAD}) in {words}", _spread(got), _likely(got))
    return None


def scales(answer):
    """scales of batch normalisation: N(1, 0.02)"""
    before, after = _begun(answer)
    got = after["inner.1.weight"]
    if _normal(got, 1.0, SPREAD):
        return None
    words = "around 1, with the same spread as the weights: `nn.init.normal_(layer.weight, 1.0, 0.02)`"
    if torch.equal(got, before["inner.1.weight"]):
        words = "PyTorch's own scales are exactly 1: they were left alone"
    elif abs(got.mean()) < 0.1:
        words = "around 0 they take nearly all of each feature away: fifty times too small, in every layer"
    return Wrong(f"N(1, {SPREAD})", _spread(got), words)


def shifts(answer):
    """shifts and biases: 0"""
    before, after = _begun(answer)
    for name, words in (("inner.1.bias", "shifts of batch normalisation"), ("up.bias", "biases of a convolution"),
                        ("down.bias", "biases of a convolution")):
        got = after[name]
        if got.any():
            return Wrong(f"0 for {words}", _spread(got), "these are still PyTorch's: `nn.init.zeros_`" if
                         torch.equal(got, before[name]) else "only weights and scales are random")
    return None


def others_stay(answer):
    """all else stays as it was"""
    before, after = _begun(answer)
    kinds = {"first.weight": "a linear layer", "first.bias": "a linear layer", "inner.2.weight": "a layer norm",
             "inner.2.bias": "a layer norm", "inner.1.running_mean": "the running statistics",
             "inner.1.running_var": "the running statistics"}
    changed = next((words for name, words in kinds.items() if not torch.equal(before[name], after[name])), None)
    return changed and Wrong(f"{changed} as before", "other numbers", "ask for the kind of a layer, not for the name "
                             "or the shape of its weights: these are none of DCGAN's")


def by_chance(answer):
    """other weights for another network"""
    first, second = (_begun(answer, seed)[1]["down.weight"] for seed in (1, 2))
    return None if not torch.equal(first, second) else Wrong(
        "other weights each time", "the same", "a seed is set inside: who calls this may want another beginning, and "
                                               "gets the same chance everywhere")


def _begun(answer, seed=1):
    """What a network holds before the answer has changed it, and after."""
    with untouched():
        torch.manual_seed(seed)
        network = fresh()
        before = {name: values.clone() for name, values in network.state_dict().items()}
        answer(network)
    return before, network.state_dict()


def _normal(values: Tensor, mean: float, spread: float) -> bool:
    """Could these be normal numbers? Chance says no once in a million."""
    return kstest(values.flatten().numpy(), "norm", (mean, spread)).pvalue > 1e-6


def _spread(values: Tensor) -> str:
    return f"mean {values.mean():.3g}, spread {values.std():.3g}"


def _likely(values: Tensor) -> str:
    """The likely mistake behind the weights of a convolution."""
    mean, spread = values.mean().item(), values.std().item()
    if abs(spread - math.sqrt(SPREAD)) < 0.01:
        return "0.02 is the spread itself, and not its square: no root"
    if abs(mean - 1) < 0.1:
        return "weights belong around 0; only the scales of batch normalisation are around 1"
    if abs(mean) < 0.01 and abs(values).max() < 1.01 * SPREAD:
        return "these are equally likely between -0.02 and 0.02: it is a normal distribution"
    if abs(mean) < 0.01 and abs(spread - SPREAD) < 0.001:
        return "the spread is right, but this is no normal distribution"
    return "for all of them a normal distribution around 0 with spread 0.02, whatever their size"


initialise = Exercise(
    id="dcg_start.initialise",
    title="begin as DCGAN does",
    minutes=10,
    difficulty=2,
    text="Change the weights of `network`, an `nn.Module` with layers inside layers, to those that DCGAN begins with. "
         "Weights of `nn.Conv2d` and `nn.ConvTranspose2d` are drawn from a normal distribution around 0 with spread "
         "0.02; scales of `nn.BatchNorm2d` from one around 1 with the same spread; its shifts, and biases of "
         "convolutions, are 0. All else stays as it is. Nothing has to be returned.",
    hints=(
        "Which layers have a `weight`, and for which of them does it stand for something that multiplies a feature as "
        "a whole?",
        "Walk through `network.modules()` and ask with `isinstance` what each of them is.",
        "`nn.init.normal_(layer.weight, 0.0, 0.02)` for both kinds of convolution, with `nn.init.zeros_(layer.bias)` "
        "if there is one; `nn.init.normal_(layer.weight, 1.0, 0.02)` for the norms.",
    ),
    checks=(convolutions, scales, shifts, others_stay, by_chance),
    explanation="Much teaching code draws everything that has a weight from N(0, 0.02), the scales too. Then each "
                "normalised feature is multiplied by a number around 0, and three layers later hardly anything of the "
                "noise is left. Training repairs it, slowly: the chapter measures how slowly. The rule is for networks "
                "with batch normalisation; without it, weights of 0.02 are too small.",
)
