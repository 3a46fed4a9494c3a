"""A bird with the truth about it: a picture, layers of keypoints, box and masks over it, ten captions beside it."""

from t2ilib.data import draw
from t2ilib.data.birds import KEYPOINTS, PARTS, Scene
from t2ilib.data.captions import describe
from t2ilib.data.draw import Picture
from t2ilib.figures import COLOUR, Markup
from t2ilib.figures_world import PART_PAINT, mask_layer, middles
from t2ilib.widgets.reader import PAPER_STYLE, image, marked

SIDE, SHOWN = 256, 384                          # pixels drawn, CSS pixels shown
LAYERS = ("keypoints", "box", "masks")
BLUE = COLOUR["real"]
STYLE = PAPER_STYLE + f"""<style>
.t2i-view {{ position: relative; width: {SHOWN}px; max-width: 100%; }}
.t2i-view > img {{ display: block; width: 100%; margin: 0; aspect-ratio: 1; }}
.t2i-view > img + img, .t2i-view > svg {{ position: absolute; inset: 0; width: 100%; height: 100%; }}
.t2i-view > img + img {{ opacity: .8; }}
.t2i-view text {{ font: bold 8px "DejaVu Sans", Verdana, sans-serif; text-anchor: middle; dominant-baseline: central;
  fill: #FFFFFF; stroke: #222222; stroke-width: 2px; paint-order: stroke; }}
.t2i-told {{ flex: 1 1 300px; margin: 0; padding: 0 0 0 24px; }}
.t2i-told > li {{ margin: 0 0 4px; overflow-wrap: anywhere; }}
.t2i-legend {{ flex: 0 0 100%; display: flex; flex-wrap: wrap; gap: 2px 14px; }}
</style>"""


def explorer_view(scene: Scene, show: tuple[str, ...] = ()) -> Markup:
    """A picture of the scene with the layers of `show` (any of LAYERS) on it, and its captions beside it.

    In the captions the words that name an attribute are underlined. Raises: ValueError for another layer.
    """
    if not {*show} <= {*LAYERS}:
        raise ValueError(f"show should be any of {', '.join(LAYERS)}, got {show!r}; leave the others out")
    picture, captions = draw.render(scene, SIDE), describe(scene)
    alt = alt_text(scene, picture)
    layers = image(picture.image, alt)
    if "masks" in show:
        layers += image(mask_layer(picture.parts), "")
    told = "".join(f"<li>{marked(caption)}</li>" for caption in captions)
    html = (f'{STYLE}<div class="t2i-paper"><div class="t2i-view">{layers}{overlay(picture, show)}</div>'
            f'<ol class="t2i-told" aria-label="ten captions">{told}</ol>{legend(picture, show)}</div>')
    return Markup(html, "\n".join([alt, *captions]))


def alt_text(scene: Scene, picture: Picture) -> str:
    """The picture in words."""
    kind, seen = scene.species, int(picture.keypoints[:, 2].sum())
    place = {"branch": "on a branch", "ground": "on the ground", "water": "on the water"}[scene.perch]
    return (f"A {kind.size} {kind.body} bird facing {scene.facing}, {scene.pose} {place}; the background is "
            f"{scene.background}. {seen} of {len(KEYPOINTS)} keypoints are visible.")


def overlay(picture: Picture, show: tuple[str, ...]) -> str:
    """Numbers of parts, box and keypoints, sharp at any size; hidden keypoints are hollow; names show on hovering."""
    shapes = []
    if "box" in show:
        x, y, width, height = picture.box
        shapes += [f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" fill="none" '
                   f'stroke="{colour}" stroke-width="{stroke}"/>' for colour, stroke in (("#FFFFFF", 3), (BLUE, 1.4))]
    if "keypoints" in show:
        order = sorted(zip(KEYPOINTS, picture.keypoints), key=lambda named: named[1][2])       # the hidden ones below
        shapes += [point(name, *place) for name, place in order]
    if "masks" in show:
        shapes += [f'<text x="{x:.1f}" y="{y:.1f}">{1 + PARTS.index(part)}</text>'
                   for part, (x, y) in middles(picture.parts).items()]
    return f'<svg viewBox="0 0 {SIDE} {SIDE}" aria-hidden="true">{"".join(shapes)}</svg>' if shapes else ""


def point(name: str, x: float, y: float, visible: float) -> str:
    """A filled or a hollow circle."""
    look = ((3.2, BLUE, "#FFFFFF", 1.1),) if visible else ((4.8, "none", "#FFFFFF", 2.8), (4.8, "none", BLUE, 1.3))
    at = f'cx="{x:.1f}" cy="{y:.1f}"'
    circles = "".join(f'<circle {at} r="{radius}" fill="{fill}" stroke="{edge}" stroke-width="{width}"/>'
                      for radius, fill, edge, width in look)
    return f"<g><title>{name}{'' if visible else ' (hidden)'}</title>{circles}</g>"


def legend(picture: Picture, show: tuple[str, ...]) -> str:
    """What the marks of the shown layers mean."""
    lines = []
    if "masks" in show:
        shown = middles(picture.parts)
        lines.append("".join(f'<span><span class="t2i-swatch" style="background:{paint}"></span> {number} {part}</span>'
                             for number, (part, paint) in enumerate(PART_PAINT.items(), 1) if part in shown))
    if "keypoints" in show:
        hidden = [name for name, place in zip(KEYPOINTS, picture.keypoints) if not place[2]]
        lines.append(f"<span>● {len(KEYPOINTS) - len(hidden)} visible keypoints</span>"
                     f"<span>○ hidden: {', '.join(hidden) or 'none'}</span>")
    return "".join(f'<div class="t2i-legend">{line}</div>' for line in lines)
