"""The figures of the bird world and the map of the papers: true, complete, nothing crossing, nothing clipped."""

import io
import itertools
import re
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image

from t2ilib import figures_world, paper_map
from t2ilib.data import birds, draw
from t2ilib.data.birds import PARTS, World
from t2ilib.figures import font
from t2ilib.pairing import NOTEBOOKS
from t2ilib.paper_map import CHAPTERS, PAPERS

HERE = "05_gan_cls_int"


def crosses(a, b, c, d):
    """Whether the inner parts of two line segments meet, by the signs of four triangles."""
    def side(p, q, r):
        return np.sign((q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0]))
    return side(a, b, c) * side(a, b, d) < 0 and side(c, d, a) * side(c, d, b) < 0


def crossings(points, slots):
    lines = list(zip(points, slots))
    return sum(crosses(*first, *second) for first, second in itertools.combinations(lines, 2))


@pytest.fixture
def coarse(monkeypatch):
    monkeypatch.setattr(figures_world, "RETINA", 1)


def image_of(card):
    return Image.open(io.BytesIO(card.png))


# The parts


def test_leaders_never_cross():
    rng = np.random.default_rng(0)
    slots = np.array([(x, y) for x in (0, 1) for y in np.linspace(0, 1, 8)])
    tangled = 0
    for _ in range(50):
        points = rng.random((15, 2))
        chosen = figures_world.leaders(points, slots)
        assert len(set(chosen)) == 15 and crossings(points, slots[chosen]) == 0
        tangled += crossings(points, slots[rng.permutation(16)[:15]])
    assert tangled > 100                                    # else the test could not fail


def test_each_point_gets_its_own_slot():
    slots = np.array([(0.0, 0.0), (0.0, 1.0), (0.0, 2.0)])
    assert figures_world.leaders(np.array([(1, 2.1), (1, 0.1)]), slots).tolist() == [2, 0]


def test_the_mask_layer_paints_each_part_and_nothing_else():
    parts = draw.render(World(2, 3).scene(78, "test"), 96).parts
    layer = figures_world.mask_layer(parts)
    inside = np.zeros_like(parts, bool)                     # no seam: the same label on the left and above
    inside[1:, 1:] = (parts[1:, 1:] == parts[:-1, 1:]) & (parts[1:, 1:] == parts[1:, :-1])
    for label, part in enumerate(PARTS, 1):
        colours = np.unique(layer[inside & (parts == label)].reshape(-1, 4), axis=0)
        assert colours.tolist() == [[*bytes.fromhex(figures_world.PART_PAINT[part][1:]), 255]]
    assert (layer[inside & (parts == 0)] == 0).all()
    assert (layer[~inside & (np.indices(parts.shape).min(0) > 0)] == 255).all()


def test_ten_parts_have_ten_colours():
    assert tuple(figures_world.PART_PAINT) == PARTS and len({*figures_world.PART_PAINT.values()}) == 10


def test_the_middle_of_a_part_lies_in_it():
    parts = draw.render(World(2, 3).scene(5, "test"), 96).parts
    places = figures_world.middles(parts)
    assert list(places) == list(PARTS)
    for part, (x, y) in places.items():
        assert parts[int(y), int(x)] == 1 + PARTS.index(part)
    assert "legs" not in figures_world.middles(draw.render(World(2, 3).scene(1, "test"), 96).parts)


@pytest.mark.parametrize("box", [(0, 0, 500, 400), (400, 10, 100, 50), (10, 430, 60, 80), (200, 200, 40, 90)])
def test_the_window_holds_the_box_and_stays_in_the_picture(box):
    x, y, side = figures_world.bird_window(np.float32(box), air=0.14)
    assert 0 <= x <= box[0] and box[0] + box[2] <= x + side <= 512
    assert 0 <= y <= box[1] and box[1] + box[3] <= y + side <= 512
    assert side >= max(box[2:])


def test_the_figure_names_what_is_hidden():
    card = figures_world.parts_figure(World(2, 3).scene(1, "test"))
    assert "11 are visible, hidden are left eye, left leg, left wing, right leg" in card.alt
    assert "the masks of 9 coloured parts" in card.alt and 'alt="' in card._repr_mimebundle_()["text/html"]
    assert card.width == 800 and image_of(card).width == 1600


def test_all_names_are_written_and_inside_the_figure(monkeypatch):
    """Every keypoint and every part has its name, no name leaves the figure, and none lies on another."""
    found = {}

    def keep(figure, alt):
        renderer = figure.canvas.get_renderer()
        texts = figure.axes[0].texts
        found.update(names=[text.get_text() for text in texts], size=figure.bbox,
                     boxes=[text.get_window_extent(renderer) for text in texts])
        return figures_world.Card(b"", alt, 800)

    monkeypatch.setattr(figures_world, "figure_card", keep)
    for number in (78, 5, 1):
        figures_world.parts_figure(World(2, 3).scene(number, "test"))
        names = [name.removesuffix("\n(hidden)") for name in found["names"]]
        assert names[:15] == list(birds.KEYPOINTS) and {*names[15:]} - {"a", "b", "legs"} == {*PARTS} - {"legs"}
        assert sum("hidden" in name for name in found["names"]) == {78: 2, 5: 3, 1: 4}[number]
        assert all(box.x0 >= 0 and box.y0 >= 0 and box.x1 <= found["size"].x1 and box.y1 <= found["size"].y1
                   for box in found["boxes"])
        assert not [pair for pair in itertools.combinations(found["boxes"], 2) if pair[0].overlaps(pair[1])]


# Species and image, levels


def test_one_species_above_one_pose_below(monkeypatch, coarse):
    scenes = []
    monkeypatch.setattr(figures_world.draw, "render", lambda scene, size: scenes.append(scene) or draw.Picture(
        np.zeros((size, size, 3), np.uint8), None, None, None))
    card = figures_world.species_and_image()
    free, fixed = scenes[:8], scenes[8:]
    assert len({scene.species for scene in free}) == 1 and {scene.pose for scene in free} == {*birds.POSES}
    assert len({scene.species for scene in fixed}) == 8
    assert len({(s.pose, s.facing, s.background, s.perch, s.x, s.y, s.tilt, s.noise) for s in fixed}) == 1
    assert card.width == 816 and image_of(card).size[0] == 816


def test_three_levels_of_one_species(coarse):
    card = figures_world.levels()
    assert card.width <= 820 and "three levels" in card.alt
    world = [World(2, level).scene(143, "test").species for level in birds.LEVELS]
    assert len({kind.label for kind in world}) == 1 and world[0].pattern == "plain" != world[1].pattern


def test_a_board_is_sharp_on_fine_screens(monkeypatch):
    monkeypatch.setattr(figures_world, "RETINA", 2)
    picture = np.full((40, 40, 3), 7, np.uint8)
    card = figures_world.board([[picture, picture]], [("x",)], "two")
    assert image_of(card).width == 2 * card.width
    assert (np.asarray(image_of(card)) == 7).all(-1).sum() == 2 * 40 * 40


def test_owners_are_found_by_looking():
    found = figures_world.owners(pictures=4)
    assert {name for name, (owner, _) in found.items() if owner == "species"} == {
        *PARTS, "pattern", "beak shape", "size", "tail length"}
    assert {name for name, (_, said) in found.items() if not said} == {"background", "facing"}


def test_the_table_has_a_place_for_everything():
    table = figures_world.attribute_table()
    said, never = table.text.splitlines()
    assert "the colours of 10 parts (11 each), pattern (4)" in said.split("|")[0] and "perch (3)" in said.split("|")[1]
    assert never.split("|")[0].endswith("– ") and "background (6), facing (2), tilt" in never
    assert table.html.count("<th") == 5 and table.html.count("<td") == 4


# The map of the papers


def boxes(html):
    """(group of texts per box) as parsed SVG."""
    root = ElementTree.fromstring(html)
    rects = [{key: float(rect.get(key)) for key in ("x", "y", "width", "height")} | {"stroke": rect.get("stroke"),
             "dash": rect.get("stroke-dasharray"), "fill": rect.get("fill")} for rect in root.iter("rect")]
    texts = [(float(t.get("x")), float(t.get("y")), float(t.get("font-size", root.get("font-size"))),
              t.get("font-weight") == "bold", t.get("text-anchor", "start"), "".join(t.itertext()))
             for t in root.iter("text")]
    return root, [rect for rect in rects if rect["stroke"]], texts


def test_the_map_names_every_paper_with_all_it_promises():
    _, rects, texts = boxes(paper_map.paper_map().html)
    words = " ".join(text for *_, text in texts)
    for paper in PAPERS:
        assert all(str(fact) in words for fact in (paper.name, paper.year, paper.adds, paper.loss, paper.file))
    assert len(rects) == len(PAPERS) + 2 == 14


@pytest.mark.parametrize("here", ["", "00_start_here", HERE])
def test_no_word_leaves_its_box(here):
    """Measured with the letters of the figures; a browser's own may be 4 % wider."""
    root, rects, texts = boxes(paper_map.paper_map(here).html)
    *_, width, height = map(float, root.get("viewBox").split())
    assert width == 820
    for rect in rects:
        assert rect["x"] >= 0 and rect["x"] + rect["width"] < width and rect["y"] + rect["height"] < height
    for x, y, size, bold, anchor, text in texts:
        length = 1.04 * font(100, bold).getlength(text) * size / 100
        left = x - length * {"start": 0, "middle": 0.5, "end": 1}[anchor]
        around = [r for r in rects if r["x"] <= x <= r["x"] + r["width"] and r["y"] <= y <= r["y"] + r["height"]]
        assert all(r["x"] <= left and left + length <= r["x"] + r["width"] for r in around), text


def test_a_name_does_not_run_into_its_year():
    for paper in PAPERS:
        assert font(125, True).getlength(paper.name) / 10 + font(115).getlength("2016") / 10 < paper_map.BOX - 26


def test_boxes_do_not_overlap():
    _, rects, _ = boxes(paper_map.paper_map().html)
    for a, b in itertools.combinations(rects, 2):
        apart = (a["x"] + a["width"] < b["x"] or b["x"] + b["width"] < a["x"]
                 or a["y"] + a["height"] < b["y"] or b["y"] + b["height"] < a["y"])
        assert apart


def test_chapters_to_come_are_dimmed(monkeypatch, tmp_path):
    monkeypatch.setattr(paper_map, "NOTEBOOKS", tmp_path)
    assert all(rect["dash"] for rect in boxes(paper_map.paper_map().html)[1])
    (tmp_path / "06_style.ipynb").touch()
    written = [rect for rect in boxes(paper_map.paper_map().html)[1] if not rect["dash"]]
    assert [(rect["x"], rect["y"]) for rect in written] == [paper_map.place(PAPERS[4])]


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_you_are_here_once_for_each_paper_of_the_chapter(chapter):
    shown = paper_map.paper_map(chapter)
    dark = [rect for rect in boxes(shown.html)[1] if rect["fill"] == "#222222"]
    assert shown.html.count("you are here") == len(dark) == (2 if chapter == "12_translation" else 1)
    assert f"You are at chapter {chapter[:2]}." in shown.html and chapter in shown.text
    assert "you are here" not in paper_map.paper_map().html


def test_the_map_knows_all_chapters():
    assert [int(chapter[:2]) for chapter in CHAPTERS] == list(range(14))
    for notebook in NOTEBOOKS.glob("[0-9][0-9]_*.ipynb"):
        assert notebook.stem in CHAPTERS


def test_a_written_chapter_has_its_file():
    library = NOTEBOOKS.parent / "t2ilib"
    for paper in PAPERS:
        if paper_map.exists(paper.chapters[0]):
            assert (library / paper.file).is_file(), paper.file


def test_an_unknown_chapter_is_refused():
    with pytest.raises(ValueError, match="here should be empty or one of 00_start_here, .*got '14_diffusion'"):
        paper_map.paper_map("14_diffusion")


def test_the_map_can_be_heard_and_needs_no_network():
    shown = paper_map.paper_map(HERE)
    label = ElementTree.fromstring(shown.html).get("aria-label")
    assert all(paper.name in label for paper in PAPERS) and "http" not in shown.html
    assert len(re.findall(r"^\d", shown.text, re.MULTILINE)) == len(PAPERS)
