"""Terms worked out: which wires one reads, what it is compared with, its loss or equation, its weight."""

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from builder.diagnostics import Fault, Faults, SpecError
from builder.graph.arguments import Binder, frozen
from builder.graph.catalogue import Catalogue
from builder.graph.frame import worked_out
from builder.graph.graph import Graph, TensorSpec
from builder.graph.moulds import GRADIENT, PREDICTED, TRUTH, arguments, formula_at, inputs_of, moulds_of, parts, unknown_functions, unknown_names
from builder.graph.plans import EquationPlan, Target, TermPlan
from builder.graph.truths import shapes_of_truth
from builder.graph.wires import Tap, Wires
from builder.language.formula import Formula, formula_of
from builder.language.sections import From, LossDef, LossMould, Spec, TargetDef, Term
from builder.language.training import METRIC_WORDS
from builder.language.tree import Node, Scalar

CLOCK = ("epoch", "step")  # what the weight of a term may be a formula of
LARGEST = 10**9
RANGES = {  # what losses of Keras can be compared with
    "BinaryCrossentropy": (0, 1), "BinaryFocalCrossentropy": (0, 1), "CategoricalCrossentropy": (0, 1), "CategoricalFocalCrossentropy": (0, 1),
    "KLDivergence": (0, 1),
    "Hinge": (-1, 1), "SquaredHinge": (-1, 1), "CategoricalHinge": (0, 1), "Poisson": (0, LARGEST), "MeanSquaredLogarithmicError": (0, LARGEST), "Dice": (0, 1),
    "Tversky": (0, 1),
}


def names_read(spec: Spec) -> Iterator[str]:
    """Every name that a term of a spec may read a wire by."""
    for phase in spec.train:
        items = [*(phase.losses or ()), *(phase.metrics or ()), *(item for step in phase.steps or () for item in step.losses or ())]
        for item in items:
            yield from _read_by(item) if isinstance(item, Term) else ()


def networks_followed(spec: Spec) -> Iterator[str]:
    """Every network that follows another in some step, or is followed."""
    for step in (step for phase in spec.train for step in phase.steps or () if step.follow):
        yield from (str(text.value) for text in (*step.update, *filter(None, [step.follow.target])))


def _read_by(term: Term) -> Iterator[str]:
    yield from (str(text.value) for text in texts_of(term.source))
    if term.target and isinstance(term.target.value.value, str):
        yield term.target.value.value
    try:
        yield from formula_at(term.formula).names if term.formula and not (term.source and term.source.named) else ()
    except SpecError:
        return  # told where the term is planned


def texts_of(source: From | None) -> list[Scalar]:
    """The names in a `from`, in order."""
    if source is None:
        return []
    return [*([source.one] if source.one else []), *(source.many or ()), *(text for _, inner in source.named for text in texts_of(inner))]


@dataclass(frozen=True)
class Read:
    """One wire that a term reads: what its equation may call it, as written, and the wire."""

    name: str
    text: str
    tap: Tap


class TermPlanner:
    """Plans the terms of one spec."""

    def __init__(self, spec: Spec, catalogue: Catalogue, faults: Faults, values: Mapping[str, object], graph: Graph):
        self.catalogue, self.faults, self.values, self.graph = catalogue, faults, values, graph
        self.moulds = moulds_of(catalogue, spec.losses)
        self.wires = Wires(graph)
        self.binder = Binder(catalogue, faults, values)

    def term(self, item: Term, kind: str = "loss", output: str | None = None) -> TermPlan | None:
        """The plan of a term, of an `output` or what its `from` says, under the name that it is given, else of what it reads; None with its faults noted."""
        before = len(self.faults.errors)
        read = [self.of_output(output)] if output else self.read(item)
        target = self.target(item, read) if item.target or not self.compares(item) else self.assumed(item, read)
        measure, wires = self.measure(item, kind, read, target)
        weight = self.weight(item.weight)
        if len(self.faults.errors) > before or measure is None:
            return None
        texts = [one.text for one in read] or [name for name, _ in wires]
        name = str(item.name.value) if item.name else "_".join(dict.fromkeys(text.replace(".", "_") for text in texts)) + ("_loss" if kind == "loss" else "")
        return TermPlan(name, measure, wires, target, weight, item.span)

    def read(self, item: Term) -> list[Read]:
        """The wires of `from`; left out, that of the one output for a brick, and none for a formula."""
        source = item.source
        if source is None and item.formula is not None:
            return []
        if source is None:
            return self.only(item)
        if source.named:
            return [Read(str(key.value), str(text.value), tap) for key, inner in source.named for text in texts_of(inner)[:1] if (tap := self.tap(text))]
        return [Read(str(text.value), str(text.value), tap) for text in texts_of(source) if (tap := self.tap(text))]

    def only(self, item: Term) -> list[Read]:
        outputs = list(self.graph.listed)
        if len(outputs) != 1:
            self.faults.add(Fault("which-wire", item.span, {"outputs": outputs}))
            return []
        return [self.of_output(outputs[0])]

    def of_output(self, name: str) -> Read:
        return Read(name, name, self.wires.of_output(name))

    def tap(self, text: Scalar) -> Tap | None:
        found = self.wires.find(str(text.value))
        if found is None:
            self.faults.add(text.error("unknown-wire", name=str(text.value), near=self.wires.near(str(text.value)), wires=list(self.wires.taps)))
        return found

    def target(self, item: Term, read: Sequence[Read]) -> Target | None:
        """A number, a wire, or a field: a bare name is a field where the model has an input or output of that name, or no wire at all."""
        given = item.target
        if given is None:
            return None
        value = given.value
        if value.is_formula or not isinstance(value.value, str):
            return self.number(value)
        wire = self.wires.find(value.value) if given.kind != "field" else None
        if given.kind == "wire" and wire is None:
            self.tap(value)
            return None
        bound = value.value in (*self.graph.listed, *self.graph.inputs, *(one.text for one in read))
        if wire is None or given.kind is None and bound:
            return Target("field", value.value)
        return Target("wire", wire.name)

    def compares(self, item: Term) -> bool:
        """Whether a term has to do with a target."""
        if item.call and item.call.name not in self.moulds:
            return True
        texts = [item.formula] if item.formula else [*(text for _, text in self.moulds[item.call.name].lets), self.moulds[item.call.name].formula]
        return any(text is not None and TRUTH in (self.faults.attempt(formula_at, text) or NOTHING).names for text in texts)

    def assumed(self, item: Term, read: Sequence[Read]) -> Target | None:
        """Where nothing is said, an output is compared with the field of its name."""
        output = self.wires.output(read[0].tap) if len(read) == 1 else None
        if output in self.graph.listed:
            return Target("field", output)
        if len(read) == 1 or read and (item.formula or item.call.name in self.moulds):
            self.faults.add(Fault("no-target", item.span, {"what": item.call.name if item.call else "this formula", "name": read[0].text}))
        elif item.formula and not item.source:
            self.faults.add(Fault("no-target", item.span, {"what": "this formula", "name": "a wire"}))
        return None

    def number(self, value: Scalar) -> Target | None:
        try:
            found = worked_out(value, self.values)
        except SpecError as error:
            self.faults.extend(error.faults)
            return None
        if isinstance(found, bool) or not isinstance(found, (int, float)):
            self.faults.add(value.error("wrong-shape", what="`target`, a data field, a wire or a number", found=value.described, example="target: 1"))
            return None
        return Target("number", float(found))

    def measure(self, item: Term, kind: str, read: list[Read], target: Target | None) -> tuple[object, tuple]:
        """What a term works out, and the wires by the names it knows them by."""
        if item.formula is not None:
            return self.of_formula(item, read, target)
        if item.call.name in self.moulds:
            return self.of_mould(self.moulds[item.call.name], item, read, target)
        if kind == "metric" and not self.catalogue.find(kind, item.call.name) and self.catalogue.find("loss", item.call.name):
            kind = "loss"
        recipe = item.call.name if item.call.name in METRIC_WORDS else self.binder.recipe(kind, item.call)
        if len(read) > 1:
            self.faults.add(Fault("one-wire", item.source.span, {"name": item.call.name, "given": [one.text for one in read]}))
        if target and target.kind == "number" and len(read) == 1:
            self.faults.extend(self.beyond(item, read[0], float(target.value)))
        return recipe, tuple((PREDICTED, one.tap.name) for one in read[:1])

    def beyond(self, item: Term, read: Read, value: float) -> Iterator[Fault]:
        """A fault for a number that a loss cannot compare with."""
        name, spec = item.call.name, read.tap.spec
        if name.startswith("Sparse"):
            most = (spec.shape[-1] if spec and spec.shape else None) or LARGEST
            if not value.is_integer() or not 0 <= value < most:
                yield item.target.value.error("target-range", loss=name, value=value, wanted=f"the number of a class, from 0 to {most - 1}")
        lowest, highest = RANGES.get(name, (-LARGEST, LARGEST))
        if not lowest <= value <= highest:
            wanted = f"numbers from {lowest:g} to {highest:g}" if highest < LARGEST else f"numbers from {lowest:g} on"
            yield item.target.value.error("target-range", loss=name, value=value, wanted=wanted)

    def of_mould(self, mould: LossMould, item: Term, read: list[Read], target: Target | None) -> tuple[EquationPlan | None, tuple]:
        """A use of a loss definition: its inputs get the wires by name or in order."""
        values, inputs = arguments(mould, item.call, self.binder), inputs_of(mould)
        named = bool(item.source and item.source.named)
        given = {one.name: one.tap for one in read} if named else dict(zip(inputs, (one.tap for one in read)))
        if set(given) != set(inputs) or len(read) != len(inputs):
            if len(read) == len(texts_of(item.source)) or item.source is None:
                self.faults.add(Fault("block-inputs", item.source.span if item.source else item.span,
                                      {"name": mould.name, "inputs": inputs, "given": [one.name for one in read]}))
            return None, ()
        try:
            formulas = parts(mould)
        except SpecError:
            return None, ()  # told where it is defined
        if values is None or not formulas:
            return None, ()
        return self.equation(formulas, given, values, target, item)

    def of_formula(self, item: Term, read: list[Read], target: Target | None) -> tuple[EquationPlan | None, tuple]:
        """A formula reads the wires of `from`, or any wire of the model by its name."""
        try:
            formula = formula_at(item.formula)
        except SpecError as error:
            self.faults.extend(error.faults)
            return None, ()
        given = {one.name: one.tap for one in read} | ({PREDICTED: read[0].tap} if len(read) == 1 else {})
        for name in formula.names:
            if name not in given and name != TRUTH and item.source is None and (tap := self.wires.find(name)):
                given[name] = tap
        written = [str(key.value) for key, _ in item.source.named] if item.source else []  # what has no wire is told already
        free = [] if item.source else [*self.graph.inputs, *self.graph.names, *self.graph.outputs]
        missing = list(unknown_names(formula, list(dict.fromkeys([*free, *given, *written, TRUTH, *self.values]))))
        self.faults.extend(missing)
        if missing or len(read) < len(texts_of(item.source)):
            return None, ()
        return self.equation([("", formula)], given, self.values, target, item)

    def equation(self, formulas: list[tuple[str, Formula]], given: Mapping[str, Tap], values: Mapping[str, object], target: Target | None, item: Term):
        """The plan of an equation on wires, its shapes tried, and the wires that it reads."""
        lets = [name for name, _ in formulas[:-1]]
        names = dict.fromkeys(name for _, formula in formulas for name in formula.names if name not in lets)
        last = formulas[-1][1]
        wires = {name: given[name] for name in names if name in given}
        known = tuple((name, frozen(values[name])) for name in names if name not in given and name in values and name != TRUTH)
        if not wires:
            self.faults.add(last.error("no-wires-term", text=last.text))
        elif TRUTH in names and target is None:
            pass  # told already
        elif TRUTH not in names and item.target is not None:
            self.faults.add(Fault("idle-target", item.target.value.span, {"what": item.call.name if item.call else "the formula"}))
        elif flat := [fault for _, formula in formulas for fault in self.underived(formula, wires)]:
            self.faults.extend(fault.also(item.span, "used here") if item.call else fault for fault in flat)
        else:
            self.faults.extend(self.misshapen(formulas, wires, dict(known), target, item))
        plan = EquationPlan(last.text, tuple((name, formula.text) for name, formula in formulas[:-1]), known, last.span, item.call.name if item.call else "")
        return plan, tuple((name, tap.name) for name, tap in wires.items())

    def underived(self, formula: Formula, wires: Mapping[str, Tap]) -> Iterator[Fault]:
        """A fault for each `gradient(y, x)` that is none: by what is no wire or not of real numbers, or of a wire that does not depend on it."""
        for call in (node for node in ast.walk(formula.body) if isinstance(node, ast.Call) and node.func.id == GRADIENT):
            names = [part.id if isinstance(part, ast.Name) else "" for part in call.args]
            if len(names) != 2 or names[1] not in wires:
                yield formula.error("no-derivative", call, by=names[1] if len(names) == 2 else "", of="")
            elif (spec := wires[names[1]].spec) and "float" not in spec.dtype:
                yield formula.error("no-derivative", call, by=names[1], of=names[0], dtype=spec.dtype)
            elif names[0] in wires and not self.wires.depends(wires[names[0]], wires[names[1]]):
                yield formula.error("no-derivative", call, by=names[1], of=names[0])

    def misshapen(self, formulas: list[tuple[str, Formula]], wires: Mapping[str, Tap], known: dict, target: Target | None, item: Term) -> list[Fault]:
        """Why an equation cannot be worked out on what flows; a field may have any shape that fits."""
        evaluated = getattr(self.catalogue, "evaluated", None)
        given = {name: tap.spec for name, tap in wires.items()}
        if evaluated is None or None in given.values():
            return []
        first: list[Fault] = []
        for truth in self.truths(target, given):
            try:
                evaluated(tuple(formulas), {**known, **given, **truth})
                return []
            except SpecError as error:
                first = first or [self.told(fault, {**given, **truth}, item) for fault in error.faults]
        return first

    def truths(self, target: Target | None, given: Mapping[str, TensorSpec]) -> Iterator[dict]:
        """What `y_true` may be: a number, what flows on a wire, or a field of one of the shapes that it can have."""
        if target is None or target.kind == "number":
            yield {} if target is None else {TRUTH: target.value}
        elif target.kind == "wire" or target.value in self.graph.inputs:
            spec = self.wires.taps[target.value].spec
            yield {TRUTH: spec} if spec else {}
        else:
            yield from ({TRUTH: spec} for spec in shapes_of_truth(given.values()))

    def told(self, fault: Fault, given: Mapping[str, object], item: Term) -> Fault:
        """A fault of working an equation out, with the shapes it was tried on; where it lies in a definition, the use is marked too."""
        if fault.kind == "formula-failed":
            made = [(name, spec.shape) for name, spec in given.items() if isinstance(spec, TensorSpec)]
            fault = Fault("term-shape", fault.span, {"problem": fault.facts["problem"], "made": made})
        return fault.also(item.span, "used here") if item.call and fault.span else fault

    def weight(self, node: Node | None) -> float | EquationPlan:
        """A number; a formula of `epoch` and `step` stays an equation."""
        if node is None:
            return 1.0
        try:
            if self.moves(node):
                return self.moving(formula_of(node))
            found = worked_out(node, self.values)
        except SpecError as error:
            self.faults.extend(error.faults)
            return 1.0
        if isinstance(found, bool) or not isinstance(found, (int, float)):
            self.faults.add(node.error("wrong-shape", what="`weight`, a number", found=node.described, example="weight: 0.3"))
            return 1.0
        if abs(found) > LARGEST:
            self.faults.add(node.error("out-of-range", name="weight", value=found, lowest=-LARGEST, highest=LARGEST))
        return float(found)

    def moves(self, node: Node | None) -> bool:
        """Whether a weight is a formula of `epoch` or `step`, or of what nobody knows."""
        formula = self.faults.attempt(formula_of, node) if isinstance(node, Scalar) and node.is_formula else None
        return formula is not None and any(name in CLOCK or name not in self.values for name in formula.names)

    def moving(self, formula: Formula) -> EquationPlan:
        """A weight that changes with `epoch` and `step`, worked out with keras.ops at every step."""
        faults = [*unknown_names(formula, [*CLOCK, *self.values]), *unknown_functions(formula, self.catalogue)]
        known = tuple((name, frozen(self.values[name])) for name in formula.names if name in self.values and name not in CLOCK)
        evaluated = getattr(self.catalogue, "evaluated", None)
        if not faults and evaluated is not None:
            try:
                shape = evaluated((("", formula),), {**dict(known), **dict.fromkeys(CLOCK, NUMBER)})
                faults = [Fault("weight-formula", formula.span, {"problem": "it gives several numbers"})] if shape else []
            except SpecError as error:
                faults = [Fault("weight-formula", fault.span, {"problem": fault.facts.get("problem", "it cannot be worked out")}) for fault in error.faults]
        self.faults.extend(faults)
        return EquationPlan(formula.text, (), known, formula.span)


NUMBER = TensorSpec((), "scalar")  # a single number, not one an example
NOTHING = Formula("", None, None)


def long(item: LossDef) -> Term:
    """A loss in short form as a term; it is compared with the field of its output's name where it says no other."""
    target = item.target or item.output
    return Term(item.span, item.call, None, None, target and TargetDef(target, "field"), item.weight)
