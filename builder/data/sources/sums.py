"""Sums: additions written out as texts, and what is carried in each column."""

from dataclasses import dataclass

import numpy as np

from builder.data.source import Place, source
from builder.data.sources.moons import not_negative, positive
from builder.data.table import Column, Table, labels, table, texts

LONGEST = 18  # digits of a number that 64 bits hold
ALL = 3  # digits up to which every sum there is can be made
NONE = -1  # the class of a column that is not there


@source
@dataclass(frozen=True)
class Sums:
    """Additions of whole numbers as texts, each once: `12+34` and `46`; made up.

    After Zaremba and Sutskever, Learning to Execute (2014). `group: pair` keeps `12+34` and `34+12` in one split.

    Args:
        digits: the most digits of a number, 2 for 0 to 99.
        n: how many sums, of numbers of all lengths alike; left out, every sum there is.
        seed: another order, and other sums, for another seed.

    Fields:
        question: a string such as `7+85`.
        answer: a string such as `92`.
        pair: a string, both numbers, the smaller one first: `7 85`.
        columns: a string, the digits that stand above each other: `08 75`.
        carry: (digits,), a class: whether each column carries 1 to the one on its left, `0` or `1`; -1 beyond the last column.
    """

    digits: int = 2
    n: int | None = None
    seed: int = 0

    def read(self, place: Place) -> Table:
        positive(place, digits=self.digits, n=1 if self.n is None else self.n)
        not_negative(place, seed=self.seed)
        if self.digits > LONGEST:
            raise place.fault("source-argument", argument="digits", given=self.digits, wanted=f"at most {LONGEST}")
        if self.n is None and self.digits > ALL:
            raise place.fault("source-argument", argument="n", given=None, wanted=f"a number, for of more than {ALL} digits there are too many sums")
        pairs = self._pairs(np.random.default_rng(self.seed)).tolist()
        return table(texts("question", [f"{a}+{b}" for a, b in pairs]), texts("answer", [str(a + b) for a, b in pairs]),
                     texts("pair", [f"{min(a, b)} {max(a, b)}" for a, b in pairs]),
                     texts("columns", [" ".join(map("".join, zip(*_aligned(a, b)))) for a, b in pairs]), self._carries(pairs))

    def _pairs(self, random: np.random.Generator) -> np.ndarray:
        """(sums, 2) of int64, each pair once."""
        whole = 10**self.digits
        if self.n is None or self.n >= whole**2:
            return np.stack(np.divmod(random.permutation(whole**2), whole), axis=1)
        found = np.empty((0, 2), "int64")
        while len(found) < self.n:
            more = random.integers(0, 10 ** random.integers(1, self.digits + 1, (self.n, 2)))
            found = np.unique(np.concatenate([found, more]), axis=0)
        return random.permutation(found)[: self.n]

    def _carries(self, pairs: list) -> Column:
        values = np.full((len(pairs), self.digits), NONE)
        for row, (a, b) in zip(values, pairs):
            width = len(_aligned(a, b)[0])
            row[:width] = [a % 10**place + b % 10**place >= 10**place for place in range(width, 0, -1)]
        return labels("carry", values, ("0", "1"))


def _aligned(a: int, b: int) -> tuple[str, str]:
    """Two numbers with as many digits as the longer one."""
    width = max(len(str(a)), len(str(b)))
    return f"{a:0{width}}", f"{b:0{width}}"
