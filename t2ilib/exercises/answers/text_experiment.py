"""Chapter 04: what the encoder does not hear."""

__all__ = ["confused_pair"]


def confused_pair(trial):
    """A pair of sentences that is confused, and a pair that is told apart, each tried with three seeds."""
    pairs = [("a bird with a striped breast", "a bird with a spotted breast"),
             ("a bird with a short tail", "a bird with a long tail"),
             ("a red bird with black wings", "a blue bird with black wings")]
    shares = {pair: sum(trial(*pair, seed) for seed in range(3)) / 3 for pair in pairs}
    return min(shares, key=shares.get), max(shares, key=shares.get)
