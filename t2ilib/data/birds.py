"""SynthBirds: a small world of birds whose every attribute is known.

A *species* fixes what the text may speak of: a colour per part, the shape of the beak, size and tail.
A *scene* is one picture of a species: pose, place, background, perch. Scene i is a pure function of
(seed, i), so any process may render any picture, in any order, and get the same pixels.

The world is built like CUB-200-2011 (Wah et al. 2011): named classes, 15 part keypoints, one box.
Training and test species share no combination of colours, but each (part, colour) pair of a test species
is worn by some training species: a test asks for a new composition, never for an unknown word.
"""

import hashlib
import json
from dataclasses import asdict, dataclass
from functools import cache
from types import MappingProxyType

import numpy as np

COLOURS = MappingProxyType({
    "black": (38, 36, 42),
    "white": (243, 241, 236),
    "grey": (139, 143, 150),
    "brown": (122, 76, 42),
    "red": (204, 40, 38),
    "orange": (238, 130, 28),
    "yellow": (246, 212, 52),
    "green": (70, 146, 62),
    "blue": (44, 100, 200),
    "purple": (120, 62, 168),
    "pink": (240, 150, 180),
})
"""Colour name -> sRGB in 0..255, before light and shade."""

PARTS = ("crown", "nape", "back", "wing", "breast", "belly", "throat", "tail", "beak", "legs")
"""Parts that carry a colour of their own. The nape includes the side of the head."""

PLUMAGE = PARTS[:8]
BEAKS = ("short", "cone", "long", "hooked")
SIZES = ("small", "medium", "large")
TAILS = ("short", "long")
BACKGROUNDS = ("sky", "foliage", "water", "sand", "snow", "dusk")

KEYPOINTS = ("back", "beak", "belly", "breast", "crown", "forehead", "left eye", "left leg", "left wing",
             "nape", "right eye", "right leg", "right wing", "tail", "throat")
"""The 15 parts of CUB-200-2011, in the order of its parts.txt."""

VERSION = 1
SPLITS = ("train", "test", "scrambled")
TRAIN_SPECIES, TEST_SPECIES, SCRAMBLED_SPECIES = 1000, 100, 5000

# Which parts wear the second and the third colour of a palette; all other plumage wears the first.
# Real birds wear two or three colours in related places; these are the field-guide names of such places.
SCHEMES = MappingProxyType({
    "plain": ((), ()),
    "capped": (("crown",), ()),
    "hooded": (("crown", "nape", "throat"), ()),
    "bibbed": (("throat", "breast"), ()),
    "winged": (("wing", "tail"), ()),
    "mantled": (("back", "wing"), ()),
    "white-bellied": (("belly",), ()),
    "two-toned": (("throat", "breast", "belly"), ()),
    "black-backed": (("back", "wing", "tail"), ("crown",)),
    "pale-bellied": (("wing", "tail"), ("belly",)),
    "cap-and-belly": (("breast", "belly"), ("crown",)),
    "hood-and-belly": (("crown", "nape", "throat"), ("belly",)),
    "throat-patch": (("wing",), ("throat",)),
    "collared": (("crown", "throat"), ("nape",)),
    "rust-tailed": (("wing", "back"), ("tail",)),
})
FAMILIES = MappingProxyType({"short": "Warbler", "cone": "Finch", "long": "Kingfisher", "hooked": "Shrike"})
BARE_COLOURS = ("black", "grey", "brown", "red", "orange", "yellow", "pink")


@dataclass(frozen=True)
class Species:
    """What all pictures of a class have in common: everything a caption may name but the perch."""

    label: int                  # class id, 1-based as in CUB
    name: str                   # "Black_winged_Red_Finch"
    split: str                  # "train", "test" or "scrambled"
    colours: tuple[str, ...]    # one colour name per entry of PARTS
    beak: str                   # one of BEAKS
    size: str                   # one of SIZES
    tail: str                   # one of TAILS

    def colour(self, part: str) -> str:
        """The colour name that `part` wears; "body" is the colour of most of the plumage."""
        return self.body if part == "body" else self.colours[PARTS.index(part)]

    @property
    def body(self) -> str:
        """The colour that covers most of the bird, by the share of each part in an average picture."""
        area = dict.fromkeys(COLOURS, 0.0)
        for part, share in PLUMAGE_AREA.items():
            area[self.colour(part)] += share
        return max(area, key=area.get)

    @property
    def folder(self) -> str:
        """The class folder of the CUB layout: '012.Black_winged_Red_Finch'."""
        return f"{self.label:03d}.{self.name}"


# Mean share of the plumage in pixels, measured over renders of level 1 (tests/test_draw.py repeats it).
PLUMAGE_AREA = MappingProxyType({"crown": 0.06, "nape": 0.12, "back": 0.10, "wing": 0.22, "breast": 0.15,
                                 "belly": 0.20, "throat": 0.06, "tail": 0.09})


@dataclass(frozen=True)
class Scene:
    """One picture: a species in a pose at a place. Lengths are fractions of the picture's side."""

    index: int                  # image number in its world, 0-based
    species: Species
    facing: str                 # "left" or "right"
    tilt: float                 # rotation of the body in radians, positive lifts the head
    nod: float                  # rotation of the head against the body in radians, positive looks up
    x: float                    # centre of the bird
    y: float
    scale: float                # half the bird's length
    background: str             # one of BACKGROUNDS
    perch: str                  # "branch" or "ground"
    light: float                # brightness of the whole picture, around 1
    noise: int                  # seed of the background's texture


@dataclass(frozen=True)
class World:
    """A level and a seed: from these, any number of pictures. Nothing else is random.

    Seeds in use: 0 trains generators and encoders, 1 trains probes, 2 is real test data.
    """

    seed: int = 0
    level: int = 1

    def scene(self, index: int, split: str = "train") -> Scene:
        """Picture `index` of a split; pictures go round the species of that split in turn."""
        kinds = species(split)
        rng = np.random.default_rng((VERSION, self.level, self.seed, SPLITS.index(split), index))
        return draw_scene(index, kinds[index % len(kinds)], rng)

    def card(self) -> dict:
        """What a checkpoint remembers of the world it saw."""
        return {"name": "SynthBirds", "version": VERSION, "level": self.level, "seed": self.seed,
                "hash": fingerprint()}


def draw_scene(index: int, kind: Species, rng: np.random.Generator) -> Scene:
    """Draw the attributes that belong to the picture rather than to the species."""
    big = {"small": 0.365, "medium": 0.41, "large": 0.455}[kind.size]
    return Scene(
        index=index, species=kind,
        facing=("left", "right")[rng.integers(2)],
        tilt=float(rng.uniform(-0.22, 0.22)),
        nod=float(rng.uniform(-0.20, 0.20)),
        x=float(0.5 + rng.uniform(-0.02, 0.02)),
        y=float(0.50 + rng.uniform(-0.03, 0.03)),
        scale=float(big * rng.uniform(0.97, 1.03)),
        background=str(rng.choice(BACKGROUNDS)),
        perch=("branch", "ground")[int(rng.random() < 0.5)],
        light=float(rng.uniform(0.93, 1.05)),
        noise=int(rng.integers(2**31)),
    )


@cache
def species(split: str = "all") -> tuple[Species, ...]:
    """The species of a split, always the same: 1,000 "train", 100 "test", "all" of these, or the "scrambled".

    Scrambled species wear an independent colour on every part. Only probes are trained on them: a measuring device
    must read each part by itself and not guess it from the company it keeps.
    """
    if split == "scrambled":
        return _scrambled_species()
    if split not in ("train", "test", "all"):
        raise ValueError(f"split should be 'train', 'test', 'scrambled' or 'all', got {split!r}; pick one of them")
    everything = _all_species()
    return everything if split == "all" else tuple(kind for kind in everything if kind.split == split)


def _scrambled_species() -> tuple[Species, ...]:
    rng = np.random.default_rng((VERSION, 64))
    return tuple(Species(label, "Scrambled_Bird", "scrambled", tuple(str(c) for c in rng.choice(list(COLOURS), 10)),
                         *(str(rng.choice(options)) for options in (BEAKS, SIZES, TAILS)))
                 for label in range(1, SCRAMBLED_SPECIES + 1))


@cache
def _all_species() -> tuple[Species, ...]:
    """Draw training species first; then test species that are new combinations of known pairs."""
    rng = np.random.default_rng((VERSION, 2011))
    train, seen = [], set()
    while len(train) < TRAIN_SPECIES:
        drawn = _draw_species(rng)
        if drawn[1] not in seen:
            seen.add(drawn[1])
            train.append(drawn)
    pairs = {pair for _, colours, *_ in train for pair in zip(PARTS, colours)}
    plumages = {colours[:8] for colours in seen}
    test = []
    while len(test) < TEST_SPECIES:
        drawn = _draw_species(rng)
        if drawn[1][:8] not in plumages and set(zip(PARTS, drawn[1])) <= pairs:
            plumages.add(drawn[1][:8])
            test.append(drawn)
    splits = ["train"] * TRAIN_SPECIES + ["test"] * TEST_SPECIES
    return tuple(Species(label, name, split, colours, beak, size, tail)
                 for label, (split, (name, colours, beak, size, tail)) in enumerate(zip(splits, train + test), 1))


def _draw_species(rng: np.random.Generator) -> tuple:
    """A coherent palette: (name, colours per part, beak, size, tail)."""
    scheme = str(rng.choice(list(SCHEMES)))
    first, second, third = (str(c) for c in rng.choice(list(COLOURS), size=3, replace=False))
    colours = dict.fromkeys(PLUMAGE, first)
    for colour, parts in zip((second, third), SCHEMES[scheme]):
        colours |= dict.fromkeys(parts, colour)
    colours["beak"], colours["legs"] = (str(c) for c in rng.choice(BARE_COLOURS, size=2))
    beak, size, tail = (str(rng.choice(options)) for options in (BEAKS, SIZES, TAILS))
    words = [] if scheme == "plain" else [f"{second}-{SCHEMES[scheme][0][0]}ed"]
    name = "_".join([*words, first.capitalize(), FAMILIES[beak]]).replace("-", "_")
    return name[0].upper() + name[1:], tuple(colours[part] for part in PARTS), beak, size, tail


@cache
def fingerprint() -> str:
    """A hash of all species and colours: two worlds with the same hash hold the same birds."""
    facts = {"version": VERSION, "colours": dict(COLOURS), "species": [asdict(kind) for kind in species("all")]}
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:16]
