"""Examples by their class, for draws from the same class and from another."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from builder.data.dice import Dice


@dataclass(frozen=True, eq=False)
class Groups:
    """Rows in a ring, class after class: `ring` are their numbers. Of each class that has examples, its name, where it starts and how many
    it has; of each row, its group (a number from 0) and its position in the ring."""

    names: tuple[str, ...]
    ring: np.ndarray
    starts: np.ndarray
    counts: np.ndarray
    group: np.ndarray
    position: np.ndarray

    @classmethod
    def of(cls, indices: np.ndarray, classes: Sequence[str]) -> "Groups":
        """The groups of class indices, one a row."""
        ring = np.argsort(indices, kind="stable")
        kinds, group, counts = np.unique(indices, return_inverse=True, return_counts=True)
        position = np.empty(len(ring), "int64")
        position[ring] = np.arange(len(ring))
        return cls(tuple(classes[kind] for kind in kinds), ring, np.cumsum(counts) - counts, counts, group, position)

    def __len__(self) -> int:
        return len(self.counts)

    def fewer(self, least: int) -> list[tuple[str, int]]:
        """The classes with fewer examples than so many, each with its number."""
        return [(self.names[i], int(self.counts[i])) for i in np.flatnonzero(self.counts < least)]

    def rows(self, least: int = 1) -> np.ndarray:
        """The rows of the classes that have at least so many."""
        return np.flatnonzero(self.counts[self.group] >= least)

    def at(self, groups: np.ndarray, numbers: np.ndarray) -> np.ndarray:
        """The rows of these groups that have these numbers within them."""
        return self.ring[self.starts[groups] + numbers]

    def same(self, dice: Dice, rows: np.ndarray) -> np.ndarray:
        """For each row another of its class, each as likely: (rows,). Its class has at least two."""
        of, count = self.group[rows], self.counts[self.group[rows]]
        ahead = self.position[rows] - self.starts[of] + 1 + dice.below(count - 1)[:, 0]
        return self.at(of, ahead % count)

    def other(self, dice: Dice, rows: np.ndarray, count: int = 1) -> np.ndarray:
        """For each row so many different ones of other classes, each as likely: (rows, count)."""
        of = self.group[rows]
        after = (self.starts + self.counts)[of]
        ahead: Any = dice.several(len(self.ring) - self.counts[of], count)
        return self.ring[(after[:, None] + ahead) % len(self.ring)]
