// The picture and everything round it: what is open, what is chosen, and what a click, a key or the page's address does.

class Picture {
  constructor(root, data) {
    Object.assign(this, {root, data, m: data.measures, direction: data.direction, open: new Set(), chosen: null, wire: null});
    this.panels = data.panels.map((panel, i) => new Panel(panel, i));
    this.links = new Links(this.panels);
    const part = (name) => root.querySelector(name), items = [...this.links.items.values()];
    this.stage = part(".stage");
    this.whole = root.classList.contains("whole");
    this.scene = new Scene(part(".drawing"), this.m);
    this.camera = new Camera(this.stage, this.scene.layer, this.whole);
    this.listing = new Listing(part(".files"), part(".side .code"), data.files, items, (item) => this.choose(item, {show: true}));
    this.facts = new Facts(part(".told"), this.links, this.listing, (item) => this.choose(item, {show: true}));
    this.find = new Find(part(".seek input"), part(".found"), items, (item) => this.choose(item, {show: true, focus: false}), (found) => this.mark(found));
    this.keys = new Keys(root, this);
    this.found = new Set();
    this.begin();
  }

  begin() {
    this.title();
    this.levels();
    this.openTo(this.data.depth);
    this.facts.nothing(this.panels);
    this.listen();
    this.draw({moving: false});
    this.camera.begin(this.scene.layout, this.mainLine());
    this.unseen = this.stage.clientWidth === 0;
    this.fromAddress();
    this.tabStop();
  }

  title() {
    const total = this.panels[0].items[0], counts = [`${count(total.parameters)} parameters`, ...(total.work ? [total.work[0][0]] : [])];
    this.root.querySelector(".who b").textContent = total.title;
    this.root.querySelector(".who span").textContent = counts.join(" · ");
  }

  levels() {
    const select = this.root.querySelector(".levels select"), {deepest} = this.data;
    this.root.querySelector(".levels").hidden = deepest === 0;
    for (let depth = 0; depth <= deepest; depth++) select.append(new Option(depth === deepest ? "all" : String(depth), depth));
    select.append(new Option("mixed", "own"));
    select.addEventListener("change", () => {
      if (select.value !== "own") this.toDepth(Number(select.value));
    });
  }

  listen() {
    const {root, stage} = this;
    root.addEventListener("click", (event) => this.click(event));
    stage.addEventListener("pointerover", (event) => this.hover(event.target));
    stage.addEventListener("pointerleave", () => this.hover(null));
    stage.addEventListener("hint", () => this.hint());
    addEventListener("hashchange", () => this.fromAddress());
    addEventListener("beforeprint", () => this.print(true));
    addEventListener("afterprint", () => this.print(false));
    new ResizeObserver(() => this.resized()).observe(stage);
  }

  // Where the first thing of the main network stands across the flow.
  mainLine() {
    const first = this.scene.layout.nodes[0];
    return first ? first.anchor[this.direction === "right" ? "y" : "x"] : 0;
  }

  isOpen(item) {
    return item.isBox && (!item.number || this.open.has(item.key));
  }

  seen(item) {
    return item.panel.items[item.panel.visible(item.number, this.open)];
  }

  spot(item) {
    return this.scene.spots.get(this.seen(item).key) ?? {x: 0, y: 0, width: 0, height: 0};
  }

  openTo(depth) {
    this.open = new Set([...this.links.items.values()].filter((item) => item.isBox && item.number && item.level <= depth).map((item) => item.key));
  }

  toDepth(depth) {
    this.openTo(depth);
    this.draw({moving: false});
    this.camera.begin(this.scene.layout, this.mainLine());
    this.light();
  }

  // Draws what is open now; the place of `pivot` on the screen stays.
  draw({pivot = null, moving = true} = {}) {
    const before = pivot && this.scene.spots?.get(pivot.key)?.anchor, {x, y} = this.camera, {k} = this.camera;
    const layout = layoutOf(this.panels, this.m, this.open, this.direction);
    const now = pivot && [...layout.boxes, ...layout.nodes].find((spot) => spot.item === pivot)?.anchor;
    const shift = before && now ? [(before.x - now.x) * k, (before.y - now.y) * k] : [0, 0];
    this.scene.show(layout, (t) => this.camera.set(x + shift[0] * t, y + shift[1] * t, k), moving);
    this.decorate();
    this.depthShown();
  }

  depthShown() {
    const select = this.root.querySelector(".levels select"), boxes = [...this.links.items.values()].filter((item) => item.isBox && item.number);
    const depth = boxes.reduce((low, item) => (this.open.has(item.key) ? low : Math.min(low, item.level - 1)), this.data.deepest);
    select.value = boxes.every((item) => this.open.has(item.key) === item.level <= depth) ? String(depth) : "own";
  }

  click(event) {
    const button = event.target.closest("[data-do]");
    if (button) return this.act(button.dataset.do);
    if (!event.target.closest(".stage") || this.camera.moved >= 4) return null;
    const group = event.target.closest("[data-key]"), line = event.target.closest("[data-wire]");
    if (line && this.links.trunk(line.dataset.wire)) return this.chooseWire(line.dataset.wire);
    if (!group) return this.letGo();
    const item = this.at(group);
    return group.matches(".ground") ? this.choose(item) : this.press(item);
  }

  // The item of a card or header, or of something on it.
  at(target) {
    return this.links.items.get(target.closest?.("[data-key]")?.dataset.key) ?? null;
  }

  // A block opens or closes, a brick is chosen.
  press(item) {
    if (item.isBox && item.number) this.toggle(item);
    this.choose(item, {focus: true});
  }

  toggle(item) {
    if (!this.open.delete(item.key)) this.open.add(item.key);
    this.draw({pivot: item});
  }

  act(name) {
    const {camera} = this, does = {
      in: () => camera.zoom(1.25), out: () => camera.zoom(0.8), fit: () => camera.fit(this.scene.layout), open: () => this.toDepth(this.data.deepest),
      close: () => this.toDepth(0), next: () => this.find.step(1), previous: () => this.find.step(-1), theme: () => bricks.theme(), turn: () => this.turn(),
      help: () => this.help(), save: () => download(`${this.panels[0].name}.svg`, this.saved()), side: () => this.side(),
    };
    return does[name]();
  }

  turn() {
    this.direction = this.direction === "right" ? "down" : "right";
    this.draw({moving: false});
    this.camera.begin(this.scene.layout, this.mainLine());
  }

  help() {
    const dialog = this.root.querySelector(".help");
    if (dialog.open) dialog.close();
    else dialog.show();
  }

  side() {
    const hidden = this.root.classList.toggle("alone");
    this.root.querySelector('[data-do="side"]').setAttribute("aria-pressed", String(!hidden));
  }

  saved() {
    this.scene.finish?.();
    return savedSvg(this.scene.svg, this.scene.layout, this.panels[0].name);
  }

  hint() {
    const said = this.root.querySelector(".hint");
    said.hidden = false;
    clearTimeout(this.hinted);
    this.hinted = setTimeout(() => { said.hidden = true; }, 1600);
  }

  // Chooses an item, opening what hides it; `show` brings it into view.
  choose(item, {show = false, focus = false, address = true} = {}) {
    Object.assign(this, {chosen: item, wire: null});
    this.reveal(item);
    this.listing.light(item.lines || item.what !== "output" ? item : this.links.reads(item)[0]);
    this.facts.show(item);
    if (show && this.scene.spots.has(item.key)) this.bring(item);
    this.light();
    this.tabStop();
    if (focus) this.scene.groupOf(item.key)?.focus({preventScroll: true});
    if (address) this.toAddress(item);
  }

  bring(item) {
    const spot = this.scene.spots.get(item.key);
    this.scene.finish?.();
    if (!this.camera.sees(spot)) this.camera.show(spot);
  }

  reveal(item) {
    const hidden = aboveOf(item).filter((box) => box.number && !this.open.has(box.key));
    if (!hidden.length) return;
    hidden.forEach((box) => this.open.add(box.key));
    this.draw({pivot: hidden.at(-1)});
  }

  chooseWire(wire) {
    Object.assign(this, {chosen: null, wire});
    this.facts.wire(wire);
    this.listing.light(null);
    this.light();
  }

  letGo() {
    Object.assign(this, {chosen: null, wire: null});
    if (this.root.querySelector(".help").open) this.help();
    this.find.clear();
    this.facts.nothing(this.panels);
    this.listing.light(null);
    this.light();
    this.toAddress(null);
  }

  hover(target) {
    const group = target?.closest("[data-key]:not(.ground)"), line = target?.closest("[data-wire]"), item = group && this.at(group);
    const warm = item ? this.about(item) : {wires: new Set(line ? [line.dataset.wire] : []), kin: new Set()};
    if (group && !group.querySelector("title")) group.prepend(ink("title", {}, this.tip(item)));
    this.paint("warm", warm);
  }

  tip(item) {
    const opens = item.isBox && item.number ? [this.isOpen(item) ? "click to close" : "click to open"] : [];
    const counts = [item.parameters && `parameters: ${count(item.parameters)}`, item.macs && `multiply-accumulates: ${count(item.macs)}`];
    const facts = [item.arguments ? `${item.brick}(${item.arguments})` : item.brick, item.shapes && `output: ${item.shapes.join(" and ")}`];
    return [item.name, ...facts, ...counts, item.shared && "shares its weights", ...opens].filter(Boolean).join("\n");
  }

  about(item) {
    return {wires: new Set(this.links.wires(item)), kin: new Set(this.links.kin(item).map((other) => this.seen(other).key))};
  }

  light() {
    const lit = this.chosen ? this.about(this.chosen) : {wires: new Set(this.wire ? [this.wire] : []), kin: new Set()};
    this.scene.layer.classList.toggle("focused", lit.wires.size > 0);
    this.paint("lit", lit);
    for (const [id, {element}] of this.scene.things) {
      if (!element.dataset.key) continue;
      const own = element.dataset.key === this.chosen?.key;
      element.classList.toggle("chosen", own);
      if (id.startsWith("card")) element.setAttribute("aria-selected", String(own));
    }
  }

  paint(name, {wires, kin}) {
    for (const [id, {element}] of this.scene.things) {
      element.classList.toggle(name, id.startsWith("card") ? kin.has(element.dataset.key) && kin.size > 1 : wires.has(element.dataset.wire));
    }
  }

  // Marks what a search found, and the closed blocks that hide some of it.
  mark(found) {
    this.found = found;
    this.decorate();
  }

  decorate() {
    const holds = new Set([...this.found].map((item) => this.seen(item).key));
    for (const [id, {element}] of this.scene.things) if (id.startsWith("card")) element.classList.toggle("match", holds.has(element.dataset.key));
    this.light();
    this.tabStop();
  }

  // One thing in the picture can be reached by Tab; arrows go on from there.
  tabStop() {
    const stop = (this.chosen && this.scene.groupOf(this.chosen.key)) ?? this.scene.layers.cards.firstElementChild;
    this.stopped?.setAttribute("tabindex", -1);
    stop?.setAttribute("tabindex", 0);
    this.stopped = stop;
  }

  // A picture that came into being out of sight is looked at anew.
  resized() {
    const seen = this.stage.clientWidth > 0;
    if (seen && this.unseen) this.camera.begin(this.scene.layout, this.mainLine());
    this.unseen = !seen;
  }

  toAddress(item) {
    const said = item ? `#block=${encodeURIComponent(this.links.address(item))}` : location.hash.startsWith("#block=") ? "#" : location.hash;
    try {
      history.replaceState(null, "", said || "#");
    } catch {
      // A page inside another may have no address of its own.
    }
  }

  fromAddress() {
    if (!location.hash.startsWith("#block=")) return;
    const item = this.links.byName.get(decodeURIComponent(location.hash.slice(7)));
    if (item) this.choose(item, {show: true, address: false});
  }

  // On paper all of the picture is seen.
  print(now) {
    const {svg, layout, layer} = this.scene;
    this.scene.finish?.();
    if (!now) return svg.removeAttribute("viewBox") ?? this.camera.set(this.camera.x, this.camera.y);
    svg.setAttribute("viewBox", `-8 -8 ${Math.ceil(layout.width + 16)} ${Math.ceil(layout.height + 16)}`);
    return layer.setAttribute("transform", "");
  }
}

// The boxes round an item, the innermost first.
function aboveOf(item) {
  const found = [];
  for (let at = item.panel.items[item.parent]; at; at = at.panel.items[at.parent]) found.push(at);
  return found;
}

for (const root of document.querySelectorAll("section.picture")) root.view = new Picture(root, bricks.data("picture"));
