"""Effective ranks: exact for known singular values, blind to length and place, and read at the right layer."""

import math

import pytest
import torch

from t2ilib.metrics import claims
from t2ilib.papers.df_gan import Config, Generator
from t2ilib.papers.variants.fusion import make_generator
from t2ilib.studies import df_gan_ablation, find, fusion_rank
from t2ilib.studies.fusion_rank import effective_rank, last_features

SMALL = Config(size=16, g_channels=2, d_channels=2, noise_dim=4, text_dim=6)


def spread(values, dim=40):
    """Rows around a mean of 0 whose singular values are these."""
    stream = torch.Generator().manual_seed(0)
    count = len(values) + 1
    left = torch.linalg.qr(torch.cat([torch.ones(count, 1), torch.randn(count, len(values), generator=stream)], 1))[0]
    right = torch.linalg.qr(torch.randn(dim, len(values), generator=stream))[0]
    return left[:, 1:] * torch.tensor(values) @ right.T


def test_dfg_22_the_effective_rank_of_known_singular_values():
    assert effective_rank(spread([1.0] * 5)) == pytest.approx(5, rel=1e-4)
    assert effective_rank(spread([3.0, 1.0])) == pytest.approx(4 / 3**0.75, rel=1e-4)       # exp of the entropy of 3:1
    assert effective_rank(spread([7.0])) == pytest.approx(1, abs=1e-3)


def test_length_and_place_of_all_rows_do_not_count():
    rows = spread([3.0, 2.0, 1.0])
    assert effective_rank(100 * rows + 5) == pytest.approx(effective_rank(rows), rel=1e-3)


def test_rows_that_are_all_the_same_have_none():
    with pytest.raises(ValueError, match="does the generator hear its text"):
        effective_rank(torch.ones(4, 8))


def test_what_is_looked_at_is_the_input_of_the_last_layer():
    torch.manual_seed(0)
    generator = Generator(SMALL).eval()
    noise, text = torch.randn(4), torch.randn(3, 6)
    with torch.no_grad():
        seen = last_features(generator, noise, text)
        picture = torch.tanh(generator.to_rgb(seen.unflatten(1, (2, 16, 16))))
        assert torch.allclose(picture, generator(noise.expand(3, -1), text), atol=1e-6)
    assert not generator.to_rgb._forward_pre_hooks


def test_a_generator_that_is_told_one_number_has_rank_one_at_most_where_all_is_linear():
    """The negative control: sentences on a line through one affine layer cannot span two directions."""
    torch.manual_seed(0)
    start = make_generator(SMALL, "concatenation").start
    line = torch.linspace(-1, 1, 9)[:, None] * torch.randn(1, 6)
    rows = start(torch.cat([torch.zeros(9, 4), line], dim=1)).detach()
    assert effective_rank(rows) == pytest.approx(1, abs=0.01)


def test_the_study_looks_at_rows_of_the_ablation_and_the_claim_at_its_steps():
    assert set(fusion_rank.ORDER) < set(df_gan_ablation.FUSED) and find("fusion_rank").seeds == (0, 1)
    claim, = (one for one in claims.chapter_claims("09_df_gan") if one.ledger == "DFG-22")
    assert [bound.metric for bound in claim.bounds] == [
        "one affine over concatenation", "two affines over one affine", "DFBlock over two affines"]
    assert math.isinf(claim.bounds[0].at_most)


def test_the_study_in_smoke():
    found = find("fusion_rank").run("smoke").measures
    ranks = {name: score["value"] for name, score in found.items() if name.startswith("effective rank")}
    assert len(ranks) == 5 and all(1 <= rank <= fusion_rank.CAPTIONS["smoke"] - 1 for rank in ranks.values())
