"""Chapter 02: what the head of a discriminator weighs."""

from collections.abc import Callable, Mapping

from t2ilib.exercises import Exercise, Wrong
from t2ilib.exercises.compare import NOTHING, wrong_numbers

HEADS: Mapping[str, Callable] = {   # the likely mistake -> the three numbers it gives; f features, s side, h hidden
    "a map has side * side places, not `side`": lambda f, s, h: (f * s, f, f * s * h + h),
    "the hidden layer gives `hidden` numbers, and one more layer makes the answer of them":
        lambda f, s, h: (f * s * s, f, f * s * s * h),
    "behind the average there is one number for each feature: one weight "
    "each": lambda f, s, h: (f * s * s, 0, f * s * s * h + h),
    "the average leaves one number for each *feature*, not for each place":
        lambda f, s, h: (f * s * s, s * s, f * s * s * h + h),
    "the average leaves one number for each feature, and that is weighed; `1` would be the mean of all":
        lambda f, s, h: (f * s * s, 1, f * s * s * h + h),
    "there are no biases here": lambda f, s, h: (f * s * s + 1, f + 1, f * s * s * h + h + h + 1),
    "the hidden layer is connected to every place of every feature": lambda f, s, h: (f * s * s, f, f * h + h),
    "flatten and average changed places": lambda f, s, h: (f, f * s * s, f * s * s * h + h),
}


def three_numbers(answer):
    """three whole numbers"""
    got = answer(8, 4, 16)
    if got is None:
        return Wrong("three numbers", "nothing", NOTHING)
    return None if len(got) == 3 else Wrong("three numbers", got, "return flatten, average, hidden")


def of_dcgan(answer):
    """DCGAN for 64 pixels: 512 features of 4 x 4"""
    return _wrong_heads(answer, 512, 4, 512)


def other_heads(answer):
    """maps of other sides, other widths"""
    return next(filter(None, (_wrong_heads(answer, *case) for case in ((512, 8, 512), (6, 1, 5), (10, 3, 7)))), None)


def _wrong_heads(answer, features, side, hidden):
    case = features, side, hidden
    right = (features * side**2, features, features * side**2 * hidden + hidden)
    return wrong_numbers(answer(*case), right, {tuple(formula(*case)): words for words, formula in HEADS.items()
                                                if formula(*case) != right},
                         "count the arrows: how many numbers go in, and how many come out")


head_weights = Exercise(
    id="dcg_heads.head_weights",
    title="three heads, three weights",
    minutes=5,
    difficulty=1,
    text="Where D ends there is a map of `features` channels with `side` x `side` places, and one answer is wanted. "
         "Return how many weights three heads have, none of which has biases: `flatten`, all numbers of the map "
         "straight into one answer, as in DCGAN; `average`, the mean of each channel over all places (global average "
         "pooling), then one answer; `hidden`, all numbers into `hidden` ones, and those into one answer. For "
         "512 channels, 4 x 4 places and 512 hidden numbers, guess all three first.",
    hints=(
        "How many numbers does the map hold, and how many are left when each channel is averaged?",
        "A layer without biases has inputs * outputs weights. The third head consists of two layers.",
        "`features * side**2`, `features`, and `features * side**2 * hidden + hidden`.",
    ),
    checks=(three_numbers, of_dcgan, other_heads),
    explanation="For 64 pixels: 8,192, 512 and 4,194,816. The hidden layer alone has more weights than the rest of the "
                "published D, which is 2.8 million. DCGAN removes it. It does not put an average in its place: the "
                "paper tried that, found it more stable and slower to converge, and connects the last map straight "
                "to the answer. Only the average takes pictures of any side without new weights.",
)
