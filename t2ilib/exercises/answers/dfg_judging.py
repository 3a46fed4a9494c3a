"""Chapter 09: what D says to three pairs, and what it lowers."""

import torch
from torch.nn import functional as F

__all__ = ["hinge", "one_way"]


def hinge(s_r, s_w, s_f):
    """A yes of at least 1, and two halves of a no of at most -1."""
    return F.relu(1 - s_r).mean() + (F.relu(1 + s_w).mean() + F.relu(1 + s_f).mean()) / 2


def one_way(see, head, image, fake, text, wrong_text):
    """Answers (B,) to (real, right), (real, wrong) and (fake, right); each picture is looked at once."""
    def answer(features, text):
        tiled = text[:, :, None, None].expand(-1, -1, *features.shape[2:])
        return head(torch.cat([features, tiled], dim=1)).flatten()

    real = see(image)
    return answer(real, text), answer(real, wrong_text), answer(see(fake), text)
