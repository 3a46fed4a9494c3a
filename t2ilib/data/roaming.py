"""Birds that may be anywhere on the picture: a world in which a place is worth asking for.

In the plain world a bird stands within 3 % of a picture's side of the middle: one pixel of 32. Here it is a little
smaller and its middle is drawn afresh, so that the place varies by several pixels, and nothing else is changed.
"""

from dataclasses import dataclass, replace

import numpy as np

from t2ilib.data.birds import KEY, SPLITS, Scene, Species, World

SMALLER, SPAN = 0.85, 0.12      # times the size; how far from the middle, as a fraction of the side
STREAM = 23                     # keeps the draws of this page apart from those of the world


@dataclass(frozen=True)
class Roaming(World):
    """The world of a level, with smaller birds whose places are uniform in a square; perhaps only some species."""

    kinds: int = 0              # only so many species of a split, the first ones; 0 is all

    def scene(self, index: int, split: str = "train") -> Scene:
        """Picture `index` of a split, moved."""
        scene = super().scene(index, split)
        rng = np.random.default_rng((KEY, STREAM, self.level, self.seed, SPLITS.index(split), index))
        x, y = 0.5 + rng.uniform(-SPAN, SPAN, 2)
        return replace(scene, x=float(x), y=float(y), scale=SMALLER * scene.scale)

    def species(self, split: str = "all") -> tuple[Species, ...]:
        """The species of a split, or the first of them."""
        found = super().species(split)
        return found[:self.kinds] if self.kinds else found

    def card(self) -> dict:
        """What tells it from the world whose birds stay in the middle."""
        card = super().card()
        # a name that began like the world's would be dropped with what is outdated of the world
        facts = f"roaming-{SMALLER}-{SPAN}-{self.kinds}-{card['hash']}"
        return card | {"name": "SynthBirds, roaming", "hash": facts}
