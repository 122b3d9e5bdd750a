"""What a phase says beside losses and steps: data of its own, weights of classes, shares of the learning rate."""

from collections.abc import Mapping
from dataclasses import replace

from builder.language.reading import Reader
from builder.language.sections import ClassWeightDef, DataSection
from builder.language.tree import Entry, Map, Node, Scalar, Seq

CLASSES = "class_weight: {0: 1.0, 1: 5.0}"
BALANCED = "balanced"
PARTS = {"source": "source", "fields": "fields", "validation": "validation", "test": "test", "augment": "augment", "only": "only",
         "sample": "sample"}


class PhaseReader(Reader):
    """One short method a key."""

    def only(self, node: Node | None) -> tuple[tuple[Scalar, tuple[Scalar, ...]], ...]:
        """`only: {label: [0, 1, 2]}`: fields with the values to keep."""
        if isinstance(node, Scalar) and node.value is None:
            return ()
        example = "only: {label: [0, 1, 2]}"
        given = self.mapping(node, "`only`, fields with the values to keep", example)
        return tuple((entry.key, values) for entry in given or () if (values := self.kept(entry, example)))

    def kept(self, entry: Entry, example: str) -> tuple[Scalar, ...]:
        items = entry.value.items if isinstance(entry.value, Seq) else (entry.value,)
        if not items or not all(isinstance(item, Scalar) and item.value is not None for item in items):
            self.expected(entry.value, f"`{entry.key.value}`, a value to keep or a list of them", example)
            return ()
        return tuple(items)

    def class_weights(self, node: Node) -> tuple[ClassWeightDef, ...]:
        """Weights of the one output's classes, or of each output's; `balanced` in place of either."""
        if isinstance(node, Scalar) and node.value is None:
            return ()
        if isinstance(node, Map) and any(isinstance(entry.value, Map) or _is_balanced(entry.value) for entry in node):
            return tuple(one for entry in node if (one := self.class_weight(entry.key, entry.value)))
        return tuple(filter(None, [self.class_weight(None, node)]))

    def class_weight(self, output: Scalar | None, node: Node) -> ClassWeightDef | None:
        span = output.span if output else node.span
        if _is_balanced(node):
            return ClassWeightDef(output, span, balanced=True)
        given = self.mapping(node, "`class_weight`, classes with their weights or `balanced`", CLASSES)
        return given and ClassWeightDef(output, span, tuple((entry.key, entry.value) for entry in given))

    def rates(self, node: Node) -> tuple[tuple[Scalar, Node], ...]:
        """`rate_multipliers: {"features.*": 0.1}`: patterns of layer names with their share of the learning rate."""
        if isinstance(node, Scalar) and node.value is None:
            return ()
        given = self.mapping(node, "`rate_multipliers`, patterns of names with a share of the learning rate", 'rate_multipliers: {"features.*": 0.1}')
        return tuple((entry.key, entry.value) for entry in given or ())


def overridden(before: DataSection, section: DataSection, node: Map) -> DataSection:
    """A phase's `data` over those of the phase before it: what `node` does not say stays."""
    stays: Mapping[str, object] = {name: getattr(before, name) for key, name in PARTS.items() if key not in node}
    return replace(section, **stays, settings={**before.settings, **section.settings})


def _is_balanced(node: Node) -> bool:
    return isinstance(node, Scalar) and node.value == BALANCED
