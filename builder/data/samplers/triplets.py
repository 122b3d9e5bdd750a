"""Triplets: an example, another of its class, and one of another class."""

from dataclasses import dataclass
from typing import Literal

from builder.data.dice import Dice
from builder.data.drawing import ROWS, Draws, Numbers
from builder.data.roles import roles, starting
from builder.data.sampler import sampler

NAMES = ("anchor", "positive", "negative")


@sampler
@dataclass(frozen=True)
class Triplets:
    """Triplets: an anchor, a positive of its class, and a negative of another class.

    Every example is once the anchor in an epoch; the positive is drawn from the others of its class, the negative from those of
    all other classes. Validation and test draw the same triplets in every epoch.

    Args:
        by: the field that tells classes apart.
        names: what the three are called.
        size: triplets to train on in an epoch; left out, as many as there are examples.
        rare: what to do where a class has a single example, and so no positive: an `error`, or `skip` it as an anchor.

    Fields:
        anchor, positive, negative: the one field of the examples that is no class, or anchor_x and so on for every such field x where there are several.
        anchor_label, positive_label, negative_label: the class of each, and so of every field that is a class.
    """

    by: str = "label"
    names: list[str] = NAMES
    size: int | None = None
    rare: Literal["error", "skip"] = "error"

    def draws(self, before: Draws) -> Draws:
        groups, rows = starting(before, "Triplets", self.by, self.rare, least=2, others=True)

        def step(dice: Dice, numbers: Numbers) -> Numbers:
            anchor = rows[numbers[ROWS]]
            return {"anchor": anchor, "positive": groups.same(dice.of("same"), anchor), "negative": groups.other(dice.of("other"), anchor)[:, 0]}

        return before.instead(roles(before, self.names, NAMES), step, among=len(rows), size=self.size if before.training else None)
