"""Where things are, and in which style: M2 keypoint error, M3 box error, M4 style read-out; which parts there are.

A drawn picture is compared with the real one whose layout or style it was asked to take over: row i of `wanted`. The
locator looks at both: what it finds on the drawn pictures is the score, on the real ones (`real`) the ceiling. Without
`real`, the pictures measured are the real ones themselves. Where the score is an error, less is better, so that its
ceiling lies below its floor.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.ndimage import binary_dilation, label
from skimage.color import deltaE_ciede2000, rgb2lab

from t2ilib.data.birds import KEYPOINTS, PARTS
from t2ilib.data.rendered import Rendered
from t2ilib.metrics.locator import Located
from t2ilib.metrics.measures import derangement
from t2ilib.metrics.statistics import Score, bootstrap, share

CLOSE = 0.1                 # of the box's diagonal: how near a keypoint must be to count as found, as in PCK@0.1
SPECK = 4                   # pixels; smaller pieces of a mask are mistakes and not a bird
RIM = 2                     # pixels round the mask that are left out of the background: there bird and ground mix
BEAK, BREAST, TAIL = (KEYPOINTS.index(name) for name in ("beak", "breast", "tail"))

Counted = tuple[np.ndarray, np.ndarray]         # per picture: a sum, and over how many things it goes; (N,), (N,)


def scored(count: Callable[[np.ndarray], Counted], drawn: np.ndarray, real: np.ndarray | None, blind: np.ndarray,
           kinds: np.ndarray) -> Score:
    """The score of what was drawn, with that of the real pictures and of a blind guess beside it.

    `count` compares answers (N, ...) with what was wanted; the interval is over the species `kinds` (N,).
    """
    parts, wholes = count(drawn)
    return Score(share(parts, wholes), len(parts), *bootstrap(parts, wholes, kinds),
                 ceiling=share(*count(drawn if real is None else real)), floor=share(*count(blind)))


# --- M2: the keypoints ------------------------------------------------------------------------------------------

def point_errors(points: np.ndarray, wanted: Rendered) -> np.ndarray:
    """Distance of each found keypoint from its true place: (N, 15, 2) -> (N, 15) as a share of the box's diagonal."""
    diagonal = np.hypot(wanted.boxes[:, 2], wanted.boxes[:, 3])
    return np.linalg.norm(points - wanted.points[..., :2], axis=2) / diagonal[:, None]


def keypoint_error(found: Located, wanted: Rendered, real: Located | None = None) -> Score:
    """M2: the mean distance of visible keypoints from where they should be, as a share of the box's diagonal.

    Floor: the mean pose, the same guess for every picture.
    Raises: ValueError if the numbers differ.
    """
    return _over_keypoints(lambda error: error, found, wanted, real)


def close_keypoints(found: Located, wanted: Rendered, real: Located | None = None) -> Score:
    """M2: PCK@0.1, the share of visible keypoints that are at most a tenth of the box's diagonal off.

    Source: Yang and Ramanan 2013, "Articulated Human Detection with Flexible Mixtures of Parts", Section 7 (PCK).
    Raises: ValueError if the numbers differ.
    """
    return _over_keypoints(lambda error: error <= CLOSE, found, wanted, real)


def _over_keypoints(judge: Callable, found: Located, wanted: Rendered, real: Located | None) -> Score:
    visible = wanted.points[..., 2] > 0

    def count(points: np.ndarray) -> Counted:
        return (judge(point_errors(points, wanted)) * visible).sum(1), visible.sum(1)
    mean_pose = np.broadcast_to(wanted.points[..., :2].mean(0), (len(wanted), len(KEYPOINTS), 2))
    return scored(count, _rows(found.points, wanted)[..., :2], None if real is None else real.points[..., :2],
                  mean_pose, wanted.labels)


def _rows(answers: np.ndarray, wanted: Rendered) -> np.ndarray:
    if len(answers) != len(wanted):
        raise ValueError(f"there should be one picture for each that was wanted, got {len(answers)} for {len(wanted)}; "
                         "give the rows of the data that the pictures were drawn for")
    return answers


# --- M3: the box ------------------------------------------------------------------------------------------------

def mask_boxes(masks: np.ndarray) -> np.ndarray:
    """The box round all of each mask but its specks: (N, S, S) bool -> (N, 4) x, y, width, height as fractions.

    An empty mask has an empty box in the corner, which overlaps with nothing.
    """
    masks, side = without_specks(masks), masks.shape[1]
    columns, rows = masks.any(1), masks.any(2)
    low = np.stack([columns.argmax(1), rows.argmax(1)], axis=1)
    high = side - np.stack([columns[:, ::-1].argmax(1), rows[:, ::-1].argmax(1)], axis=1)
    return np.hstack([low, high - low]) * masks.any((1, 2))[:, None] / side


def without_specks(masks: np.ndarray) -> np.ndarray:
    """Masks (N, S, S) less their connected pieces of fewer than SPECK pixels."""
    within_a_picture = np.zeros((3, 3, 3), int)
    within_a_picture[1] = 1
    pieces, _ = label(masks, within_a_picture)
    return masks & (np.bincount(pieces.ravel()) >= SPECK)[pieces]


def overlap(boxes: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Intersection over union, row by row: (N, 4) and (N, 4), x, y, width, height -> (N,) in 0..1."""
    low = np.maximum(boxes[:, :2], others[:, :2])
    high = np.minimum(boxes[:, :2] + boxes[:, 2:], others[:, :2] + others[:, 2:])
    both = (high - low).clip(0).prod(1)
    return both / (boxes[:, 2:].prod(1) + others[:, 2:].prod(1) - both)


def centre_distance(boxes: np.ndarray, others: np.ndarray) -> np.ndarray:
    """How far the middles of two boxes are apart, row by row -> (N,), as a share of the other's diagonal."""
    middles = boxes[:, :2] + boxes[:, 2:] / 2 - others[:, :2] - others[:, 2:] / 2
    return np.linalg.norm(middles, axis=1) / np.linalg.norm(others[:, 2:], axis=1)


def box_overlap(found: Located, wanted: Rendered, real: Located | None = None) -> Score:
    """M3: mean overlap (IoU) of the box round the found bird with the one that was asked for.

    Floor: a random box of the same world, that of another picture; a harder one to beat than any box at all.
    Raises: ValueError if the numbers differ.
    """
    return _over_boxes(overlap, found, wanted, real)


def centre_error(found: Located, wanted: Rendered, real: Located | None = None) -> Score:
    """M3: mean distance of the found box's middle from the wanted one, as a share of the wanted box's diagonal.

    Floor: a random box of the same world, that of another picture.
    Raises: ValueError if the numbers differ.
    """
    return _over_boxes(centre_distance, found, wanted, real)


def _over_boxes(compare: Callable, found: Located, wanted: Rendered, real: Located | None) -> Score:
    boxes = mask_boxes(_rows(found.parts, wanted) > 0)
    return scored(lambda answer: one_each(compare(answer, wanted.boxes)), boxes,
                  None if real is None else mask_boxes(real.parts > 0), wanted.boxes[derangement(len(wanted))],
                  wanted.labels)


def one_each(values: np.ndarray) -> Counted:
    """A value a picture."""
    return values, np.ones(len(values))


# --- which parts there are ---------------------------------------------------------------------------------------

def parts_shown(found: Located, real: Located) -> Score:
    """Of the ten parts of a bird, how many show on a picture, that is, on more than a SPECK: is it a whole bird?

    `found` and `real` are what the locator says of any generated and of any real pictures; they need not correspond.
    Ceiling: the real ones, on which some parts are hidden, too. Floor: no bird, no parts.
    """
    shown, best = ((count_parts(pictures) / len(PARTS)) for pictures in (found, real))
    return Score(float(shown.mean()), len(shown), *bootstrap(shown), ceiling=float(best.mean()), floor=0.0)


def count_parts(found: Located) -> np.ndarray:
    """(N,) how many parts cover SPECK pixels or more."""
    return np.sum([(found.parts == part).sum((1, 2)) >= SPECK for part in range(1, len(PARTS) + 1)], axis=0)


# --- M4: the style ----------------------------------------------------------------------------------------------

@dataclass(frozen=True)
class Style:
    """What a caption leaves open and a style vector should carry over."""

    background: np.ndarray      # (N, 3) CIELAB colour, the mean outside of the bird
    right: np.ndarray           # (N,) bool: faces right
    angle: np.ndarray           # (N,) degrees from tail to breast, positive lifts the breast


def read_style(images: np.ndarray, found: Located | Rendered) -> Style:
    """The style of pictures (N, S, S, 3) uint8, by the parts that were found on them, or their true ones."""
    beak, breast, tail = (found.points[:, part, :2] for part in (BEAK, BREAST, TAIL))
    across, down = (breast - tail).T
    return Style(background_colours(images, found.parts > 0), beak[:, 0] > tail[:, 0],
                 np.degrees(np.arctan2(-down, np.abs(across))))


def background_colours(images: np.ndarray, masks: np.ndarray) -> np.ndarray:
    """(N, S, S, 3) uint8 and birds (N, S, S) bool -> (N, 3) CIELAB; of the whole picture if all of it is bird."""
    within_a_picture = np.zeros((3, 3, 3), bool)
    within_a_picture[1] = True
    outside = ~binary_dilation(masks, within_a_picture, iterations=RIM)
    outside |= ~outside.any((1, 2), keepdims=True)
    total = np.einsum("nyxc,nyx->nc", images, outside, dtype=np.float64)
    return rgb2lab(total / outside.sum((1, 2))[:, None] / 255)


def background_error(drawn: Style, wanted: Rendered, real: Style | None = None) -> Score:
    """M4: mean CIEDE2000 difference of the background's colour from that of the wanted picture; 1 is just visible.

    Floor: the drawn backgrounds in another order.
    Raises: ValueError if the numbers differ.
    """
    return _over_styles("background", deltaE_ciede2000, drawn, wanted, real)


def facing_agreement(drawn: Style, wanted: Rendered, real: Style | None = None) -> Score:
    """M4: the share of birds that face as in the wanted picture. Floor: the drawn ones in another order.

    Raises: ValueError if the numbers differ.
    """
    return _over_styles("right", np.equal, drawn, wanted, real)


def angle_error(drawn: Style, wanted: Rendered, real: Style | None = None) -> Score:
    """M4: mean difference of the body's angle in degrees, whichever way it faces.

    Floor: the drawn angles in another order.
    Raises: ValueError if the numbers differ.
    """
    return _over_styles("angle", lambda ours, theirs: np.abs(ours - theirs), drawn, wanted, real)


def _over_styles(name: str, compare: Callable, drawn: Style, wanted: Rendered, real: Style | None) -> Score:
    answers, true = _rows(getattr(drawn, name), wanted), getattr(read_style(wanted.images, wanted), name)
    return scored(lambda answer: one_each(compare(answer, true).astype(float)), answers,
                  None if real is None else getattr(real, name), answers[derangement(len(wanted))], wanted.labels)
