"""Chapter 09: the channels of a generator, and noise near the middle."""

import torch

__all__ = ["channel_table", "truncated_noise"]


def channel_table(size, channels):
    """The blocks of a generator: (side it gives, channels it takes, channels it gives), from the smallest side on."""
    sides = [8 * 2**i for i in range(size.bit_length() - 3)]            # 8, 16, ..., size

    def width(side):
        return channels * min(size // side, 8)

    return [(side, width(side // 2), width(side)) for side in sides]


def truncated_noise(count, dim, bound, scale, stream):
    """Standard normal numbers (count, dim), drawn again while they are beyond the bound, then scaled."""
    noise = torch.randn(count, dim, generator=stream)
    while (beyond := noise.abs() > bound).any():
        noise[beyond] = torch.randn(int(beyond.sum()), generator=stream)
    return scale * noise
