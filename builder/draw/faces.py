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


def head(item: Item, times: int = 0) -> dict:
    """The words of an open box's header, or of a network's that is used several `times`. Where the box is wide enough, from `full` on, its
    counts stand with their units, else as in `tight`: what stands beside its brick, and what at its right end."""
    shown = header(item)
    used = f"used {times} times" if times > 1 else shown.beside
    if not item.macs and not times:
        return _plain(shown)
    counts = [f"{words.count(item.parameters)} params"] if item.parameters else []
    full = " · ".join([*counts, *([f"{words.rough(item.macs)} MACs"] if item.macs else [])])
    least = " · ".join(words.rough(number) for number in (item.parameters, item.macs) if number)
    room = shown.width - 2 * PAD - width(shown.bold, NAME, bold=True) - 2 * NEXT - width(least, SMALL)
    tight = f"×{times}" if times > 1 else fitted(shown.beside, max(LEAST, room), SMALL) if shown.beside else ""
    more = width(full + used, SMALL) - width(shown.right + shown.beside, SMALL) + (NEXT if used else 0.0)
    return {**_plain(shown), "beside": used, "right": full, "tight": [tight, least], "full": round(shown.width + more, 2)}
