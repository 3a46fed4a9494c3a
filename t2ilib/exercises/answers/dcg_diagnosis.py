"""Chapter 02: the cause of a broken DCGAN."""

__all__ = ["find_cause"]


def find_cause(log):
    """What is certain comes first: the data, D's two answers to the same fakes, and then G."""
    real, fake, alone, contrast, features = (log[name][len(log[name]) // 2:].mean() for name in (
        "mean of real", "D(fake)", "D(fake), alone", "contrast of fakes", "G's features"))
    signs = {
        "pictures from 0 to 1": real > 0,
        "one batch for both": alone > fake + 0.2,
        "norm everywhere": contrast > 0.5,
        "scales around 0": features < 0.15,
        "epsilon 0.8": features < 0.5,
    }
    return next((cause for cause, present in signs.items() if present), "healthy")
