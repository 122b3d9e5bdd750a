"""The data fields that terms are compared with, and whether a field of some shape fits the equation it is put into."""

from collections.abc import Iterable, Iterator

from builder.diagnostics import Source, Span, SpecError
from builder.graph.catalogue import Catalogue
from builder.graph.graph import Recipe, TensorSpec
from builder.graph.judging import of_embedding
from builder.graph.moulds import TRUTH
from builder.graph.plans import EquationPlan, PhasePlan, TermPlan
from builder.graph.wires import Wires
from builder.language.formula import Formula, parse


def compared(phase: PhasePlan) -> Iterator[TermPlan]:
    """Every term and measure of a program that is compared with a data field."""
    for term in (*(term for step in phase.steps for term in step.terms), *phase.measures):
        if term.target is not None and term.target.kind == "field":
            yield term


def shapes_of_truth(specs: Iterable[TensorSpec]) -> Iterator[TensorSpec]:
    """What a field may be that an equation compares with wires: a number an example, or of a wire's shape, or without its last axis."""
    specs = list(specs)
    shapes = dict.fromkeys([(), (1,), *(spec.shape for spec in specs), *(spec.shape[:-1] for spec in specs)])
    yield from (TensorSpec(shape, dtype) for shape in shapes for dtype in ("float32", "int64"))


def truth_of(term: TermPlan, wires: Wires, catalogue: Catalogue) -> TensorSpec:
    """The first shape of a field that an equation takes; of a loss or metric that of its wire."""
    specs = [wires.taps[wire].spec for _, wire in term.wires]
    if not isinstance(term.measure, EquationPlan):
        return truth(term.measure, specs[0] or TensorSpec(()))
    fitting = (spec for spec in shapes_of_truth(one for one in specs if one) if misfit(term, wires, catalogue, spec) is None)
    return next(fitting, TensorSpec(()))


def truth(measure: Recipe | str, spec: TensorSpec) -> TensorSpec:
    """What a loss or metric compares a wire with: of an embedding the number of its class, else what is like the wire."""
    return TensorSpec((), "int64") if isinstance(measure, Recipe) and of_embedding(measure.name) else spec


def misfit(term: TermPlan, wires: Wires, catalogue: Catalogue, truth: TensorSpec) -> str | None:
    """Why an equation cannot be worked out with a target of this shape; None where it can, or where Keras alone knows."""
    given = {name: wires.taps[wire].spec for name, wire in term.wires}
    if None in given.values() or not isinstance(term.measure, EquationPlan) or not hasattr(catalogue, "evaluated"):
        return None
    try:
        catalogue.evaluated(tuple(_formulas(term.measure)), {**dict(term.measure.constants), **given, TRUTH: truth})
    except SpecError as error:
        return str(error.faults[0].facts.get("problem", error))
    return None


def by_example(term: TermPlan, wires: Wires, catalogue: Catalogue) -> bool:
    """Whether an equation gives a value, or several, for each example, as far as that is known."""
    given = {name: wires.taps[wire].spec for name, wire in term.wires}
    if None in given.values() or not hasattr(catalogue, "evaluated"):
        return False
    try:
        shape = catalogue.evaluated(tuple(_formulas(term.measure)), {**dict(term.measure.constants), **given, TRUTH: truth_of(term, wires, catalogue)})
    except SpecError:
        return False
    return shape[:1] == (None,)


def _formulas(plan: EquationPlan) -> Iterator[tuple[str, Formula]]:
    for name, text in (*plan.let, ("", plan.formula)):
        yield name, parse(text, Span(Source("formula", text), 1, 1, 1, len(text) + 1))
