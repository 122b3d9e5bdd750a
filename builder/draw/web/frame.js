// One box laid out inside, as frame.py does it: lengths along the flow, places across it, the anchor where wires pass through.

const ITEM = 0, LANE_SLOT = 1, ENTRY = 2, EXIT = 3;
const isUse = (net) => typeof net.key === "string";

class Framer {
  constructor(measures, rows, sizes, tagOf, insets, buses) {
    Object.assign(this, {m: measures, rows, sizes, insets, buses});
    this.tags = this.longLanes(tagOf);
  }

  frame() {
    this.place = this.linedUp(places(this.field()));
    this.ends = this.strandEnds();
    const {left, right, anchor} = this.across(), bands = this.along();
    const place = this.place.map((x) => round2(x - anchor));
    const ends = this.ends.map(([a, b]) => [round2(a - anchor), round2(b - anchor)]);
    const size = {length: bands.length, left, right, half: 0, stub: 0, exits: this.border(EXIT, place), entries: this.border(ENTRY, place)};
    return {rows: this.rows, place, ends, ...bands, begin: this.begins(bands), tagged: [...this.tags.keys()], size};
  }

  keyOf(net) {
    return this.rows.nets[net].key;
  }

  // A lane through several rows is labelled again at its end, where its reader is.
  longLanes(tagOf) {
    const lanes = new Map(), tags = new Map();
    this.rows.slots.forEach(([kind, , , net], i) => {
      if (kind === LANE_SLOT) lanes.set(net, [...(lanes.get(net) ?? []), i].slice(-this.m.LONG));
    });
    for (const [net, found] of lanes) {
      if (found.length >= this.m.LONG && !isUse(this.rows.nets[net])) tags.set(found.at(-1), tagOf(this.keyOf(net)));
    }
    return tags;
  }

  field() {
    const up = this.rows.slots.map(() => []), down = this.rows.slots.map(() => []);
    for (const [upper, lower] of this.rows.strands) {
      down[upper].push(lower);
      up[lower].push(upper);
    }
    const lane = this.rows.slots.map(([kind, , , net]) => kind === LANE_SLOT || (net >= 0 && isUse(this.rows.nets[net])));
    return {rows: this.rows.rows, up, down, lane, reach: this.rows.slots.map((_, i) => this.reach(i)), gap: this.m.BETWEEN};
  }

  reach(number) {
    const [kind, , item] = this.rows.slots[number], tag = this.tags.get(number), lane = this.m.LANE;
    if (kind === ITEM) return [this.sizes[item].left, this.sizes[item].right];
    return tag ? [Math.max(lane, tag.left), Math.max(lane, tag.right)] : [lane, lane];
  }

  // A way in that is almost in line with the way out is moved into line, so that chains of boxes run straight.
  linedUp(place) {
    const entries = this.doors(ENTRY), exits = this.doors(EXIT);
    if (entries.length === 1 && exits.length === 1 && Math.abs(place[entries[0]] - place[exits[0]]) < this.m.NEARLY) place[entries[0]] = place[exits[0]];
    return place;
  }

  doors(kind) {
    return this.rows.slots.flatMap((slot, i) => (slot[0] === kind && !isUse(this.rows.nets[slot[3]]) ? [i] : []));
  }

  // Where each strand, the loose ones last, leaves its upper slot and meets its lower one.
  strandEnds() {
    const strands = [...this.rows.strands, ...this.rows.loose], tops = strands.map(([upper, , net]) => this.leaves(upper, net));
    const ends = tops.map(() => [0, 0]), arriving = new Map();
    strands.forEach(([, lower, net], i) => {
      const [kind, , item] = this.rows.slots[lower], size = kind === ITEM ? this.sizes[item] : null;
      if (size && !size.entries) arriving.set(lower, [...(arriving.get(lower) ?? []), i]);
      else ends[i] = [tops[i], this.place[lower] + (size ? size.entries[this.keyOf(net)] : 0)];
    });
    for (const [lower, numbers] of arriving) this.arrive(lower, numbers, tops, ends);
    return ends;
  }

  arrive(lower, numbers, tops, ends) {
    numbers.sort((a, b) => tops[a] - tops[b] || a - b);
    const at = this.place[lower], half = this.sizes[this.rows.slots[lower][2]].half;
    const offsets = spread(numbers.map((i) => tops[i] - at), half, this.m);
    numbers.forEach((number, i) => { ends[number] = [tops[number], at + offsets[i]]; });
  }

  leaves(slot, net) {
    const item = this.rows.slots[slot][2];
    return this.place[slot] + (item >= 0 ? this.sizes[item].exits[this.keyOf(net)] : 0);
  }

  border(kind, place) {
    return Object.fromEntries(this.rows.slots.flatMap((slot, i) => (slot[0] === kind ? [[this.keyOf(slot[3]), place[i]]] : [])));
  }

  // The box's reach to either side of its anchor, and the anchor: midway between its ways in and out.
  across() {
    const spans = this.place.map((x, i) => [x - this.reach(i)[0], x + this.reach(i)[1]]);
    const low = spans.length ? -most(spans.map((span) => -span[0]), -Infinity) : 0, high = most(spans.map((span) => span[1]), spans.length ? -Infinity : 0);
    const doors = [ENTRY, EXIT].map((kind) => this.doors(kind).map((i) => this.place[i])).filter((door) => door.length);
    const sum = (values) => values.reduce((a, b) => a + b, 0), means = doors.map((door) => sum(door) / door.length);
    const anchor = round2(means.length ? sum(means) / means.length : (low + high) / 2);
    const left = anchor - low + this.insets.left, right = high - anchor + this.insets.right;
    const lacking = Math.max(0, this.insets.leastAcross - left - right) / 2;
    return {left: round2(left + lacking), right: round2(right + lacking), anchor};
  }

  // Bands one after the other; the first is the header that entries pass under, the last the far border.
  along() {
    const bends = this.rows.rows.map(() => 0), {insets} = this;
    this.rows.strands.forEach(([upper], i) => {
      const row = this.rows.slots[upper][1], [top, bottom] = this.ends[i];
      bends[row] = Math.max(bends[row], Math.abs(top - bottom));
    });
    const lengths = this.rows.rows.map((_, row) => this.band(row)), gaps = lengths.slice(1).map((_, row) => this.gap(row, bends[row]));
    const total = lengths.reduce((a, b) => a + b, 0) + gaps.reduce((a, [plain, curved]) => a + plain + curved, 0) + insets.start + insets.end;
    const lacking = Math.max(0, insets.leastAlong - total) / 2;
    lengths[0] += insets.start + lacking;
    return bandsOf(lengths, [...gaps, [0, 0]], insets.end + lacking);
  }

  // Where each slot begins: in the middle of its band, or nearer to the only side on which it has wires.
  begins({start, stop}) {
    const strands = [...this.rows.strands, ...this.rows.loose];
    const fed = new Set(strands.map((strand) => strand[1])), read = new Set(strands.map((strand) => strand[0]));
    return this.rows.slots.map(([kind, row, item], i) => {
      const room = stop[row] - start[row], size = kind === ITEM ? this.sizes[item].length : room;
      return round2(start[row] + (room - size) * (0.5 + 0.5 * (read.has(i) - fed.has(i))));
    });
  }

  band(row) {
    const items = this.rows.rows[row].filter((i) => this.rows.slots[i][0] === ITEM).map((i) => this.sizes[this.rows.slots[i][2]].length);
    return most([...items, ...this.rows.rows[row].filter((i) => this.tags.has(i)).map((i) => this.tags.get(i).along)], 0);
  }

  // Behind a row: a straight stretch for labels and buses, then the room in which wires cross over.
  gap(row, bend) {
    const slots = this.rows.rows[row].map((i) => this.rows.slots[i]), m = this.m;
    const stub = most(slots.filter((slot) => slot[0] === ITEM).map((slot) => this.sizes[slot[2]].stub), 0);
    const curved = bend > 0.5 ? m.BEND + Math.min(m.DEEPEST, m.STEEP * bend) : 0;
    return [Math.max(stub, m.STRAIGHT) + m.BUS * (this.buses[row] ?? 0), curved + (row + 1 < this.rows.rows.length - 1 ? m.ARROW : 0)];
  }
}

function bandsOf(lengths, gaps, border) {
  const start = [], stop = [], straight = [];
  let at = 0;
  lengths.forEach((length, row) => {
    start.push(at);
    stop.push(at + length);
    straight.push(at + length + gaps[row][0]);
    at += length + gaps[row][0] + gaps[row][1];
  });
  const end = round2(at + border), last = lengths.length - 1;
  start[last] = stop[last] = straight[last] = end;
  return {start, stop, straight, length: end};
}

// Where wires meet a card, in order: apart from each other, and one that comes straight stays straight.
function spread(wanted, half, m) {
  const count = wanted.length, room = Math.max(0, 2 * (half - m.PORT_EDGE));
  const apart = count > 1 ? Math.min(m.PORT, room / (count - 1)) : 0, middle = wanted.findIndex((x) => Math.abs(x) < 0.5);
  const centred = middle < 0 || Math.max(middle, count - 1 - middle) * apart > room / 2 + 0.1;
  return wanted.map((_, i) => (i - (centred ? (count - 1) / 2 : middle)) * apart);
}
