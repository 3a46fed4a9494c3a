// A row of radios for each part of a bird, drawn as swatches; the first of a row leaves the part unnamed.
let palettes = 0;

function element(tag, className, parent) {
  const made = document.createElement(tag);
  made.className = className;
  parent.append(made);
  return made;
}

function render({ model, el }) {
  const number = palettes++;
  const frame = element("div", "t2i-palette", el);
  const radios = [];

  const choose = (part, colour) => {
    const chosen = { ...model.get("chosen") };
    if (colour) chosen[part] = colour;
    else delete chosen[part];
    model.set("chosen", chosen);
    model.save_changes();
  };
  const swatch = (row, part, colour, paint) => {
    const radio = element("input", colour ? "" : "t2i-unnamed", row);
    Object.assign(radio, { type: "radio", name: `t2i-palette-${number}-${part}`, title: colour || "unnamed" });
    radio.dataset.lmSuppressShortcuts = "true";       // the arrow keys are for the radios, not for the notebook
    radio.setAttribute("aria-label", `${part}: ${colour || "unnamed"}`);
    radio.style.background = paint;
    radio.addEventListener("change", () => choose(part, colour));
    radios.push({ radio, part, colour });
  };
  model.get("parts").forEach((part) => {
    const row = element("div", "", frame);
    row.setAttribute("role", "radiogroup");
    row.setAttribute("aria-label", part);
    element("span", "t2i-part", row).textContent = part;
    swatch(row, part, "", "");
    Object.entries(model.get("colours")).forEach(([colour, paint]) => swatch(row, part, colour, paint));
    element("span", "t2i-named", row);
  });
  const show = () => {
    const chosen = model.get("chosen");
    radios.forEach(({ radio, part, colour }) => (radio.checked = (chosen[part] ?? "") === colour));
    [...frame.children].forEach((row) => {
      row.lastChild.textContent = chosen[row.getAttribute("aria-label")] ?? "unnamed";
    });
  };
  model.on("change:chosen", show);
  show();
  return () => model.off(null, show);
}

export default { render };
