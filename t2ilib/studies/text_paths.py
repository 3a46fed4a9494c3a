"""Ways between two sentences and between two noises, drawn by the shipped GAN-INT-CLS: what changes, and how evenly?

Nothing is trained here, so nothing depends on a seed: intervals are bootstrap intervals over paths.
"""

from collections.abc import Sequence

import numpy as np
from torch import Tensor

from t2ilib import measuring, runtime
from t2ilib.data.birds import PARTS
from t2ilib.data.rendered import FACTORS, Rendered
from t2ilib.metrics import causes, paths, realism
from t2ilib.metrics.measures import COLOUR_IDS, held_out_captions, hits, named_colours
from t2ilib.metrics.probe import read
from t2ilib.metrics.statistics import bootstrap, recentred, share
from t2ilib.sample import Painter, load_locator
from t2ilib.studies import Findings, measure
from t2ilib.studies.walks import Pair, Walk, caption_pairs, draw, plain_pairs, sentence_ways, strips, walk

MODEL, LEVEL = "gan_int_cls", 2                         # and the level of the world that it was trained on
PAIRS = {"smoke": 4, "laptop": 200, "gpu": 200}         # of sentences: half of them plain, half captions
NOISES = {"smoke": 5, "laptop": 5, "gpu": 10}           # for each pair, when sets of pictures are compared
RESAMPLES = {"smoke": 4, "laptop": 100, "gpu": 100}     # of the pairs, for the interval of a distance of sets
SIDE = {"smoke": 4, "laptop": 40, "gpu": 60}            # sentences, and noises, that are all drawn with each other
IN_ORDER, JUMP = 0.8, 4.0                               # the bounds of the ledger: Spearman, and largest step to median
WAYS = {"slerp": paths.slerp, "lerp": paths.lerp}
STYLE = "background", "facing"                          # what sentences leave open, at this level of the world
ASKED = {"by text": lambda tables: causes.mean_shares(tables).by_text,
         "by noise": lambda tables: causes.mean_shares(tables).by_noise,
         "noise over text": lambda tables: causes.mean_shares(tables).lead_of_noise}


def study_paths(profile: str, _seeds: Sequence[int]) -> Findings:
    """All about sentence paths and noise paths; the arrays hold mean curves over the nine steps, and two strips."""
    painter, data = Painter.shipped(MODEL), measuring.unseen(profile, LEVEL)
    pairs = plain_pairs(PAIRS[profile] // 2) + caption_pairs(data, PAIRS[profile] // 2)
    text, noise = sentence_ways(painter, pairs), [painter.noise(len(pairs), seed) for seed in (0, 1)]
    walked = walk(painter, noise[0], text)
    restless = {name: walk(painter, way(*noise), text[0]) for name, way in WAYS.items()}
    found = [follow_colour(walked, pairs), keep_background(walked, restless["slerp"]),
             between(painter, text, data, profile), decided(painter, data, SIDE[profile]),
             changed_readings(walked, "sentence")]
    for name, steps in restless.items():
        found += [keep_content(steps, pairs, name), changed_readings(steps, name), smooth(steps, name)]
    arrays = [strips(painter), *(part.arrays for part in found)]
    return Findings(united(part.measures for part in found), 0, united(arrays))


def united(parts) -> dict:
    """Several dictionaries as one."""
    return {key: value for part in parts for key, value in part.items()}


# --- what is measured ---------------------------------------------------------------------------------------------

def follow_colour(walked: Walk, pairs: list[Pair]) -> Findings:
    """CLS-13 and CLS-29: does the second colour come evenly, and is the first one read before and it behind?"""
    likely = {end: colour_curve(walked, pairs, end) for end in ("old", "new")}
    order = np.array([paths.monotone(curve) for curve in likely["new"].T])
    flips = np.logical_and(*(read_at(walked, pairs, step, end) for step, end in ((0, "old"), (-1, "new"))))
    found = {"colour order": over_pairs(order), "colour in order": over_pairs(order >= IN_ORDER),
             "colour flips": over_pairs(flips)}
    return Findings(found, 0, {f"{end} colour": curve.mean(1) for end, curve in likely.items()})


def colour_curve(walked: Walk, pairs: list[Pair], end: str) -> np.ndarray:
    """How likely the "old" or the "new" colour of each pair is, by the probe -> (K, P)."""
    tables = {part: walked.by_step(walked.readings.colour_probabilities(part)) for part in {p.part for p in pairs}}
    return np.stack([tables[pair.part][:, i, COLOUR_IDS[getattr(pair, end)]] for i, pair in enumerate(pairs)], axis=1)


def read_at(walked: Walk, pairs: list[Pair], step: int, end: str) -> np.ndarray:
    """Whether the part has its "old" or its "new" colour at a step -> (P,) bool."""
    return np.array([walked.by_step(walked.readings.colours(pair.part))[step, i] == COLOUR_IDS[getattr(pair, end)]
                     for i, pair in enumerate(pairs)])


def over_pairs(values: np.ndarray) -> dict:
    """A mean over pairs with its interval; `rows`: the mean of the plain sentences, and that of the captions."""
    values, half = np.asarray(values, float), len(values) // 2
    rows = {"plain": float(values[:half].mean()), "captions": float(values[half:].mean())}
    return measure(values.mean(), *bootstrap(values), len(values), "pairs", rows)


def keep_background(walked: Walk, restless: Walk) -> Findings:
    """CLS-29: the change from end to end of sentence paths, as a share of that from noise to noise.

    Both begin with the same pictures. Likewise for what lies in the boxes of the bird.
    """
    boxes, others = end_boxes(walked), end_boxes(restless)
    along = [paths.changes(walked.pictures[0], step, *boxes) for step in walked.pictures]
    shaken = paths.changes(restless.pictures[0], restless.pictures[-1], *others)
    found, curves = {}, {}
    for place, change, reference in zip(paths.Change._fields, along[-1], shaken):
        found[f"{place} change"] = ratio_over_pairs(change, reference)
        curves[f"{place} so far"] = np.array([np.nanmean(getattr(step, place)) for step in along])
        curves[f"{place} by noise"] = np.nanmean(reference)
    return Findings(found, 0, curves)


def ratio_over_pairs(parts: np.ndarray, wholes: np.ndarray) -> dict:
    """All parts over all wholes (P,), of the pairs for which both are known; `rows` as in `over_pairs`."""
    known, half = ~np.isnan(parts + wholes), len(parts) // 2
    kinds = {"plain": known & (np.arange(len(parts)) < half), "captions": known & (np.arange(len(parts)) >= half)}
    rows = {kind: share(parts[some], wholes[some]) for kind, some in kinds.items()}
    return measure(share(parts[known], wholes[known]), *bootstrap(parts[known], wholes[known]), int(known.sum()),
                   "pairs", rows)


def end_boxes(walked: Walk) -> list[np.ndarray]:
    """The birds' boxes on the first and on the last picture of each path, two arrays (P, 4)."""
    return [paths.bird_boxes(load_locator(), walked.pictures[end]) for end in (0, -1)]


def between(painter: Painter, text: Tensor, data: Rendered, profile: str) -> Findings:
    """CLS-13: the SynthFID of pictures midway between two sentences, over the mean of that at both ends."""
    count, rng = text.shape[1], np.random.default_rng(0)
    noise = painter.noise(NOISES[profile] * count, 2).unflatten(0, (NOISES[profile], count))
    real = read(painter.probe, runtime.to_tensor(data.images[:])).features
    seen = [features(painter, noise, text[step]) for step in (0, len(text) // 2, -1)]
    value = worse_between(seen, real, np.arange(count))
    resampled = np.array([worse_between(seen, real, rng.integers(count, size=count))
                          for _ in range(RESAMPLES[profile])])
    return Findings({"realism between": measure(value, *recentred(resampled, value), count, "pairs")}, 0)


def features(painter: Painter, noise: Tensor, text: Tensor) -> np.ndarray:
    """What the probe sees in pictures of M noises (M, P, Z) for each of P texts (P, E) -> (M, P, F)."""
    seen = read(painter.probe, draw(painter, noise, text).flatten(0, 1)).features
    return seen.reshape(*noise.shape[:2], -1)


def worse_between(seen: list[np.ndarray], real: np.ndarray, rows: np.ndarray) -> float:
    """SynthFID in the middle over the mean of both ends, of some pairs; `seen`: start, middle and end (M, P, F)."""
    start, middle, end = (realism.frechet_of_samples(some[:, rows].reshape(-1, some.shape[2]), real) for some in seen)
    return 2 * middle / (start + end)


def keep_content(walked: Walk, pairs: list[Pair], way: str) -> Findings:
    """CLS-30: faithfulness at each step of a noise path, and how far the best step and the worst lie apart."""
    named = named_colours([pair.first for pair in pairs])
    right, asked = (walked.by_step(column) for column in hits(walked.readings, named * len(walked.pictures)))
    value, rng, count = swing(right, asked), np.random.default_rng(0), len(pairs)
    resampled = [swing(right[:, rows], asked[:, rows]) for rows in rng.integers(count, size=(1000, count))]
    low, high = recentred(np.array(resampled), value)
    return Findings({f"faithfulness swing, {way}": measure(value, max(0, low), high, count, "paths")}, 0,
                    {f"faithfulness, {way}": right.sum(1) / asked.sum(1)})


def swing(right: np.ndarray, asked: np.ndarray) -> float:
    """The highest faithfulness of a step less the lowest; (K, P) right colours and named ones."""
    return float(np.ptp(right.sum(1) / asked.sum(1)))


def changed_readings(walked: Walk, way: str) -> Findings:
    """CLS-30: on how many paths what the probe reads at the end is not what it reads at the start."""
    found = {}
    for factor in STYLE:
        values = walked.by_step(walked.readings.values(factor))
        changed = (values[0] != values[-1]).astype(float)
        found[f"{factor} changes, {way}"] = measure(changed.mean(), *bootstrap(changed), len(changed), "paths")
    return Findings(found, 0)


def smooth(walked: Walk, way: str) -> Findings:
    """CLS-30: the largest step between neighbours over the median one, mean over paths; and where it is no jump."""
    ratios = np.array([paths.largest_step(paths.step_sizes(path)) for path in walked.pictures.transpose(0, 1)])
    even = (ratios <= JUMP).astype(float)
    return Findings({f"largest step, {way}": measure(ratios.mean(), *bootstrap(ratios), len(ratios), "paths"),
                     f"no jump, {way}": measure(even.mean(), *bootstrap(even), len(even), "paths")}, 0)


def decided(painter: Painter, data: Rendered, side: int) -> Findings:
    """CLS-18: what sentence and noise explain of the background, of the facing, and of the colours that are named."""
    captions = held_out_captions(data, side)[1]
    text, noise = painter.encoder.encode(captions), painter.noise(side, 3)
    walked = walk(painter, noise, text[:, None])                                # (side, side): row = sentence
    tables = {factor: [one_hot(walked, factor)] for factor in STYLE} | {"named colours": named_tables(walked, captions)}
    found = {}
    for name, some in tables.items():
        for words, ask in ASKED.items():
            value, interval = ask(some), causes.interval(some, ask)
            found[f"{name}, {words}"] = measure(value, *interval, side, "sentences and noises")
    return Findings(found, 0)


def one_hot(walked: Walk, factor: str) -> np.ndarray:
    """The most likely value of a factor on each picture -> (T, Z, values), 1 for it and 0 for the others."""
    return np.eye(len(FACTORS[factor]))[walked.by_step(walked.readings.values(factor))]


def named_tables(walked: Walk, captions: list[str]) -> list[np.ndarray]:
    """For each part that two captions or more name, the colours on the pictures of these captions."""
    named = named_colours(captions)
    rows = {part: [i for i, colours in enumerate(named) if part in colours] for part in PARTS}
    return [one_hot(walked, part)[some] for part, some in rows.items() if len(some) > 1]
