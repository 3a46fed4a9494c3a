"""What it costs to let the text into feature maps: DF-GAN's affine fusion beside attention to words.

Fusion scales and shifts every channel; attention compares each place of the map with each word. Both grow evenly with
the number of places, attention T times as steeply for T words. What grows with the square of the places is
attention of places to each other. All is counted by formula and by torch, and the two that exist are timed.

Source: Tao et al. 2022 (DF-GAN), Section 1 and Section 3.3; Xu et al. 2018, "AttnGAN", Section 3.1, Equations 2 and 3.
"""

import time
from collections.abc import Callable, Sequence
from math import prod

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from t2ilib.metrics import cost
from t2ilib.papers.df_gan import Fusion
from t2ilib.studies import Findings, measure

CHANNELS, TEXT, WORDS = 32, 256, 18     # C, of the last feature maps; E, of sentence and word vectors; T, the words
SIDES = (16, 32, 64, 128, 256)
BLOCKS, RUNS = {"smoke": 2, "laptop": 5, "gpu": 5}, 40      # of timings; calls of both kinds in each
FUSION, ATTENTION, PLACES = "affine fusion", "attention to words", "attention to places"


class WordAttention(nn.Module):
    """Each place of a feature map looks at the words and takes the mean of those that fit it.

    Shapes: features (B, C, h, w), words (B, T, E) -> (B, C, h, w), to be stacked onto the features
    Paper:  AttnGAN, Equations 2 and 3.
    """

    def __init__(self, text_dim: int = TEXT, channels: int = CHANNELS):
        super().__init__()
        self.project = nn.Linear(text_dim, channels, bias=False)

    def forward(self, features: Tensor, words: Tensor) -> Tensor:
        words, places = self.project(words), features.flatten(2)            # (B, T, C), (B, C, N)
        weights = (words @ places).softmax(dim=1)                           # (B, T, N): of the words, for each place
        return (words.mT @ weights).unflatten(2, features.shape[2:])


# --- counted by formula -------------------------------------------------------------------------------------------

def fusion_macs(side: int, channels: int = CHANNELS, text: int = TEXT) -> int:
    """Two affines: four perceptrons that read the sentence, and a scale with a shift for each number of the map."""
    return 4 * (text * channels + channels**2) + 2 * channels * side**2


def attention_macs(side: int, channels: int = CHANNELS, text: int = TEXT, words: int = WORDS) -> int:
    """The words brought to C numbers, compared with each place, and averaged for each place."""
    return words * text * channels + 2 * words * channels * side**2


def place_attention_macs(side: int, channels: int = CHANNELS) -> int:
    """Each place compared with each place, and all averaged for each; queries, keys and values are left out."""
    return 2 * channels * side**4


# --- counted by torch ---------------------------------------------------------------------------------------------

def counted_macs(module: nn.Module, *inputs: Tensor) -> int:
    """Multiply-accumulates of `module(*inputs)` as torch sees them, scales with shifts included.

    `cost.macs` leaves the latter out, since in a whole network they are next to nothing; here they are the work.
    """
    def scaled(*shapes, out_shape, **_) -> int:
        return 2 * prod(out_shape)                          # torch counts a multiplication and its addition as two
    with torch.no_grad(), FlopCounterMode(display=False, custom_mapping={torch.ops.aten.addcmul: scaled}) as counter:
        module(*inputs)
    return counter.get_total_flops() // 2


def feature_maps(side: int) -> Tensor:
    """(1, C, side, side) in the order of memory that training uses."""
    return torch.zeros(1, CHANNELS, side, side).contiguous(memory_format=torch.channels_last)


def fusion_inputs(side: int) -> tuple[Tensor, Tensor]:
    """Features and sentence vectors for `Fusion(TEXT, CHANNELS)`."""
    return feature_maps(side), torch.zeros(1, TEXT)


def attention_inputs(side: int) -> tuple[Tensor, Tensor]:
    """Features and word vectors for `WordAttention()`."""
    return feature_maps(side), torch.zeros(1, WORDS, TEXT)


def time_ratio(slow: Callable, quick: Callable, runs: int = RUNS) -> float:
    """How many times as long `slow()` takes as `quick()`: the shortest of `runs` calls of each, in turns.

    What else a machine does can only make a call longer, so the shortest one is nearest to the truth.
    """
    times = [(seconds(slow), seconds(quick)) for _ in range(runs)]
    return float(np.divide(*np.min(times, axis=0)))


def seconds(work: Callable) -> float:
    """The time of one call."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


# --- the study ----------------------------------------------------------------------------------------------------

def study_cost(profile: str, _seeds: Sequence[int]) -> Findings:
    """DFG-04: for each side the multiply-accumulates, the peak memory and the ratio of times; and both parameters."""
    fusion, attention, found = Fusion(TEXT, CHANNELS).eval(), WordAttention().eval(), {}
    for name, module in ((FUSION, fusion), (ATTENTION, attention)):
        found[f"parameters: {name}"] = counted(cost.parameters(module)["all"], "count")
    for side in SIDES:
        found |= of_side(side, fusion, attention, BLOCKS[profile])
    first, last = (np.array(found[f"time ratio, {side}"]["rows"]) for side in (SIDES[0], SIDES[-1]))
    found["time ratio, growth"] = spread((last - first).tolist())
    return Findings(found, 0)


def of_side(side: int, fusion: nn.Module, attention: nn.Module, blocks: int) -> dict[str, dict]:
    """All numbers of one side."""
    found, works = {}, {}
    for name, module, inputs in ((FUSION, fusion, fusion_inputs), (ATTENTION, attention, attention_inputs)):
        found[f"MACs, {side}: {name}"] = counted(counted_macs(module, *inputs(side)), "count")
        works[name] = work_of(module, inputs(side))
        found[f"peak MB, {side}: {name}"] = counted(cost.peak_bytes(works[name]) / 1e6, "picture")
    macs = [found[f"MACs, {side}: {name}"]["value"] for name in (ATTENTION, FUSION)]
    return found | {f"MACs, {side}: {PLACES}": counted(place_attention_macs(side), "formula"),
                    f"MAC ratio, {side}": counted(macs[0] / macs[1], "count"),
                    f"time ratio, {side}": spread([time_ratio(works[ATTENTION], works[FUSION]) for _ in range(blocks)])}


def work_of(module: nn.Module, given: tuple[Tensor, ...]) -> Callable:
    """One pass without gradients, to be called again and again."""
    def work() -> Tensor:
        with torch.no_grad():
            return module(*given)
    return work


def counted(value: float, unit: str) -> dict:
    """A number that is the same each time."""
    return measure(value, value, value, 1, unit)


def spread(values: list[float]) -> dict:
    """Repeated timings as a measure: the median, the lowest and the highest."""
    return measure(np.median(values), min(values), max(values), len(values), "timings", values)
