"""SynthBirds: a small world of birds whose every attribute is known.

A *species* fixes what it has in common on all pictures: a colour per part, a pattern, the shape of the beak, size
and tail. A *scene* is one picture of a species: pose, place, background, perch, light. Scene i is a pure function of
(level, seed, split, i), so any process may render any picture, in any order, and get the same pixels.

Levels: 1 is plain; 2 has patterns, feathers and light from one side; 3 has backgrounds with depth, spread wings,
swimming birds and freer places. All levels share the same species; only the pattern is missing from level 1.

The world is built like CUB-200-2011 (Wah et al. 2011): named classes, 15 part keypoints, one box.
Training and test species share no combination of colours, but each (part, colour) pair of a test species
is worn by some training species: a test asks for a new composition, never for an unknown word. A harder test withholds
one pair in twenty altogether: "known" species wear none of these pairs, "novel" ones at least one.
"""

import hashlib
import json
import math
from dataclasses import asdict, dataclass, replace
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
PATTERNS = ("plain", "striped", "spotted", "wing bars")
BACKGROUNDS = ("sky", "foliage", "water", "sand", "snow", "dusk")
POSES = ("perched", "spread", "swimming")
PERCHES = ("branch", "ground", "water")
LEVELS = (1, 2, 3)

KEYPOINTS = ("back", "beak", "belly", "breast", "crown", "forehead", "left eye", "left leg", "left wing",
             "nape", "right eye", "right leg", "right wing", "tail", "throat")
"""The 15 parts of CUB-200-2011, in the order of its parts.txt."""

VERSION = 2                     # 2: patterns, levels 2 and 3, richer captions; the pictures of level 1 are those of 1
KEY = 1                         # enters all random draws of species and scenes
SPLITS = ("train", "test", "scrambled", "known", "novel")
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
    pattern: str = "plain"      # one of PATTERNS; stripes and spots are on breast and belly

    def colour(self, part: str) -> str:
        """The colour name that `part` wears; "body" is the colour of most of the plumage."""
        return self.body if part == "body" else self.colours[PARTS.index(part)]

    @property
    def body(self) -> str:
        """The colour that covers most of the bird, by the share of each part in an average picture of level 1.

        On a single picture, as with raised wings, another colour may cover more.
        """
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
    perch: str                  # one of PERCHES; "water" exactly when the bird swims
    light: float                # brightness of the whole picture, around 1
    noise: int                  # seed of the background's texture
    level: int = 1              # one of LEVELS
    pose: str = "perched"       # one of POSES; a spread bird stands with raised wings
    sun: float = 0.0            # where the light comes from: -1 from the left, 1 from the right

    def shows(self, part: str) -> bool:
        """Whether a part can be seen at all: a swimming bird hides its legs."""
        return part != "legs" or self.pose != "swimming"


@dataclass(frozen=True)
class World:
    """A level and a seed: from these, any number of pictures. Nothing else is random.

    Seeds in use: 0 trains generators and encoders, 1 trains probes, 2 is real test data.
    Raises: ValueError for a level that does not exist.
    """

    seed: int = 0
    level: int = 1

    def __post_init__(self):
        if self.level not in LEVELS:
            raise ValueError(f"the level should be 1, 2 or 3, got {self.level!r}; 1 is the plainest")

    def scene(self, index: int, split: str = "train") -> Scene:
        """Picture `index` of a split; pictures go round the species of that split in turn."""
        kinds = self.species(split)
        rng = np.random.default_rng((KEY, self.level, self.seed, SPLITS.index(split), index))
        return draw_scene(index, kinds[index % len(kinds)], rng, self.level)

    def species(self, split: str = "all") -> tuple[Species, ...]:
        """The species of a split as this level draws them: level 1 has no patterns."""
        return species(split) if self.level == 1 else patterned(split)

    def card(self) -> dict:
        """What a checkpoint remembers of the world it saw."""
        return {"name": "SynthBirds", "version": VERSION, "level": self.level, "seed": self.seed,
                "hash": fingerprint()}


def draw_scene(index: int, kind: Species, rng: np.random.Generator, level: int = 1) -> Scene:
    """Draw the attributes that belong to the picture rather than to the species."""
    big = {"small": 0.365, "medium": 0.41, "large": 0.455}[kind.size]
    scene = Scene(
        index=index, species=kind, level=level,
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
    if level >= 2:
        scene = replace(scene, sun=float(rng.uniform(-1, 1)))
    return move_freely(scene, rng) if level == 3 else scene


def move_freely(scene: Scene, rng: np.random.Generator) -> Scene:
    """Level 3: a pose, and a place and size farther from the middle of the picture."""
    pose = str(rng.choice(POSES, p=(0.6, 0.2, 0.2)))
    swims = pose == "swimming"
    return replace(scene, pose=pose, perch="water" if swims else scene.perch, tilt=scene.tilt * (0.4 if swims else 1),
                   x=scene.x + float(rng.uniform(-0.05, 0.05)), y=scene.y + float(rng.uniform(-0.03, 0.03)),
                   scale=scene.scale * float(rng.uniform(0.84, 1.0)))


@cache
def patterned(split: str = "all") -> tuple[Species, ...]:
    """The species of a split with the pattern that each wears from level 2 on; two in five are plain."""
    def pattern(kind: Species) -> str:
        rng = np.random.default_rng((KEY, 17, SPLITS.index(kind.split), kind.label))
        return str(rng.choice(PATTERNS, p=(0.4, 0.2, 0.2, 0.2)))
    return tuple(replace(kind, pattern=pattern(kind)) for kind in species(split))


@cache
def species(split: str = "all") -> tuple[Species, ...]:
    """The species of a split, always the same: 1,000 "train", 100 "test", "all" of these, 5,000 "scrambled".

    Scrambled species wear an independent colour on every part. Only probes are trained on them: a measuring device
    must read each part by itself and not guess it from the company it keeps. "known" and "novel" divide all species
    by `withheld_pairs`: who trains on the known ones has never seen, say, a blue crown.
    Raises: ValueError for another split.
    """
    if split == "scrambled":
        return _scrambled_species()
    if split not in ("all", *SPLITS):
        raise ValueError(f"split should be one of 'all', {', '.join(map(repr, SPLITS))}, got {split!r}; pick one of "
                         "them")
    return tuple(kind for kind in _all_species() if _belongs(kind, split))


def _belongs(kind: Species, split: str) -> bool:
    if split in ("known", "novel"):
        return withheld_pairs().isdisjoint(zip(PARTS, kind.colours)) == (split == "known")
    return split in ("all", kind.split)


@cache
def withheld_pairs() -> frozenset[tuple[str, str]]:
    """One in twenty of all (part, colour) pairs of the plumage, rounded up: what "known" species do not wear."""
    pairs = [(part, colour) for part in PLUMAGE for colour in COLOURS]
    chosen = np.random.default_rng((KEY, 5)).choice(len(pairs), math.ceil(len(pairs) / 20), replace=False)
    return frozenset(pairs[i] for i in chosen)


def _scrambled_species() -> tuple[Species, ...]:
    rng = np.random.default_rng((KEY, 64))
    return tuple(Species(label, "Scrambled_Bird", "scrambled", tuple(str(c) for c in rng.choice(list(COLOURS), 10)),
                         *(str(rng.choice(options)) for options in (BEAKS, SIZES, TAILS)))
                 for label in range(1, SCRAMBLED_SPECIES + 1))


@cache
def _all_species() -> tuple[Species, ...]:
    """Draw training species first; then test species that are new combinations of known pairs."""
    rng = np.random.default_rng((KEY, 2011))
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
    facts = {"version": VERSION, "colours": dict(COLOURS), "species": [asdict(kind) for kind in patterned("all")]}
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:16]
