"""Chapter 05: depth concatenation, and the numbers of wrong texts."""

import torch

__all__ = ["depth_concatenation", "wrong_rows"]


def depth_concatenation(features, text):
    """(B, F, h, w) and (B, C) -> (B, F + C, h, w): the text behind the features, the same at every place."""
    tiled = text[:, :, None, None].expand(-1, -1, *features.shape[2:])
    return torch.cat([features, tiled.to(features.dtype)], dim=1)


def wrong_rows(labels, rows, stream):
    """For each picture number of `rows` one of another class, any as likely as any other."""
    other = torch.randint(len(labels), (len(rows),), generator=stream).numpy()
    while (same := labels[other] == labels[rows]).any():
        other[same] = torch.randint(len(labels), (int(same.sum()),), generator=stream).numpy()
    return other
