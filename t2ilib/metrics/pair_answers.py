"""What a text-conditional discriminator has learned: can it tell a picture with its text from one with another?

AUC is the chance that a random right pair gets a higher answer than a random wrong one: 1/2 for a discriminator that
ignores the text, 1 for one that is never mistaken. It needs no threshold, so how sure D is of itself does not matter.
Source: Reed et al. 2016 (ICML), Section 4.2: what GAN-CLS adds is that D is shown wrong pairs.
"""

from typing import NamedTuple

import numpy as np
import torch
from sklearn.metrics import roc_auc_score

from t2ilib import runtime
from t2ilib.data.rendered import Rendered
from t2ilib.data.text_batches import draw_other_class
from t2ilib.metrics.word_swaps import Swap, colour_swaps
from t2ilib.papers.gan_cls import GanCls
from t2ilib.text.interface import TextEncoder


class Pairs(NamedTuple):
    """N real pictures, each with a text that is right, one of another species, and one with a colour exchanged."""

    rows: np.ndarray        # (N,) the pictures' numbers
    right: list[str]        # one caption of each picture
    wrong: list[str]        # a caption of a picture of another species
    swapped: list[str]      # the right caption with one colour word exchanged


class Answers(NamedTuple):
    """D's logits for the four kinds of pair, each (N,)."""

    right: np.ndarray       # real picture, right text
    wrong: np.ndarray       # real picture, text of another species
    swapped: np.ndarray     # real picture, right text but for one colour
    fake: np.ndarray        # G's picture for the right text, with that text


def held_out_pairs(data: Rendered, count: int, seed: int = 0) -> Pairs:
    """`count` pairs of each kind from pictures that nobody trained on.

    Raises: ValueError if there are too few captions in which a colour can be exchanged.
    """
    swaps: list[Swap] = colour_swaps(data, count, seed)
    rows, stream = np.array([swap.row for swap in swaps]), runtime.generator(seed)
    others = draw_other_class(data.labels, rows, stream)
    wrong = [data.captions[row][int(torch.randint(len(data.captions[row]), (), generator=stream))] for row in others]
    return Pairs(rows, [swap.before for swap in swaps], wrong, [swap.after for swap in swaps])


def answers(game: GanCls, encoder: TextEncoder, data: Rendered, pairs: Pairs) -> Answers:
    """Ask D; the game in evaluation mode, the noise always the same."""
    image = runtime.to_tensor(data.images[pairs.rows])
    right, wrong, swapped = (encoder.encode(said) for said in (pairs.right, pairs.wrong, pairs.swapped))
    noise = torch.randn(len(image), game.config.noise_dim, generator=runtime.generator(0))
    with runtime.evaluating(game):
        real = game.discriminator(image, right, wrong, swapped)
        fake, = game.discriminator(game.generator(noise, right), right)
    return Answers(*(logits.float().cpu().numpy() for logits in (*real, fake)))


def auc(yes: np.ndarray, no: np.ndarray) -> float:
    """The chance that a random one of `yes` is above a random one of `no`; ties count half."""
    return float(roc_auc_score(np.repeat((1, 0), (len(yes), len(no))), np.concatenate([yes, no])))
