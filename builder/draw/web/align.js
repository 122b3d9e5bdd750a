// Places across the flow, as align.py works them out (Brandes and Köpf 2001): four alignments, each packed tightly, and the mean of the middle two.

const pairs = (row) => row.slice(1).map((other, i) => [row[i], other]);
const most = (values, least) => values.reduce((a, b) => (b > a ? b : a), least);

// Two decimal places as Python rounds: the nearest, and of two equally near the even one.
function round2(x) {
  const hundred = x * 100, floor = Math.floor(hundred), rest = hundred - floor;
  if (Math.abs(rest - 0.5) > 1e-6) return (rest > 0.5 ? floor + 1 : floor) / 100;
  const tie = Number.isInteger(x * 8);
  return tie ? (floor % 2 ? floor + 1 : floor) / 100 : Number(x.toFixed(2));
}

// The place of every slot of {rows, up, down, lane, reach, gap}, the leftmost reach at 0.
function places(field) {
  if (field.rows.every((row) => row.length < 2)) {
    const left = most(field.reach.map((reach) => reach[0]), field.reach.length ? -Infinity : 0);
    return field.lane.map(() => left);
  }
  const crossed = conflicts(field), preferred = preferredOf(field), found = [];
  for (const upward of [false, true]) {
    for (const mirrored of [false, true]) found.push(oneCorner(turned(preferred, upward, mirrored), crossed, mirrored));
  }
  return balanced(found, field.reach);
}

function turned(field, upward, mirrored) {
  let rows = upward ? [...field.rows].reverse() : field.rows, reach = field.reach;
  const [up, down] = upward ? [field.down, field.up] : [field.up, field.down];
  if (mirrored) {
    rows = rows.map((row) => [...row].reverse());
    reach = reach.map(([left, right]) => [right, left]);
  }
  return {rows, up, down, lane: field.lane, reach, gap: field.gap};
}

const pairKey = (field, one, other) => one * field.lane.length + other;

function conflicts(field) {
  const place = placeOf(field), crossed = new Set();
  for (const [above, row] of pairs(field.rows)) {
    let low = 0, start = 0;
    row.forEach((slot, i) => {
      const inner = field.up[slot].find((u) => field.lane[slot] && field.lane[u]);
      if (inner === undefined && i + 1 < row.length) return;
      const high = inner !== undefined ? place[inner] : above.length;
      for (const other of row.slice(start, i + 1)) crossedBy(field, place, other, low, high, crossed);
      start = i + 1;
      low = high;
    });
  }
  return crossed;
}

function crossedBy(field, place, other, low, high, crossed) {
  for (const u of field.up[other]) {
    const outside = place[u] < low || place[u] > high;
    if (outside && !(field.lane[u] && field.lane[other])) crossed.add(pairKey(field, u, other));
  }
}

function placeOf(field) {
  const place = new Array(field.lane.length);
  for (const row of field.rows) row.forEach((slot, i) => { place[slot] = i; });
  return place;
}

function oneCorner(field, crossed, mirrored) {
  const root = aligned(field, crossed), packed = packedOf(field, root);
  return root.map((block) => (mirrored ? -packed[block] : packed[block]));
}

// The block of every slot, named by its first member: a line of slots that will stand straight.
function aligned(field, crossed) {
  const root = field.lane.map((_, i) => i), taken = new Set(), place = placeOf(field);
  const free = (near, slot) => !taken.has(near) && !crossed.has(pairKey(field, near, slot)) && !crossed.has(pairKey(field, slot, near));
  for (const row of field.rows) {
    let least = -1;
    for (const slot of row) {
      const near = medians(field, slot, place).find((other) => free(other, slot) && least < place[other]);
      if (near === undefined) continue;
      root[slot] = root[near];
      taken.add(near);
      least = place[near];
    }
  }
  return root;
}

function medians(field, slot, place) {
  const near = [...field.up[slot]].sort((a, b) => place[a] - place[b]);
  return near.slice(Math.max(0, Math.floor((near.length - 1) / 2)), Math.floor(near.length / 2) + 1);
}

// The field with only those strands that both of their ends would like to see straight.
function preferredOf(field) {
  const above = bricksBefore(field, field.rows, field.up);
  const below = bricksBefore(field, [...field.rows].reverse(), field.down);
  const up = field.up.map((near, slot) => new Set(mainOf(field, slot, near, above)));
  const down = field.down.map((near, slot) => new Set(mainOf(field, slot, near, below)));
  return {
    ...field,
    up: field.up.map((near, slot) => near.filter((n) => up[slot].has(n) && down[n].has(slot))),
    down: field.down.map((near, slot) => near.filter((n) => down[slot].has(n) && up[n].has(slot))),
  };
}

function bricksBefore(field, rows, before) {
  const longest = new Array(field.lane.length).fill(0);
  for (const row of rows) {
    for (const slot of row) longest[slot] = most(before[slot].map((n) => longest[n]), 0) + (field.lane[slot] ? 0 : 1);
  }
  return longest;
}

function mainOf(field, slot, near, longest) {
  const alike = near.filter((other) => field.lane[other] === field.lane[slot]);
  if (near.length === 2 && alike.length === 2 && longest[near[0]] !== longest[near[1]]) {
    return [longest[near[1]] > longest[near[0]] ? near[1] : near[0]];
  }
  return alike.length === 1 ? alike : near;
}

// Each block as far left as it goes, then as far right as its right neighbours let it.
function packedOf(field, root) {
  const {right, before} = neighbours(field, root), at = {}, order = [];
  for (const block of right.keys()) {
    at[block] = 0;
    if (!before.get(block)) order.push(block);
  }
  for (const block of order) {
    for (const [other, distance] of right.get(block)) {
      at[other] = Math.max(at[other], at[block] + distance);
      before.set(other, before.get(other) - 1);
      if (!before.get(other)) order.push(other);
    }
  }
  for (const block of order.reverse()) {
    if (right.get(block).size) at[block] = Math.max(at[block], Math.min(...[...right.get(block)].map(([other, distance]) => at[other] - distance)));
  }
  return at;
}

function neighbours(field, root) {
  const right = new Map(root.map((block) => [block, new Map()])), before = new Map(root.map((block) => [block, 0]));
  for (const row of field.rows) {
    for (const [one, other] of pairs(row)) {
      const distance = field.reach[one][1] + field.gap + field.reach[other][0], beside = right.get(root[one]);
      if (!beside.has(root[other])) before.set(root[other], before.get(root[other]) + 1);
      beside.set(root[other], Math.max(beside.get(root[other]) ?? 0, distance));
    }
  }
  return {right, before};
}

function balanced(found, reach) {
  const bounds = found.map((xs) => [
    -most(xs.map((x, i) => reach[i][0] - x), -Infinity), most(xs.map((x, i) => x + reach[i][1]), -Infinity),
  ]);
  const wide = bounds.map(([low, high]) => high - low), narrow = wide.indexOf(Math.min(...wide));
  const shifted = found.map((xs, i) => xs.map((x) => x + bounds[narrow][i % 2] - bounds[i][i % 2]));
  const middle = shifted[0].map((_, slot) => {
    const four = shifted.map((xs) => xs[slot]).sort((a, b) => a - b);
    return (four[1] + four[2]) / 2;
  });
  const left = -most(middle.map((x, i) => reach[i][0] - x), -Infinity);
  return middle.map((x) => round2(x - left));
}
