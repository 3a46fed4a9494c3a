"""Chapter 00: the cause of a broken run."""

__all__ = ["find_break"]


def find_break(holds, count):
    """The first picture with another's caption, and the cause."""
    own = [holds(i, i) for i in range(count)]
    found = [(sum(own), None, "nothing")]
    for step, cause in ((1, "dropped"), (-1, "doubled")):
        other = [holds(i, i + step) for i in range(count)]
        found += [(sum(own[:k]) + sum(other[k:]), k, cause) for k in range(count)]
    return max(found, key=lambda one: one[0])[1:]
