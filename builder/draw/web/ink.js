// Cards, headers, wires and labels as elements of SVG; words are set as text, never as markup.

const SVG = "http://www.w3.org/2000/svg", ROUND = 7;

function ink(tag, attributes = {}, ...children) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

const n2 = (x) => String(Math.round(x * 100) / 100);

function words(cls, x, y, said, beside) {
  const made = ink("text", {class: cls, x: n2(x), y: n2(y)}, said);
  if (beside) made.append(ink("tspan", {class: "small", dx: 6}, beside));
  return made;
}

const rect = (cls, x, y, width, height, rx) => ink("rect", {class: cls, x: n2(x), y: n2(y), width: n2(width), height: n2(height), rx: n2(rx)});

// The mark at the corner of what opens and closes.
function badge(x, open) {
  const bar = open ? "M-3 0H3" : "M-3 0H3M0 -3V3";
  return ink("g", {class: "badge", transform: `translate(${n2(x)} 0)`}, ink("circle", {r: 7}), ink("path", {d: bar}));
}

function pill(item, {width, height}) {
  return [rect("body", 0, 0, width, height, height / 2), words("name mid", width / 2, height / 2 + 4.5, item.card.bold)];
}

// The work of a card, across its first wire from the shape of what leaves it; as many words as there is room for.
function work({item, width, height, first}, m, direction) {
  const [long, short] = item.work ?? [];
  if (!long || first === null) return [];
  if (direction === "right") return [words("work", width + m.LABEL_GAP, height / 2 - first + 13, short[0])];
  const at = width / 2 + first - m.LABEL_GAP;
  return [words("work end", at, height + 12, long[1] <= at + m.GAP ? long[0] : short[0])];
}

// A card in its own coordinates; a closed block has two more behind it and a mark to open it.
function card(item, spot, m) {
  if (item.what === "input" || item.what === "output") return pill(item, spot);
  const stack = item.isBox ? m.STACK : 0, width = spot.width - stack, height = spot.height - stack, said = item.card;
  const behind = stack ? [stack, stack / 2].map((d) => rect("behind", d, d, width, height, ROUND)) : [];
  const left = m.STRIPE + m.PAD, right = width - m.PAD, turn = `a${ROUND} ${ROUND} 0 0 0`;
  const stripe = `M${ROUND} 0 ${turn} -${ROUND} ${ROUND} v${n2(height - 2 * ROUND)} ${turn} ${ROUND} ${ROUND} h${m.STRIPE - ROUND} v-${n2(height)} Z`;
  return [
    ...behind, rect("body", 0, 0, width, height, ROUND), ink("path", {class: "stripe", d: stripe}),
    words("name", left, 17.5, said.bold, said.beside), words("small", left, 33, said.left ?? ""),
    ...(said.right ? [words("small end", right, 33, said.right)] : []), ...(stack ? [badge(width, false)] : []),
  ];
}

// The header of an open block, over the wires that run in under it.
function header(item, {width}, m) {
  const {head} = item, side = m.HEADER - 9, tight = head.full > width, [beside, right] = tight ? head.tight : [head.beside, head.right];
  const band = `M0 ${m.HEADER} v${-side} a9 9 0 0 1 9 -9 h${n2(width - 18)} a9 9 0 0 1 9 9 v${side} Z`;
  return [ink("path", {class: "band", d: band}), words("name", m.PAD, 16.5, head.bold, beside),
    ...(right ? [words("small end", width - m.PAD, 16.5, right)] : []), ...(item.number ? [badge(width, true)] : [])];
}

// A path through points: straight where only one coordinate changes, else bending once over.
function curve(points, direction) {
  const said = [`M${n2(points[0][0])} ${n2(points[0][1])}`];
  for (const [[x, y], [toX, toY]] of pairs(points)) {
    if (x === toX || y === toY) said.push(`L${n2(toX)} ${n2(toY)}`);
    else if (direction === "down") said.push(`C${n2(x)} ${n2((y + toY) / 2)} ${n2(toX)} ${n2((y + toY) / 2)} ${n2(toX)} ${n2(toY)}`);
    else said.push(`C${n2((x + toX) / 2)} ${n2(y)} ${n2((x + toX) / 2)} ${n2(toY)} ${n2(toX)} ${n2(toY)}`);
  }
  return said.join(" ");
}

function marks() {
  const head = "M0.5 0.8 L7.5 4 L0.5 7.2 Z";
  return ink("defs", {}, ...["wire", "skip", "use", "lit"].map((name) => ink("marker", {
    id: `picture-${name}`, viewBox: "0 0 8 8", refX: 7.2, refY: 4, markerWidth: 9.8, markerHeight: 9.8, markerUnits: "userSpaceOnUse", orient: "auto",
  }, ink("path", {class: `head ${name}`, d: head}))));
}
