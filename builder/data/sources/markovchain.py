"""MarkovChain: symbols that a hidden chain of states gives, made up."""

from dataclasses import dataclass

import numpy as np

from builder.data.source import Place, source
from builder.data.sources.moons import not_negative, positive
from builder.data.table import Table, column, table

ALMOST = 1e-6
START = (0.6, 0.3, 0.1)
TRANSITION = ((0.85, 0.1, 0.05), (0.1, 0.8, 0.1), (0.15, 0.05, 0.8))
EMISSION = ((0.7, 0.1, 0.1, 0.1), (0.1, 0.65, 0.2, 0.05), (0.05, 0.05, 0.2, 0.7))


@source
@dataclass(frozen=True)
class MarkovChain:
    """Sequences of symbols, each given by a state of a hidden Markov chain; made up.

    After Rabiner, A Tutorial on Hidden Markov Models (1989). Rows of the tables are probabilities.

    Args:
        n: how many sequences.
        length: how many symbols each has.
        start: how likely each state is the first one; left out, three states that stay for a while, and four symbols.
        transition: for each state how likely each is the next one.
        emission: for each state how likely it gives each symbol.
        seed: other sequences for another seed.

    Fields:
        symbol: (length,), int64, from 0 on.
        state: (length,), int64, from 0 on: what a model does not see.
    """

    n: int = 1000
    length: int = 30
    start: list[float] | None = None
    transition: list[list[float]] | None = None
    emission: list[list[float]] | None = None
    seed: int = 0

    def read(self, place: Place) -> Table:
        positive(place, n=self.n, length=self.length)
        not_negative(place, seed=self.seed)
        start, transition, emission = self._tables(place)
        random = np.random.default_rng(self.seed)
        states = np.empty((self.n, self.length), "int64")
        states[:, 0] = _drawn(random, np.broadcast_to(start, (self.n, len(start))))
        for step in range(1, self.length):
            states[:, step] = _drawn(random, transition[states[:, step - 1]])
        return table(column("symbol", _drawn(random, emission[states])), column("state", states))

    def _tables(self, place: Place) -> list[np.ndarray]:
        """Start, transition and emission as arrays, held against one another."""
        found, count = [], len(self.start or START)
        for name, rank, known in (("start", 1, START), ("transition", 2, TRANSITION), ("emission", 2, EMISSION)):
            given = known if getattr(self, name) is None else getattr(self, name)
            try:
                values = np.array(given, "float64")
            except ValueError:  # rows of several lengths
                values = np.zeros(0)
            fits = values.ndim == rank and len(values) == count and (name != "transition" or values.shape == (count, count))
            if not fits or (values < 0).any() or (abs(values.sum(-1) - 1) > ALMOST).any():
                wanted = "probabilities that add up to 1" if rank == 1 else f"{count} rows of probabilities, one for each state, each adding up to 1"
                raise place.fault("source-argument", argument=name, given=given, wanted=wanted)
            found.append(values)
        return found


def _drawn(random: np.random.Generator, shares: np.ndarray) -> np.ndarray:
    """An index by the probabilities along the last axis, for each of the others."""
    edges = np.cumsum(shares, axis=-1)[..., :-1]
    return (random.random((*shares.shape[:-1], 1)) >= edges).sum(-1)
