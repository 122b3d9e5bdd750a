"""The layout as one self-contained SVG: no script, no font and no address outside it."""

import re
from collections.abc import Iterable
from itertools import pairwise

from builder.draw import words
from builder.draw.card import LABEL, NAME, NEXT, PAD, SMALL, STACK, STRIPE, Card
from builder.draw.family import FAMILIES, family
from builder.draw.figure import Item
from builder.draw.geometry import Box, EdgePath, Label, Layout, NodeBox
from builder.draw.measure import width

MARGIN, TITLE = 28.0, 58.0
FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, 'DejaVu Sans', sans-serif"
INK, GREY, LINE, USE = "#1e293b", "#64748b", "#8c99ab", "#5046c8"
GROUNDS = ("#f6f8fb", "#ffffff")
ROUND = 7.0
_STYLE = f"""
text {{ font-family: {FONT}; fill: {INK}; }}
.name {{ font-size: {NAME}px; font-weight: 600; }}
.small {{ font-size: {SMALL}px; fill: {GREY}; }}
.label {{ font-size: {LABEL}px; fill: {GREY}; }}
.title {{ font-size: 19px; font-weight: 700; }}
.pale {{ fill: #ffffff; }}
.end {{ text-anchor: end; }}
.mid {{ text-anchor: middle; }}
.wire {{ fill: none; stroke: {LINE}; stroke-width: 1.4; }}
.use {{ fill: none; stroke: {USE}; stroke-width: 1.4; stroke-dasharray: 5 3.5; }}
"""
_CONTROL = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def svg(layout: Layout) -> str:
    """The picture as text, the same byte for byte for the same layout."""
    wide = max(layout.width, _title_width(layout.title))
    width_, height = round(wide + 2 * MARGIN, 2), round(layout.height + MARGIN * 2 + TITLE, 2)
    shift = MARGIN + (wide - layout.width) / 2 if layout.direction == "down" else MARGIN
    box = f'viewBox="0 0 {_n(width_)} {_n(height)}"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_n(width_)}" height="{_n(height)}" {box} role="img">',
        f"<title>{text(layout.title.title)}</title>", f"<style>{_STYLE}</style>", _marks(),
        f'<rect width="{_n(width_)}" height="{_n(height)}" fill="#ffffff"/>', *_title(layout.title),
        f'<g transform="translate({_n(shift)} {_n(MARGIN + TITLE)})">',
        *(_ground(box) for box in layout.boxes), *(_edge(edge, layout.direction) for edge in layout.edges),
        *(_head(box) for box in layout.boxes), *(_node(node) for node in layout.nodes),
        *(_label(label) for label in layout.labels), "</g>", "</svg>",
    ]
    return "\n".join(parts) + "\n"


def text(value: str) -> str:
    """Text that XML may hold, its special characters written out."""
    value = _CONTROL.sub("\ufffd", value)
    return value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


def _n(value: float) -> str:
    """A coordinate with at most two places."""
    return f"{value:.2f}".rstrip("0").rstrip(".") if value % 1 else str(int(value))


def _marks() -> str:
    heads = (("arrow", LINE), ("arrow-use", USE))
    return "<defs>" + "".join(
        f'<marker id="{name}" viewBox="0 0 8 8" refX="7.2" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
        f'<path d="M0.5 0.8 L7.5 4 L0.5 7.2 Z" fill="{colour}"/></marker>' for name, colour in heads
    ) + "</defs>"


def _subtitle(total: Item) -> str:
    parts = [f"{words.count(total.parameters)} parameters"]
    if total.trainable != total.parameters:
        parts.append(f"{words.count(total.trainable)} trainable")
    if total.macs:
        parts.append(f"{words.rough(total.macs)} multiply-accumulates")
    return "  ·  ".join(parts)


def _title_width(total: Item) -> float:
    return max(width(words.clip(total.title, 80), 19, bold=True), width(_subtitle(total), 12.5))


def _title(total: Item) -> Iterable[str]:
    yield f'<text class="title" x="{_n(MARGIN)}" y="{_n(MARGIN + 14)}">{text(words.clip(total.title, 80))}</text>'
    yield f'<text class="small" style="font-size:12.5px" x="{_n(MARGIN)}" y="{_n(MARGIN + 34)}">{text(_subtitle(total))}</text>'


def tooltip(item: Item) -> str:
    """All that is known of an item, a fact a line."""
    facts = [item.name, f"{item.brick}({item.arguments})" if item.arguments else item.brick]
    facts += [f"output: {' and '.join(item.shapes)}"] if item.shapes else []
    if item.parameters or item.is_box:
        facts.append(f"parameters: {words.count(item.parameters)} ({words.count(item.trainable)} trainable)")
    facts += [f"multiply-accumulates: {words.count(item.macs)}"] if item.macs else []
    facts += ["shares its weights"] if item.shared else []
    facts += [f"line {item.line}"] if item.line else []
    return text("\n".join(fact for fact in facts if fact))


def _rect(x: float, y: float, wide: float, high: float, fill: str, stroke: str, radius: float = ROUND, more: str = "") -> str:
    return (f'<rect x="{_n(x)}" y="{_n(y)}" width="{_n(wide)}" height="{_n(high)}" rx="{_n(radius)}" '
            f'fill="{fill}" stroke="{stroke}"{more}/>')


def _ground(box: Box) -> str:
    if box.panel:
        return _rect(box.x, box.y, box.width, box.height, "#fafaff", USE, 10, ' stroke-opacity="0.55"')
    return _rect(box.x, box.y, box.width, box.height, GROUNDS[(box.level + 1) % 2], "#cbd5e1", 9)


def _head(box: Box) -> str:
    """The header covers the wires that run into the box under it."""
    ground, stroke = ("#edecfd", USE) if box.panel else ("#e8edf4", "#cbd5e1")
    side = box.header.height - 9
    start = f"M{_n(box.x)} {_n(box.y + box.header.height)}"
    band = f"{start} v{_n(-side)} a9 9 0 0 1 9 -9 h{_n(box.width - 18)} a9 9 0 0 1 9 9 v{_n(side)} Z"
    return (f'<g><title>{tooltip(box.item)}</title><path d="{band}" fill="{ground}" stroke="{stroke}" '
            f'stroke-opacity="{0.55 if box.panel else 1}"/>{_words(box)}</g>')


def _words(box: Box) -> str:
    right = _end(box.x + box.width - PAD, box.y + 16.5, box.header.right) if box.header.right else ""
    return _first(box.header, box.x + PAD, box.y + 16.5) + right


def _first(card: Card, x: float, y: float) -> str:
    """The bold words and those beside them; as one text, so that they stand together in any font."""
    beside = f'<tspan class="small" dx="{NEXT:g}" style="font-weight:400">{text(card.beside)}</tspan>' if card.beside else ""
    return f'<text class="name" x="{_n(x)}" y="{_n(y)}">{text(card.bold)}{beside}</text>'


def _end(x: float, y: float, words_: str) -> str:
    return f'<text class="small end" x="{_n(x)}" y="{_n(y)}">{text(words_)}</text>'


def _node(node: NodeBox) -> str:
    drawn = _pill(node) if node.item.what in ("input", "output") else _card(node)
    return f'<g id="{node.item.key}"><title>{tooltip(node.item)}</title>{drawn}</g>'


def _pill(node: NodeBox) -> str:
    colours = FAMILIES[family(node.item)]
    middle = node.x + node.width / 2
    base = node.y + node.height / 2 + NAME * 0.36
    return (_rect(node.x, node.y, node.width, node.height, colours.ground, colours.border, node.height / 2)
            + f'<text class="name mid pale" x="{_n(middle)}" y="{_n(base)}">{text(node.card.bold)}</text>')


def _card(node: NodeBox) -> str:
    colours, x, y = FAMILIES[family(node.item)], node.x, node.y
    closed = node.item.what == "closed"
    wide, high = (node.width - STACK, node.height - STACK) if closed else (node.width, node.height)
    behind = [_rect(x + d, y + d, wide, high, "#ffffff", colours.border) for d in (STACK, STACK / 2)] if closed else []
    left = x + STRIPE + PAD
    return "".join([
        *behind, _rect(x, y, wide, high, colours.ground, colours.border), _stripe(x, y, high, colours.stripe),
        _first(node.card, left, y + 17.5), _small(node.card, left, x + wide - PAD, y + 33),
    ])


def _stripe(x: float, y: float, high: float, colour: str) -> str:
    turn, side = f"a{ROUND:g} {ROUND:g} 0 0 0", _n(high - 2 * ROUND)
    return (f'<path d="M{_n(x + ROUND)} {_n(y)} {turn} -{ROUND:g} {ROUND:g} v{side} {turn} {ROUND:g} {ROUND:g} '
            f'h{_n(STRIPE - ROUND)} v-{_n(high)} Z" fill="{colour}"/>')


def _small(card: Card, left: float, right: float, base: float) -> str:
    said = f'<text class="small" x="{_n(left)}" y="{_n(base)}">{text(card.left)}</text>'
    return said + (_end(right, base, card.right) if card.right else "")


def _label(label: Label) -> str:
    return f'<text class="label" x="{_n(label.x)}" y="{_n(label.y)}">{text(label.text)}</text>'


def _edge(edge: EdgePath, direction: str) -> str:
    head = "" if edge.target is None else f' marker-end="url(#{"arrow-use" if edge.kind == "use" else "arrow"})"'
    return f'<path class="{edge.kind}" d="{curve(edge.points, direction)}"{head}/>'


def curve(points: tuple[tuple[float, float], ...], direction: str) -> str:
    """A path through the points: straight where only one coordinate changes, else bending once over."""
    said = [f"M{_n(points[0][0])} {_n(points[0][1])}"]
    for (x, y), (to_x, to_y) in pairwise(points):
        if x == to_x or y == to_y:
            said.append(f"L{_n(to_x)} {_n(to_y)}")
        elif direction == "down":
            middle = (y + to_y) / 2
            said.append(f"C{_n(x)} {_n(middle)} {_n(to_x)} {_n(middle)} {_n(to_x)} {_n(to_y)}")
        else:
            middle = (x + to_x) / 2
            said.append(f"C{_n(middle)} {_n(y)} {_n(middle)} {_n(to_y)} {_n(to_x)} {_n(to_y)}")
    return " ".join(said)
