"""The samples that a run keeps of its generator, as rows of a picture over time."""

from collections.abc import Sequence
from dataclasses import replace
from html import escape
from pathlib import Path

import numpy as np

from builder.draw.document import Part
from builder.report.images import sheet
from builder.report.made import draw
from builder.report.markup import plural
from builder.report.samples import Samples, kept
from builder.report.web import asset
from builder.training.evaluation import Evaluation
from builder.training.files import write_json
from builder.training.pictures import draw_plane
from builder.training.run import Run

PICTURE = "samples.png"
SIZE = 200  # of a plot of points, in its own units
REACH = 0.25  # how far it shows beyond the real points, as a share of their extent


def part_of(folder: Path) -> Part:
    """The samples of a run folder; an empty part where it keeps none."""
    samples = kept(Path(folder))
    return Part(gallery(samples), asset("samples.css")) if samples else Part()


def with_samples(run: Run, found: Evaluation) -> Evaluation:
    """An evaluation with what the run keeps of its generator, drawn as `samples.png`; as it is where the run keeps nothing.

    Raises:
        OSError: the folder cannot be written to.
    """
    samples = kept(run.folder)
    if samples is None:
        return found
    path = _drawn(samples, run.folder / PICTURE)
    told = {"output": samples.output, "kind": samples.kind, "count": len(samples.newest), "epoch": samples.epochs[-1],
            "classes": list(samples.classes), "picture": str(path)}
    found = replace(found, samples=told, pictures=(*found.pictures, path))
    write_json(run.folder / "evaluation.json", found.as_json(), lasting=False)
    return found


def _drawn(samples: Samples, path: Path) -> Path:
    """The newest samples: points with the real ones, or images, a class a column."""
    if samples.kind == "images":
        return draw(samples.newest, path, columns=samples.columns)
    real = {"real": samples.real} if len(samples.real) else {}
    return draw_plane({"points": {**real, "made": samples.newest}, "axes": _named(samples.epochs[-1])}, path)


def gallery(samples: Samples) -> str:
    """Plots of points, or rows of images, one for each epoch that was kept."""
    return _points(samples) if samples.kind == "points" else _images(samples)


def _points(samples: Samples) -> str:
    bounds = _bounds(samples.real if len(samples.real) else samples.newest)
    plots = "".join(_plot(_named(epoch), samples.real, made, bounds) for epoch, made in samples.each())
    key = '<span class="made">made</span>' + (' and <span class="real">real</span>' if len(samples.real) else "")
    head = f"<p>{len(samples.newest)} points that <code>{escape(samples.output)}</code> makes of noise that stays the same: {key} ones.</p>"
    return f'{head}<div class="samples-plots">{plots}</div>'


def _bounds(points: np.ndarray) -> tuple[np.ndarray, float]:
    """The middle of a square around all points, and half its side."""
    low, high = points.min(0), points.max(0)
    return (low + high) / 2, float(max(high - low)) * (0.5 + REACH) or 1.0


def _plot(name: str, real: np.ndarray, made: np.ndarray, bounds: tuple[np.ndarray, float]) -> str:
    outside = int((np.abs(made - bounds[0]) > bounds[1]).any(1).sum())
    said = f"{name}{f' · {outside} outside' if outside else ''}"
    inside = f'<path class="real" d="{_dots(real, bounds)}"/><path class="made" d="{_dots(made, bounds)}"/>'
    return (f'<figure><figcaption>{said}</figcaption>'
            f'<svg viewBox="0 0 {SIZE} {SIZE}" role="img" aria-label="points made, {said}"><rect width="{SIZE}" height="{SIZE}"/>{inside}</svg></figure>')


def _dots(points: np.ndarray, bounds: tuple[np.ndarray, float]) -> str:
    """A path of dots: lines of no length, whose round ends are seen."""
    (across, up), half = bounds
    places = np.stack([(points[:, 0] - across) / half, (up - points[:, 1]) / half], axis=1) * SIZE / 2 + SIZE / 2
    there = places[((places >= 0) & (places <= SIZE)).all(1)]
    return "".join(f"M{x:.1f} {y:.1f}h0" for x, y in there)


def _images(samples: Samples) -> str:
    span = _span(samples.newest)
    newest = _named(samples.epochs[-1])
    rows = [(_named(epoch), made, span) for epoch, made in samples.each()]
    rows += [("real", samples.real, _span(samples.real))] if len(samples.real) else []
    same = "one class a column and one noise a row" if samples.classes else "each of a noise of its own"
    over = "".join(f"<b>{name}</b>{_strip(samples, values, f'samples, {name}', spread)}" for name, values, spread in rows)
    return (f"<p>What <code>{escape(samples.output)}</code> makes after {newest}: {plural(len(samples.newest), 'sample')}, {same}.</p>"
            f'<div class="samples-newest">{_heads(samples.classes)}{_strip(samples, samples.newest, f"samples, {newest}", span)}</div>'
            f'<h3>The same noise over time</h3><div class="samples-time">{"<b></b>" + _heads(samples.classes) if samples.classes else ""}{over}</div>')


def _named(epoch: int) -> str:
    return f"epoch {epoch:,}" if epoch else "untrained"


def _span(values: np.ndarray) -> tuple[float, float]:
    """What is black and white in images, by all of them."""
    return float(values.min()), float(values.max())


def _heads(classes: Sequence[str]) -> str:
    return f'<div class="heads">{"".join(f"<span>{escape(name)}</span>" for name in classes)}</div>' if classes else ""


def _strip(samples: Samples, values: np.ndarray, said: str, span: tuple[float, float]) -> str:
    return f'<img alt="{escape(said)}" src="{sheet(values, samples.columns, span)}">'
