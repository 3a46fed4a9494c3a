"""Chapter 02: one number, with a guideline broken and without."""

__all__ = ["broken_guideline"]


def broken_guideline(trial):
    """Repeated pixels leave no checkerboard: predicted, then measured."""
    change, number, predicted = "repeat, then convolve", "dots", "falls"
    steps = [trial(change, seed)[number] - trial("as published", seed)[number] for seed in range(3)]
    found = "rises" if min(steps) > 0 else "falls" if max(steps) < 0 else "unclear"
    return change, number, predicted, found
