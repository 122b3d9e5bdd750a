"""What a phase or its data say beside recipes, worked out: fields, values to keep, weights of classes, shares of the learning rate."""

from collections.abc import Callable, Iterable, Mapping

from builder.diagnostics import Fault, Faults, SpecError, near
from builder.graph.arguments import frozen
from builder.graph.catalogue import Catalogue
from builder.graph.frame import worked_out
from builder.graph.moulds import formula_at, unknown_functions
from builder.graph.plans import Choice, ClassWeightPlan, EquationPlan, FieldPlan, LossPlan, OnlyPlan, RatePlan
from builder.language.sections import ClassWeightDef, DataSection, FieldDef, Phase
from builder.language.tree import Node, Scalar

Setting = Callable[..., float]  # the planner's `setting`: a number of a section, within its bounds


def field_plan(item: FieldDef, values: Mapping[str, object], catalogue: Catalogue, faults: Faults) -> FieldPlan | None:
    """A field of the source, or a formula on fields and params; what is both is read as a field."""
    if item.formula is None:
        return FieldPlan(item.source.value, item.reshape and worked_out(item.reshape, values), item.source.span)
    formula = faults.attempt(formula_at, item.formula)
    if formula is None:
        return None
    faults.extend(unknown_functions(formula, catalogue))
    names = dict.fromkeys(formula.names)
    known = tuple((name, frozen(values[name])) for name in names if name in values)
    if not names:
        faults.add(item.formula.error("field-formula", name=item.name, formula=formula.text, problem="it reads no field"))
    return FieldPlan("", None, item.formula.span, EquationPlan(formula.text, (), known, item.formula.span), tuple(names))


def only_plans(section: DataSection, values: Mapping[str, object], faults: Faults) -> tuple[OnlyPlan, ...]:
    """The fields of `only` with the values to keep; a formula may give several."""
    return tuple(OnlyPlan(str(key.value), _choices(nodes, values, faults), key.span) for key, nodes in section.only)


def _choices(nodes: Iterable[Scalar], values: Mapping[str, object], faults: Faults) -> tuple[Choice, ...]:
    found: list[Choice] = []
    for node in nodes:
        try:
            value = worked_out(node, values)
        except SpecError as error:
            faults.extend(error.faults)
            continue
        found += [Choice(one, node.span) for one in (value if isinstance(value, tuple) else (value,))]
    return tuple(found)


def class_weight_plans(phase: Phase, losses: Mapping[str, LossPlan], declared: set[str], faults: Faults, setting: Setting,
                       program: bool = False) -> tuple[ClassWeightPlan, ...]:
    """The weights of classes by trained output; one that names no output holds for every trained one. A `program` has those of its losses of outputs."""
    if phase.class_weight and program and not losses:
        faults.add(Fault("class-weight-program", phase.class_weight[0].span, {}))
        return ()
    trained = [name for name, loss in losses.items() if loss.recipe]
    found: dict[str, ClassWeightPlan] = {}
    for item in phase.class_weight or ():
        for name in _outputs(item, trained, losses, declared, faults):
            found[name] = ClassWeightPlan(name, _weights(item, setting), item.balanced, item.span)
    return tuple(found.values())


def _outputs(item: ClassWeightDef, trained: list[str], losses: Mapping[str, LossPlan], declared: set[str], faults: Faults) -> list[str]:
    """The outputs that one entry is of, with a fault where there is none of its name or none is named."""
    if item.output is None and not item.balanced and len(trained) > 1:
        faults.add(Fault("which-output", item.span, {"outputs": trained}))
        return []
    if item.output is None:
        return trained
    name = str(item.output.value)
    if name not in losses and name not in declared:
        faults.add(item.output.error("unknown-output", name=name, near=near(name, losses), outputs=list(losses)))
    return [name] if name in trained else []


def _weights(item: ClassWeightDef, setting: Setting) -> tuple[tuple[Choice, float], ...]:
    return tuple((Choice(key.value, key.span), float(_number(key, node, setting))) for key, node in item.weights)


def _number(key: Scalar, node: Node, setting: Setting) -> float:
    name = str(key.value)
    return setting({name: node}, name, 1.0, "a number")


def rate_plans(phase: Phase, setting: Setting) -> tuple[RatePlan, ...]:
    """Patterns with their shares, in the order they are written."""
    return tuple(RatePlan(str(key.value), float(_number(key, node, setting)), key.span) for key, node in phase.rate_multipliers or ())
