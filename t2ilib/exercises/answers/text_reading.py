"""Chapter 04: characters to numbers, and a mean over time."""

import torch

__all__ = ["characters", "mean_over_time"]


def characters(captions, alphabet, longest):
    """Captions -> (B, longest): places in the alphabet from 1, 0 for nothing; the later place of a double counts."""
    places = {sign: i for i, sign in enumerate(alphabet, start=1)}
    tokens = torch.zeros(len(captions), longest, dtype=torch.int64)
    for row, caption in enumerate(captions):
        numbers = [places.get(sign, 0) for sign in caption.lower()[:longest]]
        tokens[row, :len(numbers)] = torch.tensor(numbers, dtype=torch.int64)
    return tokens


def mean_over_time(states, mask):
    """(B, T, E), (B, T) bool -> (B, E), the mean over the places where the mask is True."""
    weights = mask.unsqueeze(2).float()
    return (states * weights).sum(1) / weights.sum(1).clamp(min=1)
