"""Chapter 04: a sentence becomes numbers, and what an encoder says of its places becomes one vector."""

import torch

from t2ilib.exercises import Exercise, Wrong
from t2ilib.exercises.compare import NOTHING, numbers, wrong_form, wrong_numbers
from t2ilib.text.characters import ALPHABET, LONGEST

# Station 1: characters to numbers


def one_row_each(answer):
    """a row of 201 numbers for each caption"""
    return wrong_form(_read(answer, ["a red bird", "wings"]), (2, LONGEST))


def first_letters(answer):
    """"abc" is 1, 2, 3"""
    return wrong_numbers(_begin(answer, "abc", 3), [1, 2, 3], {
        (0, 1, 2): "0 is kept for nothing, so a is number 1",
        (97, 98, 99): "this is the character's code; asked for is its place in the alphabet",
        (0, 0, 0): "the numbers should begin at the left; what is empty stands behind them",
    }, "each character is its place in the alphabet, counted from 1")


def behind_the_end(answer):
    """0 behind the end, 70 for a blank"""
    return wrong_numbers(_begin(answer, "a b", 5), [1, 70, 2, 0, 0], {
        (1, 70, 2, 70, 70): "filled up with blanks: a blank is a character, nothing is 0",
        (1, 2, 0, 0, 0): "the blank is the last sign of the alphabet: it is read like any other",
        (1, 0, 2, 0, 0): "the blank is the last sign of the alphabet: it is read like any other",
        (1, 70, 2, -1, -1): "what is behind the end is 0",
    }, "three characters, then zeros")


def capitals(answer):
    """capitals are read as small letters"""
    return wrong_numbers(_begin(answer, "Red", 3), [18, 5, 4], {}, "the alphabet has small letters only: make the "
                         "caption lower case first")


def foreign_signs(answer):
    """a sign that is not in the alphabet is 0, and keeps its place"""
    return wrong_numbers(_begin(answer, "né b", 4), [14, 0, 70, 2], {
        (14, 70, 2, 0): "it was left out, so all later characters moved up by one",
        (14, -1, 70, 2): "`find` says -1 for what it does not find",
        (14, 71, 70, 2): "there is no number of its own for it: it is 0",
    }, "the second character is not in the alphabet")


def minus_sign(answer):
    """the minus sign is 60, not 37"""
    return wrong_numbers(_begin(answer, "a-b", 3), [1, 60, 2], {
        (1, 37, 2): "this is its first place; the sign stands in the alphabet twice, and the later place counts",
        (1, 59, 2): "one sign is missing before it: was the alphabet cleared of its double?",
    }, "the minus sign stands at 37 and at 60; the later place counts")


def long_captions(answer):
    """of a long caption the first characters are kept"""
    text = "ab" * 150
    for longest in (LONGEST, 4):
        got = _read(answer, [text, "b"], longest)
        wrong = wrong_form(got, (2, longest))
        if wrong:
            return wrong._replace(mistake=f"a caption of 300 characters is cut to `longest`, here {longest}")
        expected = [1, 2] * (longest // 2) + [1] * (longest % 2)
        wrong = wrong_numbers(numbers(got)[0], expected, {tuple([2, 1] * (longest // 2) + [2] * (longest % 2)):
                              "the end was kept; an encoder reads from the beginning"}, "cut behind `longest` signs")
        if wrong:
            return wrong
    return None


def another_alphabet(answer):
    """with another alphabet, too"""
    return wrong_numbers(_begin(answer, "x-ya", 4, "yx- -"), [2, 5, 1, 0], {}, "take the places from `alphabet`; this "
                         "one is y, x, minus, blank, minus")


def _read(answer, captions, longest=LONGEST, alphabet=ALPHABET):
    return answer(list(captions), alphabet, longest)


def _begin(answer, caption, count, alphabet=ALPHABET):
    """The first numbers of one caption."""
    got = _read(answer, [caption], alphabet=alphabet)
    return got if got is None else numbers(got)[0, :count]


characters = Exercise(
    id="text_reading.characters",
    title="read by characters",
    minutes=15,
    difficulty=2,
    text="Captions to numbers, as the papers' character encoders take them. `captions` is a list of B sentences, "
         "`alphabet` a string. A character is its place in the alphabet, counted from 1, in lower case; 0 stands for "
         "a character that is not in it, and for nothing behind the end. A sign that the alphabet holds twice, as the "
         "papers' alphabet holds the minus sign, has its *later* place: published weights count on that. Return "
         "(B, longest) whole numbers; of a longer caption the first `longest` characters stay.",
    hints=(
        "Which of both places does a dictionary keep, if you fill it from the beginning to the end?",
        "First a dictionary from character to place. Then, for each caption, a row of zeros that you fill from the "
        "left.",
        "`places = {sign: i for i, sign in enumerate(alphabet, start=1)}`; for each caption "
        "`[places.get(sign, 0) for sign in caption.lower()[:longest]]`, and zeros up to `longest`.",
    ),
    checks=(one_row_each, first_letters, behind_the_end, capitals, foreign_signs, minus_sign, long_captions,
            another_alphabet),
    explanation="A dictionary keeps what was written last, so the minus sign is 60, and number 37 is never used. That "
                "is a slip in the authors' code, but their weights were trained with it: to correct it would give "
                "them another sign. Nothing is unknown here but foreign signs; a word that nobody has seen is read "
                "letter by letter.",
)


# Station 2: one vector from many places


def one_vector_each(answer):
    """one vector for each sentence"""
    states, mask = _states((5, 3))
    return wrong_form(answer(states, mask), (2, 4))


def whole_sentences(answer):
    """no padding: the mean over time"""
    states, mask = _states((5, 5))
    return wrong_numbers(_flat(answer(states.clone(), mask.clone())), _flat(states.mean(1)), {
        tuple(_flat(states.sum(1))): "this is the sum; a long sentence would have a long vector",
        tuple(_flat(states[:, -1])): "this is the last state; asked for is the mean over all",
        tuple(_flat(states.amax(1))): "this is the largest value at any place; asked for is the mean",
        tuple(_flat(states.sum(1) / 10)): "divide each sentence by its own number of places, not by that of the batch",
    }, "add the states of a sentence along the axis of time, and divide by how many there are")


def padding(answer):
    """what stands behind the end does not count"""
    states, mask = _states((5, 2))
    weights = mask.float()[:, :, None]
    kept = (states * weights).sum(1)
    return wrong_numbers(_flat(answer(states.clone(), mask.clone())), _flat(kept / weights.sum(1)), {
        tuple(_flat(states.mean(1))): "padding was averaged, too: only places where the mask is True count",
        tuple(_flat(kept / 5)): "padding was set to 0 but still counted: divide by the number of True in the mask",
        tuple(_flat(kept / 7)): "divide each sentence by its own number of places, not by that of the batch",
        tuple(_flat(kept)): "this is the sum; a long sentence would have a long vector",
    }, "mean over the places of a sentence where its mask is True")


def holes(answer):
    """also if the padding is in front or between"""
    states, _ = _states((5, 5))
    mask = torch.tensor([[False, True, True, False, True], [False, False, True, True, False]])
    expected = torch.stack([state[own].mean(0) for state, own in zip(states, mask)])
    return wrong_numbers(_flat(answer(states.clone(), mask.clone())), _flat(expected), {},
                         "the places that count were taken to be the first ones: ask the mask")


def no_word_at_all(answer):
    """a sentence without any place gives zeros"""
    states, mask = _states((5, 0))
    got = answer(states.clone(), mask.clone())
    second = got if got is None else numbers(got)[1]
    if second is not None and (second != second).any():
        return Wrong("zeros", "nan", "0 / 0 has no value: let the count be at least 1, as with `clamp(min=1)`")
    return wrong_numbers(second, [0, 0, 0, 0], {}, "there is nothing to average, so return zeros")


def gradients(answer):
    """a gradient flows back to each place that counts"""
    states, mask = _states((5, 2))
    states.requires_grad_()
    got = answer(states, mask)
    if not isinstance(got, torch.Tensor) or not got.requires_grad:
        return Wrong("a tensor with a gradient", type(got).__name__ if got is not None else "nothing",
                     NOTHING if got is None else "stay in PyTorch: `detach`, `no_grad` and NumPy cut the encoder off")
    slopes, = torch.autograd.grad(got.sum(), states)
    return wrong_numbers(_flat(slopes[..., 0]), [0.2] * 5 + [0.5, 0.5, 0, 0, 0], {},
                         "each place that counts shares the gradient equally, padding gets none")


def _states(lengths):
    """States (2, 5, 4) of two sentences of these lengths, rubbish of about 100 behind their ends, and the mask."""
    states = torch.randn(2, 5, 4, generator=torch.Generator().manual_seed(4))
    mask = torch.arange(5) < torch.tensor(lengths)[:, None]
    return torch.where(mask[:, :, None], states, 100 + states), mask


def _flat(got):
    return got if got is None else numbers(got).flatten()


mean_over_time = Exercise(
    id="text_reading.mean_over_time",
    title="a mean that skips the padding",
    minutes=10,
    difficulty=2,
    text="A char-CNN-RNN ends with a mean over time. `states` (B, T, E) are what the recurrent layer says at each "
         "place, `mask` (B, T) is True where the sentence has a place. Return (B, E): the mean of a sentence's states "
         "over the places where its mask is True. What stands at other places may be anything. A sentence without any "
         "place gives zeros. Stay in PyTorch: training needs the gradient.",
    hints=(
        "A short sentence is padded to the length of the longest one. By what should its sum be divided?",
        "Give the mask a third axis, so that it multiplies all E numbers of a place; add along the axis of time; then "
        "divide by the number of places that counted.",
        "`weights = mask.unsqueeze(2).float()`, then `(states * weights).sum(1) / weights.sum(1).clamp(min=1)`.",
    ),
    checks=(one_vector_each, whole_sentences, padding, holes, no_word_at_all, gradients),
    explanation="A plain mean makes a sentence's vector depend on its neighbours in the batch, since the longest one "
                "sets T. The mistake is silent: training goes on, and the same sentence has another vector when it is "
                "encoded alone.",
)
