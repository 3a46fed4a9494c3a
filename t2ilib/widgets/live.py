"""Watch a training: its log, its samples from fixed noise, painted again and again in one place under the cell."""

import time
from collections.abc import Callable

import matplotlib.pyplot as plt
import numpy as np
from IPython.display import display

from t2ilib import figures, runtime
from t2ilib.figures import COLOUR, Card, Markup
from t2ilib.sample import Painter, load_encoder, load_probe
from t2ilib.train import TrainState
from t2ilib.widgets import is_live

HELP = '<div style="margin:4px 0">Something looks wrong? <a href="symptoms.md">Symptoms and causes</a></div>'
SHARE = 0.2                     # of a training's time that watching may cost
STYLES = {"real": (COLOUR["real"], "-"), "fake": (COLOUR["fake"], "--"), "wrong": (COLOUR["wrong text"], ":")}
PLAYERS = {"D": (COLOUR["discriminator"], "-"), "G": (COLOUR["fake"], "--")}

History = list[dict[str, float]]
Watcher = Callable[[TrainState], None]


# Any game


def live_game(picture: Callable[[TrainState], Card] | None = None) -> Watcher:
    """A watcher for `fit_gan` that shows the log so far, and `picture(state)` below it, in one place under the cell.

    It draws so seldom that watching costs about a fifth of the time, and always after the last step. Without a front
    end nothing is painted: the pages of a run show the last picture, which the next cell draws.
    """
    place = display(display_id=True) if is_live() else None
    free_at = 0.0               # on the clock, when it may draw again

    def watch(state: TrainState) -> None:
        nonlocal free_at
        started = time.perf_counter()
        if place and (started >= free_at or state.step == state.recipe.steps):
            place.update(below(log_card(state.history), *([picture(state)] if picture else [])))
            ended = time.perf_counter()
            free_at = ended + (ended - started) * (1 - SHARE) / SHARE
    return watch


def below(*cards: Card) -> Markup:
    """Cards one under another, and the way to the page of symptoms."""
    shown = [card._repr_mimebundle_() for card in cards]
    return Markup("".join(f'<div>{one["text/html"]}</div>' for one in shown) + HELP,
                  "\n".join([*(one["text/plain"] for one in shown), "Something looks wrong? See symptoms.md."]))


def log_card(history: History) -> Card:
    """What both players lose and what D answers, as far as they are logged: raw in pale, smoothed on top."""
    figure, axes = plt.subplots(1, 2, figsize=(8, 2.9), sharex=True)
    draw_log(axes, history)
    last = history[-1] if history else {"step": 0}
    said = ", ".join(f"{name} {value:.2f}" for name, value in last.items() if name.startswith("D("))
    return figures.figure_card(figure, f"The log up to step {last['step']:,}. D answers: {said or 'nothing'}.")


def draw_log(axes: np.ndarray, history: History) -> None:
    """Draw the losses into the first of two axes and D's answers into the second."""
    steps = np.array([row["step"] for row in history])
    losses = {player: (_sums(history, f"{player}: "), style) for player, style in PLAYERS.items()}
    names = [name for name in (history[-1] if history else {}) if name.startswith("D(")]
    answers = {name: (np.array([row.get(name, np.nan) for row in history]), _style(name)) for name in names}
    axes[0].set(xlabel="steps", ylabel="loss")
    axes[1].set(xlabel="steps", ylabel="D's answer", ylim=(-0.05, 1.05))
    axes[1].axhline(0.5, linestyle=":", color=COLOUR["baseline"], linewidth=1)
    for axis, lines in zip(axes, (losses, answers)):
        _draw_lines(axis, steps, lines)


def _sums(history: History, prefix: str) -> np.ndarray:
    """What a player loses in all, step by step."""
    return np.array([sum(value for name, value in row.items() if name.startswith(prefix)) for row in history])


def _style(answer: str) -> tuple[str, str]:
    """The colour and dash of "D(real)", "D(real, wrong text)", "D(fake)" and their like."""
    kind = next((kind for kind in ("wrong", "fake", "real") if kind in answer), "real")
    return STYLES[kind]


def _draw_lines(axis: plt.Axes, steps: np.ndarray, lines: dict[str, tuple[np.ndarray, tuple[str, str]]]) -> None:
    """Each line raw in pale, smoothed on top, named at its end."""
    ends = {}
    for name, (values, (colour, dash)) in lines.items():
        if len(values):
            smooth = _smoothed(values)
            axis.plot(steps, values, color=colour, alpha=0.25, linewidth=1)
            axis.plot(steps, smooth, dash, color=colour)
            ends[name] = (smooth[-1], colour)
    heights = figures.apart([end for end, _ in ends.values()], 0.1 * np.ptp(axis.get_ylim()))
    for (name, (_, colour)), height in zip(ends.items(), heights):
        axis.annotate(name, (steps[-1], height), (6, 0), textcoords="offset points", va="center", color=colour)


def _smoothed(values: np.ndarray) -> np.ndarray:
    """The mean of the last twelfth of all values, at each place."""
    width = max(1, len(values) // 12)
    return np.convolve(np.pad(values, (width - 1, 0), mode="edge"), np.ones(width) / width, mode="valid")


# Sentences


def apprentice(state: TrainState) -> Painter:
    """A painter with the averaged generator of a training as it stands, looking on without disturbing it."""
    return Painter(state.average.module, load_encoder(), load_probe(), state.task.config.noise_dim)


def rows(painter: Painter, captions: list[str], across: int = 6) -> np.ndarray:
    """`across` pictures of each caption, the same noise in each row -> (R, K, 64, 64, 3) uint8."""
    noise = painter.noise(across, seed=0).repeat(len(captions), 1)
    images = painter.paint([caption for caption in captions for _ in range(across)], noise)
    return runtime.to_pixels(images).reshape(len(captions), across, *images.shape[2:], 3)


def live_grid(captions: list[str], every: int) -> Watcher:
    """A watcher for `fit_gan` that paints `captions` every `every` steps, in one place under the cell.

    Without a front end nothing is painted, as in `live_game`.
    """
    place = display(display_id=True) if is_live() else None

    def watch(state: TrainState) -> None:
        if place and state.step % every == 0:
            grid = rows(apprentice(state), captions)
            place.update(below(figures.fixed_rows(grid, captions, f"Pictures after {state.step:,} steps.")))
    return watch
