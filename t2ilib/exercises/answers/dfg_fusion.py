"""Chapter 09: scale and shift by the sentence."""

from torch.nn import functional as F

__all__ = ["collapse", "df_block"]


def df_block(features, first, second):
    """(B, C, h, w), twice a pair of scale and shift (B, C) -> (B, C, h, w): affine, activation, affine, activation."""
    for scale, shift in (first, second):
        features = F.leaky_relu(scale[:, :, None, None] * features + shift[:, :, None, None], 0.2)
    return features


def collapse(first, second):
    """The scale and shift that do at once what two of them do in turn."""
    (scale1, shift1), (scale2, shift2) = first, second
    return scale2 * scale1, scale2 * shift1 + shift2
