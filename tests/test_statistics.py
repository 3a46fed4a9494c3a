"""Intervals and differences: against closed forms, and with the mistakes they should notice."""

import numpy as np
import pytest

from t2ilib.metrics import measures, statistics
from t2ilib.metrics.statistics import Score, bootstrap, bootstrap_distance, bootstrap_ratio, paired_difference, summary


def test_a_score_prints_all_that_belongs_to_it_and_its_card_has_the_known_fields():
    score = Score(0.5, 1234, 0.4, 0.6, ceiling=0.9, floor=0.1)
    assert repr(score) == "0.500 [0.400, 0.600] · floor 0.100 · ceiling 0.900 · n = 1,234"
    assert score.card() == {"value": 0.5, "n": 1234, "low": 0.4, "high": 0.6, "ceiling": 0.9, "floor": 0.1}


def test_a_distance_says_that_lower_is_better():
    assert repr(Score(5.0, 9, 4.0, 6.0, ceiling=1.0, floor=80.0)).endswith("n = 9 · lower is better")
    assert not Score(0.5, 9, 0.4, 0.6, ceiling=1.0, floor=1.0).lower_is_better


def test_the_measures_use_these_very_scores():
    assert measures.Score is Score and measures.bootstrap is bootstrap and measures.share is statistics.share


def test_bootstrap_weighs_every_name_once():
    """Two names of three right in the long captions, none of one in the short: 2/4 of all, not (2/3 + 0)/2."""
    right, asked = np.tile([2.0, 0.0], 300), np.tile([3.0, 1.0], 300)
    low, high = bootstrap(right, asked)
    assert low < 0.5 < high and high - low < 0.1


def test_bootstrap_of_groups_is_wider_when_their_members_agree():
    agree = np.repeat(np.tile([0.0, 1.0], 10), 30)
    alone, together = bootstrap(agree), bootstrap(agree, groups=np.repeat(np.arange(20), 30))
    assert together[1] - together[0] > 3 * (alone[1] - alone[0])


def test_bootstrap_of_a_constant_is_the_constant_and_of_a_coin_is_right():
    assert bootstrap(np.full(50, 0.3)) == pytest.approx((0.3, 0.3))
    low, high = bootstrap(np.tile([0.0, 1.0], 200))
    assert low == pytest.approx(0.5 - 1.96 * 0.025, abs=0.01) and high == pytest.approx(0.5 + 1.96 * 0.025, abs=0.01)


def test_the_interval_of_a_ratio_knows_both_sets():
    """Delta method: the relative variances of two independent means add up."""
    rng = np.random.default_rng(0)
    above, below = rng.normal(2, 0.5, 400), rng.normal(1, 0.25, 900)
    low, high = bootstrap_ratio(above, below)
    ratio = above.mean() / below.mean()
    width = 1.96 * ratio * np.hypot(0.25 / 20, 0.25 / 30)
    assert (low, high) == pytest.approx((ratio - width, ratio + width), abs=0.012)
    assert bootstrap_ratio(above, below) == (low, high)                     # always the same resamples


def gap(first, second):
    return float(((first.mean(0) - second.mean(0)) ** 2).sum())


def test_the_interval_of_a_distance_lies_around_the_distance_and_not_around_its_bias():
    rng = np.random.default_rng(1)
    first, second = rng.normal(size=(60, 30)), rng.normal(size=(60, 30)) + 0.3
    low, high = bootstrap_distance(gap, first, second)
    assert low < gap(first, second) < high
    assert abs((low + high) / 2 - gap(first, second)) < 0.25 * (high - low)


def test_a_distance_is_never_below_zero():
    same = np.random.default_rng(2).normal(size=(20, 4))
    assert bootstrap_distance(gap, same, same)[0] == 0.0


def test_a_summary_has_the_textbook_numbers_and_says_how_many_seeds():
    seeds = summary([0.5, 0.75, 1.0])
    assert (seeds.mean, seeds.sd, seeds.n) == (0.75, 0.25, 3)
    assert 0.5 <= seeds.low < 0.75 < seeds.high <= 1.0
    assert repr(seeds).startswith("0.750 ± 0.250 (sd) [") and repr(seeds).endswith("n = 3 seeds")
    assert seeds.card()["unit"] == "seeds"


@pytest.mark.parametrize("values", [[], [0.5]])
def test_one_seed_is_no_statistics(values):
    with pytest.raises(ValueError, match=f"two or more seeds, got {len(values)}"):
        summary(values)


def test_a_failed_seed_is_not_averaged_away():
    with pytest.raises(ValueError, match="should be finite numbers"):
        summary([0.5, float("nan"), 0.7])


def test_pairs_cancel_what_both_share():
    easy = np.random.default_rng(3).uniform(size=50)                        # some captions are easier than others
    better = easy + 0.05 + np.random.default_rng(4).normal(0, 0.02, 50)
    difference = paired_difference(better, easy, unit="captions")
    assert 0.04 < difference.low < difference.mean < difference.high < 0.06 and difference.n == 50
    spread = summary(better).sd
    assert difference.sd < spread / 5


def test_a_difference_has_a_sign_and_needs_partners():
    assert paired_difference([1, 2, 3], [2, 3, 4]).mean == -1
    with pytest.raises(ValueError, match="got 3 and 2 numbers"):
        paired_difference([1, 2, 3], [2, 3])
