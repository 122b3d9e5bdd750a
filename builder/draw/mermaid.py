"""The network as a Mermaid flowchart, boxes as subgraphs, for pages that draw Mermaid themselves."""

from builder.draw.family import FAMILIES, family
from builder.draw.figure import Figure, Item
from builder.draw.text import Writer, facts


def mermaid(figure: Figure, direction: str = "down") -> str:
    """A flowchart whose labels are quoted, with everything special in them written as entities."""
    lines = [f"flowchart {'LR' if direction == 'right' else 'TB'}"]
    for panel in figure.panels:
        lines += Writer(panel, _open, "end", _node).lines(framed=panel is not figure.panels[0])
        key = [item.key for item in panel.items]
        lines += [f"  {key[t.source]} -->|{quoted(t.shape)}| {key[r]}" for t in panel.trunks for r in t.readers]
    totals = {panel.name: panel.total.key for panel in figure.panels[1:]}
    lines += [
        f"  {panel.items[item].key} -.-> {totals[name]}" for panel in figure.panels for item, name in panel.uses if name in totals
    ]
    return "\n".join([*lines, *_classes(figure)]) + "\n"


def quoted(value: str) -> str:
    """A quoted label: all that Mermaid or HTML might read as more than text becomes an entity."""
    return '"' + "".join(_char(c) for c in value) + '"'


def _char(char: str) -> str:
    if char == "\n":
        return "<br>"
    if not char.isprintable():
        return "#65533;"
    return char if char.isalnum() or char in " .,:;-+×·()…?/" and char != ";" else f"#{ord(char)};"


def _open(item: Item) -> str:
    return f"subgraph {item.key} [{quoted(facts(item))}]"


def _node(item: Item) -> str:
    opened, closed = ("([", "])") if item.what in ("input", "output") else ("[", "]")
    return f"{item.key}{opened}{quoted(facts(item))}{closed}:::{family(item)}"


def _classes(figure: Figure) -> list[str]:
    used = sorted({family(item) for panel in figure.panels for item in panel.items if not item.is_box})
    pale = {"input", "output"}
    return [
        f"  classDef {name} fill:{FAMILIES[name].ground},stroke:{FAMILIES[name].stripe},color:{'#fff' if name in pale else '#1e293b'}"
        for name in used
    ]
