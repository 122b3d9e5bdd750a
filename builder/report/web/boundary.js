// What a model says of every point: `bricks.film(film)` shows a film of the plane, `bricks.frame(frame)` adds the newest frame.
{
  const TONES = [[37, 99, 235], [234, 88, 12], [22, 163, 74], [147, 51, 234], [219, 39, 119], [8, 145, 178], [202, 138, 4], [100, 116, 139]];
  const HEAT = [[59, 20, 110], [49, 104, 142], [33, 145, 140], [94, 201, 98], [253, 231, 37]];
  const PLAYED = 120, MOST = 400;  // milliseconds a frame, and frames that a page of long training holds
  const at = id => document.getElementById(id);
  const state = { plane: null, frames: [], shown: 0, timer: null, marked: null };

  const mix = (one, other, share) => one.map((value, i) => Math.round(value + (other[i] - value) * share));
  const css = ([red, green, blue]) => `rgb(${red},${green},${blue})`;
  const tone = index => TONES[index % TONES.length];
  const ground = () => (bricks.dark() ? [15, 23, 42] : [255, 255, 255]);
  const ink = () => (bricks.dark() ? [226, 232, 240] : [30, 41, 59]);
  const heat = share => {
    const place = Math.max(0, Math.min(1, share)) * (HEAT.length - 1), low = Math.min(Math.floor(place), HEAT.length - 2);
    return mix(HEAT[low], HEAT[low + 1], place - low);
  };
  const bytes = text => Uint8Array.from(atob(text), letter => letter.charCodeAt(0));
  const short = value => String(Number(value.toPrecision(3)));

  // What a cell's byte says: a class and how sure, or a value.
  const read = (plane, byte) => {
    if (!plane.classes.length) return { share: byte / 255, value: plane.low + byte / 255 * (plane.high - plane.low) };
    const index = Math.min(Math.floor(byte / plane.levels), plane.classes.length - 1);
    return { index, sure: plane.levels > 1 ? (byte - index * plane.levels) / (plane.levels - 1) : 1 };
  };
  const colour = (plane, byte) => {
    const said = read(plane, byte);
    return plane.classes.length ? mix(ground(), tone(said.index), 0.12 + 0.5 * said.sure) : mix(ground(), heat(said.share), 0.75);
  };

  const image = (plane, cells) => {
    const small = new OffscreenCanvas(plane.side, plane.side), brush = small.getContext("2d");
    const pixels = brush.createImageData(plane.side, plane.side), known = new Map();
    cells.forEach((byte, i) => {
      if (!known.has(byte)) known.set(byte, [...colour(plane, byte), 255]);
      pixels.data.set(known.get(byte), 4 * i);
    });
    brush.putImageData(pixels, 0, 0);
    return small;
  };

  // The canvas in pixels of the screen, as wide as its place and as high as the plane asks.
  let drawn = 0;
  const fitted = (canvas, plane) => {
    const [left, right, bottom, top] = plane.bounds, tall = Math.max(0.5, Math.min(1.25, (top - bottom) / (right - left)));
    const wide = drawn = canvas.clientWidth || 560, dense = window.devicePixelRatio || 1;
    canvas.style.aspectRatio = String(1 / tall);
    canvas.width = Math.round(wide * dense);
    canvas.height = Math.round(wide * tall * dense);
    return dense;
  };
  const places = (plane, canvas) => {
    const [left, right, bottom, top] = plane.bounds;
    return (x, y) => [(x - left) / (right - left) * canvas.width, (top - y) / (top - bottom) * canvas.height];
  };

  const mark = (brush, [x, y], size, square) => {
    brush.beginPath();
    if (square) brush.rect(x - size, y - size, 2 * size, 2 * size);
    else brush.arc(x, y, size, 0, 2 * Math.PI);
  };
  const point = (brush, place, fill, square, wrong, dense) => {
    mark(brush, place, (square ? 2.5 : 2.9) * dense, square);
    brush.fillStyle = css(fill);
    brush.strokeStyle = css(ground());
    brush.lineWidth = 0.7 * dense;
    brush.fill();
    brush.stroke();
    if (!wrong) return;
    mark(brush, place, 4.6 * dense, false);
    brush.strokeStyle = css(ink());
    brush.lineWidth = 1.2 * dense;
    brush.stroke();
  };
  const points = (brush, plane, frame, canvas, dense) => {
    const place = places(plane, canvas), wrong = new Set(frame.wrong), span = plane.high - plane.low;
    let number = 0;
    for (const [split, { x, y, truth }] of Object.entries(plane.points))
      for (let i = 0; i < x.length; i++, number++) {
        const fill = plane.classes.length ? tone(truth[i]) : heat((truth[i] - plane.low) / span);
        point(brush, place(x[i], y[i]), fill, split !== "train", wrong.has(number), dense);
      }
  };

  const draw = () => {
    const { plane, frames, shown } = state, canvas = at("plane"), frame = frames[shown];
    if (!canvas || !frame) return;
    const dense = fitted(canvas, plane), brush = canvas.getContext("2d");
    brush.imageSmoothingQuality = "high";
    brush.drawImage(image(plane, bytes(frame.cells)), 0, 0, canvas.width, canvas.height);
    points(brush, plane, frame, canvas, dense);
    at("plane-epoch").textContent = `epoch ${frame.epoch}`;
    tell();
  };

  // Under the picture: what the model says where the pointer is, else how many points it has wrong.
  const tell = () => {
    const { plane, frames, shown, marked } = state, frame = frames[shown];
    const all = Object.values(plane.points).reduce((sum, one) => sum + one.x.length, 0);
    const summary = plane.classes.length ? `${frame.wrong.length} of the ${all} points shown are wrong` : "colours are values; points have those of the data";
    at("plane-said").textContent = marked ? there(plane, frame, marked) : summary;
  };
  const there = (plane, frame, [x, y]) => {
    const [left, right, bottom, top] = plane.bounds, last = plane.side - 1;
    const column = Math.min(last, Math.floor((x - left) / (right - left) * plane.side)), row = Math.min(last, Math.floor((top - y) / (top - bottom) * plane.side));
    const said = read(plane, bytes(frame.cells)[row * plane.side + column]), place = `at (${short(x)}, ${short(y)}): `;
    if (!plane.classes.length) return `${place}${short(said.value)}`;
    const count = plane.classes.length, share = said.sure * (1 - 1 / count) + 1 / count;
    return `${place}${plane.classes[said.index]}, ${Math.round(100 * share)} % sure`;
  };

  const key = (name, fill, shape) => {
    const made = document.createElement("span"), box = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    const drawn = document.createElementNS("http://www.w3.org/2000/svg", shape === "square" ? "rect" : "circle");
    const facts = shape === "square" ? { x: 3.5, y: 3.5, width: 7, height: 7 } : { cx: 7, cy: 7, r: shape === "ring" ? 5 : 4 };
    for (const [fact, value] of Object.entries(facts)) drawn.setAttribute(fact, value);
    if (fill) drawn.setAttribute("fill", css(fill));
    else drawn.setAttribute("class", shape === "ring" ? "ring" : "plain");
    box.setAttribute("viewBox", "0 0 14 14");
    box.append(drawn);
    made.className = "plane-key";
    made.append(box, name);
    return made;
  };
  const keys = plane => {
    const colours = plane.classes.length ? plane.classes.map((name, i) => key(name, tone(i), "dot"))
      : [0, 0.5, 1].map(share => key(short(plane.low + share * (plane.high - plane.low)), heat(share), "dot"));
    const splits = "validation" in plane.points ? [key("training", null, "dot"), key("validation", null, "square")] : [];
    at("plane-keys").replaceChildren(...colours, ...splits, ...(plane.classes.length ? [key("wrong", null, "ring")] : []));
  };

  const show = index => {
    state.shown = Math.max(0, Math.min(state.frames.length - 1, index));
    at("plane-frame").value = state.shown;
    draw();
  };
  const stop = () => {
    clearInterval(state.timer);
    state.timer = null;
    at("plane-play").textContent = "\u25b6";
    at("plane-play").setAttribute("aria-label", "play");
  };
  const play = () => {
    if (state.timer) return stop();
    if (state.shown === state.frames.length - 1) show(0);
    at("plane-play").textContent = "\u275a\u275a";
    at("plane-play").setAttribute("aria-label", "pause");
    state.timer = setInterval(() => (state.shown < state.frames.length - 1 ? show(state.shown + 1) : stop()), PLAYED);
  };

  const reveal = () => {
    const section = at("plane").closest("section"), links = document.querySelectorAll('nav a[href="#boundary"]');
    for (const one of [section, ...links]) one.hidden = !state.frames.length;
    document.querySelector(".plane-time").hidden = state.frames.length < 2;
    if (state.plane && !state.plane.classes.length) for (const one of [section.querySelector("h2"), ...links]) one.textContent = "Values on the plane";
  };
  bricks.film = film => {
    if (!at("plane") || !film) return;
    Object.assign(state, { plane: film.plane, frames: [...film.frames] });
    reveal();
    at("plane-frame").max = Math.max(0, state.frames.length - 1);
    keys(film.plane);
    show(state.frames.length - 1);
  };
  const thin = () => {
    const last = state.frames.length - 1;
    state.frames = state.frames.filter((_, i) => i % 2 === 0 || i === last);
    state.shown = Math.min(state.frames.length - 1, Math.ceil(state.shown / 2));
  };
  // Whoever looks at an earlier frame goes on looking at it.
  bricks.frame = frame => {
    if (!at("plane") || !state.plane) return;
    const newest = state.shown >= state.frames.length - 1 && !state.timer;
    if (state.frames.at(-1)?.epoch === frame.epoch) state.frames.pop();
    state.frames.push(frame);
    if (state.frames.length > MOST) thin();
    reveal();
    at("plane-frame").max = state.frames.length - 1;
    if (newest) show(state.frames.length - 1);
  };

  const pointed = event => {
    const box = at("plane").getBoundingClientRect(), [left, right, bottom, top] = state.plane.bounds;
    const across = (event.clientX - box.left) / box.width, down = (event.clientY - box.top) / box.height;
    return [left + Math.max(0, Math.min(0.9999, across)) * (right - left), top - Math.max(0, Math.min(0.9999, down)) * (top - bottom)];
  };
  if (at("plane")) {
    at("plane").addEventListener("pointermove", event => { state.marked = pointed(event); tell(); });
    at("plane").addEventListener("pointerleave", () => { state.marked = null; tell(); });
    at("plane-frame").addEventListener("input", event => { stop(); show(Number(event.target.value)); });
    at("plane-play").addEventListener("click", play);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
    new MutationObserver(draw).observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
    new ResizeObserver(() => { if (state.plane && at("plane").clientWidth !== drawn) draw(); }).observe(at("plane"));
    reveal();
    bricks.film(bricks.data("film"));
  }
}
