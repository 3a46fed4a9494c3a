"""Chapter 02: the weight of a sub-pixel convolution that begins by repeating pixels."""

__all__ = ["icnr"]


def icnr(weight, factor):
    """The weight of a sub-pixel convolution with equal rows for the pixels of a square."""
    return weight[::factor**2].repeat_interleave(factor**2, dim=0)
