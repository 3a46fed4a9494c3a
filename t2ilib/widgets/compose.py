"""Compose a bird: change one attribute of a scene and keep it possible."""

from dataclasses import replace

import numpy as np

from t2ilib.data.birds import LEVELS, PARTS, Scene, draw_scene, species
from t2ilib.data.rendered import FACTORS

OPTIONS = {**FACTORS, "sun": (-1.0, 0.0, 1.0), "level": LEVELS}
"""What can be changed, and the values it can take."""

OF_SPECIES = {"pattern": "pattern", "beak shape": "beak", "size": "size", "tail length": "tail"}
AFLOAT = 0.4 * 0.22             # radians: the steepest tilt of a swimming bird of the world


def change(scene: Scene, what: str, value: object) -> Scene:
    """The same bird with one attribute changed, kept possible: a swimming bird is on the water, and only that one.

    `what` is a key of OPTIONS, `value` one of its values. Raises: ValueError for others.
    """
    if what not in OPTIONS or value not in OPTIONS[what]:
        known = f"one of {', '.join(map(str, OPTIONS[what]))}" if what in OPTIONS else "an attribute of OPTIONS"
        raise ValueError(f"{what} should be {known}, got {value!r}; choose another")
    kind = scene.species
    if what in PARTS:
        colours = tuple(value if part == what else colour for part, colour in zip(PARTS, kind.colours))
        return replace(scene, species=replace(kind, colours=colours))
    if what in OF_SPECIES:
        grown = span(value) / span(kind.size) if what == "size" else 1.0
        return replace(scene, species=replace(kind, **{OF_SPECIES[what]: value}), scale=scene.scale * grown)
    if what in ("pose", "perch"):
        return replace(scene, **{what: value}, **consequence(scene, what, value))
    return replace(scene, **{what: value})


def span(size: str) -> float:
    """The scale at which birds of a size are drawn, up to chance that is always the same."""
    return draw_scene(0, replace(species()[0], size=size), np.random.default_rng(0)).scale


def consequence(scene: Scene, what: str, value: str) -> dict[str, str]:
    """What must change with the pose or the perch."""
    if what == "pose" and (value == "swimming") != (scene.perch == "water"):
        return {"perch": "water" if value == "swimming" else "branch"}
    if what == "perch" and (value == "water") != (scene.pose == "swimming"):
        return {"pose": "swimming" if value == "water" else "perched"}
    return {}


def as_drawn(scene: Scene) -> Scene:
    """The scene as its level can show it: level 1 has no pattern and no sun; only level 3 has poses and free places.

    Swimming birds lie level. Scenes of the world stay as they are.
    """
    if scene.level < 3:
        scene = replace(scene, pose="perched", perch="branch" if scene.perch == "water" else scene.perch,
                        x=min(max(scene.x, 0.48), 0.52), y=min(max(scene.y, 0.47), 0.53))
    elif scene.pose == "swimming":
        scene = replace(scene, tilt=min(max(scene.tilt, -AFLOAT), AFLOAT))
    return scene if scene.level > 1 else replace(scene, sun=0.0, species=replace(scene.species, pattern="plain"))


def value_of(scene: Scene, name: str) -> object:
    """The value of an attribute of OPTIONS that belongs to the scene as a whole."""
    return getattr(scene.species, OF_SPECIES[name]) if name in OF_SPECIES else getattr(scene, name)
