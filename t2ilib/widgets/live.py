"""Watch a training: the same sentences with the same noise, painted again and again in one place."""

from collections.abc import Callable

import numpy as np
from IPython.display import display

from t2ilib import figures, runtime
from t2ilib.sample import Painter, load_encoder, load_probe
from t2ilib.train import TrainState
from t2ilib.widgets import is_live


def apprentice(state: TrainState) -> Painter:
    """A painter with the averaged generator of a training as it stands, looking on without disturbing it."""
    return Painter(state.average.module, load_encoder(), load_probe(), state.task.config.noise_dim)


def rows(painter: Painter, captions: list[str], across: int = 6) -> np.ndarray:
    """`across` pictures of each caption, the same noise in each row -> (R, K, 64, 64, 3) uint8."""
    noise = painter.noise(across, seed=0).repeat(len(captions), 1)
    images = painter.paint([caption for caption in captions for _ in range(across)], noise)
    return runtime.to_pixels(images).reshape(len(captions), across, *images.shape[2:], 3)


def live_grid(captions: list[str], every: int) -> Callable[[TrainState], None]:
    """A watcher for `fit_gan` that paints `captions` every `every` steps, in one place under the cell.

    Without a front end nothing is painted: the pages of a run show the last picture, which the next cell draws.
    """
    place = display(display_id=True) if is_live() else None

    def watch(state: TrainState) -> None:
        if place and state.step % every == 0:
            grid = rows(apprentice(state), captions)
            place.update(figures.fixed_rows(grid, captions, f"Pictures after {state.step:,} steps."))
    return watch
