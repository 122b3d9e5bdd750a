"""What an embedding is worth, for the report: its figures, its points in the plane, the curve of telling pairs."""

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from pathlib import Path

from builder.report.curves import BOTTOM, HIGH, LEFT, RIGHT, TOP, WIDE, Scale, frame, plot, ticks
from builder.report.markup import table
from builder.training.files import read_json
from builder.training.likeness import FILE

KEYED = 40  # classes that get a key


def embedding(report: Mapping) -> str:
    """The part of a report for an embedding, as `likeness.judged` gives it; `beside` are others that were judged alike, by name."""
    names, columns = ["this embedding", *report.get("beside", {})], [report, *report.get("beside", {}).values()]
    rows = [(what, *(_share(one) for one in values)) for what, values in rows_of(columns)]
    told = report.get("verification")
    charts = _plane(report["picture"]) + (_curve(told) if told else "")
    note = f"<p>{sentence(report)}; distances are Euclidean.</p>"
    return f'{note}<div class="sides">{table(("measure", *names), rows, "narrow")}<div class="charts">{charts}</div></div>'


def sentence(report: Mapping) -> str:
    """Of how much an embedding's figures are."""
    known = f", held against {report['training_examples']:,} training examples" if report.get("accuracy") else ""
    return f"{report['examples']:,} examples of {report['classes']:,} classes in {report['size']:,} values{known}"


def kept(folder: Path) -> str:
    """The embedding that was last judged by itself in a run folder; empty where none was."""
    report = read_json(folder / FILE, None)
    if not report:
        return ""
    voting = "nearest" if report["neighbours"] == 1 else f"{report['neighbours']} nearest"
    note = (f"<p>What leaves <code>{escape(report['layer'])}</code> on the {escape(report['split'])} split; its {voting} of {report['training_examples']:,} "
            f"training examples tell <code>{escape(report['field'])}</code>.</p>")
    return note + embedding(report)


def rows_of(reports: Sequence[Mapping]) -> Iterator[tuple[str, list]]:
    """Each measure by what it is called, and its values of some embeddings; those that nobody has are left out."""
    measures = {
        **{f"nearest of the training examples, {metric}": lambda one,
           metric=metric: (one.get("accuracy") or {}).get(metric) for metric in ("euclidean", "cosine")},
        **{f"recall at {k}": lambda one, k=k: one["recall"].get(k) for k in reports[0]["recall"]},
        "MAP at R": lambda one: one["map_at_r"],
        "pairs told, area under ROC": lambda one: (one["verification"] or {}).get("auc"),
        "pairs told rightly": lambda one: (one["verification"] or {}).get("accuracy"),
        "at a distance up to": lambda one: (one["verification"] or {}).get("threshold"),
        **{f"{shot['ways']}-way one-shot{shot['within']}": lambda one: (one.get("one_shot") or {}).get("accuracy")
           for shot in [reports[0].get("one_shot")] if shot},
        "within classes / between, squared": lambda one: one["tightness"]["ratio"],
    }
    for name, measure in measures.items():
        values = [measure(one) for one in reports]
        if any(value is not None for value in values):
            yield name, values


def _share(value: float | None) -> object:
    return "" if value is None else float(f"{value:.4g}")


def _plane(picture: Mapping) -> str:
    """The points in the plane, a colour a class."""
    everywhere = [point for points in picture["points"].values() for point in points]
    if not everywhere:
        return ""
    across, up = _scales(everywhere)
    dots = "".join(_dots(points, _colour(number), across, up) for number, points in enumerate(picture["points"].values()))
    keys = "".join(_key(name, number) for number, name in enumerate(picture["points"])) if len(picture["points"]) <= KEYED else ""
    inside = frame(across, up, _inner(across), _inner(up)) + dots
    drawn = plot("the embedding in the plane, coloured by class", inside)
    return f'<figure class="chart"><figcaption><b>{escape(picture["axes"])}</b>{keys}</figcaption>{drawn}</figure>'


def _key(name: str, number: int) -> str:
    """A class's colour, which a page that allows no styles of its own takes as an attribute."""
    return f'<span><svg class="swatch" viewBox="0 0 2 2" aria-hidden="true"><circle cx="1" cy="1" r="1" fill="{_colour(number)}"/></svg>{escape(name)}</span>'


def _dots(points: Sequence, colour: str, across: Scale, up: Scale) -> str:
    return f'<g fill="{colour}" fill-opacity=".65">' + "".join(f'<circle cx="{across(x)}" cy="{up(y)}" r="1.8"/>' for x, y in points) + "</g>"


def _scales(points: Sequence) -> tuple[Scale, Scale]:
    """Across and up, a bit beyond all points."""
    (left, right), (low, high) = (_reach([point[axis] for point in points]) for axis in (0, 1))
    return Scale(left, right, LEFT, WIDE - RIGHT), Scale(low, high, HIGH - BOTTOM, TOP)


def _reach(values: Sequence[float]) -> tuple[float, float]:
    low, high = min(values), max(values)
    more = (high - low) * 0.04 or abs(high) or 1
    return low - more, high + more


def _inner(scale: Scale) -> list[float]:
    return [tick for tick in ticks(scale.low, scale.high, 5) if scale.low <= tick <= scale.high]


def _colour(number: int) -> str:
    """A hue far from those before it, by the golden angle; every second one darker."""
    return f"hsl({round(number * 137.508) % 360} 70% {(47, 62, 36)[number // 10 % 3]}%)"


def _curve(told: Mapping) -> str:
    """How many pairs alike are found against how many different ones are taken for alike."""
    across, up = Scale(0, 1, LEFT, WIDE - RIGHT), Scale(0, 1, HIGH - BOTTOM, TOP)
    marks = (0, 0.25, 0.5, 0.75, 1)
    path = " ".join(f"{across(false)},{up(true)}" for false, true in told["curve"])
    ideal = f'<line class="ideal" x1="{across(0)}" y1="{up(0)}" x2="{across(1)}" y2="{up(1)}"/>'
    inside = frame(across, up, marks, marks) + ideal + f'<g class="tone0"><polyline class="curve" points="{path}"/></g>'
    return (f'<figure class="chart"><figcaption><b>pairs alike that are found (up) against different ones taken for alike '
            f'(across)</b></figcaption>{plot("ROC of pairs", inside)}</figure>')
