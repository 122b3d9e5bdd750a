"""Spirals: arms that wind around each other, the classic hard case for a small network."""

from dataclasses import dataclass

import numpy as np

from builder.data.source import Place, source
from builder.data.sources.moons import not_negative, plane, positive
from builder.data.table import Table


@source
@dataclass(frozen=True)
class Spirals:
    """Spirals wound into each other, from the middle to radius 1: points in the plane, made up.

    After Lang and Witbrock, Learning to tell two spirals apart (1988).

    Args:
        n: how many points, as many on each arm as can be.
        turns: how often each arm goes around.
        classes: how many arms, a class each.
        noise: standard deviation of the noise on both coordinates.
        seed: other points for another seed.

    Fields:
        point: (2,), float32.
        label: a class, "0", "1", ...
    """

    n: int = 1000
    turns: float = 1.75
    classes: int = 2
    noise: float = 0.02
    seed: int = 0

    def read(self, place: Place) -> Table:
        positive(place, n=self.n, classes=self.classes)
        not_negative(place, turns=self.turns, noise=self.noise, seed=self.seed)
        random = np.random.default_rng(self.seed)
        arm = np.arange(self.n) % self.classes
        # The root spreads the points evenly along an arm, whose turns grow longer outwards.
        radius = np.sqrt(random.uniform(0.01, 1, self.n))
        angle = 2 * np.pi * (self.turns * radius + arm / self.classes)
        points = radius[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)
        return plane(points + random.normal(0, self.noise, points.shape), arm)
