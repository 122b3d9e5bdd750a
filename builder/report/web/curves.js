// Charts that answer: `bricks.charts(charts)` draws them into `#curves`, `bricks.curves(rows)` those of a run's rows.
{
  const WIDE = 400, HIGH = 220, LEFT = 54, RIGHT = 14, TOP = 12, BOTTOM = 30, DOTTED = 24, TONES = 8;
  const COUNTS = ["phase", "epoch", "step", "seconds", "waited"];
  const state = { log: false, charts: [] };

  const svg = (name, facts, ...inside) => {
    const made = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(facts)) made.setAttribute(key, value);
    made.append(...inside);
    return made;
  };
  const html = (name, kind, ...inside) => {
    const made = document.createElement(name);
    if (kind) made.className = kind;
    made.append(...inside);
    return made;
  };
  const number = value => {
    const size = Math.abs(value);
    if (size < 1e6 && (Number.isInteger(value) || size >= 1e4)) return Math.round(value).toLocaleString("en");
    const short = Number(value.toPrecision(4));
    return Math.abs(short) < 1e-4 || Math.abs(short) >= 1e6 ? short.toExponential().replace("e+", "e") : String(short);
  };
  const known = value => typeof value === "number" && Number.isFinite(value);

  // The rows of a log as charts: the loss first, then each metric, training beside validation.
  const chartsOf = rows => {
    const columns = [...new Set(rows.flatMap(Object.keys))].filter(name => !COUNTS.includes(name));
    const flat = new Set(rows.map(row => row.learning_rate)).size <= 1;
    const names = columns.filter(name => !name.startsWith("val_") && !(flat && name === "learning_rate"));
    const rank = name => (name === "loss" ? 0 : name === "learning_rate" ? 2 : 1);
    const marks = rows.slice(1).flatMap((row, i) => (row.phase === rows[i].phase ? [] : [(row.epoch + rows[i].epoch) / 2]));
    const line = (label, tone, name) => ({ label, tone, points: rows.filter(row => known(row[name])).map(row => [row.epoch, row[name]]) });
    return names.sort((a, b) => rank(a) - rank(b)).map(name => ({
      name, marks, series: [line("training", 0, name), line("validation", 1, `val_${name}`)].filter(one => one.points.length),
    })).filter(chart => chart.series.length);
  };

  const ticks = (low, high, about) => {
    const rough = (high - low) / about, power = 10 ** Math.floor(Math.log10(rough));
    const step = [1, 2, 5, 10].map(factor => factor * power).find(one => one >= rough * 0.999);
    const from = Math.floor(low / step), to = Math.ceil(high / step);
    return Array.from({ length: to - from + 1 }, (_, i) => Number(((from + i) * step).toPrecision(12)));
  };
  const decades = (low, high) => {
    const found = [];
    for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power++)
      for (const factor of Math.log10(high / low) < 2 ? [1, 2, 5] : [1]) found.push(Number((factor * 10 ** power).toPrecision(3)));
    const inside = found.filter(one => one >= low && one <= high);
    return inside.length > 1 ? inside : [low, high];
  };
  const spread = (values, lone) => {
    const low = Math.min(...values), high = Math.max(...values);
    return high > low ? [low, high] : [low - lone, high + lone];
  };
  const scale = (low, high, start, end, turn = value => value) =>
    value => Math.round((start + (turn(value) - turn(low)) / (turn(high) - turn(low)) * (end - start)) * 100) / 100;

  // Where values lie in a chart, by the scale that is chosen.
  const plan = chart => {
    const points = chart.series.flatMap(one => one.points), log = state.log && points.some(([, y]) => y > 0);
    const xs = spread(points.map(([x]) => x), 0.5), kept = points.map(([, y]) => y).filter(y => !log || y > 0);
    const lone = Math.abs(kept[0]) / 2 || 0.5, ends = spread(kept, lone);
    const rows = log ? decades(...ends) : ticks(...ends, 5);
    const low = Math.min(rows[0], ends[0]), high = Math.max(rows.at(-1), ends[1]);
    return {
      log, rows, x: scale(...xs, LEFT, WIDE - RIGHT), y: scale(low, high, HIGH - BOTTOM, TOP, log ? Math.log10 : undefined),
      columns: ticks(...xs, 6).filter(x => Number.isInteger(x) && x >= xs[0] && x <= xs[1]),
    };
  };

  const frame = ({ x, y, rows, columns }) => [
    ...rows.flatMap(row => [
      svg("line", { class: "grid", x1: LEFT, x2: WIDE - RIGHT, y1: y(row), y2: y(row) }),
      svg("text", { class: "end", x: LEFT - 6, y: y(row) + 3.5 }, number(row)),
    ]),
    ...columns.map(column => svg("text", { class: "mid", x: x(column), y: HIGH - BOTTOM + 15 }, number(column))),
    svg("line", { class: "axis", x1: LEFT, x2: WIDE - RIGHT, y1: HIGH - BOTTOM, y2: HIGH - BOTTOM }),
    svg("text", { class: "end", x: WIDE - RIGHT, y: HIGH - 3 }, "epoch"),
  ];
  const phases = (marks, { x }) => marks.flatMap((mark, i) => [
    svg("line", { class: "mark", x1: x(mark), x2: x(mark), y1: TOP, y2: HIGH - BOTTOM }),
    svg("text", { class: "phase", x: x(mark) + 4, y: TOP + 8 }, `phase ${i + 2}`),
  ]);
  const line = (one, { x, y, log }) => {
    const places = one.points.filter(([, value]) => !log || value > 0).map(([epoch, value]) => [x(epoch), y(value)]);
    const dots = places.length <= DOTTED ? places.map(([cx, cy]) => svg("circle", { class: "point", cx, cy, r: 2.6 })) : [];
    const curve = svg("polyline", { class: `curve${one.dashed ? " dashed" : ""}`, points: places.map(place => place.join()).join(" ") });
    return svg("g", { class: `tone${one.tone % TONES}` }, curve, ...dots);
  };

  const figure = chart => {
    const planned = plan(chart), values = chart.series.map(() => html("i"));
    const keys = chart.series.map((one, i) => html("span", `key tone${one.tone % TONES}${one.dashed ? " dashed" : ""}`, `${one.label} `, values[i]));
    const where = html("span"), cursor = svg("g", {});
    const plot = svg("svg", { viewBox: `0 0 ${WIDE} ${HIGH}`, role: "img", "aria-label": chart.name, tabindex: 0 },
      ...frame(planned), ...phases(chart.marks, planned), ...chart.series.map(one => line(one, planned)), cursor);
    answer(chart, planned, plot, cursor, where, values);
    return html("figure", "chart", html("figcaption", "", html("b", "", chart.name), where, ...keys), plot);
  };

  // Pointer and arrow keys choose an epoch; the caption then says the values there, else the last ones.
  const answer = (chart, planned, plot, cursor, where, values) => {
    const epochs = [...new Set(chart.series.flatMap(one => one.points.map(([x]) => x)))].sort((a, b) => a - b);
    let at = null;
    const show = place => {
      at = place;
      const epoch = at === null ? null : epochs[at];
      where.textContent = epoch === null ? "" : `epoch ${epoch}`;
      cursor.replaceChildren(...(epoch === null ? [] : marker(chart, planned, epoch)));
      chart.series.forEach((one, i) => {
        const point = epoch === null ? one.points.at(-1) : one.points.find(([x]) => x === epoch);
        values[i].textContent = point ? number(point[1]) : "";
      });
    };
    plot.addEventListener("pointermove", event => {
      const box = plot.getBoundingClientRect(), x = (event.clientX - box.left) / box.width * WIDE;
      const away = epochs.map(epoch => Math.abs(planned.x(epoch) - x));
      show(away.indexOf(Math.min(...away)));
    });
    plot.addEventListener("pointerleave", () => show(null));
    plot.addEventListener("blur", () => show(null));
    plot.addEventListener("keydown", event => {
      const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (!step) return;
      event.preventDefault();
      show(Math.max(0, Math.min(epochs.length - 1, (at ?? (step > 0 ? -1 : epochs.length)) + step)));
    });
    show(null);
  };
  const marker = (chart, { x, y, log }, epoch) => [
    svg("line", { class: "cursor", x1: x(epoch), x2: x(epoch), y1: TOP, y2: HIGH - BOTTOM }),
    ...chart.series.flatMap(one => one.points.filter(([at, value]) => at === epoch && (!log || value > 0)).map(([at, value]) =>
      svg("g", { class: `tone${one.tone % TONES}` }, svg("circle", { class: "point", cx: x(at), cy: y(value), r: 4 })))),
  ];

  bricks.charts = charts => {
    state.charts = charts;
    const box = document.getElementById("curves");
    if (box) box.replaceChildren(...charts.map(figure));
  };
  bricks.curves = rows => bricks.charts(chartsOf(rows));

  const toggle = document.getElementById("curves-log");
  if (toggle) {
    toggle.hidden = false;
    toggle.addEventListener("click", () => {
      state.log = !state.log;
      toggle.setAttribute("aria-pressed", state.log);
      bricks.charts(state.charts);
    });
  }
  const made = bricks.data("charts");
  if (made) bricks.charts(made);
}
