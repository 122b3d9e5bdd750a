"""The data of a run: its fields, its splits, and what was decided about them."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from builder.data.deal import dealt
from builder.data.drawing import ROWS, Drawn, Draws
from builder.data.fields import planned
from builder.data.sampler import sampled
from builder.data.selection import label_of, notes, selected
from builder.data.source import Place, read
from builder.data.table import Column, Field, Table
from builder.diagnostics import Fault, Span, fail
from builder.graph.graph import Recipe, TensorSpec
from builder.graph.plans import DataPlan, mixing

CACHES = {True: "auto", False: "false"}


@dataclass(frozen=True, eq=False)
class Split:
    """Some of the examples: those to train on, to validate or to test."""

    name: str
    columns: Mapping[str, Column]
    seed: int = 0
    augment: tuple[Recipe, ...] = ()
    wanted: Mapping[str, TensorSpec] = field(default_factory=dict)
    span: Span | None = None
    balance: bool = False
    draws: Draws | None = None

    @property
    def size(self) -> int:
        return len(next(iter(self.columns.values())))

    @cached_property
    def drawn(self) -> Mapping[str, Drawn]:
        """Each field with the rows it is read by: samplers say, else those of the examples."""
        return self.draws.fields if self.draws else {name: Drawn(column.field, ROWS, column) for name, column in self.columns.items()}

    @property
    def examples(self) -> "Split":
        """The examples themselves, where samplers draw from them."""
        return replace(self, columns=self.draws.columns, draws=None) if self.draws else self

    def singly(self, inputs: Iterable[str]) -> "Split":
        """The examples themselves, each once, under the names of these inputs: what samplers draw pairs, triplets or batches of classes from.

        It is the split as it is where these inputs read several examples of a draw, or what is no example's: both sides of a pair, windows, noise.
        """
        if self.draws is None:
            return self
        drawn, rows = {name: self.drawn[name] for name in inputs}, len(next(iter(self.draws.columns.values())))
        whole = all(one.column is not None and not one.extra and len(one.column) == rows for one in drawn.values())  # no noise, no stretches
        if not whole or len({one.by for one in drawn.values()}) != 1:
            return self
        return replace(self.examples, columns={**self.draws.columns, **{name: one.column.named(name) for name, one in drawn.items()}})

    @property
    def by(self) -> str | None:
        """The field of classes that a sampler draws by."""
        return self.draws and self.draws.by

    @property
    def mixes(self) -> bool:
        """Whether training mixes examples: targets then are shares of classes, in every split."""
        return mixing(self.augment) is not None

    def column(self, name: str) -> np.ndarray:
        """The values of a field: (examples, ...); what is not in memory is read when it is made an array."""
        column = self.columns[name]
        return column.values if column.store.held else column

    def spread(self, name: str) -> tuple[float, float] | None:
        """The least and the greatest number of a field of fractions, read a few at a time; None where there is none."""
        column = self.drawn[name].column or self.columns[name]  # what is drawn lies within what it is drawn from
        if column.dtype.kind != "f":
            return None
        found = [(np.min(some), np.max(some)) for rows in column.chunks() if (some := rows[~np.isnan(rows)]).size]
        return (float(min(low for low, _ in found)), float(max(high for _, high in found))) if found else None

    def rows(self, name: str, numbers: Iterable[int]) -> np.ndarray:
        """Some values of a field, (numbers, ...), read from their files where need be."""
        return self.columns[name].rows(np.asarray(list(numbers), dtype="int64"))

    def even(self) -> tuple[np.ndarray, ...]:
        """The row numbers of each class that there are examples of, to draw as many from each.

        Raises:
            SpecError: `balance-nothing`, no field is a class.
        """
        columns = self.examples.columns
        label = label_of(columns)
        if label is None:
            raise fail("balance-nothing", self.span, fields=list(columns))
        rows = (np.flatnonzero(label.values == index) for index in range(len(label.field.classes)))
        return tuple(some for some in rows if len(some))

    def batches(self, batch: int, drop_remainder: bool = False) -> int:
        """How many batches one epoch has."""
        return self.size // batch if drop_remainder else -(-self.size // batch)

    def dataset(self, inputs, targets, batch: int, *, shuffle_seed: int | None = None, epoch: int = 0,
                start_batch: int = 0, augment: bool | None = None, repeat: bool = False,
                drop_remainder: bool = False):
        """A `tf.data.Dataset` of batches `(inputs, targets)`, each a dictionary by name.

        The order is a function of (shuffle_seed, epoch) and augmentation one of (shuffle_seed, epoch,
        batch), so that a dataset begun at `start_batch` goes on with the bits it would have had.

        Args:
            inputs: input names (they are the fields' names), or a mapping of them to TensorSpec:
                values are cast to its dtype and brought to its shape.
            targets: output names mapped to field names, or the fields' names; empty for inputs alone.
            batch: examples a batch; the last one of an epoch may be smaller.
            shuffle_seed: None leaves the order of the files.
            epoch: the epoch to begin in.
            start_batch: the batch of that epoch to begin with.
            augment: whether to apply the plan's augmentation; left out, on training batches that are shuffled.
            repeat: go on through all later epochs without end, each in its own order.
            drop_remainder: leave out a last batch that is smaller.

        Raises:
            SpecError: `augment-nothing` where no input is an image, `batch-too-large` where no whole batch is,
                `balance-nothing` where there are no classes.
        """
        from builder.data.pipeline import Order, pipeline

        if augment is None:
            augment = self.name == "train" and shuffle_seed is not None
        even = self.even() if self.balance and self.name == "train" and shuffle_seed is not None else ()
        order = Order(self.size, batch, shuffle_seed, epoch, start_batch, repeat, drop_remainder, even, self.draws and self.draws.among)
        if not order.steps:
            raise fail("batch-too-large", self.span, batch=batch, size=self.size, split=self.name)
        specs = inputs if isinstance(inputs, Mapping) else {name: self.wanted.get(name) for name in inputs}
        named = targets if isinstance(targets, Mapping) else {name: name for name in targets}
        return pipeline(self, specs, named, order, self.augment if augment else ())


@dataclass(frozen=True, eq=False)
class Data:
    """Everything the spec's data section says, read and dealt.

    `skipped` counts the bad files and rows left out, `left_out` names them (`rows.csv:7`); `notes` are sentences about
    what was decided, for the command to print.
    """

    fields: Mapping[str, Field]
    splits: Mapping[str, Split]
    batch: int = 32
    skipped: int = 0
    left_out: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    span: Span | None = None

    @property
    def evaluation(self) -> Split:
        """The split to judge a model by: test, else validation, else the training examples themselves."""
        return next(self.splits[name] for name in ("test", "validation", "train") if name in self.splits)

    @cached_property
    def hash(self) -> str:
        """A digest of every field and example of every split, as 64 hexadecimal digits; no cache changes it."""
        digest = hashlib.sha256()
        for name, split in sorted(self.splits.items()):
            for key, column in sorted(split.columns.items()):
                digest.update(repr((name, key, column.field, column.digest)).encode())
        return digest.hexdigest()


def open_data(plan: DataPlan, wanted: Mapping[str, TensorSpec] | None = None) -> Data:
    """Reads the source of a plan and deals its examples.

    Args:
        plan: the spec's data section.
        wanted: the model's inputs by name: `Split.dataset` brings their fields to these shapes and dtypes.

    Raises:
        SpecError: anything wrong with the files, the fields or the splits.
    """
    return _picked(_dealt(plan), plan, wanted or {})


def open_phases(plans: Sequence[DataPlan], wanted: Mapping[str, TensorSpec] | None = None) -> tuple[Data, ...]:
    """The data of each phase: what several of them share is read and dealt once.

    Raises:
        SpecError: as `open_data`.
    """
    sources: list[tuple[DataPlan, _Dealt]] = []
    found: list[tuple[DataPlan, Data]] = []
    for plan in plans:
        if plan not in (one for one, _ in found):
            plain = replace(plan, augment=(), batch=1, balance=False, only=(), limit=None, limit_span=None, sample=(), sample_spans=())
            dealt = next((dealt for one, dealt in sources if one == plain), None) or _dealt(plan)
            sources.append((plain, dealt))
            found.append((plan, _picked(dealt, plan, wanted or {})))
    return tuple(next(data for one, data in found if one == plan) for plan in plans)


@dataclass(frozen=True, eq=False)
class _Dealt:
    """A source that is read: where it stood, its own table, and all of its examples in splits."""

    place: Place
    table: Table
    splits: Mapping[str, Table]


def _dealt(plan: DataPlan) -> _Dealt:
    place = Place(plan.base, plan.span, plan.skip_bad, CACHES.get(plan.cache, plan.cache))
    table = planned(read(plan.source, place), plan.fields, place)
    return _Dealt(place, table, dealt(table, plan, place))


def _picked(read: _Dealt, plan: DataPlan, wanted: Mapping[str, TensorSpec]) -> Data:
    """The examples that a plan keeps of a source's."""
    tables, place = selected(read.splits, plan), read.place
    splits = {name: _split(name, part, plan, wanted) for name, part in tables.items()}
    fields = {name: drawn.field for name, drawn in splits["train"].drawn.items()}
    said = (*_notes(plan, splits, read.table.own, place), *notes(read.splits, tables, plan))
    return Data(fields, splits, plan.batch, len(place.bad), tuple(map(_bad, place.bad)), said, plan.span)


def _split(name: str, part: Table, plan: DataPlan, wanted: Mapping[str, TensorSpec]) -> Split:
    """A split's examples, or what samplers draw from them."""
    draws = sampled(part.columns, name, plan) if plan.sample else None
    return Split(name, draws.view() if draws else part.columns, plan.seed, plan.augment, wanted, plan.span, plan.balance, draws)


def _bad(fault: Fault) -> str:
    """The file, and the line, of a bad example."""
    facts = fault.facts
    return f"{facts['file']}:{facts['row']}" if "row" in facts else str(facts["file"])


def _notes(plan: DataPlan, splits: Mapping[str, Split], own: Mapping, place: Place) -> Iterator[str]:
    yield from place.notes
    if place.bad:
        first = place.bad[0].facts
        where = f"{first['file']}, line {first['row']}" if "row" in first else first["file"]
        count = len(place.bad)
        yield f"1 bad example was left out: {where}" if count == 1 else f"{count} bad examples were left out, the first in {where}"
    for name in own:
        if getattr(plan, name):
            yield f"the source has a {name} split of its own; the spec's `{name}` is used instead"
    if "test" not in splits:
        other = "the validation split" if "validation" in splits else "the training examples"
        yield f"there is no test split: `evaluate` uses {other}"
