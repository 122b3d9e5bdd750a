"""The picture as a part of a page: blocks that open and close in place, beside the spec they were laid from."""

from html import escape

from builder.diagnostics import Source
from builder.draw.document import Part, asset, document
from builder.draw.family import FAMILIES
from builder.draw.figure import figure
from builder.draw.topology import topology
from builder.graph.graph import Graph

LAYOUT = ("align.js", "frame.js", "strands.js", "panel.js", "layout.js")
SCRIPTS = (*LAYOUT, "ink.js", "camera.js", "scene.js", "links.js", "listing.js", "facts.js", "find.js", "keys.js", "save.js", "picture.js")


def picture(graph: Graph, source: Source | None = None, depth: int | None = None, direction: str = "down") -> Part:
    """The picture for a page with other things on it: one `<section class="picture">` of a bounded height.

    Args:
        source: the spec, whose text is shown beside; None takes that in which the graph says to be written.
        depth: opens blocks down to this depth at first; None as deep as is easily seen at once.
        direction: down or right.
    """
    return _part(graph, source, depth, direction, "picture")


def page(graph: Graph, source: Source | None = None, depth: int | None = None, direction: str = "down") -> str:
    """The picture as a page of its own that fills the window; arguments as for `picture`. The same bytes for the same spec."""
    return document(graph.name, [_part(graph, source, depth, direction, "picture whole")])


def _part(graph: Graph, source: Source | None, depth: int | None, direction: str, kind: str) -> Part:
    source = source or (graph.span.source if graph.span else None)
    body = asset("picture.html").replace("$KIND", kind).replace("$NAME", escape(graph.name, quote=True)).strip()
    script = "{\n" + "\n".join(map(asset, SCRIPTS)) + "\n}"
    return Part(body, asset("picture.css") + _colours(), script, {"picture": topology(figure(graph), source, depth, direction)})


def _colours() -> str:
    """The families' colours as variables; in the dark they are mixed from the strong one."""
    return "\n".join(
        f".picture .f-{name} {{ --pale: {colours.ground}; --edge: {colours.border}; --strong: {colours.stripe}; }}"
        for name, colours in FAMILIES.items()
    ) + "\n"
