"""The tree of a YAML text: maps, lists and scalars, each with its file, line and column."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from builder.diagnostics import Fault, Span


@dataclass(frozen=True)
class Node:
    """A value and where it was written; it makes its own errors."""

    span: Span

    def error(self, kind: str, **facts: object) -> Fault:
        return Fault(kind, self.span, facts)

    @property
    def described(self) -> str:
        """What the value is, in words a newcomer knows."""
        return "nothing"


@dataclass(frozen=True)
class Scalar(Node):
    """A number, text, truth value or null; `plain` is false where the text was quoted."""

    value: object = None
    plain: bool = True
    raw: str = ""

    @property
    def described(self) -> str:
        if self.value is None:
            return "empty"
        if isinstance(self.value, bool):
            return f"`{str(self.value).lower()}`"
        if isinstance(self.value, str):
            return f'text "{shortened(self.value)}"'
        return f"the number {shortened(self.raw or str(self.value))}"

    @property
    def is_formula(self) -> bool:
        return isinstance(self.value, str) and self.value.startswith("=")


@dataclass(frozen=True)
class Seq(Node):
    """A list."""

    items: tuple[Node, ...] = ()

    @property
    def described(self) -> str:
        return "a list"


@dataclass(frozen=True)
class Entry:
    """One key of a map with its value."""

    key: Scalar
    value: Node


@dataclass(frozen=True)
class Map(Node):
    """A mapping, in the order it was written; its keys are distinct."""

    entries: tuple[Entry, ...] = ()
    index: dict = field(default_factory=dict, compare=False, repr=False)

    def __post_init__(self) -> None:
        self.index.update({entry.key.value: entry for entry in self.entries})

    @property
    def described(self) -> str:
        return "a mapping"

    def __contains__(self, key: str) -> bool:
        return key in self.index

    def __iter__(self) -> Iterator[Entry]:
        return iter(self.entries)

    def get(self, key: str) -> Node | None:
        entry = self.index.get(key)
        return entry.value if entry else None

    def key(self, key: str) -> Scalar:
        return self.index[key].key


def shortened(text: str, most: int = 40) -> str:
    """A text cut for an error message, without control characters."""
    text = "".join(c if c.isprintable() else " " for c in text)
    return text if len(text) <= most else text[: most - 3] + "..."


def plain(node: Node) -> object:
    """The tree as ordinary Python values, spans left behind."""
    match node:
        case Scalar():
            return node.value
        case Seq():
            return [plain(item) for item in node.items]
        case Map():
            return {entry.key.value: plain(entry.value) for entry in node}
    raise TypeError(node)
