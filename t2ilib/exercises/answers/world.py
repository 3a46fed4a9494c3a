"""Chapter 00: what is true of a picture, and its frame."""

from t2ilib.data.captions import read_attributes

__all__ = ["crop_window", "is_true"]


def is_true(caption, scene):
    """True if all that the caption says holds for the scene."""
    reading, kind = read_attributes(caption), scene.species
    true = {"beak": kind.beak, "tail": kind.tail, "size": kind.size, "pattern": kind.pattern,
            "perch": scene.perch, "pose": scene.pose}
    return (all(kind.colour(part) == colour for part, colour in reading.colours.items())
            and all(true[what] == word for what, word in reading.shapes.items()))


def crop_window(box, photo_size):
    """What StackGAN's code takes of a photograph: left, top, right, bottom."""
    x, y, width, height = box
    cx, cy = int((2 * x + width) / 2), int((2 * y + height) / 2)
    r = int(0.75 * max(width, height))
    return max(0, cx - r), max(0, cy - r), min(photo_size[0], cx + r), min(photo_size[1], cy + r)
