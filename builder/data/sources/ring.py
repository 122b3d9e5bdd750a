"""Ring: round clouds in a circle, on which one sees whether a generator finds every kind there is."""

from dataclasses import dataclass

import numpy as np

from builder.data.source import Place, source
from builder.data.sources.moons import not_negative, plane, positive
from builder.data.table import Table


@source
@dataclass(frozen=True)
class Ring:
    """Round clouds, evenly spaced on a circle around the origin: points in the plane, made up.

    After Metz, Poole, Pfau and Sohl-Dickstein, Unrolled Generative Adversarial Networks (2017).

    Args:
        n: how many points, as many in each cloud as can be.
        classes: how many clouds, a class each.
        radius: of the circle.
        spread: standard deviation of each cloud.
        seed: other points for another seed.

    Fields:
        point: (2,), float32.
        label: a class, "0", "1", ...
    """

    n: int = 10_000
    classes: int = 8
    radius: float = 2.0
    spread: float = 0.05
    seed: int = 0

    def read(self, place: Place) -> Table:
        positive(place, n=self.n, classes=self.classes)
        not_negative(place, radius=self.radius, spread=self.spread, seed=self.seed)
        cloud = np.arange(self.n) % self.classes
        angle = 2 * np.pi * cloud / self.classes
        centres = self.radius * np.stack([np.cos(angle), np.sin(angle)], axis=1)
        return plane(centres + np.random.default_rng(self.seed).normal(0, self.spread, centres.shape), cloud)
