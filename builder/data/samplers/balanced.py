"""Balanced: batches of some classes, and of each as many examples."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from builder.data.dice import Dice
from builder.data.drawing import ROWS, Draws, Numbers
from builder.data.groups import Groups
from builder.data.sampler import sampler


@sampler
@dataclass(frozen=True)
class Balanced:
    """Batches of some classes, and of each as many examples: what losses need that find their pairs or triplets within a batch.

    The classes of a batch are drawn anew for each, and of each class different examples. Validation and test have batches of the
    same kind, of fewer classes where they have fewer, and the same ones in every epoch.

    Args:
        classes: how many classes a batch has.
        each: how many examples of each; `batch` under `data` is the product of the two.
        by: the field that tells classes apart.
        size: examples to train on in an epoch; left out, as many as there are, in whole batches.
        rare: what to do with a class that has fewer examples than `each`: an `error`, `skip` it, or `repeat` its examples.

    Fields:
        (those of the source): as they are.
    """

    classes: int
    each: int
    by: str = "label"
    size: int | None = None
    rare: Literal["error", "skip", "repeat"] = "error"
    composes = True

    def draws(self, before: Draws) -> Draws:
        groups, usable = self._usable(before)
        kinds = min(self.classes, len(usable))
        whole, wanted = kinds * self.each, (self.size if before.training else None) or before.size

        def step(dice: Dice, numbers: Numbers) -> Numbers:
            batch, place = dice.places // whole, dice.places % whole
            parts, part = np.unique(np.stack([batch, place // self.each]), axis=1, return_inverse=True)
            of = dice.of("class").at(parts[0]).several(len(usable), kinds)
            group = usable[of[np.arange(parts.shape[1]), parts[1]]]
            members = self._members(dice.of("member").at(parts[0] * self.classes + parts[1]), groups.counts[group])
            return {ROWS: groups.at(group[part], members[part, place % self.each])}

        return before.instead(before.fields.values(), step, size=max(1, wanted // whole) * whole)

    def _usable(self, before: Draws) -> tuple[Groups, np.ndarray]:
        """The examples by class, and the classes that batches are made of."""
        for name in ("classes", "each", "size"):
            if getattr(self, name) is not None and getattr(self, name) < 1:
                raise before.fault("source-argument", argument=name, given=getattr(self, name), wanted="at least 1")
        if before.batch != self.classes * self.each:
            raise before.fault("sample-batch", classes=self.classes, each=self.each, batch=before.batch)
        groups = before.groups(self.by)
        least = 1 if self.rare == "repeat" else self.each
        few, usable = groups.fewer(least), np.flatnonzero(groups.counts >= least)
        if few and (self.rare == "error" or not len(usable)):
            raise before.fault("sample-few", sampler="Balanced", split=before.split, field=self.by, classes=few, least=least, most=int(groups.counts.max()))
        if before.training and len(usable) < self.classes:
            raise before.fault("sample-classes", classes=self.classes, there=len(usable), field=self.by, each=self.each)
        return groups, usable

    def _members(self, dice: Dice, counts: np.ndarray) -> np.ndarray:
        """Different numbers below each count, (counts, each); where there are too few, each of them as often, or once more."""
        if counts.min() >= self.each:
            return dice.several(counts, self.each)
        rounds = dice.several(np.maximum(counts, self.each), self.each)
        again = (dice.of("first").below(counts) + np.arange(self.each)) % counts[:, None]
        return np.where(counts[:, None] >= self.each, rounds, again)
