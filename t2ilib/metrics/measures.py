"""Measures of generated birds, each with its ceiling and its floor.

M1 faithfulness: of all colours that captions name, the share the probe finds on the picture; and how often it finds
all that one caption names, which is harder.
M6 diversity: how far pictures of one caption lie apart, as a share of what real pictures of it do. It cannot tell
variety from noise, nor a bird from another one, so it counts only beside a good faithfulness. The entropy of what the
probe reads says in which respects the pictures differ: background, direction, pose.
"""

import numpy as np
import torch
from scipy import stats
from torch import Tensor

from t2ilib import runtime
from t2ilib.data import draw
from t2ilib.data.birds import COLOURS, PARTS, Scene, World, draw_scene
from t2ilib.data.captions import Reading, names_truth, read_attributes
from t2ilib.data.rendered import FACTORS, Rendered
from t2ilib.metrics.probe import Reader, Readings, read
from t2ilib.metrics.statistics import Score, bootstrap, share
from t2ilib.text.joint import Trials

LEFT_OPEN = ("background", "facing", "pose")        # what captions hardly ever name
COLOUR_IDS = {name: i for i, name in enumerate(COLOURS)}
TRIES = 1000                # scenes drawn in search of one that a sentence is true of; the rarest pose needs about ten


def named_colours(captions: list[str]) -> list[dict[str, str]]:
    """What each caption says about colours: part (or "body") -> colour name."""
    return [read_attributes(caption).colours for caption in captions]


def hits(readings: Readings, named: list[dict[str, str]]) -> tuple[np.ndarray, np.ndarray]:
    """Per picture: how many of its caption's named colours the probe finds, and how many are named -> (N,), (N,)."""
    seen = {part: readings.colours(part) for part in {part for colours in named for part in colours}}
    right = [sum(seen[part][i] == COLOUR_IDS[colour] for part, colour in colours.items())
             for i, colours in enumerate(named)]
    return np.array(right, float), np.array([len(colours) for colours in named], float)


def faithfulness(probe: Reader, images: Tensor, captions: list[str], real: Tensor,
                 kinds: np.ndarray | None = None) -> Score:
    """M1: the share of named colours that the probe finds, over all names in all captions.

    Shapes: images (N, 3, 64, 64), the generated picture of each of the N captions; real, a real one of each caption;
            kinds (N,), the species each caption was written for, so that the interval speaks of new species.
    Ceiling: the real pictures. Floor: the generated pictures with the captions in another order.
    Raises: ValueError if the numbers differ or no caption names a colour.
    """
    return share_found(answers(probe, images, named_colours(captions), real), kinds)


def all_parts_right(probe: Reader, images: Tensor, captions: list[str], real: Tensor,
                    kinds: np.ndarray | None = None) -> Score:
    """M1: the share of pictures on which every colour that the caption names is found.

    Shapes, ceiling, floor and errors as in `faithfulness`; n counts the captions that name a colour.
    """
    return share_all_found(answers(probe, images, named_colours(captions), real), kinds)


Counts = tuple[np.ndarray, np.ndarray]      # (N,) right and (N,) asked


def answers(probe: Reader, images: Tensor, named: list[dict[str, str]], real: Tensor) -> list[Counts]:
    """`hits` of the generated pictures, of the real ones, and of the generated ones with what others should show.

    Shapes: images (N, 3, 64, 64); named, what each of them was asked to show: part (or "body") -> colour name;
            real (N, 3, 64, 64), pictures that show it
    Raises: ValueError if the numbers differ or no colour is named.
    """
    if not len(images) == len(named) == len(real):
        raise ValueError(f"there should be one picture and one real picture a caption, got {len(images)} and "
                         f"{len(real)} for {len(named)}; draw each caption once")
    if not any(named):
        raise ValueError("captions should name a colour of a part, got none that does; see captions.PART_WORDS")
    readings, shuffled = read(probe, images), [named[i] for i in derangement(len(named))]
    return [hits(readings, named), hits(read(probe, real), named), hits(readings, shuffled)]


def share_found(counts: list[Counts], kinds: np.ndarray | None = None) -> Score:
    """Of all colours that are named, the share that is found; `counts` from `answers`, kinds (N,) as in `faithfulness`.
    """
    made, best, worst = counts
    return Score(share(*made), len(made[0]), *bootstrap(*made, kinds), ceiling=share(*best), floor=share(*worst))


def share_all_found(counts: list[Counts], kinds: np.ndarray | None = None) -> Score:
    """The share of pictures on which all that is named is found, of those of which anything is."""
    made, best, worst = (complete(*pair) for pair in counts)
    groups = None if kinds is None else np.asarray(kinds)[counts[0][1] > 0]
    return Score(float(made.mean()), len(made), *bootstrap(made, groups=groups), ceiling=float(best.mean()),
                 floor=float(worst.mean()))


def complete(right: np.ndarray, asked: np.ndarray) -> np.ndarray:
    """1 where all that is asked of a picture is right, else 0; pictures of which nothing is asked are left out."""
    return (right == asked)[asked > 0].astype(float)


def derangement(count: int) -> np.ndarray:
    """An order in which nothing stays in place: the same rotation of a fixed shuffle every time."""
    order = np.random.default_rng(1).permutation(count)
    moved = np.empty(count, int)
    moved[order] = np.roll(order, 1)
    return moved


def diversity(probe: Reader, groups: Tensor, real_groups: Tensor) -> Score:
    """M6: mean distance between two pictures of one caption in probe features, relative to real pictures of it.

    Shapes: groups (C, K, 3, 64, 64): K pictures for each of C captions; real_groups likewise.
    Ceiling: the reference 1, real pictures by construction; noise and wrong birds may lie above it.
    Floor: 0, the same picture K times.
    """
    spread, real = (pairwise_spread(probe, pictures) for pictures in (groups, real_groups))
    return Score(share(spread, real), len(groups), *bootstrap(spread, real), ceiling=1.0, floor=0.0)


def pairwise_spread(probe: Reader, groups: Tensor) -> np.ndarray:
    """(C, K, 3, S, S) -> (C,) mean Euclidean distance of all pairs within a group, in probe features."""
    count, size = groups.shape[:2]
    features = torch.from_numpy(read(probe, groups.flatten(0, 1)).features).view(count, size, -1)
    distances = torch.cdist(features, features)
    return (distances.sum((1, 2)) / (size * (size - 1))).numpy()


def reading_entropy(probe: Reader, groups: Tensor, real_groups: Tensor,
                    factors: tuple[str, ...] = LEFT_OPEN) -> dict[str, Score]:
    """M6: factor -> the entropy of what the probe reads among pictures of one caption, relative to real ones of it.

    The real pictures have the prior entropy of what the caption leaves open. K pictures show less than all of it, but
    that is so for both. A factor in which real pictures do not vary, such as the pose at level 1, is left out.

    Shapes: groups (C, K, 3, 64, 64): K pictures for each of C captions; real_groups likewise.
    Ceiling: 1, real pictures by construction. Floor: 0, the same picture K times.
    """
    made, real = (group_entropies(probe, pictures, factors) for pictures in (groups, real_groups))
    return {factor: Score(share(made[factor], real[factor]), len(groups), *bootstrap(made[factor], real[factor]),
                          ceiling=1.0, floor=0.0) for factor in factors if real[factor].any()}


def group_entropies(probe: Reader, groups: Tensor, factors: tuple[str, ...]) -> dict[str, np.ndarray]:
    """(C, K, 3, S, S) -> factor -> (C,) entropy in nats of the most likely values within each group.

    The most likely values and not the probabilities: a probe that is unsure of a picture is no variety.
    """
    readings = read(probe, groups.flatten(0, 1))
    chosen = {factor: np.eye(len(FACTORS[factor]))[readings.values(factor)] for factor in factors}
    return {factor: stats.entropy(rows.reshape(*groups.shape[:2], -1).sum(1), axis=1)
            for factor, rows in chosen.items()}


def held_out_captions(data: Rendered, count: int, seed: int = 0) -> tuple[list[int], list[str]]:
    """`count` captions of `data` that name a colour, with the number of the picture each was written for."""
    rng = np.random.default_rng(seed)
    rows, captions = [], []
    for row in np.resize(rng.permutation(len(data)), 10 * count):
        caption = data.captions[row][rng.integers(len(data.captions[row]))]
        if read_attributes(caption).colours:
            rows.append(int(row))
            captions.append(caption)
        if len(rows) == count:
            break
    return rows, captions


def true_pictures(world: World, captions: list[str], size: int) -> Tensor:
    """For each caption `size` fresh real pictures that it is true of, of any species -> (C, K, 3, 64, 64).

    What a caption leaves open varies freely: the species among all it is true of, pose, place and background.
    """
    return pictures_showing(world, [read_attributes(caption) for caption in captions], size)


def pictures_showing(world: World, readings: list[Reading], size: int) -> Tensor:
    """`true_pictures` of what was read, or would be."""
    rng, groups = np.random.default_rng((world.seed, 6)), []
    for reading in readings:
        scenes = [matching_scene(reading, rng, world.level) for _ in range(size)]
        groups.append(runtime.to_tensor(np.stack([draw.render(scene, 64).image for scene in scenes])))
    return torch.stack(groups)


def matching_scene(reading: Reading, rng: np.random.Generator, level: int = 1) -> Scene:
    """A random scene of a level that agrees with all that was read.

    Raises: ValueError if it is true of no species, perch or pose of that level.
    """
    kinds = [kind for kind in World(level=level).species("all") if names_truth(reading, kind)]
    for _ in range(TRIES if kinds else 0):
        scene = draw_scene(0, kinds[rng.integers(len(kinds))], rng, level)
        if names_truth(reading, scene.species, scene.perch, scene.pose):
            return scene
    raise ValueError(f"the sentence should be true of some species and pose of level {level}, got {reading}; "
                     "name fewer attributes")


def oracle_retrieval(data: Rendered, trials: Trials) -> np.ndarray:
    """How often one who knows all truth chooses the own picture -> (N,): 1 / candidates that the caption is true of."""
    kinds = {kind.label: kind for kind in World(level=data.card["level"]).species("all")}
    places = [(FACTORS["perch"][perch], FACTORS["pose"][pose])
              for perch, pose in zip(data.factor("perch"), data.factor("pose"))]
    chances = []
    for caption, candidates in zip(trials.captions, trials.candidates):
        reading = read_attributes(caption)
        chances.append(1 / sum(names_truth(reading, kinds[data.labels[i]], *places[i]) for i in candidates))
    return np.array(chances)


def part_pixels(world: World, count: int, size: int = 64) -> dict[str, float]:
    """Part -> how many pixels of a picture it covers, the mean over `count` real birds of unseen species."""
    pictures = [draw.render(world.scene(i, "test"), size).parts for i in range(count)]
    covered = np.bincount(np.concatenate([parts.ravel() for parts in pictures]), minlength=len(PARTS) + 1) / count
    return dict(zip(PARTS, covered[1:].tolist()))


def by_part(readings: Readings, named: list[dict[str, str]]) -> dict[str, float]:
    """How often each part has the colour its caption names, over the captions that name it."""
    scores = {}
    for part in sorted({part for colours in named for part in colours}):
        rows = [i for i, colours in enumerate(named) if part in colours]
        wanted = np.array([COLOUR_IDS[named[i][part]] for i in rows])
        scores[part] = round(float((readings.colours(part)[rows] == wanted).mean()), 4)
    return scores


def marks(readings: Readings, index: int, reading: Reading) -> list[tuple[str, str, str]]:
    """For the picture `index`: (part, wanted colour, colour the probe sees) for everything the sentence names."""
    names = list(COLOURS)
    return [(part, colour, names[readings.colours(part)[index]]) for part, colour in reading.colours.items()]
