// The run as it goes: events of the server move the figures, the curves and the plane; what is shown stays when they end.
{
  const at = id => document.getElementById(id);
  const MOST = 600, DRAWN = 250;  // points of a curve, and milliseconds between two drawings of them
  const STATES = { finished: "finished", interrupted: "stopped", failed: "failed" };
  const QUIET = ["epoch", "phase", "step", "seconds", "waited", "learning_rate"];
  const scene = { run: null, rows: [], at: null, end: null };
  const text = (name, kind, said) => {
    const made = document.createElement(name);
    made.className = kind;
    made.textContent = said;
    return made;
  };

  // A sentence whose names in backticks are set as code.
  const ticked = (name, kind, said) => {
    const made = text(name, kind, "");
    made.append(...said.split("`").map((part, i, all) => (i % 2 && i < all.length - 1 ? text("code", "", part) : part)));
    return made;
  };

  const duration = seconds => {
    if (seconds < 60) return `${Math.max(1, Math.round(seconds))} s`;
    const minutes = Math.floor(seconds / 60), hours = Math.floor(minutes / 60);
    return hours ? `${hours} h ${minutes % 60} min` : `${minutes} min ${Math.round(seconds % 60)} s`;
  };
  const figure = value => (Math.abs(value) >= 1e-3 || value === 0 ? String(Number(value.toPrecision(4))) : value.toExponential(2));

  const state = (kind, said) => {
    at("live-state").className = `state ${kind}`;
    at("live-state").textContent = said;
  };

  // Where training stands: whole epochs, and what is done of the next one.
  const progress = () => {
    const { run, rows, at: now, end } = scene, done = rows.length;
    const running = now && now.epoch === done + 1 && !end;
    at("live-progress").value = end?.state === "finished" ? 1 : Math.min(1, (done + (running ? now.batch / now.steps : 0)) / run.epochs);
    const said = [`epoch ${Math.min(done + 1, run.epochs)} of ${run.epochs}`];
    if (run.phases > 1 && now?.phase) said.push(`phase ${now.phase} of ${run.phases}`);
    if (running) said.push(`batch ${now.batch} of ${now.steps}`);
    if (now && now.left !== null) said.push(`about ${duration(now.left)} left`);
    at("live-at").textContent = end ? `${done} of ${run.epochs} epochs` : said.join(" · ");
  };

  // The metrics of the running epoch, else those of the last whole one.
  const tile = ([name, value, when]) => {
    const made = document.createElement("div");
    made.append(text("b", "", figure(value)), text("span", "", name), text("small", "", when));
    return made;
  };
  const figures = () => {
    const { rows, at: now, end } = scene, last = rows.at(-1) ?? {};
    const running = now && now.epoch === rows.length + 1 && !end ? now.logs : {};
    const known = ([name, value]) => !QUIET.includes(name) && typeof value === "number";
    const old = Object.entries(last).filter(known).filter(([name]) => !(name in running));
    const tiles = [
      ...Object.entries(running).filter(known).map(([name, value]) => [name, value, "running epoch"]),
      ...old.map(([name, value]) => [name, value, `epoch ${last.epoch}`]),
    ];
    at("live-figures").replaceChildren(...tiles.sort(([a], [b]) => bare(a).localeCompare(bare(b)) || a.length - b.length).map(tile));
  };
  const bare = name => name.replace(/^val_/, "");

  const thinned = rows => {
    const step = Math.ceil(rows.length / MOST);
    return step > 1 ? rows.filter((_, i) => i % step === 0 || i === rows.length - 1) : rows;
  };
  let waiting = null;
  const draw = () => {
    waiting = null;
    progress();
    figures();
    if (scene.rows.length) bricks.curves(thinned(scene.rows));
  };
  const soon = () => { waiting ??= setTimeout(draw, DRAWN); };

  const say = said => {
    at("live-said").hidden = false;
    at("live-said").append(ticked("li", said.kind, said.text));
  };
  const end = facts => {
    scene.end = facts;
    state(facts.state, STATES[facts.state]);
    const where = facts.report ? ["The report of the run is ", text("code", "", facts.report), "; "] : ["The run is kept in ", text("code", "", facts.folder), "; "];
    at("live-end").replaceChildren(ticked("span", "", `${facts.text} `), ...where, "the connection is closed, and this page keeps what it shows.");
    at("live-end").hidden = false;
    source.close();
    soon();
  };

  const hear = {
    whole(all) {
      Object.assign(scene, { run: all.run, rows: all.rows, at: all.at, end: null });
      at("live-name").textContent = all.run.name;
      document.title = `${all.run.name} · live`;
      at("live-said").replaceChildren();
      all.said.forEach(say);
      state("running", "training");
      bricks.film(all.film);
      if (all.end) end(all.end);
      draw();
    },
    at(now) { scene.at = now; soon(); },
    row(row) { scene.rows.push(row); soon(); },
    frame(frame) { bricks.frame(frame); },
    said: say,
    end,
  };

  const source = new EventSource("/events");
  for (const [kind, react] of Object.entries(hear)) source.addEventListener(kind, event => react(JSON.parse(event.data)));
  source.addEventListener("open", () => { if (scene.run && !scene.end) state("running", "training"); });
  source.addEventListener("error", () => { if (!scene.end) state("lost", "connection lost, trying again"); });
}
