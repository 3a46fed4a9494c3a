"""Chapter 02: how large a picture is behind a convolution, and the transposed convolution by hand."""

from collections.abc import Callable, Mapping

import torch
from torch import Tensor
from torch.nn import functional as F

from t2ilib import runtime
from t2ilib.exercises import Exercise, Wrong
from t2ilib.exercises.compare import NOTHING, wrong_array

# Station 1: the side of what comes out

DOWN: Mapping[str, Callable] = {    # the likely mistake -> the side it gives; s side, k kernel, d stride, p padding
    "there is padding at both ends: 2 * padding": lambda s, k, d, p: (s + p - k) // d + 1,
    "+ 1 is missing: a kernel as large as the picture still fits once": lambda s, k, d, p: (s + 2 * p - k) // d,
    "+ 1 comes behind the division: it counts the first place, then one for each stride":
        lambda s, k, d, p: (s + 2 * p - k + 1) // d,
    "a last step that does not fit is not taken: round down": lambda s, k, d, p: -((k - s - 2 * p) // d) + 1,
    "this does not ask for kernel and padding: with kernel 4 and padding 1 it happens to be right":
        lambda s, k, d, p: s // d,
    "this rounds up side / stride, whatever kernel and padding are": lambda s, k, d, p: -(-s // d),
    "the stride was forgotten": lambda s, k, d, p: s + 2 * p - k + 1,
    "padding makes the picture larger: it is added": lambda s, k, d, p: (s - 2 * p - k) // d + 1,
    "this is the transposed one: `transposed` is False here": lambda s, k, d, p: (s - 1) * d - 2 * p + k,
    "a side is a whole number: `//` drops what is left over": lambda s, k, d, p: (s + 2 * p - k) / d + 1,
}
UP: Mapping[str, Callable] = {
    "padding takes away at both ends: 2 * padding": lambda s, k, d, p: (s - 1) * d - p + k,
    "padding takes away here: it is what would have been added on the way down":
        lambda s, k, d, p: (s - 1) * d + 2 * p + k,
    "padding was forgotten": lambda s, k, d, p: (s - 1) * d + k,
    "between `side` places there are side - 1 steps": lambda s, k, d, p: s * d - 2 * p + k,
    "the last place lays down a whole kernel, not one number: + kernel": lambda s, k, d, p: (s - 1) * d - 2 * p + 1,
    "+ 1 too many: (side - 1) * stride + kernel counts every number": lambda s, k, d, p: (s - 1) * d - 2 * p + k + 1,
    "this holds for kernel 4 and padding 1 alone: ask for all four numbers":
        lambda s, k, d, p: s * d,
    "this is the other one: `transposed` is True here": lambda s, k, d, p: (s + 2 * p - k) // d + 1,
}
COMMON = ((64, 4, 2, 1), (8, 4, 2, 1), (4, 4, 1, 0))                        # of DCGAN, and its last layer
ANY = ((28, 5, 2, 2), (9, 3, 2, 0), (11, 4, 3, 1), (5, 5, 1, 0), (7, 1, 3, 0), (17, 6, 4, 2), (6, 3, 1, 1))


def dcgan_down(answer):
    """DCGAN's convolutions, down from 64"""
    return _wrong_sides(answer, COMMON, transposed=False)


def any_down(answer):
    """convolutions of any kernel, stride and padding"""
    return _wrong_sides(answer, ANY, transposed=False)


def dcgan_up(answer):
    """DCGAN's transposed convolutions, up from 1"""
    return _wrong_sides(answer, ((1, 4, 1, 0), (4, 4, 2, 1), (32, 4, 2, 1)), transposed=True)


def any_up(answer):
    """transposed convolutions of any kernel, stride and padding"""
    return _wrong_sides(answer, ANY, transposed=True)


def _wrong_sides(answer, cases, transposed):
    """What is wrong with the sides of some layers; PyTorch knows them."""
    for case in cases:
        got, right = answer(*case, transposed), side_of(*case, transposed)
        if got == right and type(got) is not float:
            continue
        if got is None:
            return Wrong(right, "nothing", NOTHING)
        side, kernel, stride, padding = case
        return Wrong(f"{right} from side {side} with kernel {kernel}, stride {stride}, padding {padding}", repr(got),
                     _likely(answer, transposed))
    return None


def _likely(answer, transposed):
    """The words of the formula that an answer follows in all of ANY."""
    said = [answer(*case, transposed) for case in ANY]
    for words, formula in (UP if transposed else DOWN).items():
        meant = [formula(*case) for case in ANY]
        if meant == said and list(map(type, meant)) == list(map(type, said)):
            return words
    return ("count the numbers from the first kernel laid down to the last" if transposed else
            "count the places at which a kernel can lie")


def side_of(side: int, kernel: int, stride: int, padding: int, transposed: bool) -> int:
    """The side that PyTorch's layer gives."""
    layer = F.conv_transpose2d if transposed else F.conv2d
    ones = torch.ones(1, 1, side, side), torch.ones(1, 1, kernel, kernel)
    return layer(*ones, stride=stride, padding=padding).shape[-1]


output_side = Exercise(
    id="dcg_sizes.output_side",
    title="how large is what comes out?",
    minutes=10,
    difficulty=2,
    text="A layer is given a picture of `side` x `side` places. Return the side of what comes out, a whole number: of "
         "a convolution with this `kernel`, `stride` and `padding`, or of a transposed one if `transposed` is True. "
         "DCGAN uses kernel 4, stride 2 and padding 1 nearly everywhere: what does that do to 64, and to 4? Then for "
         "any numbers, also where the stride does not fit.",
    hints=(
        "With padding the picture has side + 2 * padding places. At how many of them can the left end of a kernel lie, "
        "if it moves by `stride`?",
        "A convolution: the first place, and one more for each whole stride that still fits. A transposed one lays "
        "down a kernel for each of `side` places, `stride` apart; then `padding` is cut off at both ends.",
        "`(side + 2 * padding - kernel) // stride + 1`, and `(side - 1) * stride + kernel - 2 * padding`.",
    ),
    checks=(dcgan_down, any_down, dcgan_up, any_up),
    explanation="The second formula is the first one solved for the side, where nothing was left over. Where the "
                "stride does not fit, several sides shrink to one, so the way back is not unique: that is what "
                "`output_padding` is for. With kernel 4, stride 2 and padding 1 the side halves or doubles exactly, "
                "and the kernel is a multiple of the stride: each pixel gets as many contributions as the next. With "
                "kernel 5 or 3 it does not, and that is one cause of checkerboards.",
)


# Station 2: the transposed convolution of one channel


def stamps(answer):
    """a single place lays down the kernel, as it is"""
    image = torch.zeros(3, 4)
    image[1, 1] = 2.0
    return _wrong_scatter(answer, image, _numbers(3, 3), 3, 0)


def adds(answer):
    """where kernels overlap, they add up"""
    return _wrong_scatter(answer, _numbers(3, 4, seed=2), _numbers(4, 4), 2, 0)


def crops(answer):
    """padding cuts off at all four sides"""
    return _wrong_scatter(answer, _numbers(4, 4, seed=3), _numbers(4, 4), 2, 1)


def any_scatter(answer):
    """any sizes, strides and paddings"""
    for number, (height, width, kernel, stride, padding) in enumerate(
            ((2, 5, 3, 1, 1), (1, 1, 4, 1, 0), (3, 2, 5, 2, 2), (4, 1, 2, 3, 0), (3, 3, 1, 2, 0))):
        wrong = _wrong_scatter(answer, _numbers(height, width, seed=number), _numbers(kernel, kernel, seed=9), stride,
                               padding)
        if wrong:
            return wrong
    return None


def _wrong_scatter(answer, image, kernel, stride, padding):
    """What is wrong with the transposed convolution of one channel."""
    given = image.clone(), kernel.clone()
    got = answer(*given, stride, padding)
    if not (torch.equal(given[0], image) and torch.equal(given[1], kernel)):
        return Wrong("what was given, unchanged", "other numbers", "this worked in place: write into a new map")
    return wrong_array(got, scattered(image, kernel, stride, padding), _mistaken(image, kernel, stride, padding),
                       "each place adds image[i, j] * kernel, from row i * stride and column j * stride on")


def scattered(image: Tensor, kernel: Tensor, stride: int, padding: int) -> Tensor:
    """PyTorch's transposed convolution of a picture (h, w) with a kernel (k, k) -> (H, W)."""
    return F.conv_transpose2d(image[None, None], kernel[None, None], stride=stride, padding=padding)[0, 0]


def _mistaken(image, kernel, stride, padding):
    """The likely mistake -> the map it gives."""
    whole = scattered(image, kernel, stride, 0)
    height, width = scattered(image, kernel, stride, padding).shape
    return {
        "the kernel was turned round: laid down as it is, its first row comes first":
            scattered(image, kernel.flip(0, 1), stride, padding),
        "rows and columns of the kernel changed places": scattered(image, kernel.T, stride, padding),
        "where two kernels overlap the later one replaced the earlier: add, `+=`":
            _laid_down(image, kernel, stride)[padding:padding + height, padding:padding + width],
        "nothing was cut off: `padding` takes rows and columns away at all four sides": whole,
        "this was cut off at the end only: padding takes away at both ends": whole[:height, :width],
        "this was cut off at the beginning only: padding takes away at both ends":
            whole[len(whole) - height:, whole.shape[1] - width:],
        "the stride was forgotten: neighbours lie `stride` apart": scattered(image, kernel, 1, padding),
        "here padding adds zeros: on the way up it takes away": F.pad(whole, [padding] * 4),
        "a convolution gathers, the transposed one scatters": _gathered(image, kernel, stride, padding),
    }


def _laid_down(image, kernel, stride):
    """The map where each kernel replaces what lay there before."""
    whole = torch.zeros_like(scattered(image, kernel, stride, 0))
    for (i, j), value in zip(torch.cartesian_prod(*map(torch.arange, image.shape)).tolist(), image.flatten()):
        rows, columns = (slice(at * stride, at * stride + len(kernel)) for at in (i, j))
        whole[rows, columns] = value * kernel
    return whole


def _gathered(image, kernel, stride, padding):
    """The convolution; none where the kernel is larger than the picture."""
    if min(image.shape) + 2 * padding < len(kernel):
        return torch.empty(0)
    return F.conv2d(image[None, None], kernel[None, None], stride=stride, padding=padding)[0, 0]


def _numbers(*shape, seed=1):
    return torch.randn(*shape, generator=runtime.generator(seed))


scatter = Exercise(
    id="dcg_sizes.scatter",
    title="a transposed convolution by hand",
    minutes=15,
    difficulty=3,
    text="A convolution gathers: each place of the result looks at a window. A transposed one scatters: each place of "
         "`image` (h, w) lays down a copy of `kernel` (k, k), multiplied by its value. Place (i, j) lays it with the "
         "upper left corner at (i * stride, j * stride). Where copies overlap they add up. At the end `padding` rows "
         "and columns are cut off at each of the four sides. Return that map, a tensor, written with loops or slices; "
         "PyTorch's own function is what it is compared with.",
    hints=(
        "One place with value 1 and all others 0: what does the map look like, and how large is it?",
        "Begin with zeros of ((h - 1) * stride + k, (w - 1) * stride + k). A double loop over the places adds to a "
        "slice. What is cut off comes last.",
        "`whole[i * stride:i * stride + k, j * stride:j * stride + k] += image[i, j] * kernel`; then "
        "`whole[padding:len(whole) - padding, padding:whole.shape[1] - padding]`.",
    ),
    checks=(stamps, adds, crops, any_scatter),
    explanation="Nothing is inverted: the name comes from the matrix. Write a convolution as a matrix that takes a "
                "picture to a smaller one; the transposed matrix takes the smaller size back to the larger. It is also "
                "what a convolution does to gradients on the way back. Count how many copies lie on each pixel: with "
                "kernel 3 and stride 2 it is one, two or four, in the pattern of a checkerboard.",
)
