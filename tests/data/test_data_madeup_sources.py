"""The made-up sources: points in the plane, the same in every run, as their arguments say."""

import numpy as np
import pytest
from data_help import recipe

NAMES = ("Moons", "Circles", "Blobs", "Spirals", "Ring")


def points(opened, name: str, **arguments) -> tuple[np.ndarray, np.ndarray]:
    split = opened(recipe(name, **arguments)).splits["train"]
    return split.column("point"), split.column("label")


@pytest.mark.parametrize("name", NAMES)
def test_they_give_a_point_and_a_class(opened, name):
    data = opened(recipe(name, n=60))
    assert data.fields["point"].shape == (2,) and data.fields["point"].dtype == "float32"
    classes = len(data.fields["label"].classes)
    point, label = (data.splits["train"].column(field) for field in ("point", "label"))
    assert point.shape == (60, 2) and point.dtype == "float32" and np.isfinite(point).all()
    assert set(np.bincount(label)) <= {60 // classes, -(-60 // classes)}


@pytest.mark.parametrize("name", NAMES)
def test_they_are_the_same_in_every_run_and_others_for_another_seed(opened, name):
    first, again, other = (points(opened, name, n=50, seed=seed)[0] for seed in (3, 3, 4))
    assert (first == again).all() and (first != other).any()


def test_moons_without_noise_lie_on_two_half_circles(opened):
    point, label = points(opened, "Moons", noise=0.0)
    middle = np.where(label[:, None] == 0, [[0.0, 0.0]], [[1.0, 0.5]])
    assert np.allclose(np.linalg.norm(point - middle, axis=1), 1, atol=1e-5)


def test_circles_have_the_radii_asked_for(opened):
    point, label = points(opened, "Circles", noise=0.0, factor=0.3)
    assert np.allclose(np.linalg.norm(point, axis=1), np.where(label == 0, 1, 0.3), atol=1e-5)


def test_blobs_are_as_many_and_as_wide_as_asked_for(opened):
    point, label = points(opened, "Blobs", n=3000, classes=5, spread=0.5)
    spread = [point[label == one].std(axis=0) for one in range(5)]
    assert label.max() == 4 and np.allclose(spread, 0.5, atol=0.05)


def test_spirals_wind_as_often_as_asked_for(opened):
    """Without noise each point's angle follows from its radius and its arm."""
    point, label = points(opened, "Spirals", n=300, turns=2.5, classes=3, noise=0.0)
    radius = np.linalg.norm(point, axis=1)
    wanted = 2 * np.pi * (2.5 * radius + label / 3)
    assert radius.max() <= 1 and radius.min() < 0.2
    assert np.allclose(np.exp(1j * wanted), (point[:, 0] + 1j * point[:, 1]) / radius, atol=1e-4)


def test_a_ring_has_its_clouds_where_and_as_wide_as_asked_for(opened):
    point, label = points(opened, "Ring", n=8000, classes=4, radius=3.0, spread=0.1)
    middles = np.array([point[label == one].mean(axis=0) for one in range(4)])
    assert np.allclose(middles, [[3, 0], [0, 3], [-3, 0], [0, -3]], atol=0.02)
    assert np.allclose([point[label == one].std(axis=0) for one in range(4)], 0.1, atol=0.01)


@pytest.mark.parametrize(("source", "said"), [
    (recipe("Moons", n=0), "`n` must be at least 1, but it is `0`"),
    (recipe("Moons", noise=-0.1), "`noise` must be at least 0, but it is `-0.1`"),
    (recipe("Circles", factor=1.0), "`factor` must be at least 0 and below 1, but it is `1.0`"),
    (recipe("Blobs", classes=0), "`classes` must be at least 1, but it is `0`"),
    (recipe("Spirals", seed=-1), "`seed` must be at least 0, but it is `-1`"),
    (recipe("Spirals", noise=float("nan")), "`noise` must be at least 0, but it is `nan`"),
])
def test_arguments_that_make_no_points_are_refused(told, source, said):
    assert f"error[source-argument]: {said}\n" in told(source)
