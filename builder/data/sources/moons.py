"""Moons, Circles and Blobs: points in the plane, made up by scikit-learn."""

from dataclasses import dataclass

import numpy as np

from builder.data.source import Place, source
from builder.data.table import Table, column, numbered, table


@source
@dataclass(frozen=True)
class Moons:
    """Two half moons that reach into each other: points in the plane, made up.

    Args:
        n: how many points.
        noise: standard deviation of the noise on both coordinates; each moon has radius 1.
        seed: other points for another seed.

    Fields:
        point: (2,), float32.
        label: a class, "0" or "1".
    """

    n: int = 1000
    noise: float = 0.1
    seed: int = 0

    def read(self, place: Place) -> Table:
        from sklearn.datasets import make_moons

        positive(place, n=self.n)
        not_negative(place, noise=self.noise, seed=self.seed)
        return plane(*make_moons(self.n, noise=self.noise, random_state=self.seed))


@source
@dataclass(frozen=True)
class Circles:
    """A circle within a circle: points in the plane, made up.

    Args:
        n: how many points.
        noise: standard deviation of the noise on both coordinates; the outer circle has radius 1.
        factor: the inner circle's radius, below 1.
        seed: other points for another seed.

    Fields:
        point: (2,), float32.
        label: a class, "0" (outside) or "1" (inside).
    """

    n: int = 1000
    noise: float = 0.05
    factor: float = 0.5
    seed: int = 0

    def read(self, place: Place) -> Table:
        from sklearn.datasets import make_circles

        positive(place, n=self.n)
        not_negative(place, noise=self.noise, seed=self.seed)
        if not 0 <= self.factor < 1:
            raise place.fault("source-argument", argument="factor", given=self.factor, wanted="at least 0 and below 1")
        return plane(*make_circles(self.n, noise=self.noise, factor=self.factor, random_state=self.seed))


@source
@dataclass(frozen=True)
class Blobs:
    """Round clouds, their centres drawn in a square of side 20: points in the plane, made up.

    Args:
        n: how many points.
        classes: how many clouds, a class each.
        spread: standard deviation of each cloud.
        seed: other centres and points for another seed.

    Fields:
        point: (2,), float32.
        label: a class, "0", "1", ...
    """

    n: int = 1000
    classes: int = 3
    spread: float = 1.0
    seed: int = 0

    def read(self, place: Place) -> Table:
        from sklearn.datasets import make_blobs

        positive(place, n=self.n, classes=self.classes)
        not_negative(place, spread=self.spread, seed=self.seed)
        return plane(*make_blobs(self.n, centers=self.classes, cluster_std=self.spread, random_state=self.seed))


def plane(points: np.ndarray, classes: np.ndarray) -> Table:
    """Points (n, 2) and the number of the class of each, as fields `point` and `label`."""
    return table(column("point", points.astype("float32")), numbered("label", classes))


def positive(place: Place, **counts: int) -> None:
    """Raises `source-argument` for a count below 1."""
    for name, count in counts.items():
        if count < 1:
            raise place.fault("source-argument", argument=name, given=count, wanted="at least 1")


def not_negative(place: Place, **values: float) -> None:
    """Raises `source-argument` for a number below 0."""
    for name, value in values.items():
        if not value >= 0:
            raise place.fault("source-argument", argument=name, given=value, wanted="at least 0")
