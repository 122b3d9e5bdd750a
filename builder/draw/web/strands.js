// Strands of a laid-out box joined to drawn paths, as strands.py does it: one for the trunk of each wire, one for each branch off it.

// Every path of a box as {net, source, target, points, through}; `lengths` by slot tells how long each item is along the flow.
function pathsOf(frame, lengths, settle) {
  const {slots, strands, loose} = frame.rows, leaving = new Map(), claimed = new Set(), found = [];
  strands.forEach(([upper], i) => { leaving.set(upper, [...(leaving.get(upper) ?? []), i]); });
  const isLane = (slot) => slots[slot][0] === LANE_SLOT, pending = strands.flatMap(([upper], i) => (isLane(upper) ? [] : [i]));
  for (const first of pending) {
    const chain = [first];
    for (let lane = strands[first][1]; isLane(lane) && !claimed.has(lane); lane = strands[chain.at(-1)][1]) {
      claimed.add(lane);
      const onward = [...leaving.get(lane)].sort((a, b) => isLane(strands[b][1]) - isLane(strands[a][1]));
      chain.push(onward[0]);
      pending.push(...onward.slice(1));
    }
    found.push(pathOf(frame, chain.map((i) => [strands[i], frame.ends[i]]), lengths, settle));
  }
  loose.forEach((strand, i) => found.push(pathOf(frame, [[strand, frame.ends[strands.length + i]]], lengths, settle)));
  return found;
}

function pathOf(frame, chain, lengths, settle) {
  const points = chain.flatMap(([strand, ends]) => pointsOf(frame, strand, ends, lengths, settle));
  const [source, , net] = chain[0][0];
  return {net, source, target: chain.at(-1)[0][1], points: tidy(points), through: chain.length};
}

// Straight out of the upper slot, over in the gap between the rows, straight into the lower one.
function pointsOf(frame, [upper, lower], [leave, arrive], lengths, settle) {
  const above = frame.rows.slots[upper][1], below = frame.rows.slots[lower][1];
  const begin = lengths.has(upper) ? frame.begin[upper] + lengths.get(upper) : above ? frame.stop[above] : frame.start[0];
  return [[begin, leave], [frame.straight[above], leave], [frame.start[below] - settle, arrive], [frame.begin[lower], arrive]];
}

// Without points that lie on the straight line between their neighbours.
function tidy(points) {
  const kept = [];
  for (const point of points) {
    const last = kept.at(-1), before = kept.at(-2);
    if (before && before[1] === last[1] && last[1] === point[1]) kept.pop();
    const now = kept.at(-1);
    if (!now || now[0] !== point[0] || now[1] !== point[1]) kept.push(point);
  }
  return kept;
}
