"""What tests of figures ask of a card."""

import io

import numpy as np
from PIL import Image


def pixels(card) -> np.ndarray:
    """(H, W, 3) uint8."""
    return np.asarray(Image.open(io.BytesIO(card.png)).convert("RGB"))


def has(card, colour: str) -> int:
    """How many pixels have a colour, '#RRGGBB'."""
    return int((pixels(card) == list(bytes.fromhex(colour[1:]))).all(-1).sum())


def fit(card):
    """The card, which is at most 820 CSS pixels wide, and not blank."""
    assert 200 < card.width <= 820
    assert len(np.unique(pixels(card).reshape(-1, 3), axis=0)) > 3
    return card
