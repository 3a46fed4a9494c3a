"""Chapter 02: how strong is a checkerboard?"""

import torch
from torch import Tensor
from torch.nn import functional as F

from t2ilib import runtime
from t2ilib.exercises import Exercise, Wrong
from t2ilib.exercises.compare import likely, not_one, number

SIDE = 8


def one_number(answer):
    """one number, 0 for a picture of one colour"""
    got = answer(torch.full((3, SIDE, SIDE), 0.3))
    wrong = not_one(got, "one number for the picture, over all channels and places")
    if wrong or abs(number(got)) < 1e-9:
        return wrong
    return Wrong(0, number(got), "a flat picture has no pattern: look at what differs between the four kinds of places")


def planted(answer):
    """a planted checkerboard of strength 0.2: 0.2^2"""
    return _wrong(answer, _planted(_board(), 0.2))


def planted_lines(answer):
    """lines of two pixels, and single dots of four"""
    return _wrong(answer, *(_planted(pattern, 0.4) for pattern in (_lines(), _lines().T, _single())))


def what_it_shows(answer):
    """an edge or a wider stripe is no pattern"""
    return _wrong(answer, _wide_lines(), _square())


def each_channel(answer):
    """each channel by itself"""
    picture = torch.stack([0.2 * _board(), -0.2 * _board(), 0 * _board()])
    return _wrong(answer, picture)


def any_picture(answer):
    """any picture, also of other sizes"""
    stream = runtime.generator(8)
    return _wrong(answer, *(torch.randn(*shape, generator=stream) for shape in ((3, 6, 4), (1, 10, 2), (3, 2, 2))))


def _wrong(answer, *pictures: Tensor) -> Wrong | None:
    """What is wrong with the strength in these pictures."""
    for picture in pictures:
        got, right = answer(picture.clone()), _energy(picture)
        wrong = not_one(got, "one number for the picture, over all channels and places")
        if wrong:
            return wrong
        if abs(number(got) - right) > 1e-5 * max(1, right):
            return Wrong(right, number(got), _likely(answer) or "the means over the four kinds of places, the variance "
                                                                "of these four, and its mean over the channels")
    return None


def _likely(answer) -> str:
    """The likely mistake, by what the answer says of a picture on which no two of them agree."""
    picture = torch.randn(3, SIDE, SIDE, generator=runtime.generator(9))
    return likely(number(answer(picture.clone())), {wrong: words for words, wrong in _mistaken(picture).items()})


def places(picture: Tensor) -> Tensor:
    """(K, H, W) -> (K, 4): the means over even and odd rows and columns."""
    return F.pixel_unshuffle(picture[None], 2)[0].unflatten(0, (-1, 4)).mean((2, 3))


def _energy(picture: Tensor) -> float:
    return places(picture).var(1, correction=0).mean().item()


def _mistaken(picture: Tensor) -> dict[str, float]:
    """The likely mistake -> the number it gives."""
    four = places(picture)
    grey = places(picture.mean(0, keepdim=True))
    diagonal = (four[:, 0] + four[:, 3] - four[:, 1] - four[:, 2]) / 4
    rows, columns = (four[:, 0] + four[:, 1] - four[:, 2] - four[:, 3]) / 4, (four[:, 0] + four[:, 2] - four[:, 1]
                                                                              - four[:, 3]) / 4
    return {name: float(value) for name, value in {
        "this is the spread: its square, the variance": four.var(1, correction=0).sqrt().mean(),
        "divide by 4, not by 3: these four means are all there are, `correction=0`": four.var(1).mean(),
        "the channels were averaged first: red dots on green ones are dots, too": grey.var(1, correction=0).mean(),
        "the channels were added: take their mean": four.var(1, correction=0).sum(),
        "this is the variance of all pixels: first the mean of each kind of place, so that what it shows drops out":
            picture.var((1, 2), correction=0).mean(),
        "the variance inside each 2 x 2 square, then the mean: an edge counts, too; first the means, then the variance":
            F.pixel_unshuffle(picture[None], 2)[0].unflatten(0, (-1, 4)).var(1, correction=0).mean(),
        "differences of neighbours: an edge counts, too": _neighbours(picture),
        "only the diagonal pattern: lines of two pixels are none": diagonal.square().mean(),
        "only rows: look at columns and at both together": rows.square().mean(),
        "only columns: look at rows and at both together": columns.square().mean(),
        "rows and columns, but not both together: a true checkerboard is missing":
            rows.square().mean() + columns.square().mean(),
        "a difference of two sums needs dividing by how many there are: half the pixels each":
            (2 * diagonal).square().mean(),
    }.items()}


def _neighbours(picture: Tensor) -> Tensor:
    return (picture.diff(dim=1).square().mean() + picture.diff(dim=2).square().mean()) / 2


def _board() -> Tensor:
    return 1 - 2 * ((torch.arange(SIDE)[:, None] + torch.arange(SIDE)) % 2).float()


def _lines() -> Tensor:
    return (1 - 2 * (torch.arange(SIDE) % 2).float())[:, None].expand(SIDE, SIDE)


def _single() -> Tensor:
    """One pixel of each 2 x 2 square is lighter."""
    return torch.tensor([[0.0, 0.0], [0.0, 1.0]]).repeat(SIDE // 2, SIDE // 2)


def _planted(pattern: Tensor, strength: float) -> Tensor:
    """The pattern upon a picture in which two large areas differ."""
    ground = torch.full((3, SIDE, SIDE), -0.3)
    ground[:, :, SIDE // 2:] = 0.4
    return ground + strength * pattern


def _wide_lines() -> Tensor:
    """Stripes of two pixels: twice as wide as those of a generator's trace."""
    return (1 - 2 * (torch.arange(SIDE) // 2 % 2).float()).expand(3, SIDE, SIDE).contiguous()


def _square() -> Tensor:
    """A square with odd corners."""
    picture = torch.zeros(3, SIDE, SIDE)
    picture[:, 1:6, 3:8] = 1.0
    return picture


dots = Exercise(
    id="dcg_dots.dots",
    title="how strong is a checkerboard?",
    minutes=15,
    difficulty=3,
    text="A layer that doubles the side computes the four pixels of each 2 x 2 square with weights of their own. If "
         "these differ, so do even and odd rows and columns, all over the picture. Sort the pixels of `picture` (K, H, "
         "W), with even sides, into four kinds: even or odd row, even or odd column. Take the mean of each kind, in "
         "each channel; then the variance of these four means (divided by 4), and its mean over the channels. Return "
         "that number. A checkerboard of plus and minus 0.2 has 0.2^2.",
    hints=(
        "A picture has a sharp edge in the middle. Do even columns see it otherwise than odd ones? And a checkerboard?",
        "`picture[:, 0::2, 1::2]` are the even rows and odd columns. Four such slices, a mean of each in each channel.",
        "`means = torch.stack([picture[:, i::2, j::2].mean((1, 2)) for i in (0, 1) for j in (0, 1)])`; "
        "`means.var(0, correction=0).mean()`.",
    ),
    checks=(one_number, planted, planted_lines, what_it_shows, each_channel, any_picture),
    explanation="What a picture shows falls alike on all four kinds, so it drops out of the means but for chance; what "
                "a layer does at every second pixel stays. In the spectrum these are the three highest frequencies: "
                "rows, columns, and both together. Their squares add up to just this variance, so "
                "`torch.fft.fft2` at H / 2 and W / 2 is another right way.",
)
