"""The figures of an evaluation: metrics, classes, confusions as a heat map, the errors of numbers."""

from collections.abc import Mapping, Sequence
from html import escape

import numpy as np

from builder.report.curves import BOTTOM, HIGH, LEFT, RIGHT, TOP, WIDE, Scale, frame, plot, ticks
from builder.report.embeddings import embedding
from builder.report.forecasts import forecasts
from builder.report.images import heat
from builder.report.markup import Figure, plural, table

NUMBERED, LISTED = 25, 40
SHADES = 10
SCORES = ("precision", "recall", "f1", "examples")


def figures(evaluation: Mapping) -> str:
    """Everything measured on the split, an output after the other; `evaluation` is as in `evaluation.json`."""
    split = "the training examples themselves, so these figures say little about new ones" if evaluation["split"] == "train" \
        else f"the {escape(evaluation['split'])} split"
    metrics = table(("metric", "value"), evaluation["metrics"].items(), "narrow")
    outputs = evaluation["outputs"]
    reports = "".join(_output(name if len(outputs) > 1 else "", report) for name, report in outputs.items())
    return f"<p>Measured on {plural(evaluation['examples'], 'example')} of {split}.</p>{metrics}{reports}"


def _output(title: str, report: Mapping) -> str:
    body = {"classes": _classes, "labels": _labels, "numbers": _numbers, "embedding": embedding}[report["kind"]](report)
    return (f"<h3>{escape(title)}</h3>" if title else "") + body


def _classes(report: Mapping) -> str:
    matrix = report.get("confusion")
    names = [row["class"] for row in report["classes"]]
    confusion = _confusion(names, matrix) if matrix else ""
    return f'<div class="sides">{_per_class(report)}{confusion}</div>'


def _per_class(report: Mapping) -> str:
    """A row a class; of very many those that are found worst."""
    rows = report["classes"]
    note = ""
    if len(rows) > LISTED:
        rows = sorted(rows, key=lambda row: row["f1"])[:LISTED]
        note = f"<p>The {LISTED} classes with the lowest F1, of {len(report['classes'])}.</p>"
    lines = [(str(row["class"]), *(row[name] for name in SCORES)) for row in rows]
    whole = [(f"{name} mean", *(report[name][score] for score in SCORES[:3]), None) for name in ("macro", "weighted") if name in report]
    return f'<div>{note}{table(("class", "precision", "recall", "F1", "examples"), [*map(_rounded, lines), *map(_rounded, whole)])}</div>'


def _rounded(row: Sequence) -> list:
    return [Figure(f"{value:.3f}") if isinstance(value, float) else "" if value is None else value for value in row]


def _confusion(names: Sequence[str], matrix: Sequence[Sequence[int]]) -> str:
    head = "<p>A row is the true class, a column what the model said; the shade is the share of the row.</p>"
    if len(names) > NUMBERED:
        return f'<div>{head}<img class="heat" alt="confusion matrix of {len(names)} classes" src="{heat(np.array(matrix))}">{_confused(names, matrix)}</div>'
    columns = "".join(f"<th><span>{escape(name)}</span></th>" for name in names)
    rows = "".join(f"<tr><th>{escape(name)}</th>{_cells(counts)}</tr>" for name, counts in zip(names, matrix, strict=True))
    kind = "matrix turned" if max(map(len, names), default=0) > 3 else "matrix"
    return f'<div>{head}<div class="scroll"><table class="{kind}"><thead><tr><th></th>{columns}</tr></thead><tbody>{rows}</tbody></table></div></div>'


def _cells(counts: Sequence[int]) -> str:
    total = sum(counts) or 1
    return "".join(f'<td class="h{_shade(count / total)}">{f"{count:,}" if count else "·"}</td>' for count in counts)


def _shade(share: float) -> int:
    """Any at all is visible."""
    return 0 if share == 0 else max(1, round(share * SHADES))


def _confused(names: Sequence[str], matrix: Sequence[Sequence[int]], most: int = 12) -> str:
    counts = np.array(matrix)
    np.fill_diagonal(counts, 0)
    order = [np.unravel_index(place, counts.shape) for place in np.argsort(-counts, axis=None, kind="stable")[:most]]
    return table(("true", "said", "times"), [(names[i], names[j], int(counts[i, j])) for i, j in order if counts[i, j]])


def _labels(report: Mapping) -> str:
    said = f"<p>All labels right: {report['exact']:.1%} of the examples.</p>"
    return said + _per_class(report)


def _numbers(report: Mapping) -> str:
    quantiles = {f"{float(share):.0%} of errors below": value for share, value in report["absolute_error_quantiles"].items() if share != "1.0"}
    lines = [("mean absolute error", report["mae"]), ("root mean square error", report["rmse"]), ("mean error", report["bias"]),
             ("share of variance explained (R²)", report["r2"]), *quantiles.items(), ("greatest error", report["absolute_error_quantiles"].get("1.0"))]
    charts = _histogram(report.get("errors") or {}) + _against(report.get("points") or [])
    forecast = forecasts(report["forecast"]) if "forecast" in report else ""
    return f'{forecast}<div class="sides">{table(("error", "value"), lines, "narrow")}<div class="charts">{charts}</div></div>'


def _chart(title: str, inside: str) -> str:
    return f'<figure class="chart"><figcaption><b>{escape(title)}</b></figcaption>{plot(title, inside)}</figure>'


def _histogram(errors: Mapping) -> str:
    edges, counts = errors.get("edges"), errors.get("counts")
    if not counts or edges[0] == edges[-1]:
        return ""
    across, rows = Scale(edges[0], edges[-1], LEFT, WIDE - RIGHT), ticks(0, max(counts), 4)
    up = Scale(0, rows[-1], HIGH - BOTTOM, TOP)
    bars = "".join(f'<rect class="bar" x="{across(low)}" y="{up(count)}" width="{max(.5, round(across(high) - across(low) - .6, 2))}" '
                   f'height="{round(up(0) - up(count), 2)}"/>' for low, high, count in zip(edges, edges[1:], counts))
    zero = f'<line class="ideal" x1="{across(0)}" x2="{across(0)}" y1="{TOP}" y2="{HIGH - BOTTOM}"/>' if edges[0] < 0 < edges[-1] else ""
    return _chart("error: said less true, and how often", frame(across, up, _within(across), rows) + bars + zero)


def _against(points: Sequence[Sequence[float]]) -> str:
    values = [value for pair in points for value in pair]
    if not values or min(values) == max(values):
        return ""
    rows = ticks(min(values), max(values), 5)
    across, up = Scale(rows[0], rows[-1], LEFT, WIDE - RIGHT), Scale(rows[0], rows[-1], HIGH - BOTTOM, TOP)
    dots = "".join(f'<circle class="dot" cx="{across(true)}" cy="{up(said)}" r="2.2"/>' for true, said in points)
    ideal = f'<line class="ideal" x1="{across(rows[0])}" y1="{up(rows[0])}" x2="{across(rows[-1])}" y2="{up(rows[-1])}"/>'
    return _chart("said (up) against true (across)", frame(across, up, _within(across), rows) + ideal + dots)


def _within(scale: Scale) -> list[float]:
    return [tick for tick in ticks(scale.low, scale.high, 5) if scale.low <= tick <= scale.high]
