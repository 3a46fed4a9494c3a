"""Chapter 09: two weights for another power."""

__all__ = ["same_strength"]


def same_strength(k, p, power, slope):
    """The two weights with which k' slope^power costs as much as k slope^p, and pulls as hard."""
    cost = k * slope ** (p - power)
    return cost, cost * p / power
