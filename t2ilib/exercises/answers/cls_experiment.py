"""Chapter 05: one setting of GAN-INT-CLS."""

__all__ = ["one_setting"]


def one_setting(trial):
    """Without wrong pairs D cannot tell right texts from wrong ones as well: predicted, then measured."""
    change, number, predicted = {"matching": 0.0}, "AUC", "falls"
    steps = [trial(change, seed)[number] - trial({}, seed)[number] for seed in range(3)]
    found = "rises" if min(steps) > 0 else "falls" if max(steps) < 0 else "unclear"
    return change, number, predicted, found
