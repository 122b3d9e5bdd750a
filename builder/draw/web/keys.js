// The keyboard: arrows go along wires and to the side, letters do what the buttons do.

const LETTERS = {"+": "in", "=": "in", "-": "out", "_": "out", 0: "fit", "?": "help", o: "open", c: "close", d: "turn", s: "side", t: "theme"};

class Keys {
  constructor(root, view) {
    Object.assign(this, {view});
    root.addEventListener("keydown", (event) => this.key(event));
    document.addEventListener("keydown", (event) => this.slash(event));
  }

  slash(event) {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || isField(event.target)) return;
    event.preventDefault();
    this.view.find.input.focus();
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || isField(event.target)) return;
    const moved = event.key.startsWith("Arrow") && event.target.closest(".stage") && this.arrow(event.key.slice(5));
    if (!moved && !this.plain(event)) return;
    event.preventDefault();
  }

  plain(event) {
    const {view} = this, item = view.chosen ?? view.at(event.target), onButton = event.target.closest("button");
    if (event.key === "Escape") view.letGo();
    else if ((event.key === "Enter" || event.key === " ") && item && !onButton) view.press(item);
    else if (event.key in LETTERS) view.act(LETTERS[event.key]);
    else return false;
    return true;
  }

  arrow(way) {
    const {view} = this, right = view.direction === "right";
    if (!view.chosen) return view.choose(view.panels[0].items[1] ?? view.panels[0].items[0], {show: true, focus: true}) || true;
    const turned = right ? {Right: "Down", Left: "Up", Down: "Right", Up: "Left"}[way] : way;
    const next = {Down: () => this.onward(view.chosen), Up: () => this.back(view.chosen), Left: () => this.beside(-1), Right: () => this.beside(1)}[turned]();
    if (next) view.choose(next, {show: true, focus: true});
    return true;
  }

  // Along a wire out of a card, or into what an open block holds.
  onward(item) {
    if (this.view.isOpen(item)) return item.children.find((child) => child.what !== "output");
    return this.nearest(item, this.view.links.readers(item).map((other) => this.view.seen(other)));
  }

  back(item) {
    const sources = this.view.links.reads(item).map((other) => this.view.seen(other));
    return this.nearest(item, sources) ?? this.above(item);
  }

  above(item) {
    const parent = item.panel.items[item.parent];
    return parent && (parent.number || parent.panel.number) ? parent : null;
  }

  nearest(item, others) {
    const from = middle(this.view.spot(item)), far = (other) => Math.hypot(middle(this.view.spot(other)).x - from.x, middle(this.view.spot(other)).y - from.y);
    return others.sort((a, b) => far(a) - far(b))[0];
  }

  // The nearest brick of the same block to one side; to the left of all is the block itself.
  beside(side) {
    const {view} = this, item = view.chosen, axis = view.direction === "right" ? "y" : "x", here = middle(view.spot(item));
    const others = (item.panel.items[item.parent]?.children ?? []).filter((other) => side * (middle(view.spot(other))[axis] - here[axis]) > 1);
    const cross = axis === "x" ? "y" : "x", level = others.filter((other) => overlaps(view.spot(item), view.spot(other), cross));
    return this.nearest(item, level) ?? (side < 0 ? this.above(item) : null);
  }
}

const isField = (target) => target.matches("input, select, textarea");
const middle = ({x, y, width, height}) => ({x: x + width / 2, y: y + height / 2});

function overlaps(one, other, axis) {
  const size = axis === "x" ? "width" : "height";
  return one[axis] < other[axis] + other[size] && other[axis] < one[axis] + one[size];
}
