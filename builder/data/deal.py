"""Examples dealt into splits: by shares, stratified, from the seed alone; in order of time; or by groups."""

from collections.abc import Mapping

import numpy as np

from builder.data.fields import planned
from builder.data.order import grouped, in_order, ordered
from builder.data.selection import kept, label_of
from builder.data.source import Place, read
from builder.data.table import Column, Table
from builder.diagnostics import near
from builder.graph.graph import Recipe
from builder.graph.plans import DataPlan


def dealt(table: Table, plan: DataPlan, place: Place) -> dict[str, Table]:
    """The splits of a plan: `train`, and `validation` and `test` where there are any.

    A split is a share of the source's examples, a source of its own, or the one the source brings.

    Raises:
        SpecError: a share out of range, splits that would be empty, other sources that do not fit.
    """
    given = {"validation": plan.validation, "test": plan.test}
    shares = {name: share for name, share in given.items() if isinstance(share, (int, float)) and share}
    others = {name: own for name, own in table.own.items() if given[name] is None}
    for name, recipe in given.items():
        if isinstance(recipe, Recipe):
            others[name] = planned(read(recipe, place), plan.fields, place)
    if plan.order:
        table, others = ordered(table, plan.order, place), {name: ordered(other, plan.order, place) for name, other in others.items()}
    splits = {name: table.take(rows) for name, rows in _rows(table, shares, plan, place).items()} if shares else {"train": table}
    return splits | {name: aligned(other, table, name, place) for name, other in sorted(others.items(), reverse=True)}


def _rows(table: Table, shares: Mapping[str, float], plan: DataPlan, place: Place) -> dict[str, np.ndarray]:
    """The rows of each split: one after the other, by groups, or by chance."""
    for name, share in shares.items():
        if not 0 < share < 1 or sum(shares.values()) >= 1:
            raise place.fault("split-share", split=name, share=share, total=sum(shares.values()))
    if plan.group is None:
        return in_order(len(table), shares, place) if plan.order else _shared(table, shares, plan, place)
    if plan.group not in table.columns:
        raise place.fault("unknown-field", name=plan.group, fields=list(table.columns), near=near(plan.group, list(table.columns)))
    return grouped(table.columns[plan.group], shares, plan.seed, place)


def _shared(table: Table, shares: Mapping[str, float], plan: DataPlan, place: Place) -> dict[str, np.ndarray]:
    label = label_of(table.columns)
    strata = np.zeros(len(table), dtype="int64") if label is None else label.values
    if label is not None:
        _check_classes(label.take(np.flatnonzero(kept(table, plan))) if plan.only else label, len(shares) + 1, place)
    rows = shares_of(strata, shares, plan.seed)
    for name, some in rows.items():
        if not len(some):
            raise place.fault("split-empty", split=name, size=len(table), share=shares.get(name, 1.0))
    return rows


def _check_classes(label: Column, splits: int, place: Place) -> None:
    """Every class that is kept must have an example for each split."""
    counts = np.bincount(label.values, minlength=len(label.field.classes))
    few = [(label.field.classes[i], int(n)) for i, n in enumerate(counts) if 0 < n < splits]
    if few:
        raise place.fault("class-too-small", field=label.field.name, classes=few, splits=splits)


def shares_of(strata: np.ndarray, shares: Mapping[str, float], seed: int) -> dict[str, np.ndarray]:
    """Row numbers of each share, and of `train`, the rest; each stratum is dealt in these proportions.

    Every row is in one split; each split is sorted, so that only the seed and the rows decide it.
    """
    generator = np.random.Generator(np.random.PCG64(seed))
    order = generator.permutation(len(strata))
    stacks = [order[strata[order] == stratum] for stratum in np.unique(strata)]
    found = {}
    for name, share in shares.items():
        counts = _quota(np.array([len(stack) for stack in stacks]), share * len(strata), strata)
        found[name] = np.sort(np.concatenate([stack[:n] for stack, n in zip(stacks, counts, strict=True)]))
        stacks = [stack[n:] for stack, n in zip(stacks, counts, strict=True)]
    return {"train": np.sort(np.concatenate(stacks)), **found}


def _quota(left: np.ndarray, total: float, strata: np.ndarray) -> np.ndarray:
    """How many of each stack to take for a total, in proportion, the largest remainders rounded up.

    One of each stack stays for training.
    """
    sizes = np.unique(strata, return_counts=True)[1]
    exact = sizes * (total / len(strata))
    counts = np.floor(exact).astype("int64")
    largest = np.argsort(counts - exact, kind="stable")
    counts[largest[: max(0, round(total) - counts.sum())]] += 1
    return np.minimum(counts, left - 1)


def aligned(other: Table, table: Table, split: str, place: Place) -> Table:
    """Another source's table with the fields of the first, its class indices in the first one's order.

    Raises:
        SpecError: `split-differs` where a field is missing, of another shape or dtype, or has new classes.
    """
    return Table({name: _alike(column, other.columns.get(name), split, place)
                  for name, column in table.columns.items()})


def _alike(column: Column, other: Column | None, split: str, place: Place) -> Column:
    mine = column.field
    if other is None:
        raise place.fault("split-differs", split=split, field=mine.name, why="has no such field")
    its = other.field
    if mine.shape != its.shape:
        raise place.fault("split-differs", split=split, field=mine.name, why=f"has shape {its.shape}, not {mine.shape}")
    if bool(mine.classes) != bool(its.classes) or (mine.dtype == "string") != (its.dtype == "string"):
        kinds = [("classes" if f.classes else f.dtype) for f in (its, mine)]
        raise place.fault("split-differs", split=split, field=mine.name, why=f"has {kinds[0]}, not {kinds[1]}")
    if not mine.classes or its.classes == mine.classes:
        return Column(mine, other.store, other.at)
    new = [name for name in its.classes if name not in mine.classes]
    if new:
        raise place.fault("split-differs", split=split, field=mine.name, why=f"has classes unknown in training: {new}")
    moved = np.array([mine.classes.index(name) for name in its.classes])
    return Column(mine, moved[other.values])
