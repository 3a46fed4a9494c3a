"""The text encoders of GAN-CLS and GAWWN: convolutions over characters, then a recurrent reader.

Reed, Akata, Lee and Schiele, "Learning Deep Representations of Fine-Grained Visual Descriptions", CVPR 2016.

The idea: no word list, so no unknown words. Three convolutions turn about 200 characters into a few frames, each of
which has seen some forty of them; a recurrent reader goes over the frames, and its states are averaged.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from t2ilib.text.characters import ALPHABET, LONGEST, NOTHING, Characters
from t2ilib.text.interface import Encoded, TextEncoder


@dataclass(frozen=True)
class CharCnnConfig:
    """Sizes; the defaults are those of the encoder that conditioned the published GAN-CLS for birds."""

    text_dim: int = 1024                            # E
    widths: tuple[int, int, int] = (384, 512, 512)  # channels of the convolutions; the reader has the last
    longest: int = LONGEST                          # characters read of a caption


class CharCnn(TextEncoder):
    """The convolutions and the last layer, which both encoders share; a subclass writes `read`.

    Shapes: tokens (B, L) int64 -> text (B, E), words None, mask (B, L)
    Paper:  Reed et al. 2016 (CVPR), Section 4. Characters behind the end, and unknown ones, are frames of zeros.
    """

    at_once = 256

    def __init__(self, config: CharCnnConfig):
        super().__init__()
        self.config, self.tokenizer = config, Characters(config.longest)
        first, second, third = config.widths
        self.conv1 = nn.Conv1d(len(ALPHABET), first, kernel_size=4)
        self.conv2 = nn.Conv1d(first, second, kernel_size=4)
        self.conv3 = nn.Conv1d(second, third, kernel_size=4)
        self.proj = nn.Linear(third, config.text_dim)
        one_hot = torch.cat([torch.zeros(1, len(ALPHABET)), torch.eye(len(ALPHABET))])
        self.register_buffer("one_hot", one_hot, persistent=False)

    def forward(self, tokens: Tensor) -> Encoded:
        return Encoded(self.proj(self.read(self.frames(tokens))), None, tokens != NOTHING)

    def frames(self, tokens: Tensor) -> Tensor:
        """(B, L) -> (B, steps, C): 18 steps for 201 characters."""
        letters = F.embedding(tokens, self.one_hot).transpose(1, 2)             # (B, 70, 201)
        pairs = F.max_pool1d(threshold(self.conv1(letters)), kernel_size=3)     # (B, C1, 66)
        words = F.max_pool1d(threshold(self.conv2(pairs)), kernel_size=3)       # (B, C2, 21)
        return threshold(self.conv3(words)).transpose(1, 2)                     # (B, 18, C)

    def read(self, frames: Tensor) -> Tensor:
        """(B, steps, C) -> (B, C), the mean of the reader's states."""
        raise NotImplementedError


def threshold(features: Tensor) -> Tensor:
    """Torch7's `Threshold()`: what is not above 0.000001 becomes 0. A ReLU in all but name."""
    return F.threshold(features, threshold=1e-6, value=0.0)


class CharCnnRnn(CharCnn):
    """Convolutions, then the plainest recurrent reader. Conditions the published GAN-CLS for flowers.

    Differs: the authors' recurrence, not torch's: the first state has no bias of `h2h`, since there is nothing before.
    """

    def __init__(self, config: CharCnnConfig):
        super().__init__(config)
        width = config.widths[-1]
        self.i2h, self.h2h = nn.Linear(width, width), nn.Linear(width, width)
        init_uniform(self)

    def frames(self, tokens: Tensor) -> Tensor:
        """(B, L) -> (B, steps, C): one more pooling, 8 steps for 201 characters."""
        return F.max_pool1d(super().frames(tokens).transpose(1, 2), kernel_size=3, stride=2).transpose(1, 2)

    def read(self, frames: Tensor) -> Tensor:
        first, *rest = self.i2h(frames).unbind(1)
        states = [F.relu(first)]
        for seen in rest:
            states.append(F.relu(seen + self.h2h(states[-1])))
        return torch.stack(states).mean(0)


class CharCnnGru(CharCnn):
    """Convolutions, then a gated reader. Conditions the published GAN-CLS for birds and GAWWN.

    With update gate z, reset gate r and candidate c:  h_1 = tanh(i2h x_1);  then  h_t = z c + (1 - z) h_{t-1}
    Differs: from torch's GRU in three ways: the first step has no gates, z weighs the candidate and not the old state,
             and r acts on the old state before its linear layer, not after.
    """

    def __init__(self, config: CharCnnConfig):
        super().__init__(config)
        width = config.widths[-1]
        for name in ("i2h", "h2h", "i2h_update", "h2h_update", "i2h_reset", "h2h_reset"):
            setattr(self, name, nn.Linear(width, width))
        init_uniform(self)

    def read(self, frames: Tensor) -> Tensor:
        (first, *candidates), (_, *updates), (_, *resets) = (
            layer(frames).unbind(1) for layer in (self.i2h, self.i2h_update, self.i2h_reset))
        states = [torch.tanh(first)]
        for seen, update, reset in zip(candidates, updates, resets):
            before = states[-1]
            z = torch.sigmoid(update + self.h2h_update(before))
            r = torch.sigmoid(reset + self.h2h_reset(before))
            states.append(z * torch.tanh(seen + self.h2h(r * before)) + (1 - z) * before)
        return torch.stack(states).mean(0)


def init_uniform(encoder: CharCnn) -> None:
    """All parameters from U(-0.08, 0.08), as in the authors' code, for their 512 channels.

    Fewer channels get larger numbers, so that their sums are as large; else all sentences would begin nearly alike.
    """
    bound = 0.08 * (512 / max(encoder.config.widths)) ** 0.5
    for parameter in encoder.parameters():
        nn.init.uniform_(parameter, -bound, bound)
