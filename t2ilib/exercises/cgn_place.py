"""Chapter 03: two conditions at once, a class at a place."""

import numpy as np
import torch
from torch import Tensor

from t2ilib.data.conditions import PLACE_MIDDLE, PLACE_UNIT
from t2ilib.exercises import Exercise, Wrong
from t2ilib.exercises.cgn_vectors import wrong_tensor


def class_then_place(answer):
    """first the class, then x, y and size: (B, count + 3)"""
    classes, boxes, mirrored = _birds()
    unmirrored = torch.zeros_like(mirrored)
    got = answer(classes.clone(), boxes.clone(), unmirrored.clone(), 3)
    return wrong_tensor(got, _right(classes, boxes, unmirrored), {
        "the place is missing: class and place, side by side": (5, 3),
        "a column for each class: 2 is not twice 1": (5, 4),
        "x, y, width and height: the size is one number, the root of the area": (5, 7),
        "a column for each class at each place? Put them side by side": (5, 9),
    }, "one column for each class, then (x, y, size), less (0.5, 0.5, 0.7), in tenths of the side",
        _misplaced(classes, boxes))


def _misplaced(classes: Tensor, boxes: Tensor) -> dict[str, Tensor]:
    """What the usual mistakes give where nothing is mirrored."""
    x, y, width, height = boxes.T
    usual = torch.tensor(PLACE_MIDDLE)
    seen = torch.stack([x + width / 2, y + height / 2, (width * height).sqrt()], dim=1)
    corner, area = torch.stack([x, y, seen[:, 2]], dim=1), torch.stack([*seen.T[:2], width * height], dim=1)
    places = {
        "this is the box's corner, not its middle": (corner - usual) / PLACE_UNIT,
        "as fractions of the side a place hardly changes: take tenths, less (0.5, 0.5, 0.7)": seen,
        "take (0.5, 0.5, 0.7) off: a usual place is 0": seen / PLACE_UNIT,
        "in tenths of the side: divide by 0.1": seen - usual,
        "the size is the root of the area: a bird that tilts keeps it": (area - usual) / PLACE_UNIT,
        "x and y changed places": ((seen - usual) / PLACE_UNIT)[:, [1, 0, 2]],
    }
    one_hot = torch.eye(3)[classes]
    return {words: torch.cat([one_hot, place], dim=1) for words, place in places.items()} | {
        "the place came first": torch.cat([(seen - usual) / PLACE_UNIT, one_hot], dim=1)}


def mirrored_pictures(answer):
    """a mirrored picture has its bird on the other side"""
    classes, boxes, mirrored = _birds()
    right, unit = _right(classes, boxes, mirrored), PLACE_UNIT
    corner = right.clone()
    corner[:, 3] = torch.where(mirrored, 1 - boxes[:, 0] + boxes[:, 2] / 2 - 0.5, right[:, 3] * unit) / unit
    return wrong_tensor(answer(classes.clone(), boxes.clone(), mirrored.clone(), 3), right, {},
                         "in a mirrored picture the middle is at 1 - x", {
        "nothing was mirrored: the box is that of the picture before": _right(classes, boxes, mirrored & False),
        "all pictures were mirrored: only some are": _right(classes, boxes, mirrored | True),
        "the wrong ones were mirrored": _right(classes, boxes, ~mirrored),
        "the corner was mirrored, and became the other corner: mirror the middle": corner,
        "mirrored top to bottom: birds keep their feet below": _upside_down(classes, boxes, mirrored),
    })


def nothing_is_changed(answer):
    """what was given stays as it was, and one picture is a batch"""
    given = [one[:1] for one in _birds()]
    kept = [one.clone() for one in given]
    got = answer(*given, 4)
    for name, one, old in zip(("classes", "boxes", "mirrored"), given, kept):
        if not one.equal(old):
            return Wrong(f"`{name}` as it was", "other numbers", "it is used again: change nothing in place")
    return wrong_tensor(got, _right(*kept, 4), {}, "`count` columns for the class; one picture is a batch, too", {})


def _birds() -> tuple[Tensor, Tensor, Tensor]:
    """Five birds: classes, boxes as x, y, width, height in fractions, and whether the picture is shown mirrored."""
    rng = np.random.default_rng(8)
    boxes = np.hstack([rng.uniform(0.05, 0.25, (5, 2)), rng.uniform(0.4, 0.7, (5, 2))])
    return (torch.tensor([2, 0, 1, 0, 2]), torch.from_numpy(boxes).float(),
            torch.tensor([True, False, True, True, False]))


def _right(classes: Tensor, boxes: Tensor, mirrored: Tensor, count: int = 3) -> Tensor:
    middle = boxes[:, :2] + boxes[:, 2:] / 2
    x = torch.where(mirrored, 1 - middle[:, 0], middle[:, 0])
    place = torch.stack([x, middle[:, 1], boxes[:, 2:].prod(1).sqrt()], dim=1)
    return torch.cat([torch.eye(count)[classes], (place - torch.tensor(PLACE_MIDDLE)) / PLACE_UNIT], dim=1)


def _upside_down(classes: Tensor, boxes: Tensor, mirrored: Tensor) -> Tensor:
    turned = boxes[:, [1, 0, 3, 2]]
    return _right(classes, turned, mirrored)[:, [0, 1, 2, 4, 3, 5]]


class_at_place = Exercise(
    id="cgn_place.class_at_place",
    title="this bird, there",
    minutes=15,
    difficulty=3,
    text="Two conditions at once. `classes` (B,) are below `count`, `boxes` (B, 4) are x, y, width and height in "
         "fractions of the picture's side, as they were before some pictures were mirrored left to right; `mirrored` "
         "(B,) says which are shown so. Return (B, count + 3): the class one-hot, then the x and y of the box's middle "
         "as it is shown, and the size, which is the root of the area. Take (0.5, 0.5, 0.7) off x, y and size, and "
         "give them in tenths of the side.",
    hints=(
        "Which of the four numbers of a box change when the picture is mirrored, and where is its middle then?",
        "Work out the middle first, then mirror its x where it should be, then shift and scale, then put it beside the "
        "one-hot class.",
        "`x = torch.where(mirrored, 1 - middle[:, 0], middle[:, 0])`; `place = torch.stack([x, middle[:, 1], size], "
        "dim=1)`; `(place - torch.tensor([0.5, 0.5, 0.7])) / 0.1`, and `torch.cat` with the classes along `dim=1`.",
    ),
    checks=(class_then_place, mirrored_pictures, nothing_is_changed),
    explanation="Side by side, a class and a place that never met in the training pictures can still be asked for "
                "together; a column for each class at each place could not do that. Shifted and scaled, the place is "
                "as loud as a class. And a box that is not mirrored with its picture teaches that places say nothing.",
)
