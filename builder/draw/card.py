"""The words on each card and box, and the room they take."""

from dataclasses import dataclass, replace

from builder.draw import words
from builder.draw.figure import Item
from builder.draw.measure import fitted, width

NAME, SMALL, LABEL = 12.5, 10.5, 10.0
WIDEST = 240.0
STRIPE, PAD, GAP, NEXT = 5.0, 10.0, 14.0, 6.0
TALL, PILL = 42.0, 28.0
HEADER, STACK = 25.0, 6.0


@dataclass(frozen=True)
class Card:
    """What stands on one item: its brick in bold with a few words beside it, below them its name and, at the
    right, its parameters; and the size all this needs. A header is all on one line, an input has only the bold."""

    bold: str
    beside: str = ""
    left: str = ""
    right: str = ""
    width: float = 0.0
    height: float = 0.0

    @property
    def indent(self) -> float:
        """Where the words beside the bold ones begin."""
        return width(self.bold, NAME, bold=True) + NEXT


def card(item: Item) -> Card:
    """The card of a brick, an input, an output, a use of a network or a closed box, with the stack behind it."""
    bold = fitted(words.clip(_bold(item), 200), WIDEST, NAME, bold=True)
    if item.what in ("input", "output"):
        return Card(bold, width=_even(width(bold, NAME, bold=True) + 4 * PAD), height=PILL)
    shown = Card(bold, _beside(item), fitted(words.clip(item.title, 200), WIDEST, SMALL), _right(item))
    above = shown.indent + width(shown.beside, SMALL)
    below = width(shown.left, SMALL) + (GAP + width(shown.right, SMALL) if shown.right else 0.0)
    stack = STACK if item.what == "closed" else 0.0
    return replace(shown, width=_even(max(above, below, 64.0) + STRIPE + 2 * PAD + stack), height=TALL + stack)


def header(item: Item) -> Card:
    """The header of an open box: its brick, its name and its parameters."""
    bold = fitted(words.clip(item.brick or item.title, 200), WIDEST, NAME, bold=True)
    beside = fitted(words.clip(item.title, 200), WIDEST, SMALL) if item.brick and item.title != item.brick else ""
    shown = Card(bold, beside, right=_totals(item))
    room = shown.indent + width(shown.beside, SMALL) + GAP + width(shown.right, SMALL)
    return replace(shown, width=_even(room + 2 * PAD), height=HEADER)


def _bold(item: Item) -> str:
    if item.what in ("input", "output"):
        return item.title
    return item.network or (item.detail if item.what == "formula" and item.detail else item.brick or item.title)


def _beside(item: Item) -> str:
    if item.what == "closed":
        return f"{item.bricks} bricks" if item.bricks != 1 else "1 brick"
    detail = "" if item.what == "formula" else item.detail
    return f"{detail} → {', '.join(item.shapes)}".strip() if item.unread else detail


def _right(item: Item) -> str:
    if item.shared:
        return "shared"
    if item.network:
        return "network"
    return words.count(item.parameters) if item.parameters else ""


def _totals(item: Item) -> str:
    return f"{words.count(item.parameters)} params" if item.parameters else ""


def _even(size: float) -> float:
    """Whole even numbers, so that centres fall on whole pixels."""
    return float(2 * round(size / 2 + 0.5))
