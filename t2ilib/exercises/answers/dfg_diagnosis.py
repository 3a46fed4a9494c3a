"""Chapter 09: the cause of a broken DF-GAN."""

__all__ = ["find_cause"]


def find_cause(log):
    """What no other run has comes first; where D is steep comes last."""
    right, wrong, at_real = (log[name][len(log[name]) // 2:].mean() for name in (
        "D(real, right text)", "D(real, wrong text)", "MA-GP at real"))
    signs = {
        "scales from 0": (log["variety"] == 0).all(),
        "margins swapped": right < 0,
        "no penalty": at_real > 10,
        "no wrong pairs": wrong > 0.3,
        "penalty at fakes": at_real > 0.095,
    }
    return next((cause for cause, present in signs.items() if present), "healthy")
