"""Fields worked out from others by a formula: whether a digit is odd, how bright an image is."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from builder.catalog.equation import apply
from builder.data.source import Place
from builder.data.store import CHUNK
from builder.data.table import Column, Table, column
from builder.diagnostics import Fault, SpecError, fail, near
from builder.graph.plans import EquationPlan


def worked_out(table: Table, name: str, plan: EquationPlan, reads: tuple[str, ...], place: Place) -> Table:
    """The table, and those of the splits that the source has, with a field more; its values are held in memory.

    Whole numbers and fractions are read as int64 and float32. Whole numbers of classes alone, one an example and none below 0, are classes again.

    Args:
        reads: the names in the formula; those of params may be names of fields too, which then are meant.

    Raises:
        SpecError: `unknown-field`, `field-taken`; `field-formula`, it cannot be worked out or gives no value for each example.
    """
    span = plan.span or place.span
    there = list(table.columns)
    for read in reads:
        if read not in there and read not in dict(plan.constants):
            raise fail("unknown-field", span, name=read, fields=there, near=near(read, there))
    reads = tuple(read for read in reads if read in there)
    if not reads:
        raise _misfit(name, plan, "it reads no field")
    if name in there:
        raise fail("field-taken", span, name=name, source="the formula")
    tables = {"": table, **table.own}
    values = {split: _values({read: one.columns[read] for read in reads}, name, plan) for split, one in tables.items()}
    classes = _classes(list(values.values()), [table.columns[read] for read in reads])
    found = {split: replace(one, columns={**one.columns, name: column(name, values[split], classes)}) for split, one in tables.items()}
    return Table(found.pop("").columns, found)


def _values(columns: Mapping[str, Column], name: str, plan: EquationPlan) -> np.ndarray:
    """The formula for all examples, some megabytes at a time."""
    count = len(next(iter(columns.values())))
    step = max(1, CHUNK // max(1, sum(one.size * 8 // max(count, 1) for one in columns.values())))
    parts = [_part({read: one.rows(np.arange(start, min(start + step, count))) for read, one in columns.items()}, name, plan)
             for start in range(0, count, step)]
    return np.concatenate(parts)


def _part(fields: Mapping[str, np.ndarray], name: str, plan: EquationPlan) -> np.ndarray:
    fields = {read: _whole(values) for read, values in fields.items()}
    count = len(next(iter(fields.values())))
    try:
        found = np.asarray(apply(plan.formula, {**dict(plan.constants), **fields}))
    except SpecError as error:
        raise _misfit(name, plan, error.faults[0].facts.get("problem", "it cannot be worked out on these fields")) from None
    except (TypeError, ValueError) as error:
        raise _misfit(name, plan, str(error).splitlines()[0]) from None
    if found.dtype.kind not in "biuf" or found.shape[:1] != (count,):
        numbers = f"{found.shape[0]} values for {count} examples" if found.shape else "one value for all examples"
        given = numbers if found.dtype.kind in "biuf" else "text"
        raise _misfit(name, plan, f"it gives {given}")
    return found.astype("float32" if found.dtype.kind == "f" else "int64")


def _whole(values: np.ndarray) -> np.ndarray:
    return values if values.dtype.kind not in "biuf" else values.astype("float32" if values.dtype.kind == "f" else "int64")


def _misfit(name: str, plan: EquationPlan, problem: str) -> SpecError:
    return SpecError([Fault("field-formula", plan.span, {"name": name, "formula": plan.formula, "problem": problem})])


def _classes(values: list[np.ndarray], read: list[Column]) -> tuple[str, ...] | None:
    """The names of the classes that values are, their numbers; None where they are none."""
    whole = all(some.ndim == 1 and some.dtype.kind == "i" and some.min(initial=0) >= 0 for some in values)
    if not whole or not all(one.field.classes for one in read):
        return None
    return tuple(str(number) for number in range(max(int(some.max(initial=0)) for some in values) + 1))
