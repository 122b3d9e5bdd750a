"""Pictures of a laid graph: a page to click through, SVG, PNG, graphviz and Mermaid text, a tree for the terminal, rows for a table."""

import os
from pathlib import Path

from builder.diagnostics import fail
from builder.draw.dot import dot
from builder.draw.figure import Figure, figure
from builder.draw.geometry import Box, EdgePath, Label, Layout, NodeBox
from builder.draw.layout import layout
from builder.draw.mermaid import mermaid
from builder.draw.picture import page, picture
from builder.draw.png import to_png
from builder.draw.svg import svg
from builder.draw.table import Row, table
from builder.draw.tree import tree
from builder.graph.graph import Graph

FORMATS = {".html": "a page to click through", ".svg": "a picture", ".png": "a picture in pixels", ".dot": "graphviz", ".mmd": "Mermaid"}

__all__ = [
    "FORMATS", "Box", "EdgePath", "Figure", "Label", "Layout", "NodeBox", "Row", "dot", "draw", "drawing", "figure", "layout",
    "mermaid", "page", "picture", "svg", "table", "to_png", "tree",
]


def drawing(graph: Graph, suffix: str, depth: int | None = None, direction: str = "down") -> bytes:
    """The picture in the format of a suffix (`.html`, `.svg`, `.png`, `.dot`, `.mmd`), the same bytes for the same graph.

    `depth` closes boxes nested deeper (0 closes all; a page opens them again); `direction` is down or right.

    Raises:
        SpecError: `picture-format` for another suffix, `missing-extra` where PNG cannot be drawn.
    """
    suffix = suffix.lower()
    if suffix not in FORMATS:
        raise fail("picture-format", suffix=suffix, formats=tuple(FORMATS))
    if suffix == ".html":
        return page(graph, depth=depth, direction=direction).encode()
    shown = figure(graph, depth)
    if suffix in (".dot", ".mmd"):
        return (dot if suffix == ".dot" else mermaid)(shown, direction).encode()
    picture = svg(layout(shown, direction))
    return to_png(picture) if suffix == ".png" else picture.encode()


def draw(graph: Graph, path: str | os.PathLike, depth: int | None = None, direction: str = "down") -> Path:
    """Draws a graph into a file whose suffix picks the format, and gives the file's path.

    Raises:
        SpecError: as `drawing`.
    """
    path = Path(path)
    path.write_bytes(drawing(graph, path.suffix, depth, direction))
    return path
