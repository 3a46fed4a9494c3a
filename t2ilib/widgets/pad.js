// A square to drag a point on. `right` and `up` go from 0 to 1; the arrow keys move the point by a fiftieth.
const STEP = 0.02;
const MOVES = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowDown: [0, -1], ArrowUp: [0, 1] };

const inside = (value) => Math.min(1, Math.max(0, value));

function element(tag, className, parent) {
  const made = document.createElement(tag);
  made.className = className;
  parent.append(made);
  return made;
}

function render({ model, el }) {
  const pad = element("div", "t2i-pad", el);
  pad.dataset.lmSuppressShortcuts = "true";       // the arrow keys are for the point, not for the notebook
  const map = element("img", "", pad);
  const point = element("span", "t2i-point", pad);
  map.alt = "";
  map.draggable = false;
  pad.tabIndex = 0;
  pad.setAttribute("role", "slider");
  pad.setAttribute("aria-valuemin", 0);
  pad.setAttribute("aria-valuemax", 1);

  const show = () => {
    const [right, up] = [model.get("right"), model.get("up")];
    if (map.src !== model.get("map")) map.src = model.get("map");
    point.style.left = `${100 * right}%`;
    point.style.top = `${100 * (1 - up)}%`;
    pad.setAttribute("aria-label", model.get("label"));
    pad.setAttribute("aria-valuenow", right.toFixed(2));
    pad.setAttribute("aria-valuetext", `right ${right.toFixed(2)}, up ${up.toFixed(2)}`);
  };
  const move = (right, up) => {
    model.set({ right: inside(right), up: inside(up) });
    model.save_changes();
  };
  const follow = (event) => {
    const box = pad.getBoundingClientRect();
    move((event.clientX - box.left) / box.width, 1 - (event.clientY - box.top) / box.height);
  };

  pad.addEventListener("pointerdown", (event) => {
    pad.setPointerCapture(event.pointerId);
    follow(event);
  });
  pad.addEventListener("pointermove", (event) => {
    if (pad.hasPointerCapture(event.pointerId)) follow(event);
  });
  pad.addEventListener("keydown", (event) => {
    if (!(event.key in MOVES)) return;
    event.preventDefault();
    const [right, up] = MOVES[event.key];
    move(model.get("right") + STEP * right, model.get("up") + STEP * up);
  });
  model.on("change:right change:up change:map change:label", show);
  show();
  return () => model.off(null, show);
}

export default { render };
