"""Drawn examples: the fields that samplers make of a split's own, each read by row numbers that are drawn batch by batch."""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from builder.data.dice import Dice
from builder.data.groups import Groups
from builder.data.table import Column, Field
from builder.diagnostics import Span, SpecError, fail, near

ROWS = "rows"
Numbers = Mapping[str, np.ndarray]
Step = Callable[[Dice, Numbers], Numbers]


@dataclass(frozen=True)
class Drawn:
    """A field of drawn examples: `by` names the numbers it is read by. They are rows of `column`, or the values themselves.

    Numbers of more than one dimension, (draws, count), give a value of that many rows: (count, ...).
    """

    field: Field
    by: str = ROWS
    column: Column | None = None

    @property
    def extra(self) -> tuple[int, ...]:
        """The shape of one example's numbers."""
        return self.field.shape if self.column is None else self.field.shape[: len(self.field.shape) - len(self.column.field.shape)]

    @property
    def dtype(self) -> np.dtype:
        return np.dtype(self.field.dtype) if self.column is None else self.column.dtype

    def values(self, numbers: np.ndarray) -> np.ndarray:
        """The values of some draws, by their numbers."""
        if self.column is None:
            return numbers
        return self.column.rows(numbers.reshape(-1)).reshape(len(numbers), *self.field.shape)


@dataclass(frozen=True, eq=False)
class Draws:
    """How a split is drawn from. `size` draws are an epoch; they go through `among` things (its examples, unless a sampler says
    otherwise) whose numbers a step finds under `rows`. Steps add further numbers by name, each from the dice of its place.

    `split` and `batch` are the split's name and the examples in a batch, `span` where the sampler stands that is at work, `about`
    what tells these draws from others, `by` the field of classes that they are drawn by, where there is one. They are `anew` where
    they no longer are the examples in turn. Where a batch goes on from the one before it, row by row (so that state can be carried),
    it `carries`, in `batch` streams side by side.
    """

    columns: Mapping[str, Column]
    split: str
    batch: int
    seed: int
    size: int
    among: int
    fields: Mapping[str, Drawn]
    steps: tuple[Step, ...] = ()
    span: Span | None = None
    about: tuple = ()
    anew: bool = False
    carries: bool = False
    by: str | None = None

    @property
    def training(self) -> bool:
        return self.split == "train"

    @property
    def joins(self) -> bool:
        """Whether several examples of the split are drawn as one."""
        return any(drawn.column is not None and drawn.by != ROWS for drawn in self.fields.values())

    def fault(self, kind: str, **facts: object) -> SpecError:
        """A fault of the sampler at work, to be raised."""
        return fail(kind, self.span, **facts)

    def column(self, name: str) -> Column:
        """A field of the examples.

        Raises:
            SpecError: `unknown-field`.
        """
        if name not in self.columns:
            raise self.fault("unknown-field", name=name, fields=list(self.columns), near=near(name, list(self.columns)))
        return self.columns[name]

    def groups(self, by: str) -> Groups:
        """The examples by their class.

        Raises:
            SpecError: `unknown-field`; `sample-by`, the field is no class.
        """
        column = self.column(by)
        if not column.field.classes or column.field.shape:
            classes = [name for name, one in self.columns.items() if one.field.classes and not one.field.shape]
            raise self.fault("sample-by", sampler=self.about[-1].name, field=by, dtype=column.field.dtype, classes=classes)
        return Groups.of(column.values, column.field.classes)

    def plus(self, *fields: Drawn, step: Step) -> "Draws":
        """These draws with more fields, and the step that makes their numbers.

        Raises:
            SpecError: `sample-taken`, a field of that name is there.
        """
        return replace(self, fields=self._named((*self.fields.values(), *fields)), steps=(*self.steps, step))

    def instead(self, fields: Iterable[Drawn], step: Step, size: int | None = None, among: int | None = None) -> "Draws":
        """Draws of these fields alone, in place of the examples'.

        Raises:
            SpecError: as `plus`; `sample-first`, an earlier sampler has done so; `source-argument`, a size below 1.
        """
        if self.anew:
            raise self.fault("sample-first", sampler=self.about[-1].name, before=self.about[0].name)
        if size is not None and size < 1:
            raise self.fault("source-argument", argument="size", given=size, wanted="at least 1")
        among = self.among if among is None else among
        return replace(self, fields=self._named(fields), steps=(*self.steps, step), size=among if size is None else size, among=among, anew=True)

    def _named(self, fields: Iterable[Drawn]) -> dict[str, Drawn]:
        found: dict[str, Drawn] = {}
        for drawn in fields:
            if drawn.field.name in found:
                raise self.fault("sample-taken", sampler=self.about[-1].name, name=drawn.field.name)
            found[drawn.field.name] = drawn
        return found

    def numbers(self, dice: Dice, rows: np.ndarray) -> Numbers:
        """All numbers of some draws."""
        found: dict[str, np.ndarray] = {ROWS: rows}
        for number, step in enumerate(self.steps):
            found |= step(dice.of(str(number)), found)
        return found

    def plain_rows(self, places: np.ndarray) -> np.ndarray:
        """What is drawn from at each place where nothing is shuffled."""
        return in_turn(places, self.size, self.among)

    def values(self, name: str, places: np.ndarray) -> np.ndarray:
        """A field of the draws at some places, as they are without shuffling: the same in every epoch."""
        drawn = self.fields[name]
        return drawn.values(self.numbers(Dice(self.seed, 0, places), self.plain_rows(places))[drawn.by])

    def view(self) -> dict[str, Column]:
        """The drawn examples as columns, read when they are asked for."""
        return {name: Column(drawn.field, DrawnStore(self, name)) for name, drawn in self.fields.items()}


@dataclass(frozen=True, eq=False)
class DrawnStore:
    """A drawn field as a store: a row is the draw of that number."""

    draws: Draws
    name: str
    held: bool = field(default=False, init=False)

    def __len__(self) -> int:
        return self.draws.size

    def __getitem__(self, rows):
        places = np.arange(len(self))[rows] if isinstance(rows, slice) else np.asarray(rows, "int64")
        return self.draws.values(self.name, places)

    @property
    def drawn(self) -> Drawn:
        return self.draws.fields[self.name]

    @property
    def shape(self) -> tuple[int, ...]:
        return (len(self), *self.drawn.field.shape)

    @property
    def dtype(self) -> np.dtype:
        return self.drawn.dtype

    @property
    def digest(self) -> str:
        """Of the examples that are drawn from and of how they are drawn."""
        from_ = "" if self.drawn.column is None else self.drawn.column.digest
        return hashlib.sha256(repr((self.name, from_, self.draws.about, self.draws.seed, self.draws.size)).encode()).hexdigest()


def in_turn(places, size: int, among: int):
    """What is drawn from at each of so many places (an array or a tensor) where nothing is shuffled: all in turn, or evenly spread where fewer are drawn."""
    return places % among if size >= among else places * among // size


def undrawn(columns: Mapping[str, Column], split: str, batch: int, seed: int) -> Draws:
    """The examples of a split as they are, for samplers to begin with."""
    size = len(next(iter(columns.values())))
    return Draws(columns, split, batch, seed, size, size, {name: Drawn(column.field, ROWS, column) for name, column in columns.items()})
