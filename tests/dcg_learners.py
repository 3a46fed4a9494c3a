"""How learners count sides and weights, write layers of DCGAN and begin them, rightly and wrongly; with what they hear.

The mistakes are small changes of the reference: each function does what its name says and all else right.
"""

import math

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from t2ilib.exercises.answers.dcg_pixels import icnr
from t2ilib.exercises.answers.dcg_sizes import output_side, scatter
from t2ilib.exercises.answers.dcg_start import initialise


def nothing(*given):
    len(given)


def named(name, answer):
    answer.__name__ = name
    return answer


# dcg_sizes.output_side


def by_layers(side, kernel, stride, padding, transposed):
    with torch.random.fork_rng(devices=()), torch.no_grad():
        layer = (nn.ConvTranspose2d if transposed else nn.Conv2d)(1, 1, kernel, stride, padding)
        return layer(torch.zeros(1, 1, side, side)).shape[2]


def by_counting(side, kernel, stride, padding, transposed):
    """The corners at which a kernel lies, or the last number that one lays down."""
    if transposed:
        return max(range(0, side * stride, stride)) + kernel - 2 * padding
    return len(range(0, side + 2 * padding - kernel + 1, stride))


def down(formula):
    """The right formula on the way up, another one on the way down: s side, k kernel, d stride, p padding."""
    return lambda s, k, d, p, transposed: output_side(s, k, d, p, True) if transposed else formula(s, k, d, p)


def up(formula):
    return lambda s, k, d, p, transposed: formula(s, k, d, p) if transposed else output_side(s, k, d, p, False)


SIDES = {
    named("padding_once", down(lambda s, k, d, p: (s + p - k) // d + 1)): "there is padding at both ends",
    named("one_missing", down(lambda s, k, d, p: (s + 2 * p - k) // d)): "+ 1 is missing",
    named("one_before", down(lambda s, k, d, p: (s + 2 * p - k + 1) // d)): "+ 1 comes behind the division",
    named("rounded_up", down(lambda s, k, d, p: math.ceil((s + 2 * p - k) / d) + 1)): "round down",
    named("halved", down(lambda s, k, d, p: s // d)): "it happens to be right",
    named("halved_up", down(lambda s, k, d, p: -(-s // d))): "this rounds up side / stride",
    named("no_stride", down(lambda s, k, d, p: s + 2 * p - k + 1)): "the stride was forgotten",
    named("padding_off", down(lambda s, k, d, p: (s - 2 * p - k) // d + 1)): "padding makes the picture larger",
    named("always_up", down(lambda s, k, d, p: output_side(s, k, d, p, True))): "`transposed` is False here",
    named("with_decimals", down(lambda s, k, d, p: (s + 2 * p - k) / d + 1)): "a side is a whole number",
    named("up_padding_once", up(lambda s, k, d, p: (s - 1) * d - p + k)): "takes away at both ends: 2",
    named("up_padding_added", up(lambda s, k, d, p: (s - 1) * d + 2 * p + k)): "padding takes away here",
    named("up_no_padding", up(lambda s, k, d, p: (s - 1) * d + k)): "padding was forgotten",
    named("up_all_steps", up(lambda s, k, d, p: s * d - 2 * p + k)): "there are side - 1 steps",
    named("up_one_number", up(lambda s, k, d, p: (s - 1) * d - 2 * p + 1)): "lays down a whole kernel",
    named("up_one_more", up(lambda s, k, d, p: (s - 1) * d - 2 * p + k + 1)): "+ 1 too many",
    named("doubled", up(lambda s, k, d, p: s * d)): "ask for all four numbers",
    named("always_down", up(lambda s, k, d, p: output_side(s, k, d, p, False))): "`transposed` is True here",
    nothing: "is there a `return`?",
}


# dcg_sizes.scatter


def by_fold(image, kernel, stride, padding):
    """All copies side by side, then folded."""
    columns = kernel.flatten()[:, None] * image.flatten()
    whole = [(side - 1) * stride + len(kernel) - 2 * padding for side in image.shape]
    return F.fold(columns[None], whole, len(kernel), stride=stride, padding=padding)[0, 0]


def by_dilation(image, kernel, stride, padding):
    """Zeros between the places, and a convolution with the kernel turned round; in NumPy."""
    (h, w), k = image.shape, len(kernel)
    apart = np.zeros(((h - 1) * stride + 1, (w - 1) * stride + 1))
    apart[::stride, ::stride] = image
    wide = np.pad(apart, k - 1)
    turned = kernel.numpy()[::-1, ::-1]
    rows, columns = (side + k - 1 for side in apart.shape)
    whole = np.array([[(wide[i:i + k, j:j + k] * turned).sum() for j in range(columns)] for i in range(rows)])
    return whole[padding:rows - padding, padding:columns - padding]


def replaced(image, kernel, stride, padding):
    (height, width), k = image.shape, len(kernel)
    whole = torch.zeros((height - 1) * stride + k, (width - 1) * stride + k)
    for i in range(height):
        for j in range(width):
            whole[i * stride:i * stride + k, j * stride:j * stride + k] = image[i, j] * kernel
    return whole[padding:len(whole) - padding, padding:whole.shape[1] - padding]


def end_cropped(image, kernel, stride, padding):
    whole = scatter(image, kernel, stride, 0)
    return whole[:len(whole) - 2 * padding, :whole.shape[1] - 2 * padding]


def beginning_cropped(image, kernel, stride, padding):
    return scatter(image, kernel, stride, 0)[2 * padding:, 2 * padding:]


def minus_zero(image, kernel, stride, padding):
    """The slice [0:-0] is empty."""
    return scatter(image, kernel, stride, 0)[padding:-padding, padding:-padding]


def into_the_image(image, kernel, stride, padding):
    right = scatter(image, kernel, stride, padding)
    image *= 0
    return right


def square_only(image, kernel, stride, padding):
    side = (len(image) - 1) * stride + len(kernel)
    whole = torch.zeros(side, side)
    for i in range(len(image)):
        for j in range(min(image.shape)):
            whole[i * stride:i * stride + len(kernel), j * stride:j * stride + len(kernel)] += image[i, j] * kernel
    return whole[padding:side - padding, padding:side - padding]


SCATTERS = {
    named("turned", lambda x, k, d, p: scatter(x, k.flip(0, 1), d, p)): "the kernel was turned round",
    named("transposed_kernel", lambda x, k, d, p: scatter(x, k.T, d, p)): "rows and columns of the kernel",
    replaced: "add, `+=`",
    named("not_cropped", lambda x, k, d, p: scatter(x, k, d, 0)): "nothing was cut off",
    end_cropped: "cut off at the end only",
    beginning_cropped: "cut off at the beginning only",
    named("stride_1", lambda x, k, d, p: scatter(x, k, 1, p)): "the stride was forgotten",
    named("padded", lambda x, k, d, p: F.pad(scatter(x, k, d, 0), [p] * 4)): "on the way up it takes away",
    named("gathered", lambda x, k, d, p: F.conv2d(x[None, None], k[None, None], stride=d, padding=p)[0, 0]):
        "the transposed one scatters",
    into_the_image: "this worked in place",
    minus_zero: "from row i * stride and column j * stride on",
    square_only: "from row i * stride and column j * stride on",
    nothing: "is there a `return`?",
}


# dcg_layers.generator


class Own(nn.Module):
    """With a loop, functions in place of layers, and the noise reshaped by hand."""

    def __init__(self, size, noise_dim, width):
        super().__init__()
        channels = [width * 2**i for i in reversed(range(int(math.log2(size)) - 2))]
        self.convs = nn.ModuleList([nn.ConvTranspose2d(noise_dim, channels[0], 4, bias=False)])
        self.convs.extend(nn.ConvTranspose2d(a, b, 4, 2, 1, bias=False) for a, b in zip(channels, [*channels[1:], 3]))
        self.norms = nn.ModuleList(map(nn.BatchNorm2d, channels))

    def forward(self, noise):
        features = noise.reshape(*noise.shape, 1, 1)
        for conv, norm in zip(self.convs, self.norms):
            features = F.relu(norm(conv(features)))
        return torch.tanh(self.convs[-1](features))


LAST, FIRST, MIDDLE = "last", "first", "middle"


def built(act=nn.ReLU, end=nn.Tanh, normed=(FIRST, MIDDLE), bias=False, widths=None, order=1):
    """The reference with one thing changed."""
    def answer(size, noise_dim, width):
        channels = (widths or halving)(size, width)
        layers = [nn.Unflatten(1, (noise_dim, 1, 1)), nn.ConvTranspose2d(noise_dim, channels[0], 4, bias=bias)]
        for i, (a, b) in enumerate(zip(channels, [*channels[1:], 3])):
            norm = [nn.BatchNorm2d(a)] * ((MIDDLE if i else FIRST) in normed)
            layers += [*norm, act()][::order]
            layers.append(nn.ConvTranspose2d(a, b, 4, 2, 1, bias=bias))
        return nn.Sequential(*layers, *[nn.BatchNorm2d(3)] * (LAST in normed), end())
    return answer


def halving(side, width):
    return [width * side // 8 // 2**i for i in range(int(math.log2(side)) - 2)]


def as_for_64(side, width):
    """One layer more, but not one doubling of channels more."""
    return [min(8, side // 8 // 2**i) * width for i in range(int(math.log2(side)) - 2)]


def growing(side, width):
    return [width * 2**i for i in range(int(math.log2(side)) - 2)]


def a_linear_layer(size, noise_dim, width):
    first = nn.Linear(noise_dim, width * size * 2, bias=False), nn.Unflatten(1, (width * size // 8, 4, 4))
    return nn.Sequential(*first, *list(built()(size, noise_dim, width))[2:])


def repeating(size, noise_dim, width):
    layers = list(built()(size, noise_dim, width))
    layers[-2:-1] = [nn.Upsample(scale_factor=2), nn.Conv2d(width, 3, 3, padding=1, bias=False)]
    return nn.Sequential(*layers)


def wrong_stride(size, noise_dim, width):
    layers = list(built()(size, noise_dim, width))
    layers[4] = nn.ConvTranspose2d(width * size // 8, width * size // 16, 5, 1, 2, bias=False)
    layers[7] = nn.ConvTranspose2d(width * size // 16, width * size // 32, 4, 4, 0, bias=False)
    return nn.Sequential(*layers)


def twice_normed(size, noise_dim, width):
    layers = list(built()(size, noise_dim, width))
    return nn.Sequential(*layers[:2], nn.BatchNorm2d(width * size // 8), *layers[2:])


def small_kernels(size, noise_dim, width):
    layers = list(built()(size, noise_dim, width))
    layers[-2] = nn.ConvTranspose2d(width, 3, 2, 2, bias=False)
    return nn.Sequential(*layers)


GENERATORS = {
    named("for_64", lambda size, *others: built()(64, *others)): "the recipe for half the side",
    named("for_256", lambda size, *others: built()(2 * size, *others)): "a doubling too many",
    named("the_class", lambda *sizes: Own): "layers in an `nn.Sequential`",
    a_linear_layer: "the first layer is one, too",
    repeating: "none keeps it",
    wrong_stride: "with stride 2 and padding 1 each layer after it doubles",
    named("as_for_64", built(widths=as_for_64)): "for 128 it takes 16",
    named("twice_as_wide", built(widths=lambda side, width: halving(side, 2 * width))):
        "at half the side, before the colours",
    named("growing", built(widths=growing)): "that is D's way",
    named("all_alike", built(widths=lambda s, w: [w] * (int(math.log2(s)) - 2))): "halve them as the side doubles",
    named("for_128_only", built(widths=lambda side, width: halving(128, width)[:int(math.log2(side)) - 2])):
        "whatever `size` is",
    named("no_norm", built(normed=())): "there is none",
    named("norm_at_the_end", built(normed=(FIRST, MIDDLE, LAST))): "none where G ends",
    named("norm_twice", twice_normed): "not before it and not twice",
    named("no_first_norm", built(normed=(MIDDLE,))): "one is missing",
    named("leaky", built(act=lambda: nn.LeakyReLU(0.2))): "a leaky ReLU is for D",
    named("no_activation", built(act=nn.Identity)): "ReLU comes behind the normalisation",
    named("norm_behind_relu", built(order=-1)): "ReLU comes behind the normalisation",
    named("sigmoid", built(end=nn.Sigmoid)): "real pictures lie between -1 and 1",
    named("no_tanh", built(end=nn.Identity)): "end in tanh",
    named("hard", built(end=nn.Hardtanh)): "tanh comes last",
    named("with_biases", built(bias=True)): "`bias=False`",
    small_kernels: "kernels of 4 x 4",
    nothing: "is there a `return`?",
}


# dcg_heads.head_weights


def by_counting_layers(features, side, hidden):
    heads = (nn.Linear(features * side * side, 1, bias=False), nn.Linear(features, 1, bias=False),
             nn.Sequential(nn.Linear(features * side * side, hidden, bias=False), nn.Linear(hidden, 1, bias=False)))
    return [sum(weights.numel() for weights in head.parameters()) for head in heads]


def quiet(answer):
    """Layers draw random numbers, which are the learner's."""
    def silent(*given):
        with torch.random.fork_rng(devices=()):
            return answer(*given)
    return named(answer.__name__, silent)


def heads(formula):
    return lambda f, s, h: formula(f, s, h)


HEADS = {
    named("side_once", heads(lambda f, s, h: (f * s, f, f * s * h + h))): "side * side places",
    named("no_last_layer", heads(lambda f, s, h: (f * s * s, f, f * s * s * h))): "one more layer makes the answer",
    named("average_is_free", heads(lambda f, s, h: (f * s * s, 0, f * s * s * h + h))): "one weight each",
    named("over_features", heads(lambda f, s, h: (f * s * s, s * s, f * s * s * h + h))): "not for each place",
    named("mean_of_all", heads(lambda f, s, h: (f * s * s, 1, f * s * s * h + h))): "the mean of all",
    named("biases", heads(lambda f, s, h: (f * s * s + 1, f + 1, f * s * s * h + h + h + 1))): "no biases here",
    named("hidden_of_means", heads(lambda f, s, h: (f * s * s, f, f * h + h))): "connected to every place",
    named("exchanged", heads(lambda f, s, h: (f, f * s * s, f * s * s * h + h))): "flatten and average changed places",
    named("one_total", heads(lambda f, s, h: (f * s * s,))): "return flatten, average, hidden",
    named("times_two", heads(lambda f, s, h: (2 * f, 2 * f, 2 * f))): "count the arrows",
    nothing: "is there a `return`?",
}


# dcg_start.initialise


def begin_by_names(network):
    """Parameters by hand, in place, found by the module that owns them."""
    with torch.no_grad():
        for module in network.modules():
            is_norm = isinstance(module, nn.BatchNorm2d)
            if is_norm or isinstance(module, nn.modules.conv._ConvNd):
                module.weight.copy_(is_norm + 0.02 * torch.randn(module.weight.shape))
                if module.bias is not None:
                    module.bias.fill_(0)
    return network


def begin_by_apply(network):
    def begin(layer):
        name = type(layer).__name__
        if "Conv" in name:
            layer.weight.data.normal_(0.0, 0.02)
        elif "BatchNorm" in name:
            layer.weight = nn.Parameter(torch.normal(1.0, 0.02, layer.weight.shape))
        if ("Conv" in name or "BatchNorm" in name) and layer.bias is not None:
            layer.bias.data.zero_()
    network.apply(begin)


def begins(weights=None, scales=None, shifts=nn.init.zeros_, biases=nn.init.zeros_, layers=nn.Module.modules):
    """The reference with one thing changed."""
    def answer(network):
        for layer in layers(network):
            if isinstance(layer, (nn.Conv2d, nn.ConvTranspose2d)):
                (weights or (lambda w: nn.init.normal_(w, 0.0, 0.02)))(layer.weight)
                biases(layer.bias) if layer.bias is not None else None
            elif isinstance(layer, nn.BatchNorm2d):
                (scales or (lambda w: nn.init.normal_(w, 1.0, 0.02)))(layer.weight)
                shifts(layer.bias)
    return answer


def small(w):
    return nn.init.normal_(w, 0.0, 0.02)


def conv2d_only(network):
    for layer in network.modules():
        if isinstance(layer, nn.Conv2d):
            small(layer.weight)
            nn.init.zeros_(layer.bias) if layer.bias is not None else None
        elif isinstance(layer, nn.BatchNorm2d):
            nn.init.normal_(layer.weight, 1.0, 0.02)


def linear_too(network):
    initialise(network)
    for layer in network.modules():
        if isinstance(layer, nn.Linear):
            small(layer.weight)


def by_shape(network):
    """Whatever has one axis is taken for a scale."""
    initialise(network)
    for name, values in network.named_parameters():
        if values.ndim == 1 and name.endswith("weight"):
            nn.init.normal_(values, 1.0, 0.02)


def statistics_reset(network):
    initialise(network)
    for layer in network.modules():
        if isinstance(layer, nn.BatchNorm2d):
            layer.reset_running_stats()


def seeded(network):
    torch.manual_seed(0)
    initialise(network)


BEGINNINGS = {
    named("nothing_done", lambda network: None): "this kind was forgotten",
    conv2d_only: "this kind was forgotten",
    named("top_level_only", begins(layers=nn.Module.children)): "lies inside another layer",
    named("variance", begins(weights=lambda w: nn.init.normal_(w, 0.0, math.sqrt(0.02)))): "no root",
    named("around_1", begins(weights=lambda w: nn.init.normal_(w, 1.0, 0.02))): "weights belong around 0",
    named("uniform", begins(weights=lambda w: nn.init.uniform_(w, -0.02, 0.02))): "equally likely between",
    named("uniform_spread", begins(weights=lambda w: nn.init.uniform_(w, -0.02 * 3**0.5, 0.02 * 3**0.5))):
        "no normal distribution",
    named("kaiming", begins(weights=nn.init.kaiming_normal_)): "whatever their size",
    named("scales_around_0", begins(scales=small)): "fifty times too small",
    named("scales_left", begins(scales=lambda w: w)): "they were left alone",
    named("scales_wide", begins(scales=lambda w: nn.init.normal_(w, 1.0, 1.0))): "around 1, with the same spread",
    named("shifts_random", begins(shifts=small)): "only weights and scales are random",
    named("biases_random", begins(biases=small)): "only weights and scales are random",
    named("biases_left", begins(biases=lambda b: b)): "these are still PyTorch's",
    linear_too: "expected a linear layer as before",
    by_shape: "expected a layer norm as before",
    statistics_reset: "expected the running statistics as before",
    seeded: "a seed is set inside",
}


# dcg_pixels.icnr


def icnr_by_parts(weight, factor):
    """The middle row of each square, copied with an index."""
    index = torch.arange(len(weight)) // factor**2 * factor**2 + factor
    return weight[index]


def icnr_in_numpy(weight, factor):
    kept = weight.numpy().reshape(-1, factor**2, *weight.shape[1:])[:, :1]
    return torch.from_numpy(np.broadcast_to(kept, (len(kept), factor**2, *weight.shape[1:])).copy().reshape(
        weight.shape))


def averaged(weight, factor):
    return weight.unflatten(0, (-1, factor**2)).mean(1).repeat_interleave(factor**2, dim=0)


def tiled(weight, factor):
    return weight[::factor**2].repeat(factor**2, 1, 1, 1)


def first_square_everywhere(weight, factor):
    return weight[:factor**2].repeat(len(weight) // factor**2, 1, 1, 1)


def half_a_square(weight, factor):
    return weight[::factor].repeat_interleave(factor, dim=0)


def in_place(weight, factor):
    weight.copy_(icnr(weight, factor))
    return weight


PIXELS = {
    named("left_alone", lambda weight, factor: weight): "the weight is as it was",
    tiled: "`repeat_interleave`, not `repeat`",
    first_square_everywhere: "`factor * factor` apart became the same",
    half_a_square: "a place becomes factor * factor pixels",
    named("for_2_only", lambda weight, factor: weight[::4].repeat_interleave(4, dim=0)[:len(weight)]):
        "one value in each square of 3 x 3",
    named("zeros", lambda weight, factor: 0 * weight): "everything is 0",
    named("all_one", lambda weight, factor: weight[:1].expand_as(weight)): "all features became the same",
    averaged: "a mean of several random rows",
    named("scaled", lambda weight, factor: icnr(weight, factor) / factor**2): "copied, not scaled",
    named("rows_kept", lambda weight, factor: weight[::factor**2]): "one row for each place of each channel",
    in_place: "this worked in place",
    nothing: "is there a `return`?",
}


RIGHT = {
    "dcg_sizes.output_side": [by_layers, by_counting],
    "dcg_sizes.scatter": [by_fold, by_dilation],
    "dcg_layers.generator": [Own],
    "dcg_heads.head_weights": [quiet(by_counting_layers)],
    "dcg_start.initialise": [begin_by_names, begin_by_apply],
    "dcg_pixels.icnr": [icnr_by_parts, icnr_in_numpy],
}
MISTAKES = {
    "dcg_sizes.output_side": SIDES,
    "dcg_sizes.scatter": SCATTERS,
    "dcg_layers.generator": GENERATORS,
    "dcg_heads.head_weights": HEADS,
    "dcg_start.initialise": BEGINNINGS,
    "dcg_pixels.icnr": PIXELS,
}
