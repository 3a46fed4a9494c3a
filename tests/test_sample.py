"""Any sentence gives a sensible picture or a clear message."""

import numpy as np
import pytest

from t2ilib import figures
from t2ilib.data.captions import Reading
from t2ilib.sample import Drawing, Painter


@pytest.fixture(scope="module")
def painter():
    return Painter.shipped()


@pytest.mark.parametrize("sentence, said", [
    ("", "empty"), ("   ", "empty"), ("x" * 5000, "Only the first 500 characters"),
    ("a red bird " * 500, "Only the first 500 characters"), ("🐦🐦🐦", "names no part"),
    ("작은 빨간 새", "names no part"), ("qwertz uiop", "names no part"),
    ("a magnificent red bird", "Not understood, and ignored: magnificent"), ("<b>red</b> bird", "b"),
    ("a red bird", ""), ("\x00\n\t red bird", ""),
])
def test_odd_sentences(painter, sentence, said):
    drawing = painter.draw(sentence, n=2)
    assert drawing.images.shape == (2, 64, 64, 3) and said in drawing.message
    assert len(drawing.seen) == 2 and figures.drawing(drawing).png.startswith(b"\x89PNG")


def test_the_same_words_give_the_same_pictures_and_other_words_others(painter):
    red, again, blue = (painter.draw(s, n=3).images for s in ("a red bird", "A RED bird!", "a blue bird"))
    assert np.array_equal(red, again) and not np.array_equal(red, blue)


def test_the_seed_changes_the_pictures(painter):
    first, second = (painter.draw("a red bird", 2, seed=seed).images for seed in (0, 1))
    assert not np.array_equal(first, second)


def test_the_sentence_decides_the_colour(painter):
    """The red bird is redder than the blue one, on average over sixteen pictures."""
    red, blue = (painter.draw(s, n=16).images[:, 20:44, 20:44].astype(float).mean((0, 1, 2))
                 for s in ("a red bird", "a blue bird"))
    assert red[0] - red[2] > 20 > 0 > blue[0] - blue[2]


def test_synonyms_are_understood(painter):
    assert painter.draw("a tiny crimson bird", n=1).unknown == ()


@pytest.mark.parametrize("n", [0, 1001])
def test_the_number_of_pictures_has_limits(painter, n):
    with pytest.raises(ValueError, match=f"1 to 1000 pictures, got {n}"):
        painter.draw("a bird", n=n)


def test_a_card_escapes_its_alt_text():
    drawing = Drawing('"><script>', np.zeros((1, 64, 64, 3), np.uint8), Reading(), (), [[]])
    shown = figures.drawing(drawing)._repr_mimebundle_()["text/html"]
    assert "<script>" not in shown and "&lt;script&gt;" in shown


def test_a_sheet_has_a_gap_between_pictures():
    import torch
    sheet = figures.sheet(torch.ones(2, 3, 3, 64, 64))
    assert sheet.shape == (2 * 68 - 4, 3 * 68 - 4, 3)
    assert tuple(sheet[0, 65]) == figures.PAPER and tuple(sheet[0, 0]) == (255, 255, 255)
