"""The learning curves of a run as a picture: loss and metrics, training and validation."""

from itertools import pairwise
from pathlib import Path

from builder.training.files import write_whole
from builder.training.log import metrics

INK, MUTED, TRAIN, VALIDATION = "#1f2933", "#7b8794", "#2563eb", "#ea580c"


def draw_curves(path: Path, rows: list[dict], title: str = "") -> None:
    """Draws a plot for the loss and each metric; nothing where no epoch has finished."""
    names = _shown(rows)
    if not names:
        return
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    across = min(3, len(names))
    down = -(-len(names) // across)
    figure = Figure(figsize=(4.6 * across, 3.4 * down), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots(down, across, squeeze=False).ravel()
    for axis, name in zip(axes, names):
        _curve(axis, rows, name)
    for axis in axes[len(names):]:
        axis.set_visible(False)
    if title:
        figure.suptitle(title, color=INK, fontsize=12, x=0.01, ha="left")
    save_figure(figure, path)


def save_figure(figure, path: Path) -> None:
    """A figure as PNG, whole or not at all."""
    write_whole(path, lambda temporary: figure.savefig(temporary, format="png", dpi=110))


def plain_axis(axis) -> None:
    """The look all plots share: two spines, a faint grid."""
    axis.spines[["top", "right"]].set_visible(False)
    axis.spines[["left", "bottom"]].set_color(MUTED)
    axis.tick_params(colors=MUTED, labelsize=8)
    axis.grid(alpha=0.25, linewidth=0.6)


def _shown(rows: list[dict]) -> list[str]:
    """Loss first; the learning rate where it has changed."""
    names = metrics(rows)
    flat = [name for name in names if name == "learning_rate" and len({row.get(name) for row in rows}) == 1]
    return sorted((name for name in names if name not in flat), key=lambda name: (name != "loss", name == "learning_rate"))


def _curve(axis, rows: list[dict], name: str) -> None:
    from matplotlib.ticker import MaxNLocator

    for key, label, color in ((name, "training", TRAIN), (f"val_{name}", "validation", VALIDATION)):
        points = [(row["epoch"], row[key]) for row in rows if row.get(key) is not None]
        if points:
            axis.plot(*zip(*points), color=color, label=label, linewidth=1.6, marker="o" if len(points) < 25 else "", markersize=3)
    for before, after in pairwise(rows):
        if before["phase"] != after["phase"]:
            axis.axvline((before["epoch"] + after["epoch"]) / 2, color=MUTED, linewidth=0.8, linestyle=":")
    axis.set_title(name, color=INK, fontsize=10, loc="left")
    axis.set_xlabel("epoch", color=MUTED, fontsize=8)
    axis.xaxis.set_major_locator(MaxNLocator(integer=True))
    plain_axis(axis)
    if len(axis.lines) and any(f"val_{name}" in row for row in rows):
        axis.legend(frameon=False, fontsize=8, labelcolor=INK)
