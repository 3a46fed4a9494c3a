"""What two causes explain: tables whose answer is known."""

import numpy as np
import pytest

from t2ilib.metrics import causes

RNG = np.random.default_rng(5)
ROWS, COLUMNS = RNG.normal(size=(30, 1, 1)), RNG.normal(size=(1, 40, 1))


def test_what_depends_on_one_cause_only_is_explained_by_it_alone():
    assert causes.shares(ROWS + 0 * COLUMNS) == pytest.approx((1, 0), abs=1e-12)
    assert causes.shares(ROWS * 0 + COLUMNS) == pytest.approx((0, 1), abs=1e-12)
    assert causes.shares(ROWS * 0 + COLUMNS).lead_of_noise == pytest.approx(1)


def test_a_sum_of_both_shares_the_variance_as_the_parts_vary():
    """No chance is left in a sum, so the shares are those of the sample variances."""
    text, noise = 3 * ROWS, COLUMNS
    variances = text.var(ddof=1), noise.var(ddof=1)
    assert causes.shares(text + noise) == pytest.approx(np.array(variances) / sum(variances))


def test_a_product_lies_in_neither():
    rows, columns = ROWS - ROWS.mean(), COLUMNS - COLUMNS.mean()
    assert causes.shares(rows * columns) == pytest.approx((0, 0), abs=0.05)


def test_chance_explains_nothing_on_average():
    """Without the correction a table of 5 x 8 would give 4/39 = 0.10 and 7/39 = 0.18 of pure chance to the causes."""
    found = [causes.shares(RNG.normal(size=(5, 8, 3))) for _ in range(300)]
    np.testing.assert_allclose(np.mean(found, axis=0), (0, 0), atol=0.02)


def test_half_chance_is_half_explained():
    table = 1.0 * ROWS / ROWS.std(ddof=1) + RNG.normal(size=(30, 400, 1))
    assert causes.shares(table) == pytest.approx((0.5, 0), abs=0.02)


def test_the_order_of_rows_and_of_columns_does_not_matter_but_their_roles_do():
    table = RNG.normal(size=(6, 9, 2)) + RNG.normal(size=(6, 1, 2))
    mixed = table[RNG.permutation(6)][:, RNG.permutation(9)]
    assert causes.shares(mixed) == pytest.approx(causes.shares(table))
    assert causes.shares(table.swapaxes(0, 1)) == pytest.approx(causes.shares(table)[::-1])


def test_where_nothing_varies_nothing_is_explained():
    assert causes.shares(np.ones((4, 4, 2))) == (0, 0)


def test_one_sentence_is_too_few():
    with pytest.raises(ValueError, match="two noises or more, got 1 and 4"):
        causes.shares(np.ones((1, 4, 2)))


def test_several_tables_count_by_their_sentences():
    some = [ROWS + 0 * COLUMNS, 0 * ROWS[:10] + COLUMNS]
    assert causes.mean_shares(some) == pytest.approx((0.75, 0.25))


def test_the_interval_holds_the_value_and_shrinks_with_the_table():
    def by_text(tables):
        return causes.mean_shares(tables).by_text

    widths = []
    for side in (6, 40):
        table = [RNG.normal(size=(side, 1, 1)) + RNG.normal(size=(side, side, 1))]
        low, high = causes.interval(table, by_text)
        assert low < by_text(table) < high
        widths.append(high - low)
    assert widths[1] < widths[0] / 1.5
