"""Noise: a field of random numbers beside the examples."""

from dataclasses import dataclass
from math import prod
from typing import Literal

import numpy as np

from builder.data.dice import Dice
from builder.data.drawing import Drawn, Draws, Numbers
from builder.data.sampler import sampler
from builder.data.table import Field


@sampler
@dataclass(frozen=True)
class Noise:
    """Random numbers beside every example, drawn anew for each batch: what a generator makes its samples of.

    Several of them stand in a list, each under a name of its own. Validation and test draw the same numbers in every epoch.

    Args:
        shape: how many numbers, or their shape.
        distribution: `normal`, or `uniform` between `minval` and `maxval`.
        name: the field's name.
        mean: mean of normal numbers.
        stddev: standard deviation of normal numbers.
        minval: the least of uniform numbers.
        maxval: the bound that uniform numbers stay below.

    Fields:
        noise: of the shape, float32; the examples' own fields stay.
    """

    shape: int | list[int] = 64
    distribution: Literal["normal", "uniform"] = "normal"
    name: str = "noise"
    mean: float = 0.0
    stddev: float = 1.0
    minval: float = -1.0
    maxval: float = 1.0

    @property
    def sizes(self) -> tuple[int, ...]:
        """The shape of one example's noise."""
        return (self.shape,) if isinstance(self.shape, int) else tuple(self.shape)

    def draws(self, before: Draws) -> Draws:
        if min(self.sizes, default=1) < 1:
            raise before.fault("source-argument", argument="shape", given=list(self.sizes), wanted="sizes of at least 1")
        if not self.minval < self.maxval:
            raise before.fault("source-argument", argument="maxval", given=self.maxval, wanted=f"more than `minval`, which is {self.minval}")
        if self.stddev <= 0:
            raise before.fault("source-argument", argument="stddev", given=self.stddev, wanted="more than 0")

        def step(dice: Dice, numbers: Numbers) -> Numbers:
            return {self.name: self.values(dice)}

        return before.plus(Drawn(Field(self.name, self.sizes, "float32"), self.name), step=step)

    def values(self, dice: Dice) -> np.ndarray:
        """The noise of some places: (places, *shape), float32."""
        return self._numbers(dice.of(self.name), prod(self.sizes)).reshape(len(dice.places), *self.sizes)

    def _numbers(self, dice: Dice, count: int) -> np.ndarray:
        if self.distribution == "normal":
            return np.float32(self.mean) + np.float32(self.stddev) * dice.normal(count)
        return np.float32(self.minval) + np.float32(self.maxval - self.minval) * dice.uniform(count)
