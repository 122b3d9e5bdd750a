// The drawing on the page: brought from one layout to the next by moving what stays, so that opening a block is seen to happen in place.

const BRIEF = 190, TOO_MANY = 1500;
const ease = (t) => 1 - (1 - t) ** 3;
const between = (a, b, t) => a + (b - a) * t;

// One thing drawn, by its id: `element` and how to `put` it at a spot.
class Scene {
  constructor(svg, measures) {
    Object.assign(this, {svg, m: measures, things: new Map(), layout: null, frame: 0});
    this.layers = Object.fromEntries(["grounds", "wires", "cards", "labels"].map((name) => [name, ink("g", {class: name, role: "presentation"})]));
    this.layer = ink("g", {class: "scene", role: "presentation"}, ...Object.values(this.layers));
    svg.append(marks(), this.layer);
  }

  // Draws a layout; `glide` tells the camera where to go meanwhile, from 0 to 1.
  show(layout, glide = () => {}, moving = true) {
    this.finish?.();
    const before = this.things, moves = [];
    this.layout = layout;
    this.spots = new Map([...layout.boxes, ...layout.nodes].map((spot) => [spot.item.key, spot]));
    this.things = new Map();
    this.clear(before, idsOf(layout));
    for (const box of layout.boxes) this.ground(box, before, moves);
    for (const edge of layout.edges) this.wire(edge, before, moves);
    for (const spot of inTurn([...layout.boxes, ...layout.nodes])) this.card(spot, before, moves);
    for (const label of layout.labels) this.label(label, before, moves);
    this.run(moves, glide, moving && before.size > 0 && this.things.size < TOO_MANY);
  }

  run(moves, glide, moving) {
    const start = performance.now();
    this.finish = () => {
      cancelAnimationFrame(this.frame);
      for (const move of moves) move(1);
      glide(1);
      this.finish = null;
    };
    if (!moving || matchMedia("(prefers-reduced-motion: reduce)").matches) return this.finish();
    const step = (now) => {
      const t = ease(clamp((now - start) / BRIEF, 0, 1));
      if (t >= 1) return this.finish();
      for (const move of moves) move(t);
      glide(t);
      this.frame = requestAnimationFrame(step);
    };
    return step(start);
  }

  // Takes away what is no more; what stays is met again in the same order, so that only what is new is put in.
  clear(before, ids) {
    for (const [id, thing] of before) if (!ids.has(id)) thing.element.remove();
    this.next = Object.fromEntries(Object.entries(this.layers).map(([name, layer]) => [name, layer.firstChild]));
  }

  // Keeps or makes a thing and notes how it moves; what is new comes from where its nearest box was.
  keep(id, layer, spot, before, moves, make) {
    const old = before.get(id), kind = make.kind ?? "", kept = old?.kind === kind, element = kept ? old.element : make.draw();
    this.things.set(id, {element, kind, spot});
    this.inOrder(layer, element, old?.element);
    const from = old ? old.spot : make.from?.();
    if (kept && String(Object.values(from)) === String(Object.values(spot))) return;
    moves.push(from ? (t) => make.put(element, t === 1 ? spot : make.mix(from, spot, t)) : (t) => make.put(element, spot, t));
  }

  inOrder(layer, element, old) {
    if (old && old !== element) {
      if (this.next[layer] === old) this.next[layer] = element;
      old.replaceWith(element);
    }
    if (this.next[layer] === element) this.next[layer] = element.nextSibling;
    else this.layers[layer].insertBefore(element, this.next[layer]);
  }

  ground(box, before, moves) {
    const tone = box.item.number ? `tone${box.level % 2}` : "network";
    this.keep(`ground ${box.item.key}`, "grounds", spotOf(box), before, moves, {
      draw: () => ink("rect", {class: `ground ${tone}`, rx: box.item.number ? 9 : 10, "data-key": box.item.key}),
      mix: mixSpot, from: () => this.was(box.item, before),
      put: (element, spot) => { for (const side of ["x", "y", "width", "height"]) element.setAttribute(side, n2(spot[side])); },
    });
  }

  card(place, before, moves) {
    const {item} = place, isHeader = "level" in place, kind = `${isHeader ? "head" : `card ${this.layout.direction}`} ${place.width}`;
    this.keep(`card ${item.key}`, "cards", spotOf(place), before, moves, {
      kind, draw: () => this.group(item, isHeader, place), mix: mixSpot, from: () => this.was(item, before, true),
      put: (element, spot) => element.setAttribute("transform", `translate(${n2(spot.x)} ${n2(spot.y)})`),
    });
  }

  group(item, isHeader, spot) {
    const kind = `${isHeader ? "header" : "card"} f-${item.number ? item.family : "network"} ${item.isBox ? "block" : item.what}`;
    const said = isHeader ? header(item, spot, this.m) : [...card(item, spot, this.m), ...work(spot, this.m, this.layout.direction)];
    const made = ink("g", {
      class: kind, "data-key": item.key, role: "treeitem", tabindex: -1, "aria-selected": "false", "aria-label": spoken(item),
      "aria-level": Math.max(1, item.level + (item.panel.number ? 1 : 0)),
    }, ...said);
    if (item.isBox && item.number) made.setAttribute("aria-expanded", String(isHeader));
    return made;
  }

  // Where the nearest box round an item was before, for what comes into view.
  was(item, before, inside = false) {
    for (let at = inside ? item.panel.items[item.parent] : item; at; at = at.panel.items[at.parent]) {
      const old = before.get(`card ${at.key}`), now = this.spots.get(at.key), own = this.spots.get(item.key);
      if (!old || !now) continue;
      const shift = {x: old.spot.x - now.x + (old.spot.width - now.width) / 2, y: old.spot.y - now.y};
      return inside ? {...own, x: own.x + shift.x, y: own.y + shift.y} : {...old.spot};
    }
    return null;
  }

  wire(edge, before, moves) {
    const head = edge.target ? (edge.kind === "use" ? "use" : edge.skip ? "skip" : "wire") : "", direction = this.layout.direction;
    this.keep(`wire ${edge.id}`, "wires", edge.points, before, moves, {
      kind: `${edge.points.length} ${direction} ${head}`,
      mix: (from, to, t) => to.map(([x, y], i) => [between(from[i][0], x, t), between(from[i][1], y, t)]),
      draw: () => ink("g", {class: `line ${edge.kind}${edge.skip ? " skip" : ""}`, "data-wire": edge.wire},
        ink("path", {class: "hit"}), ink("path", {class: "ink", ...(head && {"marker-end": `url(#picture-${head})`})})),
      put: (element, points, t = 1) => {
        const d = curve(points, direction);
        for (const path of element.children) path.setAttribute("d", d);
        element.setAttribute("opacity", t);
      },
    });
  }

  label(label, before, moves) {
    this.keep(`label ${label.id}`, "labels", {x: label.x, y: label.y}, before, moves, {
      draw: () => ink("text", {class: "label", "data-wire": label.wire}, label.text),
      mix: (from, to, t) => ({x: between(from.x, to.x, t), y: between(from.y, to.y, t)}),
      put: (element, spot, t = 1) => {
        element.setAttribute("x", n2(spot.x));
        element.setAttribute("y", n2(spot.y));
        element.setAttribute("opacity", t);
      },
    });
  }

  groupOf(key) {
    return this.things.get(`card ${key}`)?.element;
  }
}

function idsOf({boxes, nodes, edges, labels}) {
  const spots = [boxes.map(({item}) => `ground ${item.key}`), [...boxes, ...nodes].map(({item}) => `card ${item.key}`)];
  return new Set([...spots, edges.map(({id}) => `wire ${id}`), labels.map(({id}) => `label ${id}`)].flat());
}

// Cards and headers in the order of the spec, which is that of reading.
function inTurn(spots) {
  return spots.sort((a, b) => a.item.panel.number - b.item.panel.number || a.item.number - b.item.number);
}

const spotOf = ({x, y, width, height}) => ({x, y, width, height});
const mixSpot = (from, to, t) => Object.fromEntries(Object.keys(to).map((side) => [side, between(from[side], to[side], t)]));

function spoken(item) {
  const counts = [item.parameters && `${count(item.parameters)} parameters`, item.macs && `${count(item.macs)} multiply-accumulates`, item.shared && "shared weights"];
  const brick = item.network ?? item.brick ?? (item.number ? "block" : "network");
  return [`${brick} ${item.title}`, item.detail, item.shapes && `gives ${item.shapes.join(", ")}`, ...counts].filter(Boolean).join(", ");
}

const count = (number) => (number ?? 0).toLocaleString("en-US");
