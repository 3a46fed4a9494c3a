"""Chapter 03: one player is not told the class."""

__all__ = ["deaf_player"]


def deaf_player(trial):
    """If D is not told, nothing asks G to draw the right digit: predicted, then measured."""
    deaf, number, predicted = "D", "right digit", "falls"
    steps = [trial(deaf, seed)[number] - trial("nobody", seed)[number] for seed in range(3)]
    found = "rises" if min(steps) > 0 else "falls" if max(steps) < 0 else "unclear"
    return deaf, number, predicted, found
