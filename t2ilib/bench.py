"""How fast the course is here: ratios, measured side by side in one run, never bare times."""

import statistics
import time
from collections.abc import Callable

import torch

from t2ilib import sample
from t2ilib.data import draw
from t2ilib.data.birds import LEVELS, World
from t2ilib.papers import gan_cls
from t2ilib.train import Recipe, TrainState, make_fabric, train_step

BUDGET_MS = 60.0            # a sentence to eight pictures, on two cores
RENDER_RATE = 200.0         # pictures of 64 x 64 a second, on two cores


def seconds(work: Callable, repeats: int = 15, warm_up: int = 2) -> float:
    """The median time of `work()` in seconds."""
    times = []
    for _ in range(warm_up + repeats):
        started = time.perf_counter()
        work()
        times.append(time.perf_counter() - started)
    return statistics.median(times[warm_up:])


def drawing() -> str:
    """A new sentence to eight pictures with the probe's reading."""
    painter = sample.Painter.shipped()
    sentences = iter(sample.SHOWN_CAPTIONS * 3)
    spent = 1000 * seconds(lambda: painter.draw(next(sentences)))
    return f"a sentence to eight pictures: {BUDGET_MS / spent:.1f} times faster than its budget of {BUDGET_MS:.0f} ms"


def rendering() -> str:
    """Pictures of the bird world, on one core."""
    lines = []
    for level in LEVELS:
        scenes = map(World(0, level).scene, range(1000))
        rate = 1 / seconds(lambda scenes=scenes: draw.render(next(scenes), 64), repeats=200)
        lines.append(f"rendering level {level} at 64 px: {2 * rate / RENDER_RATE:.1f} times its budget of "
                     f"{RENDER_RATE:.0f} pictures a second on two cores")
    return "\n".join(lines)


def training() -> str:
    """A training step of GAN-INT-CLS as it runs here, against plain fp32 with contiguous weights."""
    config, recipe = gan_cls.STEADY, Recipe(steps=0, batch=32, penalty_every=8)
    plain, fast = (step_of(config, recipe, precision) for precision in ("32-true", "auto"))
    for module in plain.task.modules():
        for parameter in module.parameters(recurse=False):
            parameter.data = parameter.data.contiguous()
    slow, quick = (seconds(lambda s=state: one_step(s), repeats=5) for state in (plain, fast))
    return f"a training step: {slow / quick:.1f} times faster than fp32 with contiguous weights"


def step_of(config: gan_cls.Config, recipe: Recipe, precision: str) -> TrainState:
    """A fresh game in the given precision."""
    return TrainState(gan_cls.build(config), recipe, make_fabric(precision=precision))


def one_step(state: TrainState) -> None:
    """A step on random pictures; contiguous ones for contiguous weights."""
    config, size, place = state.task.config, state.recipe.batch, state.fabric.device
    image = torch.randn(size, 3, 64, 64, device=place)
    if state.precision != "fp32":
        image = image.contiguous(memory_format=torch.channels_last)
    text, wrong = torch.randn(2, size, config.text_dim, device=place)
    train_step(state.task, state, gan_cls.TextBatch(image, text, wrong,
                                                    torch.randn(size, config.noise_dim, device=place)))


def run() -> None:
    """Print all of them."""
    print(f"{torch.get_num_threads()} threads, torch {torch.__version__}")
    for measure in (drawing, rendering, training):
        print(measure(), flush=True)
