"""What the page writes on cards and headers: the words of the still picture, and the work of each beside them."""

from dataclasses import replace

from builder.draw import words
from builder.draw.card import LABEL, NAME, NEXT, PAD, SMALL, Card, card, header
from builder.draw.figure import Item
from builder.draw.measure import fitted, width

LEAST = 24.0


def closed(item: Item) -> Item:
    """A box as the one card that stands for it while it is closed."""
    return replace(item, what="closed", children=())


def face(item: Item) -> dict:
    """The words of a card and its size, as the still picture has them."""
    return _plain(card(item))


def _plain(shown: Card) -> dict:
    said = {name: getattr(shown, name) for name in ("bold", "beside", "left", "right", "width", "height")}
    return {name: value for name, value in said.items() if value}


def work(item: Item) -> list[tuple[str, float]]:
    """The multiply-accumulates of a card in words, with their width: with their unit, and shorter where there is less room."""
    if not item.macs:
        return []
    return [(text, round(width(text, LABEL), 2)) for text in (f"{words.rough(item.macs)} MACs", words.rough(item.macs))]


def head(item: Item) -> dict:
    """The words of an open box's header. `tight` are those at its side for a box no wider than the still picture's header; the others need a
    width of `full`."""
    shown = header(item)
    if not item.macs:
        return _plain(shown)
    macs = words.rough(item.macs)
    full = f"{words.count(item.parameters)} params · {macs} MACs" if item.parameters else f"{macs} MACs"
    least = f"{words.rough(item.parameters)} · {macs}" if item.parameters else macs
    room = shown.width - 2 * PAD - width(shown.bold, NAME, bold=True) - 2 * NEXT - width(least, SMALL)
    tight = fitted(shown.beside, max(LEAST, room), SMALL) if shown.beside else ""
    needed = round(shown.width + width(full, SMALL) - width(shown.right, SMALL), 2)
    return {**_plain(shown), "right": full, "tight": [tight, least], "full": needed}
