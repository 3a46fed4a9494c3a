"""A joint embedding: pull a sentence and its picture together, push the others apart. The text encoder is kept."""

from collections import Counter
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from t2ilib import runtime
from t2ilib.data.birds import COLOURS
from t2ilib.data.captions import read_attributes
from t2ilib.data.dataset import Dataset
from t2ilib.losses import matching_loss
from t2ilib.text.interface import TextEncoder


class PairBatch(NamedTuple):
    image: Tensor       # (B, 3, S, S) in [-1, 1]
    tokens: Tensor      # (B, T), or (B, n, T) for n captions of each picture
    labels: Tensor      # (B,)


class ImageEncoder(nn.Module):
    """Four strided convolutions to one vector in the sentence's space.

    Shapes: image (B, 3, S, S) -> (B, E)
    """

    def __init__(self, text_dim: int, channels: int = 32):
        super().__init__()
        widths = [3, channels, 2 * channels, 4 * channels, 6 * channels]
        blocks = [nn.Sequential(nn.Conv2d(a, b, kernel_size=4, stride=2, padding=1), nn.BatchNorm2d(b), nn.ReLU())
                  for a, b in zip(widths, widths[1:])]
        self.blocks = nn.Sequential(*blocks, nn.AdaptiveAvgPool2d(4))
        self.project = nn.Linear(16 * widths[-1], text_dim)

    def forward(self, image: Tensor) -> Tensor:
        return self.project(self.blocks(image).flatten(1))


class JointEmbedding(nn.Module):
    """Text encoder and image encoder, trained to agree.

    Paper: Reed et al. 2016 (CVPR) for the idea; Xu et al. 2018 (AttnGAN, DAMSM), Equations 10 to 12 for the loss.
    """

    players = ("text_encoder", "image_encoder")

    def __init__(self, text_encoder: TextEncoder, sharpness: float = 10.0):
        super().__init__()
        self.text_encoder = text_encoder
        self.image_encoder = ImageEncoder(text_encoder.config.text_dim)
        self.sharpness = sharpness          # gamma_3 of AttnGAN: how strongly the best match must win

    def loss(self, batch: PairBatch) -> dict[str, Tensor]:
        scores = self.scores(self.read(batch.tokens), self.image_encoder(batch.image))
        return {"matching": matching_loss(self.sharpness * scores, batch.labels)}

    def read(self, tokens: Tensor) -> Tensor:
        """(B, T) or (B, n, T) -> (B, E); of several captions the mean."""
        vectors = self.text_encoder(tokens.flatten(0, -2)).text
        return vectors if tokens.ndim == 2 else vectors.unflatten(0, tokens.shape[:2]).mean(1)

    @staticmethod
    def scores(text: Tensor, image: Tensor) -> Tensor:
        """Cosines of all pairs: (B, E), (N, E) -> (B, N)."""
        return F.normalize(text.float(), dim=1) @ F.normalize(image.float(), dim=1).T


class PairBatches:
    """Batch of (picture, one or more of its captions) as a function of the step; mirrored at random.

    Half of every batch are birds of one body colour (as their captions tell): to choose among them the encoders must
    bind each colour to its part. With random batches only, "a blue bird" would be enough most of the time.
    Several captions of a picture are neighbours in its list, from a random one on; none twice while there are others.
    Several processes choose among their own, smaller share of the batch, so their loss is not that of one process.
    """

    def __init__(self, dataset: Dataset, encoder: TextEncoder, batch: int, seed: int = 0, captions: int = 1):
        self.dataset, self.batch, self.seed, self.captions = dataset, batch, seed, captions
        self.tokens = torch.cat([encoder.tokenizer.encode(said).int() for said in dataset.captions])
        self.first = np.cumsum([0] + [len(captions) for captions in dataset.captions])
        body = np.array([body_colour(captions) for captions in dataset.captions])
        self.alike = [rows for rows in (np.flatnonzero(body == colour) for colour in COLOURS) if len(rows)]

    def __call__(self, step: int, rank: int = 0) -> PairBatch:
        stream = runtime.generator(self.seed, step, rank)
        rows = self.draw(stream)
        pick = torch.rand(self.batch, generator=stream).numpy()
        flip = torch.rand(self.batch, generator=stream) < 0.5
        tokens = self.captions_of(rows, pick)
        image = runtime.to_tensor(self.dataset.images[rows])
        image = torch.where(flip[:, None, None, None], image.flip(3), image)
        return PairBatch(image, tokens, torch.from_numpy(self.dataset.labels[rows]))

    def captions_of(self, rows: np.ndarray, pick: np.ndarray) -> Tensor:
        """The tokens of `captions` captions of each picture, from the one at `pick` (0 to 1) on."""
        count = self.first[rows + 1] - self.first[rows]
        places = ((pick * count).astype(int)[:, None] + np.arange(self.captions)) % count[:, None]
        tokens = self.tokens[self.first[rows][:, None] + places].long()             # (B, n, T)
        return tokens[:, 0] if self.captions == 1 else tokens

    def draw(self, stream: torch.Generator) -> np.ndarray:
        """Picture numbers: half from anywhere, half from the birds of one body colour."""
        half = self.batch // 2 if self.alike else 0
        anywhere = torch.randint(len(self.dataset), (self.batch - half,), generator=stream).numpy()
        if not half:
            return anywhere
        group = self.alike[int(torch.randint(len(self.alike), (), generator=stream))]
        return np.concatenate([anywhere, group[torch.randint(len(group), (half,), generator=stream).numpy()]])


def body_colour(captions: list[str]) -> str:
    """The body colour that most of a picture's captions name, or ''."""
    named = Counter(read_attributes(caption).colours.get("body", "") for caption in captions)
    del named[""]
    return max(named, key=named.get, default="")


class Trials(NamedTuple):
    """Retrieval trials: for each of N pictures one of its captions, and the pictures it must choose among."""

    captions: list[str]         # N
    candidates: np.ndarray      # (N, 100) picture numbers; the own picture stands first


def retrieval_trials(data: Dataset, candidates: int = 100, seed: int = 0) -> Trials:
    """A caption of every picture, and `candidates` - 1 pictures of other species for it to be confused with."""
    rng, rows = np.random.default_rng(seed), []
    captions = [said[rng.integers(len(said))] for said in data.captions]
    for i, label in enumerate(data.labels):
        others = rng.choice(np.flatnonzero(data.labels != label), candidates - 1, replace=False)
        rows.append([i, *others])
    return Trials(captions, np.array(rows))


def retrieval_wins(joint: JointEmbedding, data: Dataset, trials: Trials) -> np.ndarray:
    """Does each caption score its own picture above all other candidates? -> (N,) 0 or 1."""
    with runtime.evaluating(joint):
        images = torch.cat([joint.image_encoder(runtime.to_tensor(data.images[i:i + 256]))
                            for i in range(0, len(data), 256)])
        scores = joint.scores(joint.text_encoder.encode(trials.captions), images).numpy()
    own, *others = np.take_along_axis(scores, trials.candidates, axis=1).T
    return (own > np.max(others, axis=0)).astype(float)
