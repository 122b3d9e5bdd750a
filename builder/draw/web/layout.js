// The whole picture for a set of open boxes, as layout.py does it: the main network first, the networks it shares beside it (below, where it flows right).

// {boxes, nodes, edges, labels, width, height} of panels made by `new Panel`; the same coordinates as those of the still picture.
function layoutOf(panels, measures, open, direction) {
  const right = direction === "right", numbers = new Map(panels.slice(1).map((panel) => [panel.name, panel.number]));
  const drawn = panels.map((panel) => new Drawn(panel, measures, open, right, panel.number > 0, panel.drawn));
  panels.forEach((panel, i) => { panel.drawn = drawn[i]; });
  const spots = spotsOf(drawn, measures), placers = drawn.map((each, i) => new Placer(each, spots[i].along, spots[i].left + each.size.left));
  const [along, across] = extentOf(drawn, spots), wide = across + (numbers.size ? measures.GUTTER / 2 : 0);
  const buses = new Buses(drawn, spots, numbers, measures).edges(), all = (name) => placers.flatMap((placer) => placer[name]);
  const [width, height] = right ? [along, wide] : [wide, along];
  return {width, height, direction, boxes: all("boxes"), nodes: all("nodes"), edges: [...all("edges"), ...buses], labels: all("labels")};
}

const breadth = (drawn) => drawn.size.left + drawn.size.right;

// The main network in the first column, the others stacked in columns hardly longer than the longest panel.
function spotsOf(panels, m) {
  const longest = most(panels.map((panel) => panel.size.length), 0), spots = [{column: 0, along: 0, left: 0}];
  let left = 0, column = 0, along = longest, widest = breadth(panels[0]);
  for (const panel of panels.slice(1)) {
    if (along + m.APART + panel.size.length > longest * 1.25) {
      [left, column, along, widest] = [left + widest + m.GUTTER + m.BUS * (panels.length - 1), column + 1, -m.APART, 0];
    }
    spots.push({column, along: along + m.APART, left: round2(left)});
    along += m.APART + panel.size.length;
    widest = Math.max(widest, breadth(panel));
  }
  const below = spots.slice(1).some((spot) => spot.column === 0); // what stands in another column may use a network that stands there
  const start = column > 1 || (column && below) ? m.BUS * panels.length : 0;
  return spots.map((spot) => ({...spot, along: spot.along + start}));
}

function extentOf(panels, spots) {
  return [most(panels.map((panel, i) => spots[i].along + panel.size.length), 0), most(panels.map((panel, i) => spots[i].left + breadth(panel)), 0)];
}

// Lines from the uses of a network to its box: out of their row, down the gutter, into the box's header.
class Buses {
  constructor(panels, spots, networks, measures) {
    Object.assign(this, {panels, spots, networks, m: measures, right: panels[0].right});
  }

  // Every use's line, drawn only up to where it joins one drawn already, for dashes must not overlap.
  edges() {
    return this.panels.flatMap((drawn, number) => {
      const outer = drawn.frames.get(0), joined = new Set();
      const rows = [...drawn.panel.busRows()].sort((a, b) => this.away(number, b) - this.away(number, a));
      return rows.flatMap(([row, uses]) => [...uses].flatMap(([network, slots], place) =>
        this.row(number, slots, network, outer.straight[row] - this.m.BUS * (uses.size - place - 0.5), joined)));
    });
  }

  // The uses of one network in one row, the one nearest to the gutter first.
  row(number, slots, network, track, joined) {
    const spot = this.spots[number], target = this.networks.get(network), route = this.route(number, target, spot.along + track);
    const side = `${network} ${route[0][0] > route[1][0]}`, found = [];
    let lines = joined.has(side) ? route.slice(0, 1) : route;
    joined.add(side);
    const across = (slot) => this.across(number, slot, network);
    for (const slot of [...slots].sort((a, b) => across(b) - across(a))) {
      const start = [[this.begin(number, slot), across(slot)], [spot.along + track, across(slot)]];
      found.push(this.edge(number, target, slot, [...start, ...lines], lines.length > 1));
      lines = [[spot.along + track, across(slot)]];
    }
    return found;
  }

  // Rows farther from where their networks stand come first; the others join their lines.
  away(number, [row, uses]) {
    const along = this.spots[number].along + this.panels[number].frames.get(0).stop[row];
    return most([...uses.keys()].map((network) => Math.abs(along - this.spots[this.networks.get(network)].along)), 0);
  }

  across(number, slot, network) {
    const drawn = this.panels[number], outer = drawn.frames.get(0);
    return this.spots[number].left + outer.size.left + outer.place[slot] + drawn.sizes[outer.rows.slots[slot][2]].exits[network];
  }

  begin(number, slot) {
    const drawn = this.panels[number], outer = drawn.frames.get(0);
    return this.spots[number].along + outer.begin[slot] + drawn.sizes[outer.rows.slots[slot][2]].length;
  }

  edge(number, target, slot, lines, whole) {
    const drawn = this.panels[number], item = drawn.panel.items[drawn.frames.get(0).rows.slots[slot][2]], seen = new Set();
    const points = lines.map(([a, b]) => (this.right ? [round2(a), round2(b)] : [round2(b), round2(a)]));
    const told = points.filter((point) => !seen.has(String(point)) && seen.add(String(point)));
    const network = this.panels[target].panel;
    return {
      id: `bus ${item.key} ${target}`, wire: `use ${network.name}`, kind: "use", skip: false, source: item.key,
      target: whole ? network.items[0].key : null, points: told,
    };
  }

  // From a row's track through gutters to the target's header; columns further off are reached over the top.
  route(source, target, track) {
    const here = this.spots[source].column + 1, there = this.spots[target].column, goal = this.spots[target];
    const door = goal.along + this.m.HEADER / 2, first = this.lane(here, target);
    if (here === there) return [[track, first], [door, first], [door, goal.left]];
    if (here === there + 1) return [[track, first], [door, first], [door, goal.left + breadth(this.panels[target])]];
    const over = this.m.BUS * (this.panels.length - 1 - target);
    if (there < here) { // back to a column on the left, into the side that looks this way
      const back = this.lane(there + 1, target);
      return [[track, first], [over, first], [over, back], [door, back], [door, goal.left + breadth(this.panels[target])]];
    }
    const last = this.lane(there, target);
    return [[track, first], [over, first], [over, last], [door, last], [door, goal.left]];
  }

  // The place across of a network's lane in the gutter before a column.
  lane(column, target) {
    const edges = this.panels.flatMap((panel, i) => (this.spots[i].column === column - 1 ? [this.spots[i].left + breadth(panel)] : []));
    return most(edges, -Infinity) + this.m.GUTTER / 2 + this.m.BUS * (target - 1);
  }
}
