"""The learning curves of a run as charts: SVG that needs no script, and the values a script makes them answer with."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from html import escape
from itertools import pairwise

from builder.draw.document import Part
from builder.report.web import asset
from builder.training.log import metrics

WIDE, HIGH = 400, 220
LEFT, RIGHT, TOP, BOTTOM = 54, 14, 12, 30
MOST_POINTS, DOTTED = 600, 24
TONES = 8


@dataclass(frozen=True)
class Series:
    """One line: its name, the colour it has of `TONES`, whether it is dashed, and its (epoch, value) points."""

    label: str
    tone: int
    points: tuple[tuple[float, float], ...]
    dashed: bool = False


@dataclass(frozen=True)
class Chart:
    """The lines of one metric over the epochs; `marks` are the epochs between which a phase began."""

    name: str
    series: tuple[Series, ...]
    marks: tuple[float, ...] = ()


@dataclass(frozen=True)
class Scale:
    """How values become positions: `low` lies at `start`, `high` at `end`."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        return round(self.start + (value - self.low) / (self.high - self.low) * (self.end - self.start), 2)


def part(rows: Sequence[Mapping]) -> Part:
    """The curves of a run, in `div#curves`; a page that gets new rows calls `bricks.curves(rows)`."""
    return charts_part(charts(rows))


def charts_part(made: Sequence[Chart]) -> Part:
    """Charts as they stand in a page: drawn here, made to answer by `curves.js`, which reads them as the data `charts`."""
    body = ('<div class="screen right"><button id="curves-log" hidden aria-pressed="false">log scale</button></div>'
            f'<div id="curves" class="charts">{"".join(map(figure, made))}</div>')
    return Part(body, asset("curves.css"), asset("curves.js"), {"charts": [asdict(chart) for chart in made]})


def charts(rows: Sequence[Mapping]) -> list[Chart]:
    """A chart for the loss and each metric, training beside validation; the learning rate where it has changed."""
    rows = list(rows)
    marks = tuple((before["epoch"] + after["epoch"]) / 2 for before, after in pairwise(rows) if before["phase"] != after["phase"])
    return [Chart(name, _both(rows, name), marks) for name in shown(rows) if _both(rows, name)]


def shown(rows: Sequence[Mapping]) -> list[str]:
    """What is worth a chart: the loss first, the learning rate last and only where it has changed."""
    flat = len({row.get("learning_rate") for row in rows}) <= 1
    names = [name for name in metrics(list(rows)) if not (flat and name == "learning_rate")]
    return sorted(names, key=lambda name: (name != "loss", name == "learning_rate"))


def _both(rows: Sequence[Mapping], name: str) -> tuple[Series, ...]:
    lines = (Series("training", 0, points(rows, name)), Series("validation", 1, points(rows, f"val_{name}")))
    return tuple(line for line in lines if line.points)


def points(rows: Sequence[Mapping], name: str) -> tuple[tuple[float, float], ...]:
    """The (epoch, value) points of one column, without what is not a number; of very many, some and the last."""
    found = [(row["epoch"], row[name]) for row in rows if is_number(row.get(name))]
    step = -(-len(found) // MOST_POINTS) or 1
    return tuple(found[:-1][::step]) + tuple(found[-1:])


def is_number(value: object) -> bool:
    return isinstance(value, int | float) and math.isfinite(value)


def figure(chart: Chart) -> str:
    """A chart with its caption, as HTML."""
    keys = "".join(f'<span class="key tone{line.tone % TONES}{" dashed" if line.dashed else ""}">{escape(line.label)}'
                   f' <i>{number(line.points[-1][1])}</i></span>' for line in chart.series)
    return f'<figure class="chart"><figcaption><b>{escape(chart.name)}</b>{keys}</figcaption>{svg(chart)}</figure>'


def svg(chart: Chart) -> str:
    """A chart's plot on a linear scale."""
    xs = [x for line in chart.series for x, _ in line.points]
    ys = [y for line in chart.series for _, y in line.points]
    across = Scale(*_spread(min(xs), max(xs), 0.5), LEFT, WIDE - RIGHT)
    marks = ticks(*_spread(min(ys), max(ys), abs(ys[0]) / 2 or 0.5), 5)
    up = Scale(min(marks[0], min(ys)), max(marks[-1], max(ys)), HIGH - BOTTOM, TOP)
    whole = [x for x in ticks(across.low, across.high, 6) if x == int(x) and across.low <= x <= across.high]
    lines = "".join(polyline(line, across, up) for line in chart.series)
    return plot(chart.name, frame(across, up, whole, marks) + _phases(chart.marks, across) + lines + _title("epoch"))


def plot(name: str, inside: str) -> str:
    return f'<svg viewBox="0 0 {WIDE} {HIGH}" role="img" aria-label="{escape(name)}">{inside}</svg>'


def _spread(low: float, high: float, lone: float) -> tuple[float, float]:
    """Both ends, apart even where there is one value alone."""
    return (low, high) if high > low else (low - lone, high + lone)


def frame(across: Scale, up: Scale, xs: Sequence[float], ys: Sequence[float]) -> str:
    """The axes with their numbers and a faint grid."""
    rows = "".join(f'<line class="grid" x1="{LEFT}" x2="{WIDE - RIGHT}" y1="{up(y)}" y2="{up(y)}"/>'
                   f'<text class="end" x="{LEFT - 6}" y="{up(y) + 3.5}">{number(y)}</text>' for y in ys)
    columns = "".join(f'<text class="mid" x="{across(x)}" y="{HIGH - BOTTOM + 15}">{number(x)}</text>' for x in xs)
    return f'{rows}{columns}<line class="axis" x1="{LEFT}" x2="{WIDE - RIGHT}" y1="{HIGH - BOTTOM}" y2="{HIGH - BOTTOM}"/>'


def _title(said: str) -> str:
    return f'<text class="end" x="{WIDE - RIGHT}" y="{HIGH - 3}">{said}</text>'


def _phases(marks: Sequence[float], across: Scale) -> str:
    return "".join(f'<line class="mark" x1="{across(x)}" x2="{across(x)}" y1="{TOP}" y2="{HIGH - BOTTOM}"/>'
                   f'<text class="phase" x="{across(x) + 4}" y="{TOP + 8}">phase {index + 2}</text>' for index, x in enumerate(marks))


def polyline(line: Series, across: Scale, up: Scale) -> str:
    places = [(across(x), up(y)) for x, y in line.points]
    dots = "".join(f'<circle class="point" cx="{x}" cy="{y}" r="2.6"/>' for x, y in places) if len(places) <= DOTTED else ""
    path = " ".join(f"{x},{y}" for x, y in places)
    return f'<g class="tone{line.tone % TONES}"><polyline class="curve{" dashed" if line.dashed else ""}" points="{path}"/>{dots}</g>'


def ticks(low: float, high: float, about: int) -> list[float]:
    """Round numbers from at or below `low` to at or above `high`, about so many."""
    rough = (high - low) / about
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough * 0.999)
    return [round(count * step, 12) for count in range(math.floor(low / step), math.ceil(high / step) + 1)]


def number(value: float) -> str:
    """A number as short as a reader needs it: four digits, no needless zeros, thousands apart."""
    size = abs(value)
    if size < 1e6 and (value == int(value) or size >= 1e4):
        return f"{value:,.0f}"
    return re.sub(r"e([+-])0*(\d)", lambda power: f"e{power[1].strip('+')}{power[2]}", f"{value:.4g}")
