"""Painters for tests of the widgets that draw noise: an untrained one, and one whose pictures say what its noise is."""


import numpy as np
import torch

from t2ilib import sample
from t2ilib.data.birds import COLOURS, PARTS
from t2ilib.data.conditions import requests_of
from t2ilib.data.rendered import FACTORS
from t2ilib.metrics.probe import Readings
from t2ilib.papers import cgan, dcgan
from t2ilib.sample import NoisePainter, draw_noise

SMALL = {"g_channels": 4, "d_channels": 4, "noise_dim": 12}
BODIES = ("red", "blue", "white")           # the clear painter's birds have one of these
MISSED = "pink"                             # what it draws where it does not obey


def untrained(size=64, **given):
    """A DCGAN, both players, with weights from chance."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return dcgan.build(dcgan.Config(size=size, **SMALL | given)).eval()


def untrained_painter(**given):
    game = untrained(**given)
    return NoisePainter(game.generator, game.config, sample.load_probe())


def untrained_cgan(conditions=("colours",), dim=110):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return cgan.build(cgan.Config(size=32, conditions=conditions, condition_dim=dim, **SMALL)).eval()


def certain(values, names):
    """(N,) names -> (N, V) with a single 1 each."""
    return np.eye(len(names))[[list(names).index(value) for value in values]]


class Clear:
    """Noise (N, 12): the largest of the first three numbers is the colour, the sign of the fourth the direction."""

    config = dcgan.Config(**SMALL)
    usual_length = 12 ** 0.5

    def noise(self, n, seed):
        return draw_noise(n, 12, seed)

    def look(self, noise, *condition):
        bodies = [BODIES[i] for i in noise[:, :3].argmax(1).tolist()]
        colours = {part: list(bodies) for part in PARTS}
        if condition:
            obeyed = noise[:, 0] > 0                # half of the birds have another wing than was asked for
            for i, asked in enumerate(requests_of(condition[0].view(-1, 10, 11).argmax(2).where(
                    condition[0].view(-1, 10, 11).any(2), torch.tensor(-1)))):
                for part, colour in asked.items():
                    colours[part][i] = colour if part != "wing" or obeyed[i] else MISSED
        facing = ["left" if value < 0 else "right" for value in noise[:, 3].tolist()]
        told = {name: [options[0]] * len(noise) for name, options in FACTORS.items()} | colours | {"facing": facing}
        images = np.stack([np.full((64, 64, 3), COLOURS[body], np.uint8) for body in bodies])
        return images, Readings({name: certain(values, FACTORS[name]) for name, values in told.items()},
                                noise.numpy())


class Told(Clear):
    """The same, and it takes the colours of parts."""

    config = cgan.Config(**SMALL)


