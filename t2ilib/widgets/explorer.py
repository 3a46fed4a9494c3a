"""Compose a bird by its attributes and see it at once: the picture, the truth about each pixel, its ten captions."""

from dataclasses import replace
from functools import partial
from html import escape

import ipywidgets as widgets
import numpy as np

from t2ilib.data.birds import COLOURS, PARTS, PERCHES, Scene, World
from t2ilib.figures import Markup
from t2ilib.widgets import button, is_live
from t2ilib.widgets.bird_view import LAYERS, STYLE, explorer_view
from t2ilib.widgets.compose import OPTIONS, as_drawn, change, value_of
from t2ilib.widgets.latest import Latest
from t2ilib.widgets.sentence import BUSY

GROUPS = {"colours": ("part",), "shape": ("pattern", "beak shape", "size", "tail length"),
          "scene": ("pose", "background", "perch", "facing", "sun"), "show": ("level",)}
"""Which controls are seen together."""

SINCE = {"pattern": 2, "sun": 2, "pose": 3}     # the level from which on an attribute shows
WORDS = {-1.0: "from the left", 0.0: "from the front", 1.0: "from the right"}
FULL = {"width": "100%", "max_width": "820px"}
WRAP = FULL | {"flex_flow": "row wrap", "align_items": "center"}
START = World(seed=2, level=3).scene(78, "test")


def surprise(rng: np.random.Generator, level: int = 3) -> Scene:
    """A picture of a species that no generator has seen."""
    scene = World(seed=2, level=3).scene(int(rng.integers(10_000)), "test")
    return replace(scene, level=level)


class Explorer(widgets.VBox):
    """The picture of a bird, and controls for its attributes, one group of them at a time."""

    def __init__(self, scene: Scene = START):
        self.first, self.scene, self.syncing = scene, scene, False
        self.rng, self.latest = np.random.default_rng(), Latest(self.draw)
        self.group = widgets.ToggleButtons(options=list(GROUPS), layout=FULL, style={"button_width": "100px"},
                                           tooltips=[f"change {name}" for name in GROUPS])
        self.controls = {name: chooser(name, OPTIONS.get(name, PARTS)) for names in GROUPS.values() for name in names}
        self.swatches = {colour: swatch(colour, self._paint) for colour in COLOURS}
        self.layers = {name: widgets.Checkbox(name == "keypoints", description=name, indent=False,
                                              layout=widgets.Layout(width="120px")) for name in LAYERS}
        self.panel, self.view, self.busy = widgets.VBox(layout=FULL), widgets.HTML(layout=FULL), widgets.HTML()
        self.group.observe(self._regroup, "value")
        self.controls["part"].observe(self.sync, "value")
        for name, control in self.controls.items():
            if name != "part":
                control.observe(partial(self._chosen, name), "value")
        for box in self.layers.values():
            box.observe(self.latest.soon, "value")
        buttons = [button("Surprise me", "a species that no generator has seen", self.surprise),
                   button("Reset", "the first bird", self.reset)]
        super().__init__([self.group, self.panel, self.view, widgets.HBox([*buttons, self.busy])], layout=FULL)
        self._regroup()
        self.show(scene)

    def change(self, what: str, value: object) -> None:
        """Change one attribute and draw soon."""
        self.scene = change(self.scene, what, value)
        self.sync()
        self.latest.soon()

    def show(self, scene: Scene) -> None:
        """Show another bird now."""
        self.scene = replace(scene, sun=float(round(scene.sun)))
        self.sync()
        self.latest.now()

    def draw(self) -> None:
        """Draw the scene; the old picture stays until the new one is there."""
        self.busy.value = BUSY
        self.view.value = self.picture().html
        self.busy.value = ""

    def picture(self) -> Markup:
        """The view of the scene as it stands."""
        return explorer_view(as_drawn(self.scene), tuple(name for name, box in self.layers.items() if box.value))

    def sync(self, _change=None) -> None:
        """Let the controls say what is drawn; what the level does not have is greyed out."""
        drawn, self.syncing = as_drawn(self.scene), True
        swims = drawn.pose == "swimming"
        self.controls["perch"].options = ("water",) if swims else PERCHES[:2]
        for name, control in self.controls.items():
            if name != "part":
                control.value = value_of(drawn, name)
                control.disabled = drawn.level < SINCE.get(name, 1) or swims and name == "perch"
        chosen = drawn.species.colour(self.controls["part"].value)
        for colour, made in self.swatches.items():
            made.description = f"✓ {colour}" if colour == chosen else colour
        self.syncing = False

    def surprise(self, _button=None) -> None:
        """Show a bird of an unseen species at the same level."""
        self.show(surprise(self.rng, self.scene.level))

    def reset(self, _button=None) -> None:
        """Go back to the first bird."""
        self.show(self.first)

    def _chosen(self, name: str, event: dict) -> None:
        """A control has another value, set by a person or by `sync`."""
        if not self.syncing:
            self.change(name, event["new"])

    def _paint(self, colour: str) -> None:
        self.change(self.controls["part"].value, colour)

    def _regroup(self, _change=None) -> None:
        """Show the controls of the chosen group."""
        extra = {"colours": self.swatches, "show": self.layers}.get(self.group.value, {})
        lists = widgets.Box([self.controls[name] for name in GROUPS[self.group.value]], layout=WRAP)
        self.panel.children = [lists, widgets.Box(list(extra.values()), layout=WRAP)]

    def _repr_mimebundle_(self, **kwargs) -> dict:
        live = super()._repr_mimebundle_(**kwargs) if is_live() else {}
        view = self.picture()
        return live | {"text/html": static(self.scene, view), "text/plain": view.text}


def explore(scene: Scene = START) -> Explorer:
    """The explorer, beginning with a scene of level 3."""
    return Explorer(scene)


def static(scene: Scene, view: Markup) -> str:
    """The explorer as HTML for pages that cannot answer: what can be changed on top, the picture below."""
    fields = "".join(f'<span>{escape(name)} <span class="t2i-field">{escape(word(value_of(scene, name)))}</span></span>'
                     for names in GROUPS.values() for name in names if name != "part")
    return f'{STYLE}<div class="t2i-paper" style="gap:8px 14px">{fields}</div>{view.html}'


def word(value: object) -> str:
    """A value as a person reads it."""
    return WORDS.get(value, str(value)) if isinstance(value, float) else str(value)


def chooser(name: str, options: tuple) -> widgets.Dropdown:
    """A list to choose from, with its label."""
    return widgets.Dropdown(options=[(word(option), option) for option in options], description=name,
                            style={"description_width": "90px"}, layout=widgets.Layout(width="262px"))


def swatch(colour: str, act) -> widgets.Button:
    """A button in a colour, with its name."""
    red, green, blue = COLOURS[colour]
    ink = "#111111" if 0.299 * red + 0.587 * green + 0.114 * blue > 110 else "#FFFFFF"
    made = widgets.Button(description=colour, tooltip=f"paint it {colour}", layout=widgets.Layout(
        width="69px", padding="0", border="1px solid #6B6B6B"))
    made.style.button_color, made.style.text_color = f"rgb({red}, {green}, {blue})", ink
    made.on_click(lambda _button: act(colour))
    return made
