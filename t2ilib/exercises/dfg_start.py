"""Chapter 09: the networks that read a scale or a shift from the sentence, and how they begin."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from t2ilib import runtime
from t2ilib.exercises import Exercise, Wrong
from t2ilib.exercises.behaviour import untouched
from t2ilib.exercises.compare import NOTHING

STEPS = 120                 # of Adam at 0.03: a network that can bend has learned |x| by then


def a_network(answer):
    """a network from (B, inputs) to (B, channels)"""
    got = _built(answer, 5, 3, 1.0)
    if isinstance(got, Wrong):
        return got
    shape = tuple(got(torch.randn(2, 5, generator=runtime.generator(1))).shape)
    return None if shape == (2, 3) else Wrong("(2, 3) for 2 sentences of 5 numbers", shape,
                                              "inputs -> channels, and one row for each sentence")


def starts_there(answer):
    """`start` for every sentence, before training"""
    sentences = 3 * torch.randn(6, 5, generator=runtime.generator(2))
    for start in (1.0, 0.0, 0.25):
        got = _built(answer, 5, 4, start)(sentences)
        if not torch.allclose(got, torch.full_like(got, start), atol=1e-6):
            flat = torch.allclose(got, got[:1].expand_as(got), atol=1e-6)
            return Wrong(f"{start:g} for every sentence", got[0].detach(),
                         "the same for every sentence, but not `start`: that is the bias of the last layer" if flat
                         else "it depends on the sentence: the weights of the last layer begin at 0")
    return None


def hears_soon(answer):
    """and yet the sentence is heard after a few steps"""
    network, sentences = _built(answer, 2, 8, 1.0), _line()
    if not any(weights.requires_grad for weights in network.parameters()):
        return Wrong("weights that learn", "none", "begin with `start`, but stay able to learn: what is written into "
                                                   "`forward` or frozen never moves")
    _fit(network, sentences, sentences[:, :1].expand(-1, 8), 10)
    moved = network(sentences).std(0).mean().item()
    return None if moved > 0.01 else Wrong(
        "another output for another sentence", f"the same, after 10 steps (spread {moved:.1g})",
        "behind a layer that is all zeros nothing moves but the last bias: only the *last* layer begins at 0, the "
        "first one as PyTorch makes it")


def bends(answer):
    """two layers with a ReLU: it can learn |x|"""
    network, sentences = _built(answer, 2, 8, 0.0), _line()
    error = _fit(network, sentences, sentences[:, :1].abs().expand(-1, 8), STEPS)
    return None if error < 0.02 else Wrong(
        "an error below 0.02", f"{error:.2g} after {STEPS} steps",
        "a straight line is the best it can do: put a ReLU between both layers")


def _built(answer, *given):
    """The network that an answer builds, or what is wrong with it; torch's random state stays as it is."""
    with untouched():
        torch.manual_seed(9)
        got = answer(*given)
    if isinstance(got, nn.Module):
        return got
    if got is None:
        return Wrong("a network", "nothing", NOTHING)
    return Wrong("a network", type(got).__name__, "return the network itself, an `nn.Module`, not what it gives")


def _line() -> Tensor:
    """(21, 2): sentences along a line from -1 to 1, and a number that says nothing."""
    return torch.stack([torch.linspace(-1, 1, 21), torch.ones(21)], dim=1)


@torch.enable_grad()
def _fit(network: nn.Module, sentences: Tensor, wanted: Tensor, steps: int) -> float:
    """Some steps of Adam; the mean squared error after them."""
    optimizer = torch.optim.Adam([w for w in network.parameters() if w.requires_grad], lr=0.03)
    for _ in range(steps):
        optimizer.zero_grad()
        F.mse_loss(network(sentences), wanted).backward()
        optimizer.step()
    return F.mse_loss(network(sentences), wanted).item()


starting_at = Exercise(
    id="dfg_start.starting_at",
    title="begin as if there were no sentence",
    minutes=10,
    difficulty=3,
    text="The scales and shifts are read from the sentence by small networks. Build and return one: an `nn.Module` "
         "from (B, inputs) to (B, channels) with two layers and a ReLU between them. Before training it gives `start` "
         "for every sentence: 1 for scales, 0 for shifts, so that the affine changes nothing. But it must be able to "
         "learn, and to hear the sentence after a few steps.",
    hints=(
        "Which weights decide what the last layer makes of its inputs, and which number is left if they are 0?",
        "The last layer begins with weights 0 and bias `start`. What if the first one were all zeros as well: which "
        "weights would then get a gradient?",
        "`last = nn.Linear(channels, channels)`; `nn.init.zeros_(last.weight)`; `nn.init.constant_(last.bias, start)`; "
        "`nn.Sequential(nn.Linear(inputs, channels), nn.ReLU(), last)`.",
    ),
    checks=(a_network, starts_there, hears_soon, bends),
    explanation="At first the generator is a plain residual network, which trains well, and the sentence comes in as "
                "far as it helps. One layer of zeros is no obstacle: its weights get their gradient from what the "
                "first layer gives. Two are: each waits for the other. With scales that begin at 0 no feature would "
                "get through, and two such affines in a row would stay closed for ever.",
)
