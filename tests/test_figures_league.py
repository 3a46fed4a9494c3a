"""The league table says what the cards say, marks a clear leader only, and counts all steps of a chain."""

import json

import pytest

from t2ilib import checkpoint, figures_league, runtime, sample


def card(value, steps, start=None):
    score = {"value": value, "low": value - 0.01, "high": value + 0.01, "ceiling": 0.9, "floor": 0.1}
    return {"steps": steps, "from": start, "metrics": {"faithfulness": score}}


@pytest.fixture
def shelf(tmp_path, monkeypatch):
    """Shipped checkpoints by name: only their cards matter."""
    monkeypatch.setattr(runtime, "CHECKPOINTS", tmp_path)

    def put(name, content):
        path = tmp_path / f"{name}.safetensors"
        path.touch()
        checkpoint.card_path(path).write_text(json.dumps(content), encoding="utf-8")
    return put


def test_only_what_is_shipped_is_listed_in_the_order_of_the_papers(shelf):
    shelf("df_gan", card(0.8, 10))
    shelf("gan_cls", card(0.5, 10))
    assert list(figures_league.league()) == ["gan_cls", "df_gan"]


def test_a_clear_leader_is_bold_and_a_near_one_is_not(shelf):
    only = {"faithfulness": "faithfulness"}
    shelf("gan_cls", card(0.5, 10))
    shelf("df_gan", card(0.515, 10))
    assert "<b>" not in figures_league.league_table(only).html
    shelf("df_gan", card(0.8, 10))
    table = figures_league.league_table(only)
    assert table.html.count("<b>") == 1 and "<b>0.800</b>" in table.html and "DF-GAN" in table.html
    assert "0.900" in table.html and "0.100" in table.html


def test_all_steps_of_a_chain_count():
    assert figures_league.trained_steps({"steps": 2, "from": {"steps": 30, "from": {"steps": 400}}}) == 432
    assert figures_league.trained_steps({"steps": 2, "from": None}) == 2


def test_nothing_shipped_is_an_error(shelf):
    with pytest.raises(FileNotFoundError, match="t2i train NAME"):
        figures_league.league()


def test_costs_are_those_of_the_shipped_generators():
    lines = figures_league.cost_table().text.splitlines()
    shipped = [sample.TITLES[name] for name in figures_league.league()]
    assert [line.split(" | ")[0] for line in lines] == ["model", *shipped]
    parameters = runtime.count_parameters(sample.Painter.shipped("gan_int_cls").generator)
    assert f"{parameters:,}" in lines[1 + shipped.index("GAN-INT-CLS")]


def test_the_map_of_models_has_both_axes_and_the_real_pictures(shelf):
    content = card(0.5, 10)
    content["metrics"]["SynthFID"] = {"value": 1200.0, "low": 1100.0, "high": 1300.0, "ceiling": 100.0, "floor": 9e4}
    shelf("gan_cls", content)
    said = figures_league.real_and_told().alt
    assert "GAN-CLS: 0.50 at 1,200" in said and "Real pictures: 0.90 at 100" in said
