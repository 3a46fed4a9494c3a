"""Chapter 04: a class by the company it keeps, and how well it is found."""

import torch

from t2ilib.exercises import Exercise, Wrong
from t2ilib.exercises.compare import numbers, wrong_form, wrong_numbers
from t2ilib.text import structured

# Station 1: f_v and f_t


def one_label_each(answer):
    """one label for each vector"""
    images, texts, labels = _cloud(seed=0)
    return wrong_form(answer(images[:6], texts, labels), (6,))


def labels_not_positions(answer):
    """labels, not positions: the classes are 40, 7 and 12"""
    texts, labels = torch.tensor([[2.0, 1, 0], [0, 2, 1], [1, 0, 2]]), torch.tensor([40, 7, 12])
    return wrong_numbers(_of(answer, torch.eye(3), texts, labels), [40, 7, 12], {
        (0, 1, 2): "these are numbers of texts; asked for is the label of the class",
        (2, 0, 1): "these are places among the sorted classes; asked for is the label that stands there",
        (1, 2, 3): "these are places; asked for is the label that stands there",
        (7, 12, 40): "this class fits worst: `argmax`, not `argmin`",
    }, "each vector fits the text of one class best")


def mean_not_best_text(answer):
    """the class that fits best on average, not that of the best single text"""
    texts = torch.tensor([[3.0], [-2.0], [1.0], [1.2]])
    labels = torch.tensor([5, 5, 8, 8])
    return wrong_numbers(_of(answer, torch.ones(1, 1), texts, labels), 8, {
        5.0: "5 has the best single text (3.0), but its mean is 0.5; the mean of 8 is 1.1",
    }, "the mean compatibilities are 0.5 for class 5 and 1.1 for class 8")


def many_texts(answer):
    """a class does not win by having more texts"""
    texts = torch.tensor([[1.0]] * 9 + [[2.0]])
    labels = torch.tensor([1] * 9 + [3])
    return wrong_numbers(_of(answer, 2 * torch.ones(1, 1), texts, labels), 3, {
        1.0: "9 texts of class 1 outvote one of class 3: take the mean over a class, not the sum"}, "class 3 has the "
        "higher mean")


def inner_products(answer):
    """by inner products, not by cosines or distances"""
    images = torch.tensor([[1.0, 1.0]])
    texts, labels = torch.tensor([[0.6, 0.6], [2.0, 0.5]]), torch.tensor([1, 2])
    return wrong_numbers(_of(answer, images, texts, labels), 2, {
        1.0: "class 1 is nearest, and has the best cosine; F(v, t) is the inner product, and 2.5 is more than 1.2",
    }, "F(v, t) is the inner product")


def mixed_up(answer):
    """texts in any order"""
    images, texts, labels = _cloud(seed=1)
    order = torch.randperm(len(labels), generator=torch.Generator().manual_seed(1))
    return _wrong_labels(answer, images, texts[order], labels[order],
                         "the texts of a class need not stand together: choose them by `labels == y`")


def both_ways(answer):
    """the other way round it is f_t"""
    images, texts, labels = _cloud(seed=2)
    return (_wrong_labels(answer, texts[:7], images, labels, "the same rule names texts by pictures")
            or _wrong_labels(answer, images[:7], texts, labels, "some class is never chosen rightly"))


def _cloud(seed, count=24):
    """Pictures (count, 4), texts (count, 4) and the labels of both: 3, 11, 20 or 57."""
    stream = torch.Generator().manual_seed(seed)
    labels = torch.tensor([57, 3, 20, 11]).repeat(count // 4)
    centres = torch.randn(60, 4, generator=stream)[labels]
    noise = torch.randn(2, count, 4, generator=stream)
    return centres + noise[0], centres + noise[1], labels


def _of(answer, vectors, others, labels):
    got = answer(vectors.clone(), others.clone(), labels.clone())
    return got if got is None else numbers(got)


def _wrong_labels(answer, vectors, others, labels, otherwise):
    expected = structured.classify(vectors, others, labels)
    return wrong_numbers(_of(answer, vectors, others, labels), expected.tolist(), {}, otherwise)


classify = Exercise(
    id="text_classes.classify",
    title="a class by its texts",
    minutes=15,
    difficulty=3,
    text="f_v of the paper: name a picture by texts alone. `vectors` (N, E) are pictures, `others` (M, E) texts, and "
         "`labels` (M,) says of which class each text is: any numbers, in any order, and some classes have more texts "
         "than others. Return (N,) labels: for each picture the class with which it is most compatible on average. "
         "F(v, t) is the inner product. With texts first and pictures second the same function is f_t.",
    hints=(
        "Over what does the paper's argmax run: over texts, or over classes?",
        "Make a table with a row for each vector and a column for each class; a cell is the mean of the products with "
        "the texts of this class. Or average the texts of a class first: F is linear, so it is the same.",
        "`classes = labels.unique()`, `means = torch.stack([others[labels == y].mean(0) for y in classes])`, "
        "then `classes[(vectors @ means.T).argmax(1)]`.",
    ),
    checks=(one_label_each, labels_not_positions, mean_not_best_text, many_texts, inner_products, mixed_up, both_ways),
    explanation="The argmax runs over classes. A summary of the paper says 'the text that fits best', and that is "
                "another classifier: one lucky text decides. Since F is linear, the mean of the products is the "
                "product with the mean text, so a species that nobody has seen is one vector.",
)


# Station 2: the precision of a ranking


def a_share_for_each_class(answer):
    """one share for each class"""
    scores, labels, classes = _ranking(seed=3)
    got = answer(scores, labels, classes, 5)
    if got is not None and numbers(got).size == 1:
        return Wrong(f"{len(classes)} shares", "one number", "do not average over the classes yet: a class that fails "
                                                           "should be seen")
    return wrong_form(got, (len(classes),))


def highest_first(answer):
    """the pictures with the highest scores count"""
    scores = torch.tensor([[0.9, 0.8, 0.1, 0.0], [0.1, 0.2, 0.3, 0.4]])
    return wrong_numbers(
        _top(answer, scores, torch.tensor([6, 6, 2, 2]), torch.tensor([6, 2]), 2), [1.0, 1.0], {
        (2.0, 2.0): "this is a number of pictures; divide by k",
        (0.0, 0.0): "these are the pictures that fit worst: the highest scores come first"}, "the two best pictures of "
        "each row are of its class")


def share_of_the_shown(answer):
    """the share of the k pictures that are shown"""
    scores = torch.tensor([[9.0, 8, 7, 6, 5, 4, 3, 2]])
    by_rank = "this weighs hits by their rank, as in average precision elsewhere; AP@k of the paper does not"
    labels = torch.tensor([4, 1, 4, 1, 1, 4, 4, 4])
    return wrong_numbers(_top(answer, scores, labels, torch.tensor([4]), 4), 0.5, {
        0.4: "this is recall, the share of the class that is shown; precision is the share of what is shown",
        1.0: "one hit is not enough: count how many of the k are of the class",
        (1 + 2 / 3) / 2: by_rank, (1 + 2 / 3) / 4: by_rank,
        5 / 8: "all pictures were counted: only the first k are shown",
    }, "of the best four, two are of class 4")


def labels_of_rows(answer):
    """row i is for class `classes[i]`, whatever its label is"""
    scores, labels, classes = _ranking(seed=4)
    return wrong_numbers(_top(answer, scores, labels, classes, 5), _shares(scores, labels, classes, 5), {},
                         "compare the labels of the pictures with `classes[i]`, not with i or a sorted list")


def small_classes(answer):
    """a class with fewer than k pictures cannot reach 1"""
    scores, labels = torch.tensor([[5.0, 4, 3, 2, 1]]), torch.tensor([9, 9, 0, 0, 0])
    return wrong_numbers(_top(answer, scores, labels, torch.tensor([9]), 4), 0.5, {
        1.0: "divided by the size of the class, or cut at it: k pictures are shown, and only 2 can be right",
    }, "two of the four that are shown can be right")


def _ranking(seed):
    """Scores (3, 20) of three classes, labels (20,) of the pictures, and the classes in no order."""
    stream = torch.Generator().manual_seed(seed)
    classes = torch.tensor([31, 4, 17])
    labels = classes[torch.randint(3, (20,), generator=stream)]
    return torch.randn(3, 20, generator=stream) + 2.0 * (labels == classes[:, None]), labels, classes


def _shares(scores, labels, classes, k):
    best = scores.topk(k, dim=1).indices
    return (labels[best] == classes[:, None]).float().mean(1).tolist()


def _top(answer, scores, labels, classes, k):
    return answer(scores.clone(), labels.clone(), classes.clone(), k)


precision_at = Exercise(
    id="text_classes.precision_at",
    title="how many of the first k are right?",
    minutes=10,
    difficulty=2,
    text="The paper's retrieval number. `scores` (C, N) say how well each of N pictures fits the mean text of each "
         "class, `labels` (N,) of which class each picture is, and `classes` (C,) for which class each row stands. "
         "Return (C,): for each class the share of its k best pictures that are of this class. The mean over classes "
         "is AP@k. k is at most N.",
    hints=(
        "You search for a species, and k pictures are shown. What makes you content?",
        "Find the positions of the k highest scores of each row, look up the labels there, compare with the class of "
        "the row.",
        "`best = scores.topk(k, dim=1).indices`, then `(labels[best] == classes[:, None]).float().mean(1)`.",
    ),
    checks=(a_share_for_each_class, highest_first, share_of_the_shown, labels_of_rows, small_classes),
    explanation="Chance is the share of the class among all pictures. The ceiling is 1 only for a class with k "
                "pictures or more: with 20 pictures of each species AP@50 ends at 0.4, so state the ceiling beside "
                "the number.",
)
