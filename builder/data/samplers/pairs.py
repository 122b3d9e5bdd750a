"""Pairs: two examples, of one class or of two."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from builder.data.dice import Dice
from builder.data.drawing import ROWS, Drawn, Draws, Numbers
from builder.data.roles import roles, starting
from builder.data.sampler import sampler
from builder.data.table import Field

KINDS = ("different", "same")


@sampler
@dataclass(frozen=True)
class Pairs:
    """Pairs of examples, of one class or of two, and which it is: for siamese networks.

    Every example is once the left one in an epoch; the right one is drawn from the others of its class, or from those of all
    other classes. Validation and test draw the same pairs in every epoch. `group: label` under `data` keeps whole classes
    for validation and test, so that pairs are judged whose classes training never saw.

    Args:
        by: the field that tells classes apart.
        share: the share of pairs of one class, in every batch.
        names: what the two are called.
        size: pairs to train on in an epoch; left out, as many as there are examples.
        rare: what to do where a class has a single example, which no other can be paired with: an `error`, or `skip` it.

    Fields:
        left, right: the one field of the examples that is no class, or left_x and right_x for every such field x where there are several.
        left_label, right_label: the class of each, and so of every field that is a class.
        same: a class, 1 for a pair of one class, else 0.
    """

    by: str = "label"
    share: float = 0.5
    names: list[str] = ("left", "right")
    size: int | None = None
    rare: Literal["error", "skip"] = "error"

    def draws(self, before: Draws) -> Draws:
        if not 0 <= self.share <= 1:
            raise before.fault("source-argument", argument="share", given=self.share, wanted="a share from 0 to 1")
        groups, rows = starting(before, "Pairs", self.by, self.rare, 2 if self.share else 1, self.share < 1)

        def step(dice: Dice, numbers: Numbers) -> Numbers:
            left = rows[numbers[ROWS]]
            same = np.floor((dice.places + 1) * self.share) > np.floor(dice.places * self.share)
            alike = groups.same(dice.of("same"), left) if self.share else left
            other = groups.other(dice.of("other"), left)[:, 0] if self.share < 1 else left
            return {"left": left, "right": np.where(same, alike, other), "same": same.astype("int64")}

        fields = [*roles(before, self.names, ("left", "right")), Drawn(Field("same", (), "int64", KINDS), "same")]
        return before.instead(fields, step, among=len(rows), size=self.size if before.training else None)
