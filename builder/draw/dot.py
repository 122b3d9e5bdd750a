"""The network as graphviz text, boxes as clusters."""

from builder.draw.family import FAMILIES, family
from builder.draw.figure import Figure, Item, Panel
from builder.draw.text import Writer, facts


def dot(figure: Figure, direction: str = "down") -> str:
    """A directed graph in the language of graphviz, with quoted and escaped labels."""
    rank = "LR" if direction == "right" else "TB"
    lines = [
        f"digraph {quoted(figure.panels[0].name)} {{", f"  rankdir={rank};",
        '  node [shape=box, style="rounded,filled", fontname="Helvetica"];', '  edge [fontname="Helvetica", fontsize=10];',
        "  compound=true;",
    ]
    for panel in figure.panels:
        lines += Writer(panel, _open, "}", _node).lines(framed=panel is not figure.panels[0])
        lines += [f"  {_id(panel, t.source)} -> {_id(panel, r)} [label={quoted(t.shape)}];" for t in panel.trunks for r in t.readers]
    return "\n".join([*lines, *_uses(figure), "}"]) + "\n"


def quoted(value: str) -> str:
    """A string of graphviz: quotes and backslashes escaped, lines joined by \\n."""
    value = "".join(c if c.isprintable() or c == "\n" else "\ufffd" for c in value)
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def _id(panel: Panel, number: int) -> str:
    return panel.items[number].key


def _open(item: Item) -> str:
    return f"subgraph cluster_{item.key} {{ label={quoted(facts(item))}; style=rounded; color={quoted('#94a3b8')};"


def _node(item: Item) -> str:
    colours = FAMILIES[family(item)]
    ends = ', shape=ellipse, fontcolor="white"' if item.what in ("input", "output") else ""
    return f"{item.key} [label={quoted(facts(item))}, fillcolor={quoted(colours.ground)}, color={quoted(colours.stripe)}{ends}];"


def _uses(figure: Figure) -> list[str]:
    """Dashed lines end at the border of a network's cluster, which graphviz draws to a node inside it."""
    first = {panel.name: panel for panel in figure.panels[1:]}
    return [
        f"  {_id(panel, item)} -> {first[name].items[-1].key} [style=dashed, constraint=false, "
        f"lhead=cluster_{first[name].total.key}];"
        for panel in figure.panels for item, name in panel.uses if name in first
    ]
