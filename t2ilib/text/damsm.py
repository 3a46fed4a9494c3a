"""DAMSM: a joint embedding in which every word also looks for its place in the picture.

Xu, Zhang, Huang, Zhang, Gan, Huang and He, "AttnGAN", CVPR 2018, Section 3.2. DF-GAN's text encoder was trained so.
"""

from typing import NamedTuple

from torch import Tensor, nn

from t2ilib.losses import damsm_loss, word_scores
from t2ilib.text.interface import TextEncoder
from t2ilib.text.joint import ImageEncoder, JointEmbedding, PairBatch


class Seen(NamedTuple):
    """What a picture gives to be compared with."""

    image: Tensor       # (B, E) the whole
    regions: Tensor     # (B, E, R) its places


class RegionEncoder(ImageEncoder):
    """The picture encoder, which also gives a vector for each of 4 x 4 regions.

    Shapes: image (B, 3, S, S) -> Seen: image (B, E), regions (B, E, 16)
    Differs: the paper's is an Inception network trained on photographs, with 17 x 17 regions.
    """

    def __init__(self, text_dim: int, channels: int = 32):
        super().__init__(text_dim, channels)
        self.place = nn.Conv2d(6 * channels, text_dim, kernel_size=1, bias=False)

    def see(self, image: Tensor) -> Seen:
        features = self.blocks(image)
        return Seen(self.project(features.flatten(1)), self.place(features).flatten(2))


class DamsmEmbedding(JointEmbedding):
    """Text encoder with word vectors, and picture encoder with regions, trained to agree on both.

    One caption a picture.
    Paper: Xu et al. 2018 (AttnGAN), Section 3.2.
    """

    def __init__(self, text_encoder: TextEncoder):
        super().__init__(text_encoder)
        self.image_encoder = RegionEncoder(text_encoder.config.text_dim)

    def loss(self, batch: PairBatch) -> dict[str, Tensor]:
        read, seen = self.text_encoder(batch.tokens), self.image_encoder.see(batch.image)
        by_words = word_scores(read.words, read.mask, seen.regions)
        return {"DAMSM": damsm_loss(read.text, seen.image, by_words, batch.labels, self.sharpness)}
