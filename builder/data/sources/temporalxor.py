"""TemporalXor: bits in threes, of which the third can be known."""

from dataclasses import dataclass

import numpy as np

from builder.data.source import Place, source
from builder.data.sources.moons import not_negative, positive
from builder.data.table import Table, column, table


@source
@dataclass(frozen=True)
class TemporalXor:
    """Series of bits in threes: two at random, then whether they differ; made up.

    After Elman, Finding Structure in Time (1990): what comes next can be told at every third bit, and at no other.

    Args:
        n: how many series.
        length: how many bits each has.
        seed: other bits for another seed.

    Fields:
        bit: (length, 1), float32, 0 or 1.
        next: (length, 1), float32, the bit after each.
    """

    n: int = 1000
    length: int = 30
    seed: int = 0

    def read(self, place: Place) -> Table:
        positive(place, n=self.n, length=self.length)
        not_negative(place, seed=self.seed)
        pairs = np.random.default_rng(self.seed).integers(0, 2, (self.n, self.length // 3 + 1, 2))
        bits = np.concatenate([pairs, pairs.sum(2, keepdims=True) % 2], axis=2).reshape(self.n, -1, 1).astype("float32")
        return table(column("bit", bits[:, : self.length]), column("next", bits[:, 1 : self.length + 1]))
