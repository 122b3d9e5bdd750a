"""Buckets: batches of examples that are about as long as one another."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from builder.data.dice import Dice
from builder.data.drawing import ROWS, Draws, Numbers
from builder.data.sampler import sampler


@sampler
@dataclass(frozen=True)
class Buckets:
    """Batches of examples of about one length, so that little of a batch is padding: each example once in an epoch.

    A layer that turns texts into numbers without an `output_sequence_length` pads those of a batch to the longest of them; with
    `mask_zero` in the `Embedding` behind it the padding counts nowhere. Batches come in an order of their own in each epoch, and examples of
    nearly one length change places between them.

    Args:
        by: a field of texts, or of numbers that are the lengths.
        unit: what the length of a text is counted in.
        slack: how far lengths in one batch may be mixed with others by chance, in the same unit.

    Fields:
        (those of the source): as they are.
    """

    by: str = "text"
    unit: Literal["word", "character"] = "word"
    slack: int = 1
    composes = True

    def draws(self, before: Draws) -> Draws:
        if self.slack < 0:
            raise before.fault("source-argument", argument="slack", given=self.slack, wanted="at least 0")
        lengths, batch = self._lengths(before), before.batch

        def order(dice: Dice) -> np.ndarray:
            """The rows of an epoch in its order."""
            rows = dice.of("row").at(np.arange(len(lengths)))
            along = np.argsort(lengths + (self.slack + 0.5) * rows.uniform()[:, 0], kind="stable")
            whole = len(lengths) // batch
            batches = np.argsort(dice.of("batch").at(np.arange(whole)).bits()[:, 0], kind="stable")
            return np.concatenate([along[: whole * batch].reshape(whole, batch)[batches].ravel(), along[whole * batch :]])

        kept: dict[tuple[int, int], np.ndarray] = {}

        def step(dice: Dice, numbers: Numbers) -> Numbers:
            epoch = (dice.seed, dice.epoch)
            rows = kept.get(epoch)
            if rows is None:  # other threads may be at work on the epoch before
                rows = order(dice)
                kept.clear()
                kept[epoch] = rows
            return {ROWS: rows[dice.places]}

        return before.instead(before.fields.values(), step)

    def _lengths(self, before: Draws) -> np.ndarray:
        """How long each example is."""
        column = before.column(self.by)
        if column.field.shape or column.field.classes:
            raise before.fault("source-argument", argument="by", given=self.by, wanted="a field of texts, or of numbers that are lengths")
        if column.dtype != object:
            return column.values.astype("float64")
        return np.array([len(text.split() if self.unit == "word" else text) for text in column.values], "float64")
