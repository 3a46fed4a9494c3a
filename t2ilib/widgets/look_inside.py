"""Look inside a player: choose a layer, and see the maps it makes of one picture, their shape, and its weights.

Source: Radford et al. 2016, Figure 1 (the sides of the generator's maps) and Section 6.2 (what single features see).
"""

import math
from html import escape
from typing import NamedTuple

import ipywidgets as widgets
import matplotlib.pyplot as plt
import numpy as np
from torch import Tensor, nn

from t2ilib import runtime, sample
from t2ilib.figures import GAP, PAPER, Markup
from t2ilib.train import Game
from t2ilib.widgets.condition_picker import LAST_NOISE
from t2ilib.widgets.panel import FULL, Panel
from t2ilib.widgets.reader import PAPER_STYLE
from t2ilib.widgets.touch import data_url

MOST_MAPS, ACROSS, ROOM = 24, 8, 96     # maps that are shown, those of a row, and CSS pixels for one
PLAYERS, REAL = ("generator", "discriminator, a fake"), "discriminator, a real one"
TOOLTIPS = ("from noise to a picture", "from what G drew to an answer", "from a real picture to an answer")
SIDE = "display:block;width:128px;height:128px;margin:0;image-rendering:pixelated"
WORDS = {"ConvTranspose2d": "transposed convolution", "Conv2d": "convolution", "BatchNorm2d": "batch norm",
         "Linear": "linear layer"}


class Layer(NamedTuple):
    """A layer at work."""

    name: str                   # "grow.0.conv", where it is in its player
    kind: str                   # "convolution"
    weights: int                # numbers that training changes
    maps: Tensor                # (C, h, w), or (F,): what it makes of one input

    @property
    def shape(self) -> str:
        """'128 × 8 × 8'."""
        return " × ".join(map(str, self.maps.shape))


def layers_of(player: nn.Module, *given: Tensor) -> list[Layer]:
    """What each layer of a player makes of one input (1, ...), in the order in which they work.

    Layers that do nothing, or only lay numbers out in another way, are left out.
    """
    found: list[Layer] = []

    def record(name: str, layer: nn.Module, made: Tensor) -> None:
        kind = WORDS.get(type(layer).__name__, type(layer).__name__)
        found.append(Layer(name, kind, sum(numbers.numel() for numbers in layer.parameters()), made[0].float().cpu()))
    working = [(name, layer) for name, layer in player.named_modules()
               if not [*layer.children()] and not isinstance(layer, (nn.Identity, nn.Flatten))]
    hooks = [layer.register_forward_hook(lambda layer, _, made, name=name: record(name, layer, made))
             for name, layer in working]
    try:
        with runtime.evaluating(player):
            player(*given)
    finally:
        for hook in hooks:
            hook.remove()
    return found


def sheet_of(maps: Tensor) -> np.ndarray:
    """The first maps (C, h, w), each on its own scale, as one picture (H, W, 3) uint8.

    Where there are numbers below 0, these are orange, and those above are violet; else the brighter the more.
    """
    signed = bool(maps.min() < 0)
    side, count = max(maps.shape[1:]), min(MOST_MAPS, len(maps))
    zoom = max(1, ROOM // side)
    tiles = [painted(one.numpy(), signed).repeat(zoom, 0).repeat(zoom, 1) for one in maps[:count]]
    tall, wide = (size * zoom + GAP for size in maps.shape[1:])
    across = min(ACROSS, count)
    paper = np.empty((-(-count // across) * tall - GAP, across * wide - GAP, 3), np.uint8)
    paper[:] = PAPER
    for k, tile in enumerate(tiles):
        y, x = k // across * tall, k % across * wide
        paper[y:y + tall - GAP, x:x + wide - GAP] = tile
    return paper


def painted(values: np.ndarray, signed: bool) -> np.ndarray:
    """Numbers (h, w) as colours (h, w, 3) uint8; 0 is in the middle of the scale if it is signed, else at its end."""
    most = np.abs(values).max() or 1.0
    shares = (values / most + 1) / 2 if signed else values / most
    colours = plt.colormaps["PuOr" if signed else "cividis"](shares)
    return (255 * colours[..., :3]).round().astype(np.uint8)


def as_maps(made: Tensor) -> Tensor:
    """(C, h, w) as it is; a vector (F,) or a single number as one row."""
    return made if made.ndim == 3 else made.reshape(1, 1, -1)


class Scene(NamedTuple):
    """A player at work on one input."""

    layers: list[Layer]
    around: list[tuple[str, np.ndarray]]        # what goes in, what comes out: words, (H, W, 3) uint8
    lines: list[str]


def noise_picture(noise: Tensor) -> np.ndarray:
    """Noise (Z,) as about a square of coloured cells, row by row."""
    across = math.ceil(len(noise) ** 0.5)
    return painted(nn.functional.pad(noise, (0, -len(noise) % across)).view(-1, across).numpy(), signed=True)


def layer_view(scene: Scene, index: int) -> Markup:
    """What layer `index` makes, and above it what goes into the player and what comes out."""
    layers, layer = scene.layers, scene.layers[index]
    maps = as_maps(layer.maps)
    total, zero = sum(one.weights for one in layers), sum(not one.any() for one in maps)
    lines = [f"Layer {index + 1} of {len(layers)}, {layer.name}: {layer.kind}. It makes {layer.shape} and has "
             f"{layer.weights:,} of {total:,} weights.",
             f"Below: {min(MOST_MAPS, len(maps))} of its {len(maps)} maps, each on its own scale; {zero} of "
             f"{len(maps)} are zero everywhere.", *scene.lines]
    sides = "".join(f'<figure style="margin:0"><img alt="{escape(word)}" style="{SIDE}" src="{data_url(picture)}">'
                    f"<figcaption>{escape(word)}</figcaption></figure>" for word, picture in scene.around)
    told = "".join(f"<p>{escape(text)}</p>" for text in lines)
    sheet = sheet_of(maps)
    return Markup(f'{PAPER_STYLE}<div class="t2i-paper">{sides}<div class="t2i-read" role="status">{told}</div></div>'
                  f'<div class="t2i-paper"><img alt="Maps of {escape(layer.name)}, {layer.shape}." style="width:'
                  f'{sheet.shape[1]}px;height:auto;max-width:100%;image-rendering:pixelated" src="{data_url(sheet)}">'
                  "</div>", "\n".join(lines))


class LookInside(Panel):
    """A player, a list of its layers, and the number of a noise."""

    def __init__(self, game: Game, real: Tensor | None, condition: Tensor | None):
        self.game, self.real, self.rng = game, real, np.random.default_rng()
        self.condition = () if condition is None else (condition,)
        self.player = widgets.ToggleButtons(options=PLAYERS if real is None else [*PLAYERS, REAL], layout=FULL,
                                            style={"button_width": "190px"}, tooltips=TOOLTIPS)
        self.layer = widgets.Select(description="layer", style={"description_width": "60px"},
                                    layout=widgets.Layout(width="640px", max_width="100%", margin="2px 0"))
        self.noise = widgets.BoundedIntText(0, min=0, max=LAST_NOISE, description="noise",
                                            style={"description_width": "60px"},
                                            layout=widgets.Layout(width="220px"))
        self.list_layers()
        super().__init__([self.player, self.layer, self.noise], "any layer, of another noise", "the first layer")
        self.player.observe(self.list_layers, "value")
        for control in (self.player, self.layer, self.noise):
            control.observe(self.soon, "value")

    def drawn(self) -> tuple[Tensor, Tensor]:
        """The noise (1, Z), and what the generator makes of it."""
        config = self.game.config
        noise = sample.draw_noise(1, config.noise_dim, self.noise.value, config.noise)
        return noise, sample.draw_all(self.game.generator, noise, *self.condition)

    def scene(self) -> Scene:
        """The chosen player at work."""
        noise, made = self.drawn()
        if self.player.value == PLAYERS[0]:
            found = layers_of(self.game.generator, noise, *self.condition)
            return Scene(found, [(f"noise, {noise.shape[1]} numbers", noise_picture(noise[0])),
                                 ("what G makes of it", runtime.to_pixels(made)[0])], [])
        seen = self.real[self.noise.value % len(self.real)][None] if self.player.value == REAL else made
        found = layers_of(self.game.discriminator, seen, *self.condition)
        answer = float(found[-1].maps.sigmoid())
        return Scene(found, [("what D looks at", runtime.to_pixels(seen)[0])],
                     [f"D's answer: {answer:.2f}, where 1 is real."])

    def list_layers(self, _change=None) -> None:
        """The layers of the chosen player, the first one chosen."""
        self.layer.options = [(f"{layer.name}: {layer.kind}, {layer.shape}, {layer.weights:,} weights", i)
                              for i, layer in enumerate(self.scene().layers)]
        self.layer.index, self.layer.rows = 0, len(self.layer.options)      # all are seen: the list does not scroll

    def picture(self) -> Markup:
        return layer_view(self.scene(), self.layer.index)

    def settings(self) -> dict[str, str]:
        return {"player": self.player.value, "layer": self.layer.label, "noise": str(self.noise.value)}

    def surprise(self, _button=None) -> None:
        """Any layer, of another noise."""
        self.noise.value = int(self.rng.integers(1, LAST_NOISE))
        self.layer.index = int(self.rng.integers(len(self.layer.options)))

    def reset(self, _button=None) -> None:
        """The first layer of the generator."""
        self.player.value, self.noise.value, self.layer.index = PLAYERS[0], 0, 0
        self.soon()


def look_inside(model: str | Game = "dcgan", real: np.ndarray | None = None, condition: Tensor | None = None) \
        -> LookInside:
    """The players of a shipped DCGAN, of a checkpoint of your own, or of a game, layer by layer.

    `real` are pictures (N, S, S, 3) uint8 that D may look at, too; `condition` (1, C) is what a conditional game is
    told.
    Raises: FileNotFoundError for a name without a checkpoint.
    """
    game = sample.load_dcgan(model) if isinstance(model, str) else model
    return LookInside(game, None if real is None else runtime.to_tensor(real), condition)
