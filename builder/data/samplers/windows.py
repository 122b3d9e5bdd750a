"""Windows: stretches of a series or of a text, and what follows them."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np

from builder.data.dice import Dice
from builder.data.drawing import ROWS, Drawn, Draws, Numbers
from builder.data.sampler import sampler
from builder.data.stretches import Stretches, first_row, starts_of
from builder.data.table import Column, Field

PHASE = "phase"  # the field that tells where in its season a window ends


@sampler
@dataclass(frozen=True)
class Windows:
    """Stretches of rows in order, and what comes after each: for forecasts and for models of language.

    Splits follow one another in time (`order: Date` under `data` sorts by a field first), and no window lies in two of them. Of numbers
    it gives `past` and `future`; of a text in pieces (`TextFile`) its own field, a string of `length` pieces, and `next`, the same
    `horizon` pieces on.

    Args:
        length: rows of a window.
        horizon: how many rows after the last one the target is; several in a list.
        stride: rows from one window to the next; left out, 1, and `length` for a text or where state is carried.
        columns: the fields of numbers that are the past; left out, all of them.
        target: the field that is forecast, or a list; left out, the columns.
        each: whether every row of the window has a target, and not the last one alone.
        by: the field that tells several series apart.
        carry: whether each batch goes on where the one before it ended, row by row, for layers that are `stateful`.
        season: rows of a season, such as 12 months: forecasts are then also held against what the season alone would say, and a model may
            read the `phase` of a window.
        names: what past and future are called.
        size: windows to train on in an epoch; left out, each once. A short series makes long epochs by coming again.

    Fields:
        past: (length, columns), float32.
        future: a number, or (horizons,), (targets,), (horizons, targets), behind (length,) with `each`.
        phase: (2,), float32: where in its season the last row of the window stands, as a sine and a cosine; with `season`, of one series.
        text: a string; so of every text in pieces, under its own name.
        next: a string, the text `horizon` pieces on.
    """

    length: int
    horizon: int | list[int] = 1
    stride: int | None = None
    columns: list[str] | None = None
    target: str | list[str] | None = None
    each: bool = False
    by: str | None = None
    carry: bool = False
    season: int | None = None
    names: list[str] = field(default_factory=lambda: ["past", "future"])
    size: int | None = None
    in_order = True

    def draws(self, before: Draws) -> Draws:
        horizons = np.array([self.horizon] if isinstance(self.horizon, int) else self.horizon)
        self._check(before, horizons)
        text = next((column for column in before.columns.values() if column.field.glue is not None), None)
        stride = self.stride or (self.length if text is not None or self.carry else 1)
        starts = starts_of(before, self.by, self.length, int(horizons.max()), stride, self.carry)
        fields = [*(self._texts(text, before, horizons) if text is not None else self._numbers(before, horizons))]
        streams, begin = before.batch if self.carry else 0, first_row(before)

        def step(dice: Dice, numbers: Numbers) -> Numbers:
            first = starts[_parallel(dice.places, streams, len(starts)) if streams else numbers[ROWS]]
            past = first[:, None] + np.arange(self.length)
            future = (past if self.each else past[:, -1])[..., None] + horizons
            turned = phase(begin + past[:, -1], self.season or 1)
            return {"start": first, "next": first + horizons[0], "past": past, "future": future[..., 0] if len(horizons) == 1 else future, PHASE: turned}

        return replace(before.instead(fields, step, among=len(starts), size=self.size if before.training else None), carries=self.carry)

    def _check(self, before: Draws, horizons: np.ndarray) -> None:
        for name, least in (("length", self.length), ("horizon", min(horizons, default=0)), ("stride", 1 if self.stride is None else self.stride),
                            ("season", 1 if self.season is None else self.season)):
            if least < 1:
                raise before.fault("source-argument", argument=name, given=getattr(self, name), wanted="at least 1")
        if self.carry and ((self.stride or self.length) != self.length or self.by or self.size):
            wrong = "by" if self.by else "size" if self.size else "stride"
            raise before.fault("source-argument", argument=wrong, given=getattr(self, wrong),
                               wanted="left out where state is carried, for windows then follow one another")
        if len(set(self.names)) != 2:
            raise before.fault("source-argument", argument="names", given=list(self.names), wanted="2 different names")

    def _texts(self, column: Column, before: Draws, horizons: np.ndarray) -> Iterator[Drawn]:
        if len(horizons) > 1:
            raise before.fault("source-argument", argument="horizon", given=list(self.horizon), wanted="one number for a text")
        pieces = Stretches.of(column, self.length)
        for name, by in ((column.field.name, "start"), ("next", "next")):
            one = Field(name, (), "string")
            yield Drawn(one, by, Column(one, pieces))

    def _numbers(self, before: Draws, horizons: np.ndarray) -> Iterator[Drawn]:
        columns = self.columns or [name for name, one in before.columns.items() if one.dtype.kind in "fiu" and not one.field.classes and name != self.by]
        targets = [self.target] if isinstance(self.target, str) else self.target or columns
        past, future = self.names
        yield self._drawn(before, past, columns, "past", (self.length,), False)
        steps = ((self.length,) if self.each else ()) + ((len(horizons),) if len(horizons) > 1 else ())
        yield self._drawn(before, future, targets, "future", steps, True)
        if self.season and not self.by:
            yield Drawn(Field(PHASE, (2,), "float32"), PHASE)

    def _drawn(self, before: Draws, name: str, columns: list[str], by: str, steps: tuple[int, ...], single: bool) -> Drawn:
        """Fields side by side, (steps, fields); a single one to be forecast stands for itself, (steps), and may be a class."""
        found = [before.column(column) for column in columns]
        if not found:
            raise before.fault("window-nothing", fields=list(before.columns))
        alone = single and len(found) == 1
        for one in found:
            if one.dtype == object or one.field.shape or one.field.classes and not alone:
                raise before.fault("window-column", field=one.field.name, dtype=one.field.dtype, classes=bool(one.field.classes), shape=one.field.shape)
        if alone:
            return Drawn(replace(found[0].field, name=name, shape=steps), by, Column(replace(found[0].field, name=name), found[0].values))
        rows = np.stack([one.values.astype("float32") for one in found], axis=-1)
        inner = Field(name, rows.shape[1:], "float32")
        return Drawn(replace(inner, shape=(*steps, *inner.shape)), by, Column(inner, rows))


def phase(rows: np.ndarray, season: int) -> np.ndarray:
    """Where rows, by their numbers, stand in their season: its sine and cosine, (*rows, 2)."""
    angle = 2 * np.pi * (rows % season) / season
    return np.stack([np.sin(angle), np.cos(angle)], axis=-1).astype("float32")


def _parallel(places: np.ndarray, streams: int, windows: int) -> np.ndarray:
    """The windows at some places of an epoch, where row i of each batch goes on where row i of the one before it ended."""
    return places % streams * (windows // streams) + places // streams
