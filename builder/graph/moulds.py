"""Losses written as equations: how one is called, what is wrong with a definition, and one use of it worked out."""

import ast
from collections.abc import Iterator, Mapping, Sequence

from builder.diagnostics import Fault, Faults, SpecError, near
from builder.graph.arguments import Binder
from builder.graph.catalogue import REQUIRED, Catalogue, Parameter, Signature
from builder.graph.frame import worked_out
from builder.graph.nodes import worked_out_params
from builder.language.formula import Formula, parse
from builder.language.sections import Call, LossMould
from builder.language.tree import Scalar, plain

TYPES = {float: "float", bool: "bool"}  # a whole number as default may stand for any number
TRUTH, PREDICTED, GRADIENT = "y_true", "y_pred", "gradient"  # what equations call the target, the one wire, and a derivative


def moulds_of(catalogue: Catalogue, own: Mapping[str, LossMould]) -> dict[str, LossMould]:
    """Every loss that is an equation, by name; a spec's own go before the library's."""
    return {**getattr(catalogue, "moulds", dict)(), **own}


def mould_signature(mould: LossMould) -> Signature:
    """A loss written in the language is called like any brick."""
    given = [(p.name, REQUIRED if p.default is None else plain(p.default)) for p in mould.params]
    return Signature("loss", mould.name, tuple(Parameter(name, default, TYPES.get(type(default), ""), none=True) for name, default in given), mould.help)


def inputs_of(mould: LossMould) -> list[str]:
    """What its equation knows the wires by."""
    return [str(text.value) for text in mould.inputs] or [PREDICTED]


def formula_at(text: Scalar) -> Formula:
    """The formula of an equation, its place counted from where its text begins.

    Raises:
        SpecError: it does not parse.
    """
    return parse(text.value, text.span, (0 if text.plain else 1) + len(text.raw) - len(text.value))


def parts(mould: LossMould) -> list[tuple[str, Formula]]:
    """The formulas of a definition in order, each with the name it gets; the last one is the loss and has none.

    Raises:
        SpecError: one does not parse.
    """
    return [(str(name.value), formula_at(text)) for name, text in mould.lets] + ([("", formula_at(mould.formula))] if mould.formula else [])


def check_mould(mould: LossMould, catalogue: Catalogue) -> list[Fault]:
    """What is wrong with a definition, used or not: unknown names and functions, a name given twice."""
    faults = Faults()
    known = {str(text.value): text.span for text in mould.inputs} or {PREDICTED: mould.span}
    for param in mould.params:
        if param.name in known:
            faults.add(Fault("duplicate-name", known[param.name], {"name": param.name}).also(param.span, "and again here"))
        known[param.name] = param.span
    reach = [*known, TRUTH, *(param.name for param in mould.home.params)]
    for name, text in [*((str(name.value), text) for name, text in mould.lets), *([("", mould.formula)] if mould.formula else [])]:
        formula = faults.attempt(formula_at, text)
        if formula is not None:
            faults.extend(unknown_names(formula, reach))
            faults.extend(unknown_functions(formula, catalogue, (GRADIENT,)))
        reach.append(name)
    return faults.found


def unknown_names(formula: Formula, reach: Sequence[str]) -> Iterator[Fault]:
    """A fault for each name of a formula that is not in reach."""
    names = [name for name in reach if name]
    for name in formula.names:
        if name not in names:
            yield formula.error("unknown-name", formula.name_node(name), name=name, near=near(name, names), reach=names)


def unknown_functions(formula: Formula, catalogue: Catalogue, more: Sequence[str] = ()) -> Iterator[Fault]:
    """A fault for each function of an equation that Keras does not have, and for each argument by name that one does not take."""
    for name in formula.calls:
        if name not in ("channels", "flat", *more) and not catalogue.find("op", f"ops.{name}") and not catalogue.find("activation", name):
            known = list(dict.fromkeys([*(op.removeprefix("ops.") for op in catalogue.names("op")), *catalogue.names("activation"), *more]))
            yield formula.error("unknown-function", formula.name_node(name), name=name, near=near(name, known), known=[])
    for call in (node for node in ast.walk(formula.body) if isinstance(node, ast.Call)):
        signature = catalogue.find("op", f"ops.{call.func.id}")
        takes = [p.name for p in signature.parameters] if signature else []
        for keyword in call.keywords if takes else ():
            if keyword.arg not in takes:
                yield formula.error("unknown-argument", keyword, brick=signature.name, name=keyword.arg, near=near(keyword.arg, takes), takes=takes)


def arguments(mould: LossMould, call: Call, binder: Binder) -> dict[str, object] | None:
    """The params of a definition for one use: what is given, else its defaults, which may read those before; None with the faults noted."""
    before = len(binder.faults.errors)
    given = binder.bound(mould_signature(mould), call, {})
    if len(binder.faults.errors) > before:
        return None
    found = worked_out_params(mould.home.params)
    try:
        for param in mould.params:
            found[param.name] = given[param.name] if param.name in given else worked_out(param.default, found)
    except SpecError as error:
        binder.faults.extend(error.faults)
        return None
    return found
