"""How fast the course is here: ratios, measured side by side in one run, never bare times.

Our training steps are compared with the *plain* ones (`papers/variants/plain.py`): the same function of the same
networks in the order of the published code, in fp32, with weights in PyTorch's default order of memory. Both take
turns, so whatever else the machine does slows down both. Drawing and rendering are compared with their budgets.
"""

import json
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from itertools import accumulate, chain, count, cycle
from pathlib import Path
from types import ModuleType

import torch
from torch.profiler import ProfilerActivity, profile

from t2ilib import runtime, sample
from t2ilib.data import draw
from t2ilib.data.birds import LEVELS, World
from t2ilib.papers import df_gan, gan_cls
from t2ilib.papers.gan_cls import TextBatch
from t2ilib.papers.variants import plain
from t2ilib.train import TrainState, make_fabric, train_step

Rounds = list[tuple[float, float]]      # seconds: ours, and those of what it is compared with
SENTENCE_BUDGET = 0.060                 # seconds from a sentence to eight pictures, on two cores
RENDER_BUDGET = 0.010                   # seconds for a picture of 64 x 64, on one core
PATIENCE = 12.0                         # seconds for a comparison
FEWEST = 3                              # rounds of it
PAPERS = {"GAN-INT-CLS": (gan_cls, plain.gan_cls_step), "DF-GAN": (df_gan, plain.df_gan_step)}
PRECISIONS = {"bf16-mixed": "bf16", "32-true": "fp32"}


@dataclass(frozen=True)
class Row:
    """One comparison: how many times faster we are than `against`."""

    name: str
    against: str
    ratio: float                        # the median of the rounds; half of them lie between `low` and `high`
    low: float
    high: float
    pictures_a_second: float
    megabytes: float | None = None      # the most that one step allocates, beside weights and batch
    plain_megabytes: float | None = None


def row(name: str, against: str, rounds: Rounds, pictures: int, **memory: float) -> Row:
    """A row from the times of its rounds, in each of which we made this many pictures."""
    low, ratio, high = statistics.quantiles([theirs / ours for ours, theirs in rounds], n=4, method="inclusive")
    return Row(name, against, ratio, low, high, pictures / statistics.median(ours for ours, _ in rounds), **memory)


def take_turns(ours: Callable, theirs: Callable, patience: float) -> Rounds:
    """Both in turn for about `patience` seconds, after one of each to warm up."""
    ours(), theirs()
    rounds, started = [], time.perf_counter()
    while len(rounds) < FEWEST or time.perf_counter() - started < patience:
        rounds.append((seconds(ours), seconds(theirs)))
    return rounds


def against_budget(work: Callable, budget: float, patience: float) -> Rounds:
    """The same where the other side is a fixed number of seconds."""
    return [(ours, budget) for ours, _ in take_turns(work, lambda: None, patience)]


def seconds(work: Callable) -> float:
    """How long `work` takes; a GPU is waited for."""
    settled()
    started = time.perf_counter()
    work()
    settled()
    return time.perf_counter() - started


def settled() -> None:
    if on_gpu():
        torch.cuda.synchronize()


def on_gpu() -> bool:
    return runtime.device().type == "cuda"


# --- training -----------------------------------------------------------------------------------------------------

class Player:
    """One side of a comparison: a step that trains a fresh game of a paper on a random batch, over and over."""

    def __init__(self, paper: ModuleType, step: Callable, precision: str, layout: torch.memory_format):
        config, recipe = paper.RECIPES["steady"]["laptop"]
        self.step, self.state = step, TrainState(paper.build(config), recipe, make_fabric(precision=precision))
        self.state.task.to(memory_format=layout)
        size, image = recipe.batch, torch.randn(recipe.batch, 3, config.size, config.size)
        self.batch = self.state.fabric.to_device(TextBatch(
            image.contiguous(memory_format=layout), torch.randn(size, config.text_dim),
            torch.randn(size, config.text_dim), torch.randn(size, config.noise_dim)))
        self.steps = max(1, recipe.penalty_every)       # a lazy penalty has its share in what is measured

    def once(self) -> None:
        """One step."""
        self.step(self.state.task, self.state, self.batch)
        self.state.step += 1

    def turn(self) -> None:
        """As many steps as lie between two penalties."""
        for _ in range(self.steps):
            self.once()


def training(patience: float) -> Iterator[Row]:
    """Our step of each paper, in each precision worth having here, against the plain one in fp32."""
    for name, (paper, plain_step) in PAPERS.items():
        for precision in dict.fromkeys((runtime.precision(runtime.device()), "32-true")):
            ours = Player(paper, train_step, precision, torch.channels_last)
            theirs = Player(paper, plain_step, "32-true", torch.contiguous_format)
            memory = {"megabytes": peak_megabytes(ours.once), "plain_megabytes": peak_megabytes(theirs.once)}
            yield row(f"{name}, a step in {PRECISIONS[precision]}", "plain fp32",
                      take_turns(ours.turn, theirs.turn, patience), ours.steps * ours.state.recipe.batch, **memory)


def peak_megabytes(work: Callable) -> float:
    """The most memory that `work` holds at any moment in tensors of its own making."""
    if on_gpu():
        torch.cuda.reset_peak_memory_stats()
        before = torch.cuda.memory_allocated()
        work()
        return (torch.cuda.max_memory_allocated() - before) / 2**20
    os.environ.setdefault("KINETO_LOG_LEVEL", "99")             # the profiler would tell that there is no GPU
    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as profiler:
        work()
    with tempfile.TemporaryDirectory() as folder:
        profiler.export_chrome_trace(f"{folder}/trace.json")
        events = json.loads(Path(folder, "trace.json").read_text(encoding="utf-8"))["traceEvents"]
    changes = sorted((event for event in events if event.get("name") == "[memory]"), key=lambda event: event["ts"])
    return max(accumulate((event["args"]["Bytes"] for event in changes), initial=0)) / 2**20


# --- drawing and rendering ----------------------------------------------------------------------------------------

def drawing(patience: float) -> Iterator[Row]:
    """A sentence to eight pictures and what the probe sees in them."""
    painter, sentences = sample.Painter.shipped(), cycle(sample.SHOWN_CAPTIONS)
    rounds = against_budget(lambda: painter.draw(next(sentences)), SENTENCE_BUDGET, patience / 4)
    yield row("a sentence to eight pictures", f"a budget of {1000 * SENTENCE_BUDGET:.0f} ms", rounds, 8)


def rendering(patience: float) -> Iterator[Row]:
    """A picture of each level of the bird world, 64 x 64, on one core."""
    for level in LEVELS:
        scenes = map(World(0, level).scene, count())
        rounds = against_budget(lambda scenes=scenes: draw.render(next(scenes), 64), RENDER_BUDGET, patience / 8)
        yield row(f"rendering level {level}", f"a budget of {1000 * RENDER_BUDGET:.0f} ms", rounds, 1)


# --- the table ----------------------------------------------------------------------------------------------------

def machine() -> dict[str, str | int]:
    """What the ratios hold for."""
    name = torch.cuda.get_device_name(runtime.device()) if on_gpu() else "CPU"
    return {"device": name, "threads": torch.get_num_threads(), "torch": torch.__version__}


def line(found: Row) -> str:
    """A row of the table."""
    memory = f"{found.megabytes:6.0f} / {found.plain_megabytes:.0f}" if found.megabytes else ""
    spread = f"{found.ratio:5.2f} ({found.low:.2f} to {found.high:.2f})"
    return f"{found.name:30s} {found.against:20s} {spread:22s} {found.pictures_a_second:10.0f}   {memory}".rstrip()


def run(as_json: bool = False, patience: float = PATIENCE) -> None:
    """Print all comparisons as a table, or as JSON: {"device", "threads", "torch", "rows": [...]}."""
    rows = chain(training(patience), drawing(patience), rendering(patience))
    if as_json:
        print(json.dumps(machine() | {"rows": [asdict(found) for found in rows]}, indent=1))
        return
    print("{device}, {threads} thread(s), torch {torch}".format(**machine()))
    print(f"{'':30s} {'against':20s} {'times faster':22s} pictures/s   MB, ours / plain")
    for found in rows:
        print(line(found), flush=True)
