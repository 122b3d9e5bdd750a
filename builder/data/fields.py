"""Fields under the names and in the shapes the spec gives them."""

from collections.abc import Mapping
from math import prod

from builder.data.formulas import worked_out
from builder.data.source import Place
from builder.data.table import Column, Table
from builder.diagnostics import Fault, Faults, near
from builder.graph.plans import FieldPlan


def planned(table: Table, plans: Mapping[str, FieldPlan], place: Place) -> Table:
    """The table with its fields renamed and reshaped, then with those that formulas work out, in order.

    Raises:
        SpecError: as `renamed`, or `worked_out` of a formula.
    """
    table = renamed(table, {name: plan for name, plan in plans.items() if plan.formula is None}, place)
    for name, plan in plans.items():
        if plan.formula is not None:
            table = worked_out(table, name, plan.formula, plan.reads, place)
    return table


def renamed(table: Table, plans: Mapping[str, FieldPlan], place: Place) -> Table:
    """The table with its fields renamed and reshaped; what no plan names keeps its name and shape.

    Raises:
        SpecError: `unknown-field`, `field-taken` or `field-reshape`, all of them at once.
    """
    faults = Faults()
    moved = {plan.source for plan in plans.values()}
    columns = {name: column for name, column in table.columns.items() if name not in moved}
    for name, plan in plans.items():
        fault = _wrong(name, plan, table, columns, place)
        if fault:
            faults.add(fault)
        else:
            columns[name] = _planned(table.columns[plan.source].named(name), plan)
    faults.check()
    return Table(columns, {name: renamed(own, plans, place) for name, own in table.own.items()})


def _wrong(name: str, plan: FieldPlan, table: Table, columns: Mapping[str, Column], place: Place) -> Fault | None:
    span = plan.span or place.span
    if plan.source not in table.columns:
        there = list(table.columns)
        return Fault("unknown-field", span, {"name": plan.source, "fields": there, "near": near(plan.source, there)})
    if name in columns:
        return Fault("field-taken", span, {"name": name, "source": plan.source})
    shape = table.columns[plan.source].field.shape
    if plan.reshape is not None and fitted(shape, plan.reshape) is None:
        return Fault("field-reshape", span, {"name": name, "shape": shape, "wanted": plan.reshape})
    return None


def _planned(column: Column, plan: FieldPlan) -> Column:
    return column if plan.reshape is None else column.shaped(fitted(column.field.shape, plan.reshape))


def fitted(shape: tuple[int, ...], wanted: tuple[int, ...]) -> tuple[int, ...] | None:
    """The wanted shape with its one -1 worked out, or None where the sizes do not fit."""
    free, known = wanted.count(-1), prod(n for n in wanted if n != -1)
    if free > 1 or any(n < -1 for n in wanted):
        return None
    if not free:
        return tuple(wanted) if known == prod(shape) else None
    if known == 0 or prod(shape) % known:
        return None
    return tuple(prod(shape) // known if n == -1 else n for n in wanted)
