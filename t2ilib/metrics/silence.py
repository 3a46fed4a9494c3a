"""Silence the sentence in some blocks of DF-GAN's generator: what did they know of it that no other block told?

A silenced block hears the mean sentence instead: the mean vector of a thousand training captions. What all captions
share stays, what one of them says is gone. Zeros lie near it, as the vectors of captions almost cancel out, but only
the mean has a meaning. The noise stays: it is the other half of what a block is told, and decides pose and place.

The instrument is of this course; the paper shows by ablation (Tao et al. 2022, Table 3) that more fusion helps.
"""

from collections.abc import Collection
from functools import lru_cache

import torch
from torch import Tensor, nn

from t2ilib import runtime
from t2ilib.data.birds import World
from t2ilib.data.captions import describe
from t2ilib.papers.df_gan import Generator
from t2ilib.sample import Painter
from t2ilib.text.interface import TextEncoder

CAPTIONS = 1000             # of which the mean sentence is the mean, one of each of the first training pictures


def silenced(generator: Generator, noise: Tensor, text: Tensor, instead: Tensor, blocks: Collection[int]) -> Tensor:
    """Draw sentences, but tell some blocks another one; all of them hear the same noise.

    Shapes: noise (B, Z), text and instead (B, E); blocks counted from 0 at 4 x 4 -> (B, 3, S, S) in [-1, 1]
    Raises: ValueError if the generator is not DF-GAN's, or has no such block.
    """
    check_blocks(generator, blocks)
    other = torch.cat([noise, instead], dim=1)                      # what a silenced block is told: (B, Z + E)
    hooks = [generator.blocks[block].register_forward_pre_hook(lambda _, given: (given[0], other)) for block in blocks]
    try:
        return generator(noise, text)
    finally:
        for hook in hooks:
            hook.remove()


def check_blocks(generator: nn.Module, blocks: Collection[int]) -> None:
    """Raises: ValueError if the generator is not DF-GAN's, or has no such block."""
    if not isinstance(generator, Generator):
        raise ValueError(f"the generator should have blocks that hear the sentence, got {type(generator).__module__}."
                         f"{type(generator).__name__}; take one of DF-GAN")
    unknown = sorted(set(blocks) - set(range(len(generator.blocks))))
    if unknown:
        raise ValueError(f"the blocks should be of 0 to {len(generator.blocks) - 1}, got {unknown}; block 0 works at "
                         "4 x 4, the next one at 8 x 8")


def block_names(generator: Generator) -> list[str]:
    """The side before and after each block: ['4 → 8', '8 → 16', ...]."""
    return [f"{4 * 2**block} → {8 * 2**block}" for block in range(len(generator.blocks))]


@lru_cache(4)
def mean_sentence(encoder: TextEncoder) -> Tensor:
    """(1, E): the mean vector of captions of the training world, the same every time."""
    world = World(0, 2)
    captions = [describe(world.scene(index, split="train"))[0] for index in range(CAPTIONS)]
    return encoder.encode(captions).mean(0, keepdim=True)


def paint_silenced(painter: Painter, captions: list[str], noise: Tensor, blocks: Collection[int]) -> Tensor:
    """One picture a caption with the mean sentence in some blocks, in evaluation mode.

    Shapes: N captions, noise (N, Z) -> (N, 3, S, S) in [-1, 1] on the CPU
    Raises: as `silenced`.
    """
    text, mean = painter.encoder.encode(captions), mean_sentence(painter.encoder)
    place = next(painter.generator.parameters()).device
    with runtime.evaluating(painter.generator) as generator:
        return torch.cat([silenced(generator, z.to(place), t.to(place), mean.expand_as(t).to(place), blocks).cpu()
                          for z, t in zip(noise.split(250), text.split(250))])
