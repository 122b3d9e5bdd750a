"""Mismatch: beside every example the same field of others, drawn by chance."""

from dataclasses import dataclass, replace

import numpy as np

from builder.data.dice import Dice
from builder.data.drawing import ROWS, Drawn, Draws, Numbers
from builder.data.sampler import sampler


@sampler
@dataclass(frozen=True)
class Mismatch:
    """Beside every example a field of some others, drawn by chance: the documents that do not belong to a query (DSSM).

    Never the example's own value, and those of one example are of different rows. Validation and test draw the same ones in
    every epoch.

    Args:
        field: the field whose values are drawn.
        count: how many for each example.
        by: a field that is a class: only examples of other classes are drawn. Left out, all others.
        name: the new field's name; left out, `mismatched_` and the field's own.

    Fields:
        mismatched_x: of a field x, its values in `count` other examples, (count, ...); all other fields stay.
    """

    field: str
    count: int = 4
    by: str | None = None
    name: str | None = None

    def draws(self, before: Draws) -> Draws:
        if self.count < 1:
            raise before.fault("source-argument", argument="count", given=self.count, wanted="at least 1")
        column = before.column(self.field)
        if before.joins:
            raise before.fault("sample-first", sampler="Mismatch", before=before.about[0].name)
        others = self._others(before)
        name = self.name or f"mismatched_{self.field}"
        drawn = Drawn(replace(column.field, name=name, shape=(self.count, *column.field.shape)), name, column)
        return before.plus(drawn, step=lambda dice, numbers: {name: others(dice.of(name), numbers)})

    def _others(self, before: Draws):
        """A function of dice and numbers that gives each row its others, (rows, count)."""
        size = len(before.column(self.field))
        groups = before.groups(self.by) if self.by else None
        there = size - (1 if groups is None else int(groups.counts.max()))
        if there < self.count:
            raise before.fault("sample-others", count=self.count, there=there, split=before.split, by=self.by)

        def others(dice: Dice, numbers: Numbers) -> np.ndarray:
            rows = numbers[ROWS]
            if groups is not None:
                return groups.other(dice, rows, self.count)
            return (rows[:, None] + 1 + dice.several(size - 1, self.count)) % size

        return others
