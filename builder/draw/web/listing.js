// The spec and the library beside the picture, numbered and coloured; the lines of what is chosen are lit, and a line finds its blocks.

const TOKEN = new RegExp([
  "(?<plain>(?<=\\b(?:description|name): ).*)", "(?<comment>(?:(?<=\\s)|^)#.*)",
  "(?<text>\"(?:[^\"\\\\]|\\\\.)*\"|'(?:[^']|'')*')", "(?<brick>(?<![\\w.])[A-Z]\\w*)",
  "(?<key>[A-Za-z_][\\w.{}=+*-]*(?=\\s*:(?:\\s|$)))", "(?<formula>(?<=[\\s\\[{:])=[^,\\]}#]*)",
  "(?<number>(?<![\\w.])-?\\d[\\d_]*(?:\\.\\d*)?(?:[eE][+-]?\\d+)?(?![\\w.]))",
  "(?<word>(?<![\\w.])(?:true|false|null)(?![\\w.]))",
].join("|"), "g");

function tag(name, cls, ...children) {
  const made = document.createElement(name);
  if (cls) made.className = cls;
  made.append(...children);
  return made;
}

class Listing {
  constructor(tabs, pane, files, items, choose) {
    Object.assign(this, {tabs, pane, files, choose, at: -1, turn: 0});
    this.laid = files.map(() => new Map());
    for (const item of items) if (item.lines) this.note(item, ...item.lines);
    tabs.hidden = files.length < 2;
    tabs.append(...files.map((file, i) => this.tab(file, i)));
    pane.addEventListener("click", (event) => this.pick(event.target.closest(".row.lays")));
    pane.addEventListener("keydown", (event) => this.key(event));
    if (files.length) this.open(0);
  }

  note(item, file, first, last) {
    for (let line = first; line <= last; line++) {
      const known = this.laid[file].get(line), length = last - first;
      if (!known || known.length > length) this.laid[file].set(line, {length, items: [item]});
      else if (known.length === length) known.items.push(item);
    }
  }

  tab(file, i) {
    const made = tag("button", "", file.name);
    Object.assign(made, {type: "button", role: "tab", onclick: () => this.open(i)});
    return made;
  }

  open(file) {
    if (this.at === file) return;
    this.at = file;
    [...this.tabs.children].forEach((tab, i) => tab.setAttribute("aria-selected", String(i === file)));
    const lines = this.files[file].text.replace(/\s+$/, "").split(/\r\n|[\n\r\x85\u2028\u2029]/);
    this.pane.replaceChildren(...lines.map((text, i) => this.row(text, i + 1, this.laid[file].has(i + 1))));
    const first = this.pane.querySelector(".lays");
    if (first) first.tabIndex = 0;
  }

  row(text, number, lays) {
    const made = tag("div", lays ? "row lays" : "row", tag("span", "number", String(number)), tag("span", "text", ...coloured(text)));
    made.dataset.line = number;
    if (lays) Object.assign(made, {tabIndex: -1, role: "button", ariaLabel: `Line ${number}: ${text.trim()}`});
    return made;
  }

  pick(row) {
    if (!row || String(getSelection())) return;
    const {items} = this.laid[this.at].get(Number(row.dataset.line)), now = items.indexOf(this.chosen);
    this.choose(items[(now + 1) % items.length]);
  }

  key(event) {
    const row = event.target.closest(".row.lays"), rows = [...this.pane.querySelectorAll(".row.lays")];
    const step = {ArrowDown: 1, ArrowUp: -1}[event.key], next = row && step && rows[rows.indexOf(row) + step];
    if (next) next.focus();
    else if (row && (event.key === "Enter" || event.key === " ")) this.pick(row);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  // Lights the lines of an item, and says which of several it is; `null` puts the light out.
  light(item) {
    this.chosen = item;
    if (item?.lines) this.open(item.lines[0]);
    const [, first, last] = item?.lines ?? [0, 0, -1], rows = [...this.pane.children];
    rows.forEach((row, i) => row.classList.toggle("lit", i + 1 >= first && i + 1 <= last));
    if (rows[first - 1]) this.scrollTo(rows[first - 1], rows[Math.min(last, rows.length) - 1]);
  }

  scrollTo(first, last) {
    const {pane} = this, top = first.offsetTop - pane.offsetTop, bottom = last.offsetTop + last.offsetHeight - pane.offsetTop;
    if (top < pane.scrollTop || bottom > pane.scrollTop + pane.clientHeight) pane.scrollTop = Math.max(0, top - pane.clientHeight / 3);
  }

  // "2 of 16" where one line lays several.
  place(item) {
    const found = item.lines && this.laid[item.lines[0]].get(item.lines[1]);
    const all = found?.items ?? [], at = all.indexOf(item);
    return all.length > 1 && at >= 0 ? `${at + 1} of ${all.length} laid there` : "";
  }
}

function coloured(text) {
  const said = [];
  let at = 0;
  for (const found of text.matchAll(TOKEN)) {
    const [kind] = Object.entries(found.groups).find(([, value]) => value !== undefined);
    said.push(text.slice(at, found.index), tag("span", `y-${kind}`, found[0]));
    at = found.index + found[0].length;
  }
  return [...said, text.slice(at)];
}
