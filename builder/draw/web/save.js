// The picture as it stands, as a file of its own: what the page's style says is written on each element.

const KEPT = ["fill", "stroke", "stroke-width", "stroke-dasharray", "font-size", "font-weight", "text-anchor", "opacity", "marker-end"];
const MARGIN = 24;

// The SVG's text for a scene and its layout.
function savedSvg(svg, layout, title) {
  const copy = svg.cloneNode(true), from = [...svg.querySelectorAll("*")], spare = [...copy.querySelectorAll(".hit, .badge, title")];
  copy.querySelector(".scene").setAttribute("transform", `translate(${MARGIN} ${MARGIN})`);
  [...copy.querySelectorAll("*")].forEach((element, i) => inline(from[i], element));
  spare.forEach((element) => element.remove());
  const width = Math.ceil(layout.width + 2 * MARGIN), height = Math.ceil(layout.height + 2 * MARGIN);
  const ground = getComputedStyle(svg.parentElement).backgroundColor, font = getComputedStyle(svg).fontFamily;
  for (const name of [...copy.getAttributeNames()]) if (name !== "xmlns") copy.removeAttribute(name);
  const own = {width, height, viewBox: `0 0 ${width} ${height}`, role: "img", "font-family": font};
  for (const [name, value] of Object.entries(own)) copy.setAttribute(name, value);
  copy.prepend(ink("title", {}, title), ink("rect", {width, height, fill: ground}));
  return `${new XMLSerializer().serializeToString(copy)}\n`;
}

function inline(from, to) {
  const style = getComputedStyle(from), text = from.tagName === "text" || from.tagName === "tspan";
  for (const name of KEPT) {
    const value = style.getPropertyValue(name), matters = name === "fill" || name === "stroke-width";
    const plain = !matters && ["none", "normal", "1", "start", ""].includes(value);
    if (!plain && (text || !name.startsWith("font"))) to.setAttribute(name, value.replaceAll('"', "'"));
  }
  const spare = from.getAttributeNames().filter((name) => /^(class|tabindex|role|data-.*|aria-.*)$/.test(name));
  for (const name of spare) to.removeAttribute(name);
}

function download(name, text) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], {type: "image/svg+xml"}));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}
