"""In how many directions does a sentence move the features? Effective ranks of the generators of `df_gan_ablation`.

The paper's reason for its DFBlock: more affines, and activations between them, make the space larger in which a
sentence can place the features. Nothing is trained here that the ablation has not trained.

Source: Tao et al. 2022, Section 3.3; Roy and Vetterli 2007, "The Effective Rank", Equation 2.
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor

from t2ilib import runtime, sample
from t2ilib.papers.df_gan import Generator
from t2ilib.studies import Findings, df_gan_ablation, over_seeds, text_gans

CAPTIONS = {"smoke": 10, "laptop": 400, "gpu": 1000}        # of unseen species
NOISES = 4                                                  # each is kept while the captions change
ORDER = ("concatenation", "one affine", "two affines", "DFBlock")
"""What the claim calls larger and larger: rows of `df_gan_ablation.FUSED`."""


def study_rank(profile: str, seeds: Sequence[int]) -> Findings:
    """"effective rank: DFBlock" and so on, and what each way of fusion adds to the one before it."""
    text = sample.load_encoder().encode(text_gans.unseen(profile).captions[:CAPTIONS[profile]])
    ranks = {words: [rank_of(title, profile, seed, text) for seed in seeds]
             for words, title in df_gan_ablation.FUSED.items()}
    steps = {f"{after} over {before}": np.subtract(ranks[after], ranks[before]) for before, after in pairwise(ORDER)}
    found = {f"effective rank: {words}": values for words, values in ranks.items()} | steps
    return Findings({name: over_seeds(values) for name, values in found.items()}, df_gan_ablation.STEPS[profile])


def rank_of(title: str, profile: str, seed: int, text: Tensor) -> float:
    """The effective rank of one generator of the ablation, the mean over some noises."""
    state = df_gan_ablation.train(df_gan_ablation.SETUPS[title], profile, seed)
    noises = torch.randn(NOISES, state.task.config.noise_dim, generator=runtime.generator(0))
    with runtime.evaluating(state.average.module) as generator:
        return float(np.mean([effective_rank(last_features(generator, noise, text)) for noise in noises]))


def last_features(generator: Generator, noise: Tensor, text: Tensor) -> Tensor:
    """What the last block makes of one noise (Z,) and many sentences (N, E) -> (N, C S S)."""
    seen = []
    hook = generator.to_rgb.register_forward_pre_hook(lambda _, given: seen.append(given[0].float().flatten(1)))
    try:
        for some in text.split(100):
            generator(noise.expand(len(some), -1), some)
    finally:
        hook.remove()
    return torch.cat(seen)


def effective_rank(rows: Tensor) -> float:
    """exp of the entropy of the singular values of the rows (N, D) around their mean: 1 to N - 1.

    Twice as long rows have the same rank. Raises: ValueError if all rows are the same.
    """
    centred = (rows - rows.mean(0)).double()
    lengths = torch.linalg.eigvalsh(centred @ centred.T).clamp(min=0).sqrt()
    if lengths.sum() < 1e-6 * rows.double().norm().clamp(min=1e-6):
        raise ValueError(f"the rows should differ, got {len(rows)} equal ones; does the generator hear its text?")
    shares = lengths / lengths.sum()
    return float(torch.special.entr(shares).sum().exp())
