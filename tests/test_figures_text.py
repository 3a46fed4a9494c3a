"""The figures of chapter 4: their words and numbers are those of the data they were given."""

import re

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from cards import fit, has, pixels

from t2ilib import figures_matching, figures_pairs, figures_text, losses
from t2ilib.data.birds import COLOURS
from t2ilib.figures_matching import EncoderRow
from t2ilib.figures_pairs import Mark
from t2ilib.metrics.statistics import Score
from t2ilib.text.characters import Characters
from t2ilib.text.tokenizer import Tokenizer, Vocabulary

WORDS = Tokenizer(["a", "bird", "blue", "red"])
BIRDS = np.random.default_rng(0).integers(0, 255, (5, 64, 64, 3), dtype=np.uint8)
CAPTIONS = ["a red bird", "a blue bird", "a green bird with a white belly", "a pink bird", "a very " + "long " * 40]


@pytest.fixture(autouse=True)
def coarse(monkeypatch):
    """Figures are drawn with one pixel for each of CSS, which is faster."""
    monkeypatch.setitem(plt.rcParams, "savefig.dpi", 100)


def score(value, low, high):
    return Score(value, 100, low, high, ceiling=1.0, floor=0.01)


# Tokens


@pytest.mark.parametrize("reader", [WORDS, Characters(), Vocabulary(["bird", "a", "red"])])
@pytest.mark.parametrize("sentence", ["a red bird", "A RED zebra-bird, é!", "", "a red " * 60])
def test_the_boxes_hold_what_the_encoder_gets(reader, sentence):
    row = reader.encode([sentence])[0].tolist()
    read = figures_text.pieces(reader, sentence)
    if isinstance(reader, Vocabulary):
        read = [piece for piece in read if piece.known]
    if read:
        assert [piece.number for piece in read][:len(row)] == row[:len(read)]
    assert {piece.text for piece in figures_text.pieces(reader, sentence) if not piece.known} \
        == set(reader.unknown(sentence))


def test_unknown_pieces_are_marked_and_named():
    shown = figures_text.tokens("a red zebra é", {"words": WORDS, "letters": Characters()})
    assert "words: 4 words, then 28 zeros; unknown, number 1: zebra é" in shown.text
    assert "letters: 13 characters, then 188 zeros; unknown, number 0: é" in shown.text
    assert shown.html.count("2px dotted") == 3 and shown.html.count("1?") == 2 and shown.html.count("0?") == 1
    assert "unknown" not in figures_text.tokens("a red bird", {"words": WORDS}).text


def test_a_vocabulary_leaves_out_and_a_long_sentence_is_cut():
    told = figures_text.told_pieces(Vocabulary(["a", "red"]), "a zebra red")
    assert told == "3 words, then 16 zeros; unknown, left out: zebra"
    assert figures_text.told_pieces(WORDS, "red " * 40) == "40 words, then 0 zeros; the last 8 are not read"
    assert figures_text.told_pieces(WORDS, "red") == "1 word, then 31 zeros"


def test_without_readers_they_are_those_of_the_chapter():
    shown = figures_text.tokens("a magnificent - bird")
    assert "unknown, number 1: magnificent" in shown.text and "characters: 20 characters" in shown.text
    assert f"{Characters().ids['-']}" == "60" and ">60<" in shown.html


def test_html_in_a_sentence_is_text():
    shown = figures_text.tokens("<b>red</b>", {"letters": Characters()})
    assert "<b>red" not in shown.html and "&lt;" in shown.html


# Similarity and map


def test_the_nearest_and_the_farthest_words_are_told():
    matrix = np.eye(3) + np.array([[0, 0.6, -0.2], [0.6, 0, 0.1], [-0.2, 0.1, 0]])
    card = fit(figures_text.word_similarity(["red", "pink", "blue"], matrix))
    assert "Nearest: red and pink (0.60); farthest: red and blue (−0.20); mean of all pairs 0.17." in card.alt
    assert figures_text.word_similarity(["red", "pink", "blue"], np.eye(3)).png != card.png


def test_eleven_colours_fit():
    names = list(COLOURS)
    fit(figures_text.word_similarity(names, np.full((11, 11), 0.9) + 0.1 * np.eye(11)))


@pytest.fixture(scope="module")
def clusters():
    """Three groups of sentences in three directions, and their colours."""
    stream = torch.Generator().manual_seed(0)
    centres = torch.eye(8)[:3].repeat_interleave(12, 0)
    return centres + 0.05 * torch.randn(36, 8, generator=stream), ["red"] * 12 + ["blue"] * 12 + ["white"] * 12


@pytest.mark.parametrize("by", figures_text.MAPS)
def test_neighbours_stay_neighbours_and_others_are_placed_among_them(clusters, by):
    vectors, colours = clusters
    plane = figures_text.Plane(vectors, by)
    shown = figures_text.map2d(plane.points, colours)
    assert "in 100% of the cases; by chance 33%" in shown.text
    place = plane.find(3 * vectors[:1])[0]                       # only the direction counts
    own = plane.points[:12]
    assert np.linalg.norm(place - own.mean(0)) < np.linalg.norm(plane.points[12:] - place, axis=1).min()
    if by == "PCA":
        assert np.allclose(plane.find(vectors), plane.points, atol=1e-5)


def test_another_map_is_refused(clusters):
    with pytest.raises(ValueError, match="PCA or t-SNE, got 'UMAP'; choose"):
        figures_text.Plane(clusters[0], "UMAP")


def test_a_map_without_order_says_so():
    points = np.random.default_rng(0).normal(size=(300, 2))
    colours = list(np.random.default_rng(1).choice(["red", "blue"], 300))
    found = int(re.search(r"in (\d+)%", figures_text.map2d(points, colours).text).group(1))
    assert 35 < found < 65


def test_the_dots_stand_where_the_points_are():
    points = np.array([[0.0, 0], [1, 0], [0, 2], [1, 2]])
    html = figures_text.map2d(points, ["red", "blue", "white", "red"], ["<one>", "two", "three", "four"],
                              {"far away": np.array([99.0, -99])}).html
    dots = [(float(x), float(y)) for x, y in re.findall(r'<circle cx="([\d.]+)" cy="([\d.]+)"', html)]
    assert dots[0] == (40, 430) and dots[3] == (764, 40)                   # up is up
    assert f"fill=\"rgb{COLOURS['blue']}\"" in html and "<title>&lt;one&gt; (" not in html and "&lt;one&gt;" in html
    assert "M792.0 448.0" in html and "far away" in html                    # stops at the edge


def test_each_colour_is_named_at_one_of_its_dots(clusters):
    vectors, colours = clusters
    places = figures_text.on_sheet(*[figures_text.Plane(vectors).points] * 2)
    names = figures_text.colour_names(places, [*colours[:-2], "pink", "pink"])
    assert len(names) == 3 and not any("pink" in name for name in names)    # two dots get no name
    assert figures_text.densest(np.array([[0, 0], [0, 1], [0, 2], [50, 50.0]])).tolist() == [0, 1]


def test_no_name_covers_another():
    places = np.array([[100.0, 50], [110, 52], [105, 60], [400, 55]])
    moved = np.array(figures_text.side_by_side(places))
    apart = np.abs(moved[:, None] - moved[None]) >= figures_text.WORD_SIZE
    assert (apart.any(-1) | np.eye(4, dtype=bool)).all()
    assert np.array_equal(moved[[0, 3]], places[[0, 3]]) and np.array_equal(moved[:, 0], places[:, 0])


# Matrix and ranks


def test_emb_12_the_matrix_counts_its_rows():
    scores = np.random.default_rng(0).uniform(-0.2, 0.3, (5, 5)) + 0.6 * np.eye(5)
    penalties = figures_pairs.claimed_loss(torch.from_numpy(scores)).numpy()
    card = fit(figures_pairs.score_matrix(BIRDS, CAPTIONS, scores, penalties))
    assert "in 5 of 5 rows" in card.alt and f"others {penalties[~np.eye(5, dtype=bool)].mean():.2f}" in card.alt
    penalties[0, 0] = 9
    assert "in 4 of 5 rows" in figures_pairs.score_matrix(BIRDS, CAPTIONS, scores, penalties).alt
    assert has(card, "#2F7FD0") > 5 * 1000
    large = BIRDS[0].repeat(4, 0).repeat(4, 1)
    assert np.array_equal(pixels(card)[20:276, 284:540], large)


def test_the_best_score_is_brightest():
    paints = figures_pairs.paint_scores(np.array([[0.1, 0.9], [-1.0, 0.5]])).astype(int).sum(-1)
    assert paints[1, 0] < paints[0, 0] < paints[1, 1] < paints[0, 1]
    assert figures_pairs.paint_scores(np.zeros((2, 2))).shape == (2, 2, 3)


def test_the_loss_of_a_cell_is_that_of_the_table_with_it_as_the_true_pair():
    scores = torch.randn(4, 4, generator=torch.Generator().manual_seed(0))
    cells = figures_pairs.claimed_loss(scores)
    for row in range(4):
        for column in range(4):
            order = [column, *(k for k in range(4) if k != column)]
            table = scores[row, order].expand(4, 4)             # its first row has the claimed pair on the diagonal
            expected = losses.margin_violations(table, torch.arange(4))[0].max()
            assert cells[row, column] == pytest.approx(expected.item(), abs=1e-6)


def test_a_true_pair_far_ahead_costs_nothing():
    assert torch.equal(figures_pairs.claimed_loss(torch.tensor([[3.0, 1, 0]])), torch.tensor([[0.0, 3, 4]]))


def test_each_bird_has_its_marks_in_shape_and_word():
    marks = [[Mark("red wing", True), Mark("short <beak>", False, "long")], [Mark("red wing", False)]]
    shown = figures_pairs.ranked(BIRDS[:2], [0.5, -0.25], marks)
    assert shown.text == "2 pictures from score 0.50 to −0.25. All that is named is true of 0 of them."
    assert "✓ <u>red wing</u>: yes" in shown.html and "✗ <u>short &lt;beak&gt;</u>: no, long" in shown.html
    assert 'alt="Rank 2, score −0.25, red wing: no"' in shown.html
    assert "true" not in figures_pairs.ranked(BIRDS[:2], [0.5, 0.4]).text


# Losses and measures


def test_emb_10_the_0_1_loss_has_no_slope_and_the_hinge_bounds_it():
    leads = torch.linspace(-2, 2, 400, dtype=torch.float64)
    curves = {name: figures_matching.loss_and_slope(loss, leads) for name, (loss, *_) in
              figures_matching.HINGES.items()}
    assert not curves["0-1 loss"][1].any() and set(curves["0-1 loss"][0]) == {0, 1}
    assert (curves["hinge"][0] >= curves["0-1 loss"][0]).all()
    assert np.allclose(curves["hinge"][0], np.maximum(0, 1 - leads.numpy()), atol=1e-6)
    assert np.allclose(curves["softmax"][0], np.log1p(np.exp(-leads.numpy())), atol=1e-6)
    for _, slope in (curves["hinge"], curves["softmax"]):
        assert (slope[:200] < 0).all()                          # wherever it is wrong, training feels it
    card = fit(figures_matching.hinge_curves())
    assert card.alt.startswith("The 0-1 loss has slope 0 wherever it has one.")
    assert "slope of −1 up to a lead of 1, and" in card.alt


def test_emb_11_the_gap_is_the_difference_of_the_means():
    rng = np.random.default_rng(0)
    matched, mismatched = rng.normal(0.6, 0.1, 500), rng.normal(0.1, 0.1, 400)
    card = fit(figures_matching.matched_and_not(matched, mismatched))
    gap = f"{matched.mean() - mismatched.mean():.2f}"
    assert f"a gap of {gap}. 100% of" in card.alt and "500 matched pairs" in card.alt and "400 mismatched" in card.alt
    other = figures_matching.matched_and_not(mismatched, matched)
    assert f"a gap of −{gap}. 0% of" in other.alt and other.png != card.png


def test_emb_07_more_captions_with_floor_and_ceiling():
    scores = {1: score(0.5, 0.4, 0.6), 4: score(0.8, 0.7, 0.9)}
    card = fit(figures_matching.captions_gain(scores, "found", floor=0.01, ceiling=[0.9, 1.0]))
    assert card.alt == "found by the number of captions. 1: 0.50; 4: 0.80. Floor 0.01, ceiling 0.90 to 1.00."
    from_file = {count: own.card() for count, own in scores.items()}
    assert figures_matching.captions_gain(from_file, "found", 0.01, [0.9, 1.0]).png == card.png
    assert figures_matching.captions_gain(scores, "found", 0.01, 1.0).png != card.png


def test_tables_of_scores_are_drawn_side_by_side_and_counted():
    own, shifted = np.eye(4), np.roll(np.eye(4), 1, axis=1)
    card = fit(figures_matching.score_tables([own, shifted]))
    assert card.alt.endswith("Of 4 captions so many score their own picture highest: a 4, b 0.")
    assert not np.array_equal(pixels(card), pixels(figures_matching.score_tables([shifted, own])))


def test_the_best_encoder_is_bold_only_if_intervals_part():
    rows = [EncoderRow("bilstm", 790_000, 0.3, score(0.9, 0.88, 0.92), score(0.8, 0.7, 0.9)),
            EncoderRow("char <cnn>", 2_500_000, 1.234, score(0.7, 0.6, 0.8), score(0.75, 0.7, 0.85))]
    shown = figures_matching.encoder_table(rows, "AP@20")
    assert shown.html.count("<b>") == 1 and re.search(r"<b><span[^>]*>0.9 ", shown.html)
    assert "[0.88, 0.92]" in shown.html
    assert "char &lt;cnn&gt;" in shown.html and "2,500,000" in shown.html and "AP@20" in shown.html
    assert "bilstm: 790,000 parameters, 0.3 ms a caption, AP@20 0.9, top-1 0.8; char" in shown.text
    assert "<b>" not in figures_matching.encoder_table(rows[:1]).html
    limits = [re.findall(r">([\w.]*)</span>", line) for line in shown.html.split("<tr")[-2:]]
    assert limits == [["ceiling", "", "", "1", "1"], ["floor", "", "", "0.01", "0.01"]]


@pytest.mark.parametrize("number, said", [(-0.001, "0.00"), (-0.25, "−0.25"), (np.float32(1), "1.00")])
def test_numbers_have_two_digits_and_a_true_minus_sign(number, said):
    assert figures_text.two_digits(number) == said
