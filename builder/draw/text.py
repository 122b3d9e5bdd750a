"""What the text formats share: the facts on a node and a walk that nests boxes without recursion."""

from collections.abc import Callable
from dataclasses import dataclass

from builder.draw import words
from builder.draw.figure import Item, Panel


def facts(item: Item) -> str:
    """An item in up to three lines: its brick and name, its output shape, its parameters."""
    if item.what in ("input", "output"):
        return words.clip(item.title, 200)
    brick = item.network or item.brick
    first = " ".join(part for part in (brick, item.detail) if part)
    lines = [words.clip(part, 200) for part in dict.fromkeys((first, item.title)) if part]
    lines += [", ".join(item.shapes)] if item.shapes else []
    if item.shared:
        lines.append("shared")
    elif item.parameters:
        lines.append(f"{words.count(item.parameters)} params")
    return "\n".join(lines)


@dataclass(frozen=True)
class Writer:
    """Writes a panel's items in order, each box opened before and closed after what it holds."""

    panel: Panel
    opened: Callable[[Item], str]
    closed: str
    node: Callable[[Item], str]

    def lines(self, framed: bool) -> list[str]:
        """The nested text; the outermost box is written only where `framed`."""
        found, stack = [], []
        for number, item in enumerate(self.panel.items):
            while stack and item.parent != stack[-1]:
                stack.pop()
                found.append("  " * len(stack) + "  " + self.closed)
            if number == 0 and not framed:
                continue
            found.append("  " * len(stack) + "  " + (self.opened if item.is_box else self.node)(item))
            if item.is_box:
                stack.append(number)
        while stack:
            stack.pop()
            found.append("  " * len(stack) + "  " + self.closed)
        return found
