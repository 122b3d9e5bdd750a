"""What a laid-out picture consists of, for any renderer; everything is measured in CSS pixels."""

from dataclasses import dataclass

from builder.draw.card import Card
from builder.draw.figure import Item


@dataclass(frozen=True)
class Box:
    """An open box: a block's use, a named group, or a shared network's panel."""

    item: Item
    header: Card
    x: float
    y: float
    width: float
    height: float
    level: int
    panel: str = ""
    times: int = 0


@dataclass(frozen=True)
class NodeBox:
    """One card: a brick, an input or output, a use of a network, or a closed box."""

    item: Item
    card: Card
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class EdgePath:
    """One drawn stretch of a wire within one box. Between two points that differ both along and across the flow
    it bends smoothly, else it is straight. `wire` names the wire through all boxes; `source` and `target` are
    keys of items; `target` is None where the stretch only reaches a border. `kind` is wire, or use for the line
    from a use to its network."""

    wire: str
    source: str
    target: str | None
    points: tuple[tuple[float, float], ...]
    kind: str = "wire"


@dataclass(frozen=True)
class Label:
    """A shape beside a wire; x and y are the left end of its base line."""

    text: str
    x: float
    y: float
    wire: str


@dataclass(frozen=True)
class Layout:
    """Everything to draw, boxes before what stands in them."""

    title: Item
    width: float
    height: float
    direction: str
    boxes: tuple[Box, ...]
    nodes: tuple[NodeBox, ...]
    edges: tuple[EdgePath, ...]
    labels: tuple[Label, ...]
