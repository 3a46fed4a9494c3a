"""Chapter 02: the way between two noises."""

import torch

__all__ = ["slerp"]


def slerp(first, second, share):
    """(Z,) and (Z,) -> (Z,): a share of the way along the great circle."""
    cosine = torch.cosine_similarity(first, second, dim=0).clamp(-1, 1)
    angle = torch.acos(cosine)
    if angle < 1e-3:                            # no sine to divide by, and nothing to go round
        return torch.lerp(first, second, share)
    return (torch.sin((1 - share) * angle) * first + torch.sin(share * angle) * second) / torch.sin(angle)
