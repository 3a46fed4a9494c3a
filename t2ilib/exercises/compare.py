"""Comparing what an answer gives with what is right, in the words of the likeliest mistake."""

from collections.abc import Mapping

import numpy as np

from t2ilib.exercises import Wrong

NOTHING = "is there a `return`?"


def numbers(got: object) -> np.ndarray:
    """An answer as numbers, also if it is a tensor.

    Raises: TypeError or ValueError if it holds no numbers.
    """
    got = got.detach() if hasattr(got, "detach") else got
    return np.atleast_1d(np.asarray(got, float))


def number(got: object) -> float:
    """An answer as one number. Raises as `numbers`, or ValueError for several."""
    return float(numbers(got).item())


def not_one(got: object, mistake: str) -> Wrong | None:
    """What is wrong with an answer that should be one number, if it is none or several."""
    if got is None:
        return Wrong("one number", "nothing", NOTHING)
    count = numbers(got).size
    return None if count == 1 else Wrong("one number", f"{count} of them", mistake)


def wrong_form(got: object, shape: tuple[int, ...]) -> Wrong | None:
    """What is wrong with an answer that should be numbers of this shape, if its shape is another."""
    if got is None:
        return Wrong(f"shape {shape}", "nothing", NOTHING)
    if np.shape(got) != shape:
        return Wrong(f"shape {shape}", f"shape {np.shape(got)}", "one number for each")
    numbers(got)
    return None


def wrong_numbers(got: object, expected, mistakes: Mapping, otherwise: str) -> Wrong | None:
    """What is wrong with numbers: the words of the first mistake that gives these, or `otherwise`."""
    if got is None:
        return Wrong(expected, "nothing", NOTHING)
    values = numbers(got)
    if values.shape != np.atleast_1d(expected).shape:
        return Wrong(f"{np.size(expected)} number(s)", f"shape {values.shape}", "as many numbers as are asked for")
    if np.allclose(values, expected, atol=1e-6):
        return None
    return Wrong(expected, got, likely(values, mistakes) or otherwise)


def likely(values, mistakes: Mapping) -> str:
    """The words of the first mistake that gives these numbers, or none."""
    return next((words for wrong, words in mistakes.items() if np.allclose(values, wrong, rtol=1e-3)), "")


def wrong_array(got: object, right, mistakes: Mapping, otherwise: str) -> Wrong | None:
    """What is wrong with an array or a tensor: the words of the first mistake that gives this one, or `otherwise`.

    `mistakes`: the words -> the array it gives, which may be of another shape.
    """
    if got is None:
        return Wrong(f"shape {np.shape(right)}", "nothing", NOTHING)
    values, right = numbers(got), numbers(right)
    if same_array(values, right):
        return None
    words = next((words for words, wrong in mistakes.items() if same_array(values, numbers(wrong))), otherwise)
    if values.shape != right.shape:
        return Wrong(f"shape {right.shape}", f"shape {values.shape}", words)
    at = np.unravel_index(np.nan_to_num(np.abs(values - right), nan=np.inf).argmax(), right.shape)
    return Wrong(f"{right[at]:.4g} at {list(map(int, at))}", f"{values[at]:.4g}", words)


def same_array(values: np.ndarray, other: np.ndarray) -> bool:
    """Are two arrays of one shape equal, but for rounding in single precision?"""
    return values.shape == other.shape and np.allclose(values, other, rtol=1e-4, atol=1e-5)
