"""The examples that are kept: those with some values of a field, and so many to train on.

Splits are dealt before they are thinned out, so that an example stays in its split, whichever phase of a run looks at it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np

from builder.data.table import Column, Table
from builder.diagnostics import Fault, Faults, fail, near
from builder.graph.plans import Choice, DataPlan, OnlyPlan

WHAT_FOR = {"validation": "validate on", "test": "test on"}
SHOWN = 6  # classes that a note names


def classes_of(column: Column, choices: Iterable[Choice], faults: Faults) -> list[int | None]:
    """The index of each class that is named, by its name or, where no class has that name, by its number; None with its fault."""
    field, found = column.field, []
    for choice in choices:
        index = _class(field.classes, choice.value)
        if index is None:
            facts = {"name": str(choice.value), "field": field.name, "near": near(choice.value, field.classes), "classes": list(field.classes)}
            faults.add(Fault("unknown-class", choice.span, facts))
        found.append(index)
    return found


def _class(classes: Sequence[str], value: object) -> int | None:
    if str(value) in classes:
        return classes.index(str(value))
    whole = isinstance(value, int) and not isinstance(value, bool)
    return value if whole and 0 <= value < len(classes) else None


def kept(table: Table, plan: DataPlan) -> np.ndarray:
    """Whether each example of a table has the values that `only` asks for: (examples,), bool.

    Raises:
        SpecError: `unknown-field`, `only-shape` (the field is no single value), `unknown-class`; all of them at once.
    """
    faults, keep = Faults(), np.ones(len(table), bool)
    for only in plan.only:
        fault = _wrong(table, only)
        if fault:
            faults.add(fault)
        else:
            keep &= _fitting(table.columns[only.name], only, faults)
    faults.check()
    return keep


def _wrong(table: Table, only: OnlyPlan) -> Fault | None:
    there = list(table.columns)
    if only.name not in there:
        return Fault("unknown-field", only.span, {"name": only.name, "fields": there, "near": near(only.name, there)})
    shape = table.columns[only.name].field.shape
    return None if shape in ((), (1,)) else Fault("only-shape", only.span, {"name": only.name, "shape": shape})


def _fitting(column: Column, only: OnlyPlan, faults: Faults) -> np.ndarray:
    values = column.values.reshape(len(column))
    if column.field.classes:
        return np.isin(values, [index for index in classes_of(column, only.values, faults) if index is not None])
    wanted = [choice.value for choice in only.values]
    return np.array([value in wanted for value in values.tolist()], bool)


def selected(splits: Mapping[str, Table], plan: DataPlan) -> dict[str, Table]:
    """Every split with the examples that `only` keeps, and of those to train on no more than `limit`.

    Raises:
        SpecError: what `kept` raises; `only-nothing`, `limit-too-large`.
    """
    found = {name: split.take(np.flatnonzero(kept(split, plan))) for name, split in splits.items()} if plan.only else dict(splits)
    empty = [name for name, split in found.items() if not len(split)]
    if empty:
        only = plan.only[-1]
        raise fail("only-nothing", only.span, split=empty[0], fields=[one.name for one in plan.only], size=len(splits[empty[0]]))
    return found if plan.limit is None else found | {"train": limited(found["train"], plan)}


def limited(table: Table, plan: DataPlan) -> Table:
    """`limit` examples drawn by the seed, in the proportions that the classes have, at least one of each while there are enough.

    Raises:
        SpecError: `limit-too-large`, there are fewer.
    """
    if plan.limit > len(table):
        raise fail("limit-too-large", plan.limit_span, limit=plan.limit, size=len(table), only=bool(plan.only))
    order = np.random.Generator(np.random.PCG64(plan.seed)).permutation(len(table))
    label = label_of(table.columns)
    strata = np.zeros(len(table), "int64") if label is None else label.values[order]
    kinds, counts = np.unique(strata, return_counts=True)
    quotas = portions(counts, plan.limit)
    return table.take(np.sort(np.concatenate([order[strata == kind][:count] for kind, count in zip(kinds, quotas, strict=True)])))


def portions(counts: np.ndarray, total: int) -> np.ndarray:
    """So many of each kind as make up a total in the proportions of `counts`: the largest remainders are rounded up, and no kind is left
    out where there is room for all."""
    least = np.minimum(counts, 1) if total >= np.count_nonzero(counts) else np.zeros_like(counts)
    exact = counts * (total / counts.sum())
    found = np.maximum(np.floor(exact).astype("int64"), least)
    while found.sum() != total:
        step = 1 if found.sum() < total else -1
        free = found < counts if step > 0 else found > least
        found[np.argmax(np.where(free, step * (exact - found), -np.inf))] += step
    return found


def label_of(columns: Mapping[str, Column]) -> Column | None:
    """The first field that is one class an example."""
    return next((column for column in columns.values() if column.field.classes and not column.field.shape), None)


def notes(before: Mapping[str, Table], after: Mapping[str, Table], plan: DataPlan) -> Iterator[str]:
    """What was left out, for a person."""
    was, here = len(before["train"]), len(after["train"])
    if plan.only:
        said = " and ".join(f"`{only.name}` {_listed(only)}" for only in plan.only)
        others = "".join(f", {len(split):,} to {WHAT_FOR[name]}" for name, split in after.items() if name != "train")
        yield f"only examples with {said} are kept: {int(kept(before['train'], plan).sum()):,} of {was:,} to train on{others}"
    if plan.limit is not None:
        yield f"`limit` leaves {here:,} examples to train on"


def _listed(only: OnlyPlan) -> str:
    names = [str(choice.value) for choice in only.values]
    return ", ".join(names[:SHOWN]) + (", ..." if len(names) > SHOWN else "")


