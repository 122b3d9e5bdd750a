// What of the drawing is seen: moved by dragging, zoomed by the wheel, two fingers and keys; screen = place * k + (x, y).

const LEAST = 0.04, GREATEST = 4, READABLE = 0.62, EDGE_ROOM = 26;
const clamp = (x, low, high) => Math.min(high, Math.max(low, x));

class Camera {
  constructor(stage, layer, whole) {
    Object.assign(this, {stage, layer, whole, x: 0, y: 0, k: 1, pointers: new Map(), moved: 0});
    stage.addEventListener("wheel", (event) => this.wheel(event), {passive: false});
    stage.addEventListener("pointerdown", (event) => this.down(event));
    stage.addEventListener("pointermove", (event) => this.move(event));
    for (const name of ["pointerup", "pointercancel", "lostpointercapture"]) stage.addEventListener(name, (event) => this.up(event));
  }

  set(x, y, k = this.k) {
    Object.assign(this, {x, y, k});
    this.layer.setAttribute("transform", `translate(${n2(x)} ${n2(y)}) scale(${k.toFixed(4)})`);
  }

  size() {
    return {width: this.stage.clientWidth, height: this.stage.clientHeight};
  }

  zoom(factor, at = {x: this.size().width / 2, y: this.size().height / 2}) {
    const k = clamp(this.k * factor, LEAST, GREATEST);
    this.set(at.x - ((at.x - this.x) * k) / this.k, at.y - ((at.y - this.y) * k) / this.k, k);
  }

  whatFits(width, height) {
    const size = this.size();
    return clamp(Math.min((size.width - 2 * EDGE_ROOM) / width, (size.height - 2 * EDGE_ROOM) / height), LEAST, 1.4);
  }

  // All of it in the middle.
  fit({width, height}) {
    const size = this.size(), k = this.whatFits(width, height);
    this.set((size.width - width * k) / 2, (size.height - height * k) / 2, k);
  }

  // All of it where that can be read, else its beginning.
  begin({width, height, direction}, anchor) {
    if (this.whatFits(width, height) >= READABLE) return this.fit({width, height});
    const size = this.size(), down = direction === "down", breadth = down ? width : height, room = (down ? size.width : size.height) - 2 * EDGE_ROOM;
    const k = clamp(room / breadth, READABLE, 1), spare = room - breadth * k;
    const offset = EDGE_ROOM + (spare >= 0 ? spare / 2 : clamp(room / 2 - anchor * k, spare, 0));
    return down ? this.set(offset, EDGE_ROOM, k) : this.set(EDGE_ROOM, offset, k);
  }

  sees({x, y, width, height}) {
    const size = this.size(), left = x * this.k + this.x, top = y * this.k + this.y;
    return left >= 0 && top >= 0 && left + width * this.k <= size.width && top + height * this.k <= size.height;
  }

  // Moves as little as shows a spot; one larger than the stage is shown from its beginning.
  show({x, y, width, height}) {
    const size = this.size();
    const shift = (at, long, room) => (long > room - 2 * EDGE_ROOM || at < EDGE_ROOM ? EDGE_ROOM - at : Math.min(0, room - EDGE_ROOM - at - long));
    this.set(this.x + shift(x * this.k + this.x, width * this.k, size.width), this.y + shift(y * this.k + this.y, height * this.k, size.height));
  }

  local(event) {
    const box = this.stage.getBoundingClientRect();
    return {x: event.clientX - box.left, y: event.clientY - box.top};
  }

  // On a longer page the wheel alone moves the page.
  wheel(event) {
    if (!this.whole && !event.ctrlKey && !event.metaKey) return this.stage.dispatchEvent(new CustomEvent("hint"));
    event.preventDefault();
    const unit = event.deltaMode === 1 ? 16 : event.deltaMode === 2 ? 400 : 1;
    if (event.shiftKey) return this.set(this.x - (event.deltaX || event.deltaY) * unit, this.y);
    return this.zoom(Math.exp(-clamp(event.deltaY * unit, -240, 240) * (event.ctrlKey ? 0.006 : 0.0018)), this.local(event));
  }

  down(event) {
    if (event.button > 0 || event.target.closest(".zoom")) return;
    this.pointers.set(event.pointerId, this.local(event));
    if (this.pointers.size === 1) this.moved = 0;
  }

  move(event) {
    const before = this.pointers.get(event.pointerId), now = this.local(event);
    if (!before) return;
    const others = [...this.pointers].filter(([id]) => id !== event.pointerId).map(([, at]) => at);
    this.moved += Math.hypot(now.x - before.x, now.y - before.y);
    if (this.moved < 4 && !others.length) return;
    this.stage.setPointerCapture(event.pointerId);
    this.stage.classList.add("dragged");
    this.pointers.set(event.pointerId, now);
    if (others.length) this.pinch(others[0], before, now);
    else this.set(this.x + now.x - before.x, this.y + now.y - before.y);
  }

  pinch(other, before, now) {
    const long = (at) => Math.max(20, Math.hypot(at.x - other.x, at.y - other.y));
    this.set(this.x + (now.x - before.x) / 2, this.y + (now.y - before.y) / 2);
    this.zoom(long(now) / long(before), {x: (now.x + other.x) / 2, y: (now.y + other.y) / 2});
  }

  up(event) {
    this.pointers.delete(event.pointerId);
    if (this.pointers.size) return;
    this.stage.classList.remove("dragged");
    setTimeout(() => { this.moved = 0; });
  }
}
