"""Chapter 02: a generator for larger pictures: one doubling more, and where the normalisation does not belong."""

import torch
from torch import Tensor, nn

from t2ilib import runtime
from t2ilib.exercises import Exercise, Wrong
from t2ilib.exercises.behaviour import untouched
from t2ilib.exercises.compare import NOTHING

SIZE, NOISE, WIDTH = 128, 6, 2
CONVOLUTIONS = (nn.ConvTranspose2d, nn.Conv2d, nn.Linear)


class Pass:
    """What happened in a generator while it drew: its convolutions in order, and the norms behind each of them."""

    def __init__(self, network: nn.Module, noise: Tensor):
        self.convs: list[nn.Module] = []
        self.inputs: list[Tensor] = []
        self.outputs: list[Tensor] = []
        self.norms: list[int] = []          # how many convolutions there were before each norm
        self.normed: list[Tensor] = []      # and what it gave
        hooks = [layer.register_forward_hook(self._see) for layer in network.modules()]
        try:
            with torch.no_grad():
                self.picture = network.train()(noise)
        finally:
            for hook in hooks:
                hook.remove()

    def _see(self, layer: nn.Module, given: tuple, output: Tensor) -> None:
        if isinstance(layer, CONVOLUTIONS):
            self.convs.append(layer)
            self.inputs.append(given[0])
            self.outputs.append(output)
        if isinstance(layer, nn.BatchNorm2d):
            self.norms.append(len(self.convs))
            self.normed.append(output.clone())      # an activation in place may follow


def pictures(answer):
    """noise (B, Z) -> pictures (B, 3, 128, 128)"""
    got = _built(answer, SIZE)
    if isinstance(got, Wrong):
        return got
    shape, right = tuple(_drawn(got).picture.shape), (2, 3, SIZE, SIZE)
    words = {
        (2, 3, SIZE // 2, SIZE // 2): "this is the recipe for half the side: one doubling more",
        (2, 3, 2 * SIZE, 2 * SIZE): "a doubling too many: 4 x 4 is the first map",
        (2, WIDTH, SIZE, SIZE): "the last layer gives three colours",
    }
    return None if shape == right else Wrong(f"shape {right}", f"shape {shape}", words.get(
        shape, "4 x 4 out of the noise, doubled until the side is `size`"))


def doubling(answer):
    """transposed convolutions: 4, 8, 16, 32, 64, 128"""
    seen = _drawn(_built(answer, SIZE))
    other = next((layer for layer in seen.convs if not isinstance(layer, nn.ConvTranspose2d)), None)
    if other is not None:
        return Wrong("transposed convolutions only", type(other).__name__,
                     "the first layer is one, too: a single place becomes 4 x 4" if isinstance(other, nn.Linear) else
                     "here the layers that double the side are the only ones; none keeps it")
    sides, right = [one.shape[-1] for one in seen.outputs], [4 * 2**i for i in range(6)]
    return None if sides == right else Wrong(right, sides, "kernel 4 makes 4 x 4 of a single place; with stride 2 and "
                                                           "padding 1 each layer after it doubles the side")


def widths(answer):
    """half the channels for twice the side"""
    for size in (SIZE, 32):
        seen = _drawn(_built(answer, size))
        got = [one.shape[1] for one in seen.outputs]
        right = _widths(size)
        if got == right:
            continue
        mistakes = {
            "in the recipe for 64 pixels 4 x 4 has 8 * width channels; for 128 it takes 16: width * size / 8":
                [min(8 * WIDTH, one) for one in right],
            "width is the number of channels at half the side, before the "
            "colours": [2 * one for one in right[:-1]] + [3],
            "channels grow as the side grows: that is D's way": [*right[:-1][::-1], 3],
            "the channels are those for 128 pixels, whatever `size` is": _widths(SIZE)[:len(right) - 1] + [3],
            "all maps have `width` channels: halve them as the side doubles": [WIDTH] * (len(right) - 1) + [3],
        }
        words = (words for words, wrong in mistakes.items() if got == wrong)
        return Wrong(f"{right} channels for {size} pixels", got,
                     next(words, "half the channels for twice the side, `width` of them at size / 2"))
    return None


def norms(answer):
    """batch normalisation behind each layer but the last"""
    got, count = _drawn(_built(answer, SIZE)).norms, len(_widths(SIZE))
    right = list(range(1, count))
    if got == right:
        return None
    if not got:
        words = "there is none: in the recipe each layer has one but the last"
    elif count in got:
        words = "none where G ends: it would force one mean and one spread of colour upon all batches"
    elif len(got) < len(right):
        words = "one is missing: behind the first layer it belongs, too; only G's last layer and D's first have none"
    else:
        words = "one behind each layer, not before it and not twice"
    return Wrong(f"behind layers {right}", f"behind {got}", words)


def activations(answer):
    """ReLU between the layers, and tanh where it ends"""
    seen = _drawn(_built(answer, SIZE))
    for number, (given, normed) in enumerate(zip(seen.inputs[1:], seen.normed), 2):
        if not torch.equal(given, normed.relu()):
            straight = torch.equal(given, normed)
            return Wrong("features from 0 on before each layer", f"from {given.min():.3g} before layer {number}",
                         "ReLU comes behind the normalisation: without it several layers are one" if straight else
                         "something of what is negative gets through: a leaky ReLU is for D; in G it is ReLU")
    last, picture = seen.outputs[-1], seen.picture
    if torch.allclose(picture, last.tanh(), atol=1e-6):
        return None
    return Wrong("the tanh of the last map", f"{picture.min():.2g} to {picture.max():.2g}",
                 "sigmoid gives 0 to 1, real pictures lie between -1 and 1" if torch.allclose(picture, last.sigmoid())
                 else "nothing keeps colours between -1 and 1: end in tanh" if torch.equal(picture, last) else
                 "tanh comes last, and nothing else behind the last layer")


def weights(answer):
    """as many weights as the recipe counts"""
    network = _built(answer, SIZE)
    got, right = runtime.count_parameters(network), _count(SIZE)
    if got == right:
        return None
    biases = sum(layer.bias.numel() for layer in _drawn(network).convs if layer.bias is not None)
    return Wrong(f"{right:,} weights", f"{got:,}", f"{biases} of them are biases of convolutions: the normalisation "
                 "behind takes them out again, so `bias=False`" if got - biases == right else
                 "kernels of 4 x 4, and two numbers a channel for each batch normalisation")


def _built(answer, size):
    """The network that an answer builds, or what is wrong with it."""
    with untouched():
        torch.manual_seed(4)
        got = answer(size, NOISE, WIDTH)
    if isinstance(got, nn.Module):
        return got
    return Wrong("a network", "nothing" if got is None else type(got).__name__, NOTHING if got is None else
                 "return the network itself, an `nn.Module`: layers in an `nn.Sequential` are one")


def _drawn(network: nn.Module) -> Pass:
    """Two pictures, and how they came about."""
    return Pass(network, torch.randn(2, NOISE, generator=runtime.generator(5)))


def _widths(size):
    """Channels behind each layer, from 4 x 4 on."""
    return [WIDTH * size // (4 * 2**i) // 2 for i in range((size // 4).bit_length() - 1)] + [3]


def _count(size):
    outputs = _widths(size)
    pairs = zip([NOISE, *outputs], outputs)
    return sum(16 * a * b for a, b in pairs) + 2 * sum(outputs[:-1])


generator = Exercise(
    id="dcg_layers.generator",
    title="one doubling more",
    minutes=20,
    difficulty=3,
    text="Build DCGAN's generator for pictures of any `size`, a power of two, and extend it so to 128 pixels: an "
         "`nn.Module` from noise (B, noise_dim) to (B, 3, size, size). Every layer is a transposed convolution with "
         "kernel 4 and without bias. The first makes 4 x 4 of a single place; each other doubles the side. The map at "
         "size / 2 has `width` channels, at size / 4 twice as many, and so on down to 4 x 4. Where do batch "
         "normalisation and ReLU belong, and how does it end? How many layers does 128 take, and how many weights?",
    hints=(
        "The recipe for 64 pixels has maps of 4, 8, 16 and 32 places a side before the picture. Which map comes in "
        "addition, and at which end does it change the channels?",
        "`nn.Unflatten(1, (noise_dim, 1, 1))` makes a single place of the noise. Then for each map: transposed "
        "convolution, batch normalisation, ReLU. The last: transposed convolution to 3 channels, tanh.",
        "Channels begin with `width * size // 8` at 4 x 4 and halve. `nn.ConvTranspose2d(a, b, 4, 2, 1, bias=False)`, "
        "`nn.BatchNorm2d(b)`, `nn.ReLU()`; the first has stride 1 and padding 0.",
    ),
    checks=(pictures, doubling, widths, norms, activations, weights),
    explanation="A larger picture takes one layer more, and it is added at the small end: as many features as before "
                "at each distance from the picture, twice as many at 4 x 4. That one layer holds more weights than "
                "all others together. Batch normalisation at the end would give every batch the same mean colour and "
                "the same contrast, which real pictures do not have.",
)
