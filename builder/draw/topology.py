"""The figure as plain data for the page: what stands in each box in which rows, and the words and sizes of every card, open and closed.

Rows and order are worked out here, from topology alone; the page's script only sets coordinates.
"""

from builder.diagnostics import Source
from builder.diagnostics.fault import Turn
from builder.draw import card, faces, frame, panel, strands
from builder.draw.card import LABEL
from builder.draw.family import family
from builder.draw.figure import Figure, Item, Panel, Trunk
from builder.draw.layout import APART, GUTTER
from builder.draw.measure import width
from builder.draw.nets import Net
from builder.draw.panel import arranged
from builder.draw.rows import Rows, Slot
from builder.draw.steps import Files

KINDS = ("item", "lane", "entry", "exit")
_SHARED = (  # the measures that the still picture is laid out with
    (card, ("HEADER", "STACK", "STRIPE", "PAD", "NEXT", "GAP")),
    (frame, ("BETWEEN", "LANE", "PORT", "PORT_EDGE", "ARROW", "STRAIGHT", "BEND", "STEEP", "DEEPEST", "BUS", "LONG", "NEARLY")),
    (panel, ("LABEL_GAP", "LABEL_TALL", "EDGE", "INNER", "PORTS", "USE_PORT")),
    (strands, ("SETTLE",)),
)
MANY = 48


def topology(figure: Figure, source: Source | None, depth: int | None, direction: str) -> dict:
    """Everything the page's script needs, as JSON values."""
    files = Files(source)
    return {
        "measures": {name: getattr(module, name) for module, names in _SHARED for name in names} | {"GUTTER": GUTTER, "APART": APART},
        "direction": direction, "depth": fitting(figure) if depth is None else depth, "deepest": max(max(_levels(each)) for each in figure.panels) - 1,
        "panels": [_panel(each, files) for each in figure.panels], "files": files.texts(),
    }


def fitting(figure: Figure) -> int:
    """To what depth to open a picture at first: as deep as it has no more than `MANY` cards."""
    levels = [(item, level) for each in figure.panels for item, level in zip(each.items, _levels(each), strict=True)]
    deepest = max(level for _, level in levels)
    for depth in range(deepest, 0, -1):
        if sum(level <= depth + 1 if not item.is_box else level == depth + 1 for item, level in levels) <= MANY:
            return depth
    return 0


def _levels(panel: Panel) -> list[int]:
    """How deep each item stands; the outermost box is 0."""
    levels = [0]
    for item in panel.items[1:]:
        levels.append(levels[item.parent] + 1)
    return levels


def _panel(panel: Panel, files: Files) -> dict:
    return {
        "name": panel.name, "times": panel.times, "uses": panel.uses,
        "items": [_item(item, files, 0 if item.parent >= 0 else panel.times) for item in panel.items], "trunks": [_trunk(trunk) for trunk in panel.trunks],
        "boxes": {number: _rows(found) for number, found in arranged(panel).items()},
    }


def _item(item: Item, files: Files, times: int) -> dict:
    said = {
        "key": item.key, "what": item.what, "title": item.title, "brick": item.brick, "name": item.name, "parent": item.parent,
        "family": family(faces.closed(item) if item.is_box else item), "detail": item.detail, "arguments": item.arguments,
        "shapes": item.shapes, "network": item.network, "shared": item.shared, "layer": item.layer if item.layer != item.name else None,
        "parameters": item.parameters, "trainable": item.trainable, "macs": item.macs, "bricks": item.bricks,
        "lines": files.lines(item.span), "turns": [use.block for use in reversed(item.trail) if isinstance(use, Turn)],
        "card": faces.face(faces.closed(item) if item.is_box else item), "head": faces.head(item, times) if item.is_box else None,
        "work": faces.work(item),
    }
    return {name: value for name, value in said.items() if value not in (None, "", 0, (), [], False) or name == "parent"}


def _trunk(trunk: Trunk) -> dict:
    return {"source": trunk.source, "shape": trunk.shape, "width": round(width(trunk.shape, LABEL), 6), "readers": trunk.readers}


def _rows(rows: Rows) -> dict:
    return {
        "slots": [_slot(slot) for slot in rows.slots], "rows": rows.rows, "strands": rows.strands, "loose": rows.loose,
        "nets": [_net(net) for net in rows.nets],
    }


def _slot(slot: Slot) -> tuple[int, int, int, int]:
    return KINDS.index(slot.kind), slot.row, slot.item, slot.net


def _net(net: Net) -> dict:
    return {"key": net.key, "tails": list(net.tails)}
