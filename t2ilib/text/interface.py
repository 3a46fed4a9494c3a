"""What every text encoder of the course does: sentences in, vectors out."""

from typing import NamedTuple

import torch
from torch import Tensor, nn

from t2ilib.text.tokenizer import PAD, UNKNOWN, Tokenizer


class Encoded(NamedTuple):
    """What an encoder makes of B sentences, each cut into at most T words or characters."""

    text: Tensor                # (B, E) the sentence
    words: Tensor | None        # (B, E, T) a vector per word, 0 behind the end; None if it reads characters
    mask: Tensor                # (B, T) bool, True where there is a word or a character


class TextEncoder(nn.Module):
    """Sentences to vectors.

    A subclass sets `config`, which has `text_dim` (E), and `tokenizer`, whose `encode` turns captions into numbers
    (B, T) with 0 for nothing; it writes `forward(tokens) -> Encoded`.
    """

    at_once = 1024              # captions that `encode` takes together: bounds its memory

    @torch.no_grad()
    def encode(self, captions: list[str]) -> Tensor:
        """Captions -> (B, E) sentence vectors in evaluation mode, on the CPU.

        Raises: ValueError if `captions` is a single string.
        """
        if isinstance(captions, str):
            raise ValueError(f"captions should be a list of sentences, got one string; write [{captions!r}]")
        assert not self.training, "call .eval() on the encoder first: dropout would blur the sentence"
        place = next(self.parameters()).device
        batches = self.tokenizer.encode(captions).split(self.at_once)
        return torch.cat([self(tokens.to(place)).text.cpu() for tokens in batches])

    def encode_pictures(self, captions: list[list[str]], count: int) -> Tensor:
        """One vector per picture, the mean over its first `count` captions -> (N, E).

        Paper: Reed et al. 2016 (ICML), Section 5: the mean of four captions while training, any number later.
        """
        said = [picture[:count] for picture in captions]
        vectors = self.encode([caption for picture in said for caption in picture])
        return torch.stack([own.mean(0) for own in vectors.split([len(picture) for picture in said])])


class WordEncoder(TextEncoder):
    """An encoder that begins with one learned vector per word.

    Its config also has `words`, `word_dim`, `dropout` (on the word vectors) and `forget`: the share of words that
    become <unknown> in training, so that an odd word does no harm later.
    """

    tokenizer_class = Tokenizer

    def __init__(self, config):
        super().__init__()
        self.config = config
        self.tokenizer = self.tokenizer_class(config.words)
        self.embedding = nn.Embedding(len(self.tokenizer), config.word_dim, padding_idx=PAD)
        self.dropout = nn.Dropout(config.dropout)

    def look_up(self, tokens: Tensor) -> Tensor:
        """(B, T) -> (B, T, word_dim)."""
        return self.dropout(self.embedding(self.forget(tokens)))

    def forget(self, tokens: Tensor) -> Tensor:
        """In training, turn a few words into <unknown>."""
        if not (self.training and self.config.forget):
            return tokens
        lost = (torch.rand(tokens.shape, device=tokens.device) < self.config.forget) & (tokens != PAD)
        return tokens.masked_fill(lost, UNKNOWN)
