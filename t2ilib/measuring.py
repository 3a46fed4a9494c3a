"""How each shipped model is measured: every number of a card comes from here.

A measure takes the checkpoint, a profile (how many captions) and the level of the world, and gives metrics by name.
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from t2ilib import runtime, sample
from t2ilib.data import birds, conditions, digits, rendered
from t2ilib.data.birds import COLOURS, PARTS, World
from t2ilib.data.captions import Reading
from t2ilib.data.rendered import Rendered
from t2ilib.metrics import cost, digit_measures, layout, measures, memorisation, realism, retrieval
from t2ilib.metrics.checkerboard import checkerboard
from t2ilib.metrics.locator import locate
from t2ilib.metrics.measures import share_all_found, share_found
from t2ilib.metrics.probe import UNSEEN, Reader, Readings, head_accuracy, read, visible_truth
from t2ilib.metrics.two_sample import jury
from t2ilib.papers.cgan import Cgan
from t2ilib.text.joint import retrieval_trials, retrieval_wins

SIZE = 64
PICTURES = {"smoke": 500, "laptop": 20_000, "gpu": 40_000}      # rendered for training, by profile
CAPTIONS = {"smoke": 40, "laptop": 2_000, "gpu": 2_000}         # scored by a measure, by profile
DIGITS = {"smoke": 400, "laptop": 2_000, "gpu": 2_000}          # drawn to be measured, by profile
COPIES = 500                                                    # pictures whose nearest neighbours are looked for
CAPTION_JUDGE = "char_cnn_gru"      # it reads letters, where the generators are conditioned by an encoder of words
GROUPS = 8                                                      # pictures of one caption, for diversity


def unseen(profile: str, level: int, times: int = 1) -> Rendered:
    """Held-out pictures of unseen species, on which everything is measured; `times` as many for distances of sets."""
    return rendered.load(World(2, level), "test", times * max(400, CAPTIONS[profile]), SIZE)


def fresh(profile: str, level: int) -> Rendered:
    """Held-out pictures of the training species, with which those of a generator that is told nothing are compared."""
    return rendered.load(World(2, level), "train", 2 * max(400, CAPTIONS[profile]), SIZE)


def joint(path: Path, profile: str, level: int) -> dict[str, dict]:
    """Choose the own picture among 100 of other unseen species, by the caption alone."""
    embedding = sample.load_joint(str(path))
    data = unseen(profile, level)
    trials = retrieval_trials(data)
    wins, oracle = retrieval_wins(embedding, data, trials), measures.oracle_retrieval(data, trials)
    score = measures.Score(float(wins.mean()), len(wins), *measures.bootstrap(wins, groups=data.labels),
                           ceiling=float(oracle.mean()), floor=1 / trials.candidates.shape[1])
    return {"retrieval": score.card()}


def probe(load: Callable[[str], Reader]) -> Callable[[Path, str, int], dict[str, dict]]:
    """The accuracy of each head on held-out renders of unseen species at every level, and the mean of the colours."""
    def measure(path: Path, profile: str, level: int) -> dict[str, dict]:
        network, scores, heads = load(str(path)), {}, {}
        for tried in birds.LEVELS:
            data = unseen(profile, tried)
            readings = read(network, runtime.to_tensor(data.images[:]))
            scores[tried] = colour_score(readings, data).card()
            heads[f"heads, level {tried}"] = {name: round(value, 4) for name, value in
                                              head_accuracy(readings, data).items()}
        return {"colours": scores[max(birds.LEVELS)]} | heads
    return measure


def locator(path: Path, profile: str, level: int) -> dict[str, dict]:
    """M2 and M3 on held-out renders of unseen species at every level."""
    network, cards = sample.load_locator(str(path)), {}
    for tried in birds.LEVELS:
        data = unseen(profile, tried)
        found = locate(network, runtime.to_tensor(data.images[:]))
        for name, score in (("keypoints", layout.keypoint_error), ("close keypoints", layout.close_keypoints),
                            ("box", layout.box_overlap), ("centre", layout.centre_error)):
            cards[f"{name}, level {tried}"] = score(found, data).card()
    return {"box": cards[f"box, level {max(birds.LEVELS)}"]} | cards


def colour_score(readings: Readings, data: Rendered) -> measures.Score:
    """The share of visible parts whose colour is read right, with its interval over species."""
    truth = visible_truth(data)[:, :len(PARTS)]
    right = np.stack([readings.values(part) == truth[:, i] for i, part in enumerate(PARTS)], axis=1)
    asked = (truth != UNSEEN).sum(1).astype(float)
    hits = (right & (truth != UNSEEN)).sum(1).astype(float)
    return measures.Score(float(hits.sum() / asked.sum()), len(data), *measures.bootstrap(hits, asked, data.labels),
                          ceiling=1.0, floor=1 / len(COLOURS))


def digit_gan(path: Path, profile: str, level: int) -> dict[str, dict]:
    """Are they digits, all ten, and no copies; and how often fresh discriminators tell them from held-out ones."""
    game, held_out = sample.load_gan(str(path)), digits.load("test").pixels
    noise = torch.randn(DIGITS[profile], game.config.noise_dim, generator=runtime.generator(0, 0, 0, 2))
    drawn = game.generator(noise)               # the last number of the key: no training sees this noise
    scores = digit_measures.measure(drawn)
    scores["fresh discriminator"] = jury(held_out.numpy(), drawn[:len(held_out)].numpy())
    return ({name: score.card() for name, score in scores.items()}
            | {"memorisation": digit_measures.verdict(scores), "cost": cost.measure(game.generator, noise[:8]).card()})


def dcgan(path: Path, profile: str, level: int) -> dict[str, dict]:
    """M6 to M10 and M12 of birds that nobody asked for, against fresh pictures of the training species.

    The species must be those that the generator saw: of others it would be right to draw none.
    """
    game, probe, data = sample.load_dcgan(str(path)), sample.load_probe(), fresh(profile, level)
    config, real = game.config, runtime.to_tensor(data.images[:])
    noise = sample.draw_noise(CAPTIONS[profile], config.noise_dim, 0, config.noise)
    images = sample.draw_all(game.generator, noise)
    scores = realism.measure(probe, images, real) | loose_variety(probe, images, real[:len(images)])
    scores["checkerboard"] = checkerboard(images, real)
    scores["parts shown"] = parts_shown(images, real[:len(images)])
    copies = originality(probe, images, real, level, profile)
    scores |= {f"memorisation, {space}": score for space, score in copies.items()}
    return ({name: score.card() for name, score in scores.items()}
            | {"memorisation": memorisation.verdict(copies), "cost": cost.measure(game.generator, noise[:8]).card()})


def loose_variety(probe: Reader, images: Tensor, real: Tensor) -> dict[str, measures.Score]:
    """M6 where nothing is asked: groups of any pictures, beside groups of any real ones; (N, 3, 64, 64) both."""
    groups, real_groups = (pictures.unflatten(0, (-1, GROUPS)) for pictures in (images, real))
    return spread_and_entropies(probe, groups, real_groups)


def parts_shown(images: Tensor, real: Tensor) -> measures.Score:
    """Are they whole birds?"""
    locator = sample.load_locator()
    return layout.parts_shown(locate(locator, images), locate(locator, real))


def told_gan(path: Path, profile: str, level: int) -> dict[str, dict]:
    """Does each named part get its colour, on combinations that no training species wears, and on some that do?

    M1 with colours in place of captions, and M6 to M10 and M12 as for the generators that read.
    """
    game, probe, data = sample.load_told(str(path)), sample.load_probe(), unseen(profile, level, 2)
    count = CAPTIONS[profile]
    rows, asked = requests(data, count)
    images, real, kinds = paint(game, asked, 0), runtime.to_tensor(data.images[rows]), data.labels[rows]
    named = conditions.requests_of(asked)
    counts = measures.answers(probe, images, named, real)
    scores = {"requested colours": share_found(counts, kinds), "all requested right": share_all_found(counts, kinds),
              "requested colours, second probe": share_found(
                  measures.answers(sample.load_second_probe(), images, named, real), kinds),
              "requested colours, known species": on_known_species(game, probe, profile, level),
              "parts shown": parts_shown(images, real), "checkerboard": checkerboard(images, real)}
    scores |= bound_variety(game, probe, asked[:max(4, count // 10)], level)
    scores |= realism.measure(probe, images, runtime.to_tensor(data.images[:]))
    copies = originality(probe, images, real, level, profile)
    scores |= {f"memorisation, {space}": score for space, score in copies.items()}
    return ({name: score.card() for name, score in scores.items()}
            | {"requested colours by part": measures.by_part(read(probe, images), named),
               "memorisation": memorisation.verdict(copies),
               "cost": cost.measure(game.generator, *inputs(game, asked[:8], 0)).card()})


def requests(data: Rendered, count: int) -> tuple[np.ndarray, Tensor]:
    """`count` pictures of `data`, and the colours of one to ten visible parts of each: rows (N,), colours (N, 10)."""
    stream = runtime.generator(0, 0, 0, 3)                  # the last number of the key: no training sees these
    rows = torch.randperm(len(data), generator=stream)[:count].numpy()
    return rows, conditions.some(torch.from_numpy(conditions.visible_colours(data)[rows]), 1, stream)


def inputs(game: Cgan, asked: Tensor, seed: int) -> tuple[Tensor, Tensor]:
    """What the generator gets for requests (N, 10): noise (N, Z) and conditions (N, C)."""
    config = game.config
    return (sample.draw_noise(len(asked), config.noise_dim, seed, config.noise), conditions.colour_vectors(asked))


def paint(game: Cgan, asked: Tensor, seed: int) -> Tensor:
    """One picture for each request (N, 10) -> (N, 3, 64, 64)."""
    return sample.draw_all(game.generator, *inputs(game, asked, seed))


def on_known_species(game: Cgan, probe: Reader, profile: str, level: int) -> measures.Score:
    """The share of requested colours on combinations that training species wear."""
    data = fresh(profile, level)
    rows, asked = requests(data, CAPTIONS[profile])
    return share_found(measures.answers(probe, paint(game, asked, 0), conditions.requests_of(asked),
                                        runtime.to_tensor(data.images[rows])), data.labels[rows])


def bound_variety(game: Cgan, probe: Reader, asked: Tensor, level: int) -> dict[str, measures.Score]:
    """M6: do pictures of one request (C, 10) differ as much as real ones that fulfil it?"""
    groups = paint(game, asked.repeat_interleave(GROUPS, 0), 1).unflatten(0, (-1, GROUPS))
    wanted = [Reading(colours=request) for request in conditions.requests_of(asked)]
    return spread_and_entropies(probe, groups, measures.pictures_showing(World(2, level), wanted, GROUPS))


def gan(path: Path, profile: str, level: int) -> dict[str, dict]:
    """M1, M6 to M10 and M12 on captions of unseen species; M1 also by the second probe, and by an encoder's ranking."""
    painter, data = sample.Painter.shipped(str(path)), unseen(profile, level, 2)
    rows, captions = measures.held_out_captions(data, CAPTIONS[profile])
    images = painter.paint(captions, painter.noise(len(captions), 0))
    real, kinds = runtime.to_tensor(data.images[rows]), data.labels[rows]
    faithful = measures.faithfulness(painter.probe, images, captions, real, kinds)
    scores = {"faithfulness": faithful,
              "all parts right": measures.all_parts_right(painter.probe, images, captions, real, kinds),
              "faithfulness, second probe": measures.faithfulness(sample.load_second_probe(), images, captions, real,
                                                                  kinds),
              "R-precision": retrieval.r_precision(sample.load_joint(CAPTION_JUDGE), images, captions, real, kinds)}
    scores |= variety(painter, captions[:max(4, len(captions) // 10)], level)
    scores |= realism.measure(painter.probe, images, runtime.to_tensor(data.images[:]))
    copies = originality(painter.probe, images, real, level, profile)
    parts = measures.by_part(read(painter.probe, images), measures.named_colours(captions))
    scores |= {f"memorisation, {space}": score for space, score in copies.items()}
    return ({name: score.card() for name, score in scores.items()}
            | {"faithfulness by part": parts, "memorisation": memorisation.verdict(copies),
               "cost": generator_cost(painter)})


def variety(painter: sample.Painter, captions: list[str], level: int) -> dict[str, measures.Score]:
    """M6: do pictures of one caption differ as much as real ones, and in what?"""
    images = painter.paint([c for c in captions for _ in range(GROUPS)], painter.noise(len(captions) * GROUPS, 1))
    groups = images.view(len(captions), GROUPS, *images.shape[1:])
    return spread_and_entropies(painter.probe, groups, measures.true_pictures(World(2, level), captions, GROUPS))


def spread_and_entropies(probe: Reader, groups: Tensor, real_groups: Tensor) -> dict[str, measures.Score]:
    """All of M6, of groups (C, K, 3, 64, 64) of pictures that are answers to one question, and of real ones."""
    entropies = measures.reading_entropy(probe, groups, real_groups)
    return ({"diversity": measures.diversity(probe, groups, real_groups)}
            | {f"entropy of {factor}": score for factor, score in entropies.items()})


def originality(probe: Reader, images: Tensor, real: Tensor, level: int, profile: str) -> dict[str, measures.Score]:
    """M7, on some of the pictures, against all that the generator saw."""
    known = memorisation.album(probe, rendered.load(World(0, level), "train", PICTURES[profile], SIZE).images)
    some = min(len(images), COPIES)
    return memorisation.measure(probe, images[:some], real[:some], known)


def generator_cost(painter: sample.Painter) -> dict:
    """M12 of the generator, for eight pictures at a time."""
    text = painter.encoder.encode(list(sample.SHOWN_CAPTIONS))
    return cost.measure(painter.generator, painter.noise(len(text), 0), text).card()
