"""What a spec says, worked out where it is laid: formulas, names and wires as a frame has them."""

from collections.abc import Mapping

from builder.diagnostics import Fault, Faults, SpecError, near
from builder.graph.arguments import bounded, frozen
from builder.graph.frame import Frame, Stopped, Value
from builder.language.formula import evaluate, formula_of, parse
from builder.language.tree import Node, Scalar, Seq


class Evaluator:
    """Works out values, and notes what is wrong with the uses of blocks and loops that led there."""

    def __init__(self, faults: Faults):
        self.faults = faults

    def look_up(self, text: Scalar, frame: Frame, reader: str = "step") -> Value:
        name = self.text(text, frame)
        value = frame.look_up(name)
        if value is None:
            reach = frame.reach()
            self.fail(text.error("undefined-name", name=name, near=near(name, reach), reach=reach, lines=frame.lines(), reader=reader,
                                 left_out=frame.lacks(name), below=None), frame)
        return frame.whole(value)

    def text(self, text: Scalar, frame: Frame) -> str:
        """A name with each `{expr}` in it replaced by its value."""
        name, rest = "", str(text.value)
        while "{" in rest:
            before, _, rest = rest.partition("{")
            inside, closed, rest = rest.partition("}")
            if not closed:
                self.fail(text.error("bad-name", name=str(text.value), what="a name"), frame)
            formula = parse(inside, text.span, text.value.find("{" + inside) + (1 if text.plain else 2))
            name += f"{before}{evaluate(formula, self.values(frame))}"
        name += rest
        return name

    def evaluated(self, node: Node, frame: Frame) -> object:
        try:
            if isinstance(node, Seq):
                return bounded(tuple(self.evaluated(item, frame) for item in node.items), node)
            if isinstance(node, Scalar) and node.is_formula:
                return frozen(evaluate(formula_of(node), self.values(frame)))
            return node.value if isinstance(node, Scalar) else None
        except SpecError as error:
            self.faults.extend(fault.laid_by(frame.trail) for fault in error.faults)
            raise Stopped from None

    def values(self, frame: Frame) -> Mapping[str, object]:
        return frame.visible_values()

    def located(self, before: int, frame: Frame) -> None:
        """Gives the faults noted since `before` the chain of uses they were laid by."""
        found = self.faults.found
        found[:] = [fault if fault.trail or fault.severity != "error" or i < before else fault.laid_by(frame.trail) for i, fault in enumerate(found)]

    def fail(self, fault: Fault, frame: Frame | None = None) -> None:
        self.faults.add(fault.laid_by(frame.trail) if frame else fault)
        raise Stopped
