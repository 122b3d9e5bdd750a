"""The network as rows for `build check`: names, bricks, shapes and counts grouped by block, as plain data."""

from dataclasses import dataclass

from builder.draw.figure import Figure, Item, Panel


@dataclass(frozen=True)
class Row:
    """One row: `what` is network, box, closed, input, output, layer, op, formula or network-use; `level` its depth.

    Counts of a box are the totals of what it holds. `path` is the full name, `shape` every output in words.
    `macs` are multiply-accumulates for one example.
    """

    level: int
    what: str
    name: str
    path: str
    brick: str
    detail: str
    shape: str
    parameters: int
    trainable: int
    macs: int
    shared: bool
    line: int | None


def table(figure: Figure) -> list[Row]:
    """Rows in the order of the spec: the main network with its totals first, then each shared network."""
    return [row for panel in figure.panels for row in _rows(panel)]


def _rows(panel: Panel) -> list[Row]:
    level = [0] * len(panel.items)
    rows = []
    for number, item in enumerate(panel.items):
        level[number] = level[item.parent] + 1 if number else 0
        if item.what != "output":
            rows.append(_row(item, level[number], "network" if number == 0 else item.what))
    return rows


def _row(item: Item, level: int, what: str) -> Row:
    what = "network-use" if item.what == "network" else what
    brick = item.network or item.brick
    return Row(level, what, item.title, item.name, brick, item.detail, ", ".join(item.shapes), item.parameters,
               item.trainable, item.macs, item.shared, item.line)
