"""Pictures of an evaluation: a confusion matrix, a distribution of errors, an embedding in the plane."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from builder.training.curves import INK, MUTED, TRAIN, VALIDATION, plain_axis, save_figure
from builder.training.reports import Classes, Likeness, Numbers

# A number in every cell, a name on every line: as long as they can be read.
NUMBERED, NAMED = 20, 60


def draw(report, path: Path, title: str = "") -> Path | None:
    """Draws what a report has to show; None where it has nothing."""
    if isinstance(report, Classes) and report.confusion is not None:
        return _confusion(report, path, title)
    if isinstance(report, Numbers) and report.sample.size:
        return _errors(report, path, title)
    if isinstance(report, Likeness):
        return draw_plane(report.as_json()["picture"], path, title)
    return None


def draw_plane(picture: Mapping, path: Path, title: str = "") -> Path:
    """Points of an embedding by class, as `likeness.picture` gives them."""
    import matplotlib

    figure, colours = _figure(7.2, 5.6, title), matplotlib.colormaps["tab20"]
    axis = figure.subplots()
    for number, (name, points) in enumerate(picture["points"].items()):
        axis.scatter(*np.reshape(points, (-1, 2)).T, s=9, color=colours(number * 2 % 20 + number // 10 % 2), label=name, linewidths=0, alpha=0.75)
    axis.set_xlabel(picture["axes"], color=MUTED, fontsize=9)
    axis.tick_params(colors=MUTED, labelsize=8)
    if len(picture["points"]) <= NUMBERED:
        axis.legend(fontsize=8, frameon=False, markerscale=2, loc="center left", bbox_to_anchor=(1, 0.5))
    save_figure(figure, path)
    return path


def _figure(width: float, height: float, title: str):
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    if title:
        figure.suptitle(title, color=INK, fontsize=12, x=0.01, ha="left")
    return figure


def _confusion(report: Classes, path: Path, title: str) -> Path:
    names, counts = report.meaning.classes, report.confusion
    size = min(14.0, max(4.0, 1.8 + 0.42 * len(names)))
    figure = _figure(size + 0.8, size, title)
    axis = figure.subplots()
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    image = axis.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    if len(names) <= NUMBERED:
        for (row, column), count in np.ndenumerate(counts):
            shade = "white" if shares[row, column] > 0.5 else INK
            axis.text(column, row, f"{count:,}" if count else "·", ha="center", va="center", fontsize=8, color=shade)
    if len(names) <= NAMED:
        shown = [name if len(name) <= 18 else name[:17] + "…" for name in names]
        axis.set_xticks(range(len(names)), shown, rotation=90 if max(map(len, shown)) > 3 else 0)
        axis.set_yticks(range(len(names)), shown)
    axis.tick_params(colors=INK, labelsize=8, length=0)
    axis.spines[:].set_visible(False)
    axis.set_xlabel("the model says", color=MUTED, fontsize=9)
    axis.set_ylabel("the data say", color=MUTED, fontsize=9)
    bar = figure.colorbar(image, ax=axis, shrink=0.6)
    bar.set_label("share of the row", color=MUTED, fontsize=8)
    bar.outline.set_visible(False)
    save_figure(figure, path)
    return path


def _errors(report: Numbers, path: Path, title: str) -> Path:
    true, said = report.sample
    figure = _figure(8.6, 3.8, title)
    left, right = figure.subplots(1, 2)
    left.hist(said - true, bins=min(60, max(10, int(true.size**0.5))), color=TRAIN)
    left.axvline(0, color=INK, linewidth=0.8)
    left.set_title("error (predicted less true)", color=INK, fontsize=10, loc="left")
    shown = slice(None, None, max(1, true.size // 3000))
    right.scatter(true[shown], said[shown], s=6, color=TRAIN, alpha=0.5, linewidths=0)
    ends = [min(true.min(), said.min()), max(true.max(), said.max())]
    right.plot(ends, ends, color=VALIDATION, linewidth=1)
    right.set_title("predicted against true", color=INK, fontsize=10, loc="left")
    for axis in (left, right):
        plain_axis(axis)
    save_figure(figure, path)
    return path
