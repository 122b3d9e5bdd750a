// One network laid out for a set of open boxes, as panel.py does it: the boxes from the inside out, then everything placed from the outside in.

// What of a panel no state changes: parents, levels, what leaves each item, which items stand in which.
class Panel {
  constructor(data, number) {
    Object.assign(this, {number, ...data});
    this.items.forEach((item, i) => {
      item.number = i;
      item.panel = this;
      item.level = i ? this.items[item.parent].level + 1 : 0;
      item.isBox = item.what === "box";
      item.children = [];
      if (i) this.items[item.parent].children.push(item);
    });
    this.leaving = this.items.map(() => ({keys: [], networks: []}));
    Object.values(this.boxes).forEach((rows) => rows.nets.forEach((net) => this.leave(net)));
    this.uses.forEach(([item, network]) => this.use(item, network));
  }

  leave(net) {
    if (!isUse(net)) net.tails.filter((tail) => tail >= 0).forEach((tail) => this.leaving[tail].keys.push(net.key));
  }

  use(item, network) {
    for (let at = item; at > 0; at = this.items[at].parent) {
      if (!this.leaving[at].networks.includes(network)) this.leaving[at].networks.push(network);
    }
  }

  // Which networks the children in each row of the outermost box point to, and from which slots.
  busRows() {
    const slots = new Map(this.boxes[0].slots.flatMap((slot, i) => (slot[0] === ITEM ? [[slot[2], i]] : []))), found = new Map();
    for (const [item, network] of this.uses) {
      const top = this.top(item), slot = slots.get(top), row = this.boxes[0].slots[slot][1];
      if (!found.has(row)) found.set(row, new Map());
      const held = found.get(row).get(network) ?? [];
      found.get(row).set(network, held.includes(slot) ? held : [...held, slot]);
    }
    return found;
  }

  top(item) {
    while (this.items[item].parent > 0) item = this.items[item].parent;
    return item;
  }

  // The item, or the outermost closed box that hides it.
  visible(item, open) {
    let shown = item;
    for (let at = this.items[item].parent; at > 0; at = this.items[at].parent) if (!open.has(this.items[at].key)) shown = at;
    return shown;
  }
}

// A panel with sizes: `open` holds the keys of open boxes, `framed` panels have a header of their own. What stands in a box that is as it
// was `before` is not worked out again.
class Drawn {
  constructor(panel, measures, open, right, framed, before) {
    Object.assign(this, {panel, m: measures, open, right, framed, sizes: [], frames: new Map(), shown: []});
    this.before = before?.right === right ? before : {sizes: [], frames: new Map()};
    for (const item of panel.items) this.shown.push(!item.number || (this.shown[item.parent] && this.isOpen(panel.items[item.parent])));
    this.measure();
    this.size = this.sizes[0];
    this.before = null;
  }

  isOpen(item) {
    return item.isBox && (!item.number || this.open.has(item.key));
  }

  measure() {
    for (let i = this.panel.items.length - 1; i >= 0; i--) {
      const item = this.panel.items[i];
      if (!this.shown[i]) continue;
      if (this.isOpen(item)) this.box(item);
      else this.sizes[i] = this.before.frames.has(i) ? this.leaf(item) : this.before.sizes[i] ?? this.leaf(item);
    }
  }

  box(item) {
    const {sizes, frames} = this.before, same = frames.has(item.number) && item.children.every((child) => this.sizes[child.number] === sizes[child.number]);
    this.frames.set(item.number, same ? frames.get(item.number) : this.inside(item));
    this.sizes[item.number] = this.frames.get(item.number).size;
  }

  inside(item) {
    const buses = item.number ? {} : Object.fromEntries([...this.panel.busRows()].map(([row, found]) => [row, found.size]));
    const insets = this.insets(item.head, Boolean(item.number) || this.framed), rows = this.panel.boxes[item.number];
    const frame = new Framer(this.m, rows, this.sizes, (key) => this.tag(key), insets, buses).frame();
    const lengths = new Map(rows.slots.flatMap((slot, i) => (slot[0] === ITEM ? [[i, this.sizes[slot[2]].length]] : [])));
    return {...frame, paths: pathsOf(frame, lengths, this.m.SETTLE)};
  }

  tag(key) {
    const {m} = this, wide = this.panel.trunks[key].width + m.LABEL_GAP + 4;
    return this.right ? {along: wide + 2, left: m.LABEL_TALL, right: 0} : {along: m.LABEL_TALL, left: 0, right: wide};
  }

  // The size of a card with its ports: several wires leave it side by side, each with room for its label.
  leaf(item) {
    const {m, right} = this, {keys, networks} = this.panel.leaving[item.number], {width, height} = item.card;
    const widest = most(keys.map((key) => this.panel.trunks[key].width), 0), [length, own] = right ? [width, height / 2] : [height, width / 2];
    const apart = right ? m.PORTS : roundEven(widest + m.LABEL_GAP + 10), reach = keys.length ? ((keys.length - 1) / 2) * apart : 0;
    const beside = keys.length && !right ? reach + m.LABEL_GAP + widest + 4 : 0;
    const half = Math.max(own, reach + m.EDGE, networks.length ? beside + m.USE_PORT : 0);
    const exits = Object.fromEntries([...keys.map((key, i) => [key, i * apart - reach]), ...networks.map((name) => [name, keys.length ? half - m.USE_PORT : 0])]);
    if (right) return {length, left: Math.max(half, reach + m.LABEL_TALL + 4), right: half, half, stub: keys.length ? widest + m.LABEL_GAP + 8 : 0, exits};
    return {length, left: half, right: Math.max(half, beside), half, stub: keys.length ? m.LABEL_TALL + 3 : 0, exits};
  }

  insets(head, framed) {
    const {m} = this;
    if (!framed) return {start: 0, end: 0, left: 0, right: 0, leastAlong: 0, leastAcross: 0};
    if (this.right) return {start: m.EDGE, end: m.EDGE, left: m.HEADER + m.INNER, right: m.EDGE, leastAlong: head.width, leastAcross: 0};
    return {start: m.HEADER, end: m.INNER, left: m.EDGE, right: m.EDGE, leastAlong: 0, leastAcross: head.width};
  }
}

// A whole number, of two equally near the even one.
function roundEven(x) {
  const floor = Math.floor(x);
  return x - floor === 0.5 ? floor + (floor % 2) : Math.round(x);
}

// Gives everything in a drawn panel its place; `along` and `across` are those of its outermost box.
class Placer {
  constructor(drawn, along, across) {
    Object.assign(this, {drawn, items: drawn.panel.items, at: [[along, across]], boxes: [], nodes: [], edges: [], labels: []});
    for (const item of this.items) {
      if (!drawn.shown[item.number]) continue;
      if (drawn.isOpen(item)) this.box(item);
      else this.node(item);
    }
  }

  point(along, across) {
    const one = round2(along), other = round2(across);
    return this.drawn.right ? [one, other] : [other, one];
  }

  rectangle(item, half) {
    const size = this.drawn.sizes[item.number], [along, across] = this.at[item.number];
    const [left, right] = half === undefined ? [size.left, size.right] : [half, half];
    const [x, y] = this.point(along, across - left), breadth = round2(left + right);
    return this.drawn.right ? {x, y, width: size.length, height: breadth} : {x, y, width: breadth, height: size.length};
  }

  anchor(item) {
    const [x, y] = this.point(...this.at[item.number]);
    return {x, y};
  }

  node(item) {
    const size = this.drawn.sizes[item.number], [along, across] = this.at[item.number];
    const {keys} = this.drawn.panel.leaving[item.number], first = keys.length ? size.exits[keys[0]] : null;
    this.nodes.push({item, anchor: this.anchor(item), ...this.rectangle(item, size.half), first});
    for (const key of keys) this.label(key, "out", along + size.length, across + size.exits[key], 0);
  }

  // A wire's shape just behind `along`, or just before it where `above` tells how much room it takes.
  label(key, part, along, across, above) {
    const {m, right, panel} = this.drawn, trunk = panel.trunks[key];
    const [x, y] = right ? [along - above + (above ? 0 : m.LABEL_GAP), across - 5] : [across + m.LABEL_GAP, above ? along - 4 : along + 12];
    this.labels.push({id: `${this.wire(key)} ${part}`, wire: this.wire(key), text: trunk.shape, x: round2(x), y: round2(y)});
  }

  wire(key) {
    return typeof key === "string" ? `use ${key}` : `p${this.drawn.panel.number}w${key}`;
  }

  box(item) {
    const found = this.drawn.frames.get(item.number), [along, across] = this.at[item.number];
    if (item.number || this.drawn.framed) this.boxes.push({item, anchor: this.anchor(item), ...this.rectangle(item), level: item.level});
    found.rows.slots.forEach(([kind, , child], i) => {
      if (kind === ITEM) this.at[child] = [along + found.begin[i], across + found.place[i]];
    });
    this.wires(item, found, along, across);
    for (const i of found.tagged) {
      const [, row, , net] = found.rows.slots[i], key = found.rows.nets[net].key;
      this.label(key, `in ${item.key} ${net}`, along + found.stop[row], across + found.place[i], this.drawn.tag(key).along);
    }
  }

  wires(box, found, along, across) {
    const {panel} = this.drawn, {slots, nets} = found.rows;
    found.paths.forEach((path) => {
      const {key} = nets[path.net], use = typeof key === "string", end = slots[path.target][2];
      const source = use ? slots[path.source][2] : panel.visible(panel.trunks[key].source, this.drawn.open);
      const target = end >= 0 && !this.drawn.isOpen(this.items[end]) ? this.items[end].key : null;
      this.edges.push({
        id: `${box.key} ${path.net} ${path.source} ${path.target}`, wire: this.wire(key), kind: use ? "use" : "wire", skip: path.through > 1,
        source: this.items[source].key, target, points: path.points.map(([a, b]) => this.point(along + a, across + b)),
      });
    });
  }
}
