"""Exercises: right answers pass, each typical mistake is called by its name, nothing ever raises."""

import ast
import inspect
import json
import runpy
import sys
from types import SimpleNamespace

import cgn_learners
import cgn_learners_b
import cls_learners
import cls_learners_b
import dcg_learners
import dcg_learners_b
import dfg_learners
import dfg_learners_b
import gan_learners
import gan_steps
import learners
import numpy as np
import pytest
import text_learners
import torch

from t2ilib import exercises, progress, runtime
from t2ilib.data import cub
from t2ilib.data.birds import World
from t2ilib.data.captions import describe, names_truth, read_attributes
from t2ilib.exercises import Exercise, Wrong, answer_source, is_stub

ALL = [value for chapter in dir(exercises) for value in vars(getattr(exercises, chapter)).values()
       if isinstance(value, Exercise)]
each_exercise = pytest.mark.parametrize("exercise", ALL, ids=lambda exercise: exercise.id)


@pytest.fixture(autouse=True)
def own_home(tmp_path, monkeypatch):
    """Progress goes into a folder of the test's own."""
    monkeypatch.setenv("T2I_HOME", str(tmp_path))
    monkeypatch.delenv("T2I_STATIC", raising=False)
    monkeypatch.setattr(exercises.measure, "found", learners.found)
    monkeypatch.setattr(exercises.gan_experiment, "trial", gan_learners.trial)
    monkeypatch.setattr(exercises.text_experiment, "trial", text_learners.trial)
    monkeypatch.setattr(exercises.cls_experiment, "trial", cls_learners_b.trial)
    monkeypatch.setattr(exercises.dcg_experiment, "trial", dcg_learners_b.trial)
    monkeypatch.setattr(exercises.dfg_experiment, "trial", dfg_learners_b.trial)
    monkeypatch.setattr(exercises.cgn_experiment, "trial", cgn_learners_b.trial)


def reference(exercise):
    """The reference answer, as a solved notebook gets it."""
    namespace = {"__name__": "__main__"}
    exec(answer_source(exercise.id), namespace)
    return namespace[exercise.name]


def marks(results):
    return [result.mark for result in results]


# What every exercise must offer


@each_exercise
def test_the_reference_passes(exercise):
    assert marks(exercise.judge(reference(exercise))) == ["OK"] * len(exercise.checks)
    assert progress.load()[exercise.id] == {"tries": 1, "solved": True}


@each_exercise
def test_the_solution_shows_the_reference(exercise, capsys):
    exercise.solution()
    assert f"def {exercise.name}(" in capsys.readouterr().out


@each_exercise
def test_it_is_fully_described(exercise):
    chapter, _, name = exercise.id.partition(".")
    assert getattr(getattr(exercises, chapter), name) is exercise
    assert 1 <= exercise.difficulty <= 5 and len(exercise.hints) == 3 and exercise.explanation
    assert all(inspect.getdoc(check) for check in exercise.checks)
    assert len({inspect.getdoc(check) for check in exercise.checks}) == len(exercise.checks)


@each_exercise
def test_an_untouched_stub_of_it_is_not_tried_yet(exercise, tmp_path):
    given = ", ".join(inspect.signature(reference(exercise)).parameters)
    place = tmp_path / "stub.py"
    place.write_text(f'def {exercise.name}({given}):\n    """To be written."""\n    ...\n')
    stub = runpy.run_path(str(place))[exercise.name]
    assert list(map(str, exercise.judge(stub))) == ["--  not tried yet"]
    assert progress.load() == {}


@each_exercise
@pytest.mark.parametrize("answer", [lambda *a: None, lambda: 0, lambda *a: 1 / 0, lambda *a: "x", lambda *a: [None]])
def test_nonsense_is_a_line_not_an_error(exercise, answer):
    assert "NO" in marks(exercise.judge(answer))


@each_exercise
def test_it_has_three_mistakes_or_more(exercise):
    assert len(MISTAKES[exercise.id]) >= 3 and RIGHT[exercise.id]


# start.named_right


def right_by_loops(named, seen):
    right = total = 0
    for i in range(len(named)):
        for part in named[i]:
            right, total = right + (seen[i][part] == named[i][part]), total + 1
    return np.float32(right / total)


def mean_of_pictures(named, seen):
    return np.mean([sum(s[p] == c for p, c in n.items()) / len(n) for n, s in zip(named, seen, strict=True) if n])


def dividing_by_each_caption(named, seen):
    return np.mean([sum(s[p] == c for p, c in n.items()) / len(n) for n, s in zip(named, seen, strict=True)])


def unless_one_caption(named, seen):
    """Divides by each caption, but weighs the shares by the names: only the empty caption is a trap."""
    names = sum(map(len, named))
    return sum(sum(s[p] == c for p, c in n.items()) / len(n) * len(n) / names for n, s in zip(named, seen, strict=True))


def misses_for_silence(named, seen):
    right = sum(s[p] == c for n, s in zip(named, seen, strict=True) for p, c in n.items())
    return right / sum(max(len(n), 1) for n in named)


def parts_not_named(named, seen):
    right = sum(n.get(p) == c for n, s in zip(named, seen, strict=True) for p, c in s.items())
    return right / sum(map(len, seen))


def hits_a_picture(named, seen):
    return sum(s[p] == c for n, s in zip(named, seen, strict=True) for p, c in n.items()) / len(named)


def per_cent(named, seen):
    return 100 * right_by_loops(named, seen)


def forgotten_return(named, seen):
    right_by_loops(named, seen)


# start.mismatched


def right_by_rejection(labels, rng):
    chosen = rng.integers(len(labels), size=len(labels))
    while (same := labels[chosen] == labels).any():
        chosen[same] = rng.integers(len(labels), size=same.sum())
    return torch.from_numpy(chosen)


def rolled(labels, rng):
    return np.roll(np.arange(len(labels)), 1)


def itself_allowed(labels, rng):
    return rng.integers(len(labels), size=len(labels))


def other_row(labels, rng):
    return np.array([rng.choice([j for j in range(len(labels)) if j != i]) for i in range(len(labels))])


def own_luck(labels, rng):
    return right_by_rejection(labels, np.random.default_rng())


def always_the_first(labels, rng):
    return np.array([np.flatnonzero(labels != label)[0] for label in labels])


def first_or_last(labels, rng):
    return np.array([np.flatnonzero(labels != label)[-rng.integers(2)] for label in labels])


def class_first(labels, rng):
    def partner(label):
        other = rng.choice(np.setdiff1d(labels, label))
        return rng.choice(np.flatnonzero(labels == other))
    return np.array([partner(label) for label in labels])


def one_draw_for_ever(labels, rng):
    chosen = rng.integers(len(labels), size=len(labels))
    while (labels[chosen] == labels).any():
        pass
    return chosen


def labels_instead(labels, rng):
    return np.array([rng.choice(labels[labels != label]) for label in labels]) + 100


def one_for_all(labels, rng):
    return rng.integers(len(labels))


def nothing(*inputs):
    len(inputs)


# start.to_pixels


def right_by_numpy(images):
    return np.floor(np.clip((images.numpy() + 1) / 2, 0, 1) * 255 + 0.5).astype(np.uint8).transpose(0, 2, 3, 1)


def right_as_tensor(images):
    return images.clamp(-1, 1).add(1).mul(127.5).round().byte().movedim(1, -1)


def steps_of(images):
    return ((images + 1) * 127.5).round().clamp(0, 255)


def not_clamped(images):
    return ((images + 1) * 127.5).round().to(torch.int64).byte().permute(0, 2, 3, 1)


def reshaped(images):
    return steps_of(images).byte().reshape(len(images), *images.shape[2:], 3)


def blue_first(images):
    return steps_of(images).byte().flip(1).permute(0, 2, 3, 1)


def colours_first(images):
    return steps_of(images).byte()


def cut_off(images):
    return ((images + 1) * 127.5).clamp(0, 255).byte().permute(0, 2, 3, 1)


def scaled_by_255(images):
    return ((images + 1) * 255).round().clamp(0, 255).byte().permute(0, 2, 3, 1)


def from_zero(images):
    return (images * 255).round().clamp(0, 255).byte().permute(0, 2, 3, 1)


def floats(images):
    return steps_of(images).permute(0, 2, 3, 1)


def sixteen_levels(images):
    return (steps_of(images) // 17 * 17 + (steps_of(images) == 128) * 9).byte().permute(0, 2, 3, 1)


RIGHT = {
    "start.named_right": [right_by_loops],
    "start.mismatched": [right_by_rejection],
    "start.to_pixels": [right_by_numpy, right_as_tensor, runtime.to_pixels],
    **learners.RIGHT, **gan_learners.RIGHT, **gan_steps.RIGHT, **text_learners.RIGHT, **cls_learners.RIGHT,
    **cls_learners_b.RIGHT, **dcg_learners.RIGHT, **dcg_learners_b.RIGHT, **dfg_learners.RIGHT, **dfg_learners_b.RIGHT,
    **cgn_learners.RIGHT, **cgn_learners_b.RIGHT,
}
MISTAKES = {
    "start.named_right": {
        mean_of_pictures: "a name in a short caption counts more",
        dividing_by_each_caption: "a name in a short caption counts more",
        unless_one_caption: "divide once, at the end",
        misses_for_silence: "a caption without names was counted as a miss",
        parts_not_named: "only the named ones count",
        hits_a_picture: "not of pictures",
        per_cent: "per cent",
        forgotten_return: "got None - the function must return one number; is there a `return`?",
    },
    "start.mismatched": {
        rolled: "rolling by one pairs neighbours",
        itself_allowed: "a random position may be one's own",
        other_row: "compare labels, not positions",
        own_luck: "does not come from `rng`",
        always_the_first: "nothing is drawn",
        first_or_last: "draw from all pictures of other classes",
        class_first: "drawing a class first favours small classes",
        one_draw_for_ever: "a loop waits for something that never changes",
        labels_instead: "return positions in the batch",
        one_for_all: "choose one position for each label",
        nothing: "got nothing - is there a `return`?",
    },
    "start.to_pixels": {
        not_clamped: "a byte wraps around at 256",
        reshaped: "`permute` moves the axes",
        blue_first: "red and blue changed places",
        colours_first: "the colours move from axis 1 to the end",
        cut_off: "decimals were cut off",
        scaled_by_255: "scale by 127.5, not by 255",
        from_zero: "the range begins at -1",
        floats: "pixels are bytes",
        sixteen_levels: "each value goes to the nearest step",
        nothing: "got nothing - is there a `return`?",
    },
    **learners.MISTAKES, **gan_learners.MISTAKES, **gan_steps.MISTAKES, **text_learners.MISTAKES,
    **cls_learners.MISTAKES, **cls_learners_b.MISTAKES, **dcg_learners.MISTAKES, **dcg_learners_b.MISTAKES,
    **dfg_learners.MISTAKES, **dfg_learners_b.MISTAKES,
    **cgn_learners.MISTAKES, **cgn_learners_b.MISTAKES,
}
EACH_MISTAKE = [(key, mutant, message) for key, mutants in MISTAKES.items() for mutant, message in mutants.items()]
EACH_RIGHT = [(key, answer) for key, answers in RIGHT.items() for answer in answers]


def exercise_of(key):
    return next(exercise for exercise in ALL if exercise.id == key)


@pytest.mark.parametrize("key, answer", EACH_RIGHT, ids=lambda value: getattr(value, "__name__", value))
def test_another_right_answer_passes_and_draws_no_random_number_of_the_learner(key, answer):
    torch.manual_seed(3)
    np.random.seed(3)
    before = torch.get_rng_state(), np.random.get_state()[1].copy()
    assert set(marks(exercise_of(key).judge(answer))) == {"OK"}
    assert torch.equal(torch.get_rng_state(), before[0]) and np.array_equal(np.random.get_state()[1], before[1])
    assert torch.is_grad_enabled()


@pytest.mark.parametrize("key, mutant, message", EACH_MISTAKE, ids=lambda value: getattr(value, "__name__", None))
def test_a_mistake_is_called_by_its_name(key, mutant, message):
    results = exercise_of(key).judge(mutant)
    assert [result.mark for result in results if result.mark != "OK"][0] == "NO"
    assert marks(results).count("NO") == 1
    said = next(result.text for result in results if result.mark == "NO")
    assert message in said and "expected " in said and ", got " in said
    assert progress.load()[key] == {"tries": 1, "solved": False}


def test_each_mistake_has_words_of_its_own():
    """No message is the answer to everything: the words expected of one mistake are rare among the others'."""
    for key, mutants in MISTAKES.items():
        said = [" ".join(map(str, exercise_of(key).judge(mutant))) for mutant in mutants]
        for message in set(mutants.values()):
            assert sum(message in text for text in said) == list(mutants.values()).count(message)


# What the checks rest on


def test_the_truth_test_agrees_with_the_library():
    answer = reference(exercises.world.is_true)
    scenes = [World(seed=0, level=3).scene(i) for i in range(41)]
    cases = [(caption, scene) for own, other in zip(scenes, scenes[1:])
             for caption in describe(own) for scene in (own, other)]
    verdicts = [answer(caption, scene) for caption, scene in cases]
    assert verdicts == [names_truth(read_attributes(caption), scene.species, scene.perch, scene.pose)
                        for caption, scene in cases]
    assert all(verdicts[::2]) and not all(verdicts)


def test_the_window_is_that_of_the_reader_of_photographs():
    answer, rng = reference(exercises.world.crop_window), np.random.default_rng(0)
    for x, y, width, height in rng.integers(1, 300, (200, 4)).tolist():
        assert answer((x, y, width, height), (400, 300)) == cub._stackgan_window((x, y, width, height), (400, 300))


@pytest.mark.parametrize("cause, at, step", [("dropped", 83, 1), ("doubled", 140, -1), ("dropped", 120, 1),
                                             ("dropped", 93, 1)])
def test_a_broken_run_has_one_explanation(cause, at, step):
    """No other place fits as many captions; and before it the score is perfect, behind it nearly zero."""
    run = exercises.diagnose.broken_run(cause, at)
    own = [run.holds(i, i) for i in range(run.count)]
    other = [run.holds(i, i + step) for i in range(run.count)]
    fit = np.array([sum(own[:k]) + sum(other[k:]) for k in range(run.count)])
    assert np.flatnonzero(fit == fit.max()).tolist() == [at]
    assert all(own[:at]) and np.mean(own[at:]) < 0.05


def test_a_broken_run_shows_why():
    dropped, doubled, whole, false = (exercises.diagnose.broken_run(*case) for case in (
        ("dropped", 9), ("doubled", 9), ("nothing", None), ("nothing", None, (9,))))
    assert dropped.captions[9:] == [*whole.captions[10:], dropped.captions[-1]]
    assert doubled.captions[9:] == whole.captions[8:-1]
    assert [i for i in range(whole.count) if whole.captions[i] != false.captions[i]] == [9]
    assert all(whole.holds(i, i) for i in range(whole.count)) and not false.holds(9, 9)
    assert {len(run.captions) for run in (dropped, doubled, whole, false)} == {whole.count}
    assert not whole.holds(-1, -1) and not whole.holds(0, whole.count) and not whole.holds(whole.count, 0)


def test_found_is_what_the_probe_says(monkeypatch):
    """On each picture all named colours must be seen; the painter itself is not needed for this."""
    class Painter:
        def draw(self, sentence, n, seed):
            pictures = [[("wing", "red", "red"), ("belly", "blue", seen)] for seen in ("blue", "red", "blue")]
            return SimpleNamespace(seen=pictures[:n])

    monkeypatch.undo()
    monkeypatch.setattr(exercises.measure.sample, "Painter", SimpleNamespace(shipped=Painter))
    hits = exercises.measure.found("a sentence of this test", 3)
    assert hits.tolist() == [True, False, True] and not hits.flags.writeable


# The framework


def untouched(x):
    """Doubles x."""
    ...


def bare(x): ...


def passing(x):
    pass


def started(x):
    print(x)
    ...


class Methods:
    def inside(self, x):
        """A stub with indentation."""
        ...


@pytest.mark.parametrize("function", [untouched, bare, Methods.inside, Methods().inside])
def test_a_stub_is_a_docstring_and_dots(function):
    assert is_stub(function)


@pytest.mark.parametrize("function", [passing, started, len, print, lambda: ..., Methods, Methods(), torch.nn.ReLU()])
def test_anything_else_is_not_a_stub(function):
    assert not is_stub(function)


@pytest.fixture
def double():
    """An exercise outside the course."""
    def fits(answer):
        """2 times 3"""
        got = answer(3)
        return None if got == 6 else Wrong(6, got, "that is not double")

    def text_too(answer):
        """also of text"""
        return None if answer("a") == "aa" else Wrong("aa", answer("a"), "text can be doubled")

    return Exercise(id="start.double", title="twice", minutes=1, difficulty=1, text="Double `x`.",
                    hints=("one", "two", "three"), checks=(fits, text_too), explanation="Because.")


def test_an_untouched_stub_is_not_tried_yet(double, capsys):
    double.check(untouched)
    assert capsys.readouterr().out.startswith("--  not tried yet\n")
    assert progress.load() == {}


def test_each_check_is_a_line(double, capsys):
    double.check(lambda x: 2 * x)
    assert capsys.readouterr().out == "OK  2 times 3\nOK  also of text\n"
    double.check(lambda x: x + 3 if x == 3 else x)
    assert capsys.readouterr().out == ("OK  2 times 3\nNO  also of text: expected aa, got a - text can be doubled\n"
                                       "    a hint: exercises.start.double.hint()\n")


def test_the_first_mistake_is_the_one_to_mend(double):
    assert list(map(str, double.judge(lambda x: 7.0))) == [
        "NO  2 times 3: expected 6, got 7 - that is not double", "--  also of text: not checked yet"]


def breaks(x):
    message = "too blue\nand a second line"
    if x == 3:
        raise ValueError(message)


def leaves(x):
    sys.exit("enough")


def digs(x):
    return digs(x)


def swallows(x):
    while True:
        try:
            x += 1
        except Exception:
            pass


def test_an_error_of_the_learner_is_named_with_its_line(double):
    assert str(double.judge(breaks)[0]) == (
        "NO  2 times 3: expected a result, got ValueError: too blue - it stopped at `raise ValueError(message)`")


@pytest.mark.parametrize("answer, words", [
    (leaves, "SystemExit: enough"), (digs, "RecursionError"), (swallows, "none within 1,000,000 lines"),
    (lambda: 6, "TypeError"), (eval("lambda x, y: 6"), "is <lambda>(x, y) the form that was asked for?")])
def test_nothing_stops_the_notebook(double, answer, words):
    assert words in str(double.judge(answer)[0])


def test_the_tracer_of_others_is_put_back(double):
    def other(frame, event, argument):
        return None

    before = sys.gettrace()
    sys.settrace(other)
    try:
        double.judge(breaks)
        assert sys.gettrace() is other
    finally:
        sys.settrace(before)


def test_a_name_with_another_value_is_explained(double):
    assert str(double.judge(5)[0]) == ("NO  double is a function: expected a function, got 5"
                                       " - double was given another value")
    assert "run the cell that defines double" in str(double.judge(None)[0])


@pytest.mark.parametrize("value, words", [
    (0.123456, "0.1235"), (np.float32(0.5), "0.5"), (np.array([1, 2]), "[1, 2]"), (torch.tensor([0, 1]), "[0, 1]"),
    ("as it is", "as it is"), (None, "None")])
def test_values_are_short_words(value, words):
    assert str(Wrong(value, "x", "y")) == f"expected {words}, got x - y"


def test_hints_come_one_by_one(double, capsys):
    for _ in range(4):
        double.hint()
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 1 + 2 + 3 + 3
    assert lines[0] == "hint 1 of 3: one" and lines[-1] == "hint 3 of 3: three"


# Progress


def test_solved_stays_solved(double, tmp_path):
    double.judge(lambda x: 2 * x)
    double.judge(lambda x: x)
    assert json.loads((tmp_path / "progress.json").read_text()) == {"start.double": {"tries": 2, "solved": True}}
    assert [path.name for path in tmp_path.iterdir()] == ["progress.json"]


@pytest.mark.parametrize("damage", ["", "{", "[1]", "\0", '{"start.double": 3}', '{"start.double": {"tries": 1}}'])
def test_damaged_progress_is_begun_anew(double, tmp_path, damage):
    (tmp_path / "progress.json").write_text(damage)
    assert progress.load() == {}
    double.judge(lambda x: 2 * x)
    assert progress.load() == {"start.double": {"tries": 1, "solved": True}}


def test_progress_that_cannot_be_kept_is_no_error(double, tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("T2I_HOME", str(tmp_path / "file" / "below"))
    assert marks(double.judge(lambda x: 2 * x)) == ["OK", "OK"]


def test_a_run_without_a_learner_leaves_no_trace(double, monkeypatch):
    monkeypatch.setenv("T2I_STATIC", "1")
    double.judge(lambda x: 2 * x)
    assert progress.load() == {}


# Answers and chapters


def test_answers_bring_their_imports_and_nothing_else():
    tree = ast.parse(answer_source("start.to_pixels"))
    assert [ast.unparse(node) for node in tree.body[:-1]] == [
        "import numpy as np", "import torch", "from torch import Tensor"]
    assert isinstance(tree.body[-1], ast.FunctionDef)


def test_answers_bring_their_helpers():
    from t2ilib.exercises import answers

    module = ("import os.path\nfrom math import pi, tau as turn\nHALF = 0.5\nOTHER = 1\n\ndef helper(x):\n"
              "    return x * HALF  # kept\n\n@staticmethod\ndef f(x):\n    return helper(x) + turn\n")
    assert answers._self_contained(module, "f") == (
        "from math import tau as turn\n\n\nHALF = 0.5\n\n\ndef helper(x):\n    return x * HALF  # kept\n\n\n"
        "@staticmethod\ndef f(x):\n    return helper(x) + turn")


@pytest.mark.parametrize("unknown", ["start.nothing", "nowhere.x", "start", ""])
def test_an_unknown_id_is_refused(unknown):
    with pytest.raises(ValueError, match=f"got '{unknown}'"):
        answer_source(unknown)


def test_an_unknown_chapter_is_an_attribute_error():
    assert not hasattr(exercises, "nowhere")
    assert {"start", "gan_theory"} <= set(dir(exercises))
    assert not {"answers", "behaviour", "compare", "quiz"} & set(dir(exercises))
