"""A small transformer as text encoder: every word looks at every other word at once.

The DF-GAN paper leaves open whether another text encoder would draw better birds; this one is here to be compared.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from t2ilib.text.interface import Encoded, WordEncoder
from t2ilib.text.tokenizer import LONGEST, PAD


@dataclass(frozen=True)
class TransformerConfig:
    words: tuple[str, ...]      # the vocabulary without the special tokens
    word_dim: int = 128         # width of the layers
    text_dim: int = 256         # size of the word and sentence vectors
    layers: int = 2
    heads: int = 4
    dropout: float = 0.1        # on the word vectors, and in the layers
    forget: float = 0.10        # share of words replaced by <unknown> in training


class Transformer(WordEncoder):
    """Words with their places, layers of attention; the sentence is the mean of its words.

    Shapes: tokens (B, T) int64 -> text (B, E), words (B, E, T), mask (B, T); T at most 32
    Paper:  Vaswani et al. 2017, Section 3.1, the encoder alone.
    Differs: normalised before each layer, and places are learned: both make small models easier to train.
    """

    def __init__(self, config: TransformerConfig):
        super().__init__(config)
        width = config.word_dim
        self.places = nn.Parameter(torch.randn(LONGEST, width) * 0.02)
        layer = nn.TransformerEncoderLayer(width, config.heads, dim_feedforward=2 * width, dropout=config.dropout,
                                           activation="gelu", batch_first=True, norm_first=True)
        self.layers = nn.TransformerEncoder(layer, config.layers, norm=nn.LayerNorm(width), enable_nested_tensor=False)
        self.project = nn.Linear(width, config.text_dim)

    def forward(self, tokens: Tensor) -> Encoded:
        mask = tokens != PAD
        longest = int(mask.sum(1).max())                            # nobody need look at columns of padding
        near = mask[:, :longest]
        vectors = self.look_up(tokens)[:, :longest] + self.places[:longest]
        seen = self.layers(vectors, src_key_padding_mask=~near)
        words = self.project(seen) * near[:, :, None]               # (B, longest, E)
        text = words.sum(1) / near.sum(1, keepdim=True)
        padding = words.new_zeros(len(tokens), tokens.shape[1] - longest, words.shape[2])
        return Encoded(text, torch.cat([words, padding], dim=1).transpose(1, 2), mask)
