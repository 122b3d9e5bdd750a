"""Runs side by side: their figures, and what differs in their specs, their data and their surroundings."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from builder.diagnostics import Source, SpecError
from builder.draw.document import Part, document
from builder.language.text import parse
from builder.language.tree import plain as plain_tree
from builder.report.curves import TONES, Chart, Series, charts_part, is_number, points, shown
from builder.report.differences import MISSING, differences
from builder.report.headline import is_greater_better
from builder.report.markup import Best, Figure, Raw, cell, section, table
from builder.report.web import asset
from builder.training.files import read_json
from builder.training.plain import changes
from builder.training.run import Run, compare

SHORT = 70


@dataclass(frozen=True)
class Change:
    """A path and its value in each run, `MISSING` where a run has nothing there."""

    path: str
    values: tuple[object, ...]

    def as_json(self, names: Sequence[str]) -> dict:
        return {"path": self.path, "values": {name: value for name, value in zip(names, self.values, strict=True) if value is not MISSING}}


@dataclass(frozen=True)
class Comparison:
    """Runs, a row of figures each (see `compare`), and where the others differ from the first."""

    runs: tuple[Run, ...]
    rows: tuple[Mapping[str, object], ...]
    spec: tuple[Change, ...]
    surroundings: tuple[Change, ...]

    @property
    def names(self) -> list[str]:
        return [run.name for run in self.runs]

    @property
    def figures(self) -> list[str]:
        """Every figure that any run has, in order."""
        return [name for name in dict.fromkeys(name for row in self.rows for name in row) if name != "run"]

    def best(self, figure: str) -> list[int]:
        """Which runs have the best value of a metric; none where all have the same, or where it is no metric."""
        values = {index: row[figure] for index, row in enumerate(self.rows) if is_number(row.get(figure))}
        if figure == "epochs" or len(set(values.values())) < 2:
            return []
        top = (max if is_greater_better(figure) else min)(values.values())
        return [index for index, value in values.items() if value == top]

    def as_json(self) -> dict:
        return {"runs": [dict(row) for row in self.rows], "spec": [change.as_json(self.names) for change in self.spec],
                "surroundings": [change.as_json(self.names) for change in self.surroundings]}


def comparison(runs: Sequence[Run]) -> Comparison:
    """Compares two runs or more; what differs is told against the first of them."""
    specs = [_spec(run) for run in runs]
    told = [[(one.path, one.before, one.after) for one in differences(specs[0], other)] for other in specs[1:]]
    around = [_surroundings(run) for run in runs]
    other = [[(path, _or_missing(old), _or_missing(new)) for path, old, new in changes(around[0], one)] for one in around[1:]]
    return Comparison(tuple(runs), tuple(compare(list(runs))), _merged(told), _merged(other))


def _or_missing(value: object) -> object:
    return MISSING if value is None else value


def _spec(run: Run) -> dict:
    """A run's spec as a plain tree; nothing where it cannot be read any more."""
    try:
        return plain_tree(parse(Source("spec.yaml", (run.folder / "spec.yaml").read_text(encoding="utf-8"))))
    except (OSError, UnicodeDecodeError, SpecError):
        return {}


def _surroundings(run: Run) -> dict:
    """What a run's figures depend on outside its spec."""
    environment, info = read_json(run.folder / "environment.json", {}) or {}, run.info
    told = {name: environment.get(name) for name in ("versions", "compute", "variables", "git", "python", "platform")}
    return {**told, "data": {"hash": (environment.get("data") or "")[:16] or None, **((info.get("data") or {}).get("splits") or {})},
            "compiled by XLA": (info.get("execution") or {}).get("jit_compile")}


def _merged(told: Sequence[Sequence[tuple]]) -> tuple[Change, ...]:
    """The differences of each run from the first as one list of paths; where a run does not differ it has the first's value."""
    first = {path: before for one in told for path, before, _ in one}
    others = [{path: after for path, _, after in one} for one in told]
    return tuple(Change(path, (before, *(other.get(path, before) for other in others))) for path, before in first.items())


def short(value: object) -> str:
    """A value of a spec as one line of YAML."""
    if value is MISSING:
        return "nothing"
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str).replace('"', "")
    return text if len(text) <= SHORT else text[: SHORT - 1] + "…"


def as_page(compared: Comparison) -> str:
    """The comparison as one self-contained page: figures, curves over each other, differences."""
    drawn = charts_part(_charts(compared.runs))
    parts = [
        Part("<nav class=\"screen\"><a href=\"#figures\">Figures</a><a href=\"#curves-of\">Curves</a><a href=\"#spec\">Spec</a>"
             "<button id=\"theme\" hidden title=\"light or dark\">◐</button></nav><main><header><h1>"
             f"{len(compared.runs)} runs compared</h1></header>", asset("report.css"), asset("report.js")),
        Part(section("figures", "Figures", _figures(compared))),
        Part(section("curves-of", "Curves", drawn.body), drawn.style, drawn.script, drawn.data),
        Part(section("spec", "What differs in their specs", _changes(compared, compared.spec) or "<p>Nothing.</p>")),
        Part(section("surroundings", "What differs in data and surroundings", _changes(compared, compared.surroundings) or "<p>Nothing.</p>")),
        Part("</main>"),
    ]
    return document(f"{len(compared.runs)} runs compared", parts)


def _figures(compared: Comparison) -> str:
    heads = [Raw(f'<span class="key tone{index % TONES}">{cell(name)}</span>') for index, name in enumerate(compared.names)]
    rows = []
    for figure in compared.figures:
        best = compared.best(figure)
        rows.append([figure, *((Best if index in best else Figure)(cell(row.get(figure))) for index, row in enumerate(compared.rows))])
    return table(("", *heads), rows)


def _changes(compared: Comparison, told: Sequence[Change]) -> str:
    return table(("", *compared.names), [(one.path, *map(short, one.values)) for one in told]) if told else ""


def _charts(runs: Sequence[Run]) -> list[Chart]:
    """A chart a metric with a line a run: the validation's where it was measured, else the training's."""
    logs = [list(run.history.rows) for run in runs]
    names = dict.fromkeys(name for rows in logs for name in shown(rows))
    made = [Chart(name, tuple(_line(run, index, rows, name) for index, (run, rows) in enumerate(zip_longest(runs, logs)))) for name in names]
    kept = [Chart(chart.name, tuple(line for line in chart.series if line.points)) for chart in made]
    return [chart for chart in kept if chart.series]


def _line(run: Run, index: int, rows: Sequence[Mapping], name: str) -> Series:
    column = f"val_{name}" if any(f"val_{name}" in row for row in rows) else name
    told = "" if column == name else " (validation)"
    return Series(run.name + told, index % TONES, points(rows, column), dashed=index >= TONES)
