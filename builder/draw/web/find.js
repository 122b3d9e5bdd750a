// The search box: matches counted, marked, and stepped through.

class Find {
  constructor(box, shown, items, go, mark) {
    Object.assign(this, {input: box, shown, said: shown.querySelector("output"), go, mark, found: [], at: -1});
    this.text = new Map(items.map((item) => [item, textOf(item)]));
    box.addEventListener("input", () => this.seek());
    box.addEventListener("keydown", (event) => this.key(event));
  }

  seek() {
    const wanted = this.input.value.trim().toLowerCase();
    this.found = wanted ? [...this.text].filter(([item, text]) => item.number && text.includes(wanted)).map(([item]) => item) : [];
    this.at = -1;
    this.shown.hidden = !wanted;
    this.tell();
    this.mark(new Set(this.found));
  }

  tell() {
    this.said.textContent = this.found.length ? `${this.at < 0 ? "" : `${this.at + 1} of `}${this.found.length}` : "none";
  }

  step(by) {
    if (!this.found.length) return;
    this.at = this.at < 0 && by < 0 ? this.found.length - 1 : (this.at + by + this.found.length) % this.found.length;
    this.tell();
    this.go(this.found[this.at]);
  }

  clear() {
    this.input.value = "";
    this.seek();
  }

  key(event) {
    if (event.key === "Enter") this.step(event.shiftKey ? -1 : 1);
    else if (event.key === "Escape") this.clear();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }
}

const textOf = ({name, title, brick, network, detail, shapes = []}) => [name, title, brick, network, detail, ...shapes].join("\n").toLowerCase();
