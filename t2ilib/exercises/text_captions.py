"""Chapter 04: several captions of one picture, and one word of one caption."""

import torch
from torch.nn import functional as F

from t2ilib.data.birds import COLOURS
from t2ilib.exercises import Exercise, Wrong
from t2ilib.exercises.compare import NOTHING, numbers, wrong_form, wrong_numbers

NONE = ()                   # no pair at all

# Station 1: the mean of several captions


def one_vector_a_picture(answer):
    """one vector for each picture"""
    return wrong_form(_joined(answer, _said(), 2), (3, 4))


def alone(answer):
    """of one caption, its direction"""
    said = _said()
    first = torch.stack([own[0] for own in said])
    return wrong_numbers(_flat(_joined(answer, said, 1)), _flat(F.normalize(first, dim=1)), {
        _flat(first): "give each result the length 1: retrieval compares directions",
        _flat(F.normalize(torch.stack([own.mean(0) for own in said]), dim=1)): "use the first `count` captions only",
        _flat(F.normalize(torch.stack([own[-1] for own in said]), dim=1)): "the first captions count, not the last",
        _flat(F.normalize(first, dim=0)): "`dim=1`: each picture's vector has length 1, not each column",
    }, "the first caption's vector, divided by its length")


def average_first(answer):
    """average first, then normalise"""
    said, half = [torch.tensor([[3.0, 0.0], [0.0, 1.0]])], 0.5 ** 0.5
    return wrong_numbers(_flat(_joined(answer, said, 2)), _flat(F.normalize(torch.tensor([3.0, 1.0]), dim=0)), {
        (0.5, 0.5): "normalised before averaging, so the mean is shorter than 1, and both captions count the same",
        (half, half): "normalised before averaging: then the score is no longer the mean of the captions' scores",
        (1.5, 0.5): "this is the mean; give it the length 1 as well",
        (1.0, 0.0): "only the first caption was used: `count` is 2",
    }, "the mean of (3, 0) and (0, 1) is (1.5, 0.5); then divide it by its length")


def not_the_largest(answer):
    """a mean, whatever the number of captions"""
    said = _said()
    expected = torch.stack([F.normalize(own[:4].mean(0), dim=0) for own in said])
    largest = F.normalize(torch.stack([own[:4].amax(0) for own in said]), dim=1)
    return wrong_numbers(_flat(_joined(answer, said, 4)), _flat(expected), {
        _flat(largest): "this is the largest of each number; asked for is the mean",
    }, "the mean over the first four captions of each picture, then its direction")


def fewer_captions(answer):
    """a picture with fewer captions uses what it has"""
    said = [torch.tensor([[2.0, 0.0]]), torch.tensor([[0.0, 1.0], [0.0, 3.0], [4.0, 0.0]])]
    return wrong_numbers(_flat(_joined(answer, said, 10)), [1, 0, 0.7071068, 0.7071068], {},
                         "the first picture has one caption, the second three: both lists are shorter than `count`")


def mean_of_scores(answer):
    """its score ranks pictures as the mean of the captions' scores does"""
    said, images = _said(), torch.randn(30, 4, generator=torch.Generator().manual_seed(9))
    got = torch.as_tensor(numbers(_joined(answer, said, 4)), dtype=torch.float32)
    for mine, own in zip(got, said):
        expected, ranked = (images @ own[:4].mean(0)).argsort(), (images @ mine).argsort()
        if not torch.equal(ranked, expected):
            return Wrong(expected, ranked, "F is linear: only the mean of the raw vectors ranks as the mean score does")
    return None


def _said():
    """Vectors (n, 4) of the captions of three pictures: 5, 4 and 6, of different lengths."""
    stream = torch.Generator().manual_seed(7)
    return [torch.randn(n, 4, generator=stream) * (0.3 + 3 * torch.rand(n, 1, generator=stream)) for n in (5, 4, 6)]


def _joined(answer, said, count):
    return answer([own.clone() for own in said], count)


def _flat(got):
    return got if got is None else tuple(numbers(got).flatten())


picture_vectors = Exercise(
    id="text_captions.picture_vectors",
    title="one caption, or the mean of many?",
    minutes=10,
    difficulty=2,
    text="The paper uses the mean of four captions while training, and of any number later. `captions` is a list with "
         "one tensor (n, E) a picture: the encoder's vectors of its n captions, as they come, of any length. Return a "
         "tensor (N, E): for each picture the direction, a vector of length 1, of the mean of its first `count` "
         "captions. A picture with fewer captions uses all it has.",
    hints=(
        "The score of a picture with a mean text should be the mean of its scores with the texts. Does that hold if "
        "each text is made 1 long before?",
        "For each picture: cut the list, average over its captions, divide by the length of what comes.",
        "`means = torch.stack([own[:count].mean(0) for own in captions])`, then `F.normalize(means, dim=1)`.",
    ),
    checks=(one_vector_a_picture, alone, average_first, not_the_largest, fewer_captions, mean_of_scores),
    explanation="Each caption names other parts; in the mean what they share adds up, and what one of them happened to "
                "say shrinks. To normalise first is no crime, but another rule: then the score is a mean of cosines, "
                "and a caption with a long vector counts no more than a pale one.",
)


# Station 2: swap one word


def a_list_of_pairs(answer):
    """a list of pairs: the sentence, and the swapped one"""
    got = answer("a red bird", "blue", tuple(COLOURS))
    if got is None:
        return Wrong("a list of pairs", "nothing", NOTHING)
    pairs = [tuple(pair) for pair in got if isinstance(pair, list | tuple) and len(pair) == 2]
    if pairs == [("a red bird", "a blue bird")]:
        return None
    return Wrong([("a red bird", "a blue bird")], got, "the first of a pair is the sentence as it was" if pairs
                 else "return [(sentence, swapped), ...], a pair for each colour word")


def one_word(answer):
    """one colour word, and the rest as it was"""
    return _wrong_swaps(_swaps(answer, "A small Red bird, on  a branch."), ["A small blue bird, on  a branch."], {
        NONE: "capitals: Red is a colour word, too",
        "a small blue bird, on  a branch.": "the rest was turned into small letters",
        "A small blue bird, on a branch.": "the blanks were changed: cut and join keep one of two",
        "A small blue bird on a branch": "commas and stops were lost: the rest stays as it is",
    }, "only the colour word changes; letters, signs and blanks stay")


def two_colours(answer):
    """two colours: two pairs, each with one change"""
    first, second = "a blue bird with black wings", "a red bird with blue wings"
    return _wrong_swaps(_swaps(answer, "a red bird with black wings"), [first, second], {
        "a blue bird with blue wings": "a word too many was changed: each pair begins anew from the sentence",
        (first,): "only the first colour was swapped: there is a pair for each",
        (second, first): "in the order of the sentence",
    }, "first the bird, then the wings")


def the_same_colour_twice(answer):
    """the same colour twice: still one change a pair"""
    first, second = "a blue bird with a red beak", "a red bird with a blue beak"
    return _wrong_swaps(_swaps(answer, "a red bird with a red beak"), [first, second], {
        "a blue bird with a blue beak": "`replace` changes the word wherever it stands: cut at the place instead",
        (first, first): "the first place was changed both times",
        (first,): "each place has a pair of its own, also if the colour was there before",
    }, "first the bird, then the beak")


def whole_words(answer):
    """bluebird, reddish, greys and scarred are no colour words"""
    got = _swaps(answer, "a reddish bluebird with two greys and a scarred wing")
    return _wrong_swaps(got, [], {}, "a colour was found inside another word: the whole word must be in `colours`")


def joined_words(answer):
    """blue-grey is one word, and none of the list"""
    got = _swaps(answer, "a blue-grey bird with a yellow beak and off-white legs", "pink")
    return _wrong_swaps(got, ["a blue-grey bird with a pink beak and off-white legs"], {},
                        "a word goes on behind a hyphen: half of `blue-grey` must not be swapped")


def already_there(answer):
    """no pair where nothing would change"""
    got = _swaps(answer, "a blue bird with Blue wings and a red tail")
    return _wrong_swaps(got, ["a blue bird with Blue wings and a blue tail"], {},
                        "blue for blue is no swap: both sentences would be the same")


def other_colours(answer):
    """the colours that are given, and no others"""
    got = _swaps(answer, "a red and teal bird", colours=("teal", "blue"))
    return _wrong_swaps(got, ["a red and blue bird"], {}, "take the words from `colours`; here they are teal and blue")


def _swaps(answer, sentence, new="blue", colours=tuple(COLOURS)):
    """The swapped sentences of an answer."""
    return tuple(swapped for _, swapped in answer(sentence, new, tuple(colours)))


def _wrong_swaps(got, expected, mistakes, otherwise):
    """A mistake is told by all sentences that come, or by one that is among them."""
    if got == tuple(expected):
        return None
    words = next((words for key, words in mistakes.items() if key == got or key in got), otherwise)
    return Wrong(expected or "no pair", list(got) or "no pair", words)


swap_pairs = Exercise(
    id="text_captions.swap_pairs",
    title="change one word",
    minutes=20,
    difficulty=3,
    text="Does the encoder hear a colour? Change it, and nothing else. For each colour word of `sentence`, in order, "
         "return a pair (sentence, swapped) in which this one word has become `new`; all other words, signs and blanks "
         "stay. A colour word is a whole word that is in `colours`, in capitals or not. A word may hold hyphens: "
         "`blue-grey` is one word, and none of `colours`. Where the word is `new` already, there is no pair. The "
         "article stays, too, even where grammar would change it.",
    hints=(
        "`str.replace` changes every place at once, and inside of words. What tells you the place of a single word?",
        "`re.finditer` gives each word with its `start()` and `end()`. A swap is what stands before, the new word, and "
        "what stands behind.",
        "`for word in re.finditer(r\"[\\w-]+\", sentence)`: if `word[0].lower()` is in `colours` and not `new`, then "
        "`sentence[:word.start()] + new + sentence[word.end():]`.",
    ),
    checks=(a_list_of_pairs, one_word, two_colours, the_same_colour_twice, whole_words, joined_words, already_there,
            other_colours),
    explanation="With a single word changed, whatever moves in the vector is due to this word. Two changes at once "
                "cannot be told apart, and a pair without any change would measure 0 and lower the mean. What the "
                "article costs is a question of its own: swap only `a` and `an`, and compare.",
)
