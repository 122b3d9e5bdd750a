"""Forecasts in the report: their errors beside those of ways that need no network, and the last part of the series as it was foretold."""

from collections.abc import Mapping, Sequence
from html import escape

from builder.report.curves import BOTTOM, HIGH, LEFT, RIGHT, TOP, WIDE, Scale, Series, frame, number, plot, polyline, ticks
from builder.report.markup import Best, Figure, plural, table


def forecasts(forecast: Mapping) -> str:
    """Errors by horizon, and a chart for each horizon; one more of what the model makes of its own forecasts."""
    charts = "".join(_chart(_title(int(horizon)), forecast["truth"], said) for horizon, said in forecast["said"].items())
    if forecast.get("ahead"):
        charts += _chart(f"{plural(len(forecast['ahead']), 'row')} on, each forecast from those before it", forecast["truth"], forecast["ahead"])
    return errors_table(forecast) + f'<div class="charts">{charts}</div>'


def _title(horizon: int) -> str:
    return f"forecast {plural(horizon, 'row')} before"


def ways(forecast: Mapping) -> list[tuple[str, list[float]]]:
    """The model and each way without one, with its errors by horizon, the least first."""
    return sorted(forecast["errors"].items(), key=lambda one: sum(one[1]))


def errors_table(forecast: Mapping) -> str:
    """Root mean square errors, the best of each horizon in bold."""
    best = [min(column) for column in zip(*forecast["errors"].values(), strict=True)]
    rows = [(name, *(Best(number(value)) if value == least else Figure(number(value)) for value, least in zip(errors, best, strict=True)))
            for name, errors in ways(forecast)]
    heads = (f"{plural(horizon, 'row')} on" for horizon in forecast["horizons"])
    return "<p>Root mean square error of the forecasts, beside ways that need no network.</p>" + table(("forecast", *heads), rows, "narrow")


def _chart(title: str, truth: Sequence, said: Sequence) -> str:
    """The truth and what was said, along the rows of the source."""
    lines = (Series("truth", 0, tuple(map(tuple, truth))), Series("forecast", 1, tuple(map(tuple, said)), dashed=True))
    keys = "".join(f'<span class="key tone{line.tone}{" dashed" if line.dashed else ""}">{line.label}</span>' for line in lines)
    return f'<figure class="chart"><figcaption><b>{escape(title)}</b>{keys}</figcaption>{plot(title, _inside(lines))}</figure>'


def _inside(lines: Sequence[Series]) -> str:
    xs, ys = ([point[axis] for line in lines for point in line.points] for axis in (0, 1))
    rows = ticks(*_apart(min(ys), max(ys)), 5)
    across, up = Scale(*_apart(min(xs), max(xs)), LEFT, WIDE - RIGHT), Scale(rows[0], rows[-1], HIGH - BOTTOM, TOP)
    columns = [x for x in ticks(across.low, across.high, 6) if across.low <= x <= across.high]
    return frame(across, up, columns, rows) + "".join(polyline(line, across, up) for line in lines)


def _apart(low: float, high: float) -> tuple[float, float]:
    return (low, high) if high > low else (low - 0.5, high + 0.5)
