"""What every reader of a section shares: checks of a node's type and keys that gather faults and go on."""

from collections.abc import Callable, Iterable

from builder.diagnostics import Fault, Faults, near
from builder.language.sections import Call
from builder.language.tree import Map, Node, Scalar, Seq


class Reader:
    """Reads nodes into values; a fault is noted and None given back, so that all are told at once."""

    def __init__(self, faults: Faults):
        self.faults = faults

    def note(self, fault: Fault) -> None:
        self.faults.add(fault)

    def expected(self, node: Node, what: str, example: str) -> None:
        self.note(node.error("wrong-shape", what=what, found=node.described, example=example))

    def mapping(self, node: Node | None, what: str, example: str) -> Map | None:
        if isinstance(node, Map):
            return node
        if node is not None:
            self.expected(node, what, example)
        return None

    def items(self, node: Node | None, what: str, example: str) -> tuple[Node, ...]:
        if isinstance(node, Seq):
            return node.items
        if node is not None and not _empty(node):
            self.expected(node, what, example)
        return ()

    def keys(self, node: Map, allowed: Iterable[str], where: str) -> set[str]:
        """Notes every key of a closed map that is not allowed; gives back the keys there are, and those that were meant."""
        allowed = list(allowed)
        found = {entry.key.value for entry in node}
        for entry in node:
            if entry.key.value not in allowed:
                close = near(entry.key.value, allowed)
                self.note(entry.key.error("unknown-key", key=str(entry.key.value), where=where, near=close, allowed=allowed))
                found |= set(close[:1])
        return found

    def text(self, node: Node | None, what: str, example: str) -> Scalar | None:
        if isinstance(node, Scalar) and isinstance(node.value, str) and node.value:
            return node
        if node is not None:
            self.expected(node, what, example)
        return None

    def texts(self, node: Node | None, what: str, example: str) -> tuple[Scalar, ...]:
        """One text, or a list of them."""
        if node is None:
            return ()
        nodes = node.items if isinstance(node, Seq) else (node,)
        return tuple(text for item in nodes if (text := self.text(item, what, example)))

    def call(self, node: Node | None, what: str, example: str) -> Call | None:
        """A brick with its arguments: `Adam`, or `{Adam: 1e-3}`."""
        if isinstance(node, Scalar) and isinstance(node.value, str) and is_brick(node.value):
            return Call(node.value, node.span)
        if isinstance(node, Map) and len(node.entries) == 1 and is_brick(node.entries[0].key.value):
            entry = node.entries[0]
            return Call(entry.key.value, entry.key.span, None if _empty(entry.value) else entry.value)
        if node is not None:
            lower = isinstance(node, Map) and len(node.entries) == 1  # `{sgd: 0.1}`: its name is at fault
            self.expected(node.entries[0].key if lower else node, what, example)
        return None

    def calls(self, node: Node | None, what: str, example: str) -> tuple[Call, ...]:
        nodes = node.items if isinstance(node, Seq) else (() if node is None or _empty(node) else (node,))
        return tuple(call for item in nodes if (call := self.call(item, what, example)))

    def each(self, node: Map | None, read: Callable) -> dict:
        """name → what `read(entry)` makes of each entry, those that failed left out."""
        found = {str(entry.key.value): read(entry) for entry in node or ()}
        return {name: value for name, value in found.items() if value is not None}


def is_brick(name: object) -> bool:
    """A capital letter is a brick; so is a function of keras.ops, and a network of keras.applications."""
    return isinstance(name, str) and (name[:1].isupper() or name.startswith(("ops.", "applications.")))


def is_one_of(value: object, choices: Iterable[object]) -> bool:
    """Whether a value is among choices; 1, 1.0 and true are three."""
    return any(value == choice and type(value) is type(choice) for choice in choices)


def _empty(node: Node) -> bool:
    return isinstance(node, Scalar) and node.value is None
