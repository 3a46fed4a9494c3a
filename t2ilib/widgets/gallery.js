// Pictures to put into slots. A radio says which slot is filled; a press on a picture puts it in or takes it out.
let galleries = 0;

function element(tag, className, parent) {
  const made = document.createElement(tag);
  made.className = className;
  parent.append(made);
  return made;
}

// The keys are for this element, and not for the notebook around it.
function keepKeys(element) {
  element.dataset.lmSuppressShortcuts = "true";
}

function render({ model, el }) {
  const name = `t2i-slots-${galleries++}`;
  const frame = element("div", "t2i-gallery", el);
  const choice = element("div", "t2i-slots", frame);
  const grid = element("div", "t2i-pictures", frame);
  let slot = 0;

  model.get("slots").forEach((word, number) => {
    const label = element("label", "", choice);
    const radio = element("input", "", label);
    Object.assign(radio, { type: "radio", name, checked: number === slot });
    keepKeys(radio);
    radio.addEventListener("change", () => (slot = number));
    label.append(` fill ${word}`);
  });
  const press = (picture) => {
    const chosen = model.get("chosen").map((pictures) => [...pictures]);
    const there = chosen[slot].indexOf(picture);
    if (there < 0) chosen[slot].push(picture);
    else chosen[slot].splice(there, 1);
    model.set("chosen", chosen);
    model.save_changes();
  };
  const place = () => {
    grid.replaceChildren();
    model.get("pictures").forEach((address, picture) => {
      const button = element("button", "", grid);
      button.type = "button";
      keepKeys(button);
      button.addEventListener("click", () => press(picture));
      Object.assign(element("img", "", button), { src: address, alt: "", draggable: false });
      element("span", "t2i-badge", button);
    });
    mark();
  };
  const mark = () => {
    const [slots, words] = [model.get("slots"), model.get("words")];
    [...grid.children].forEach((button, picture) => {
      const inside = slots.filter((_, number) => model.get("chosen")[number].includes(picture)).join(" ");
      button.title = `bird ${picture + 1}: ${words[picture]}`;
      button.setAttribute("aria-label", button.title + (inside && `; in ${inside}`));
      button.setAttribute("aria-pressed", inside !== "");
      button.querySelector("span").textContent = inside;
    });
  };

  model.on("change:pictures change:words", place);
  model.on("change:chosen", mark);
  place();
  return () => { model.off(null, place); model.off(null, mark); };
}

export default { render };
