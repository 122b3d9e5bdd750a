"""Measures of embeddings against loops and scikit-learn."""

import itertools

import numpy as np
import pytest
from sklearn.decomposition import PCA
from sklearn.metrics import pairwise_distances, roc_auc_score
from sklearn.neighbors import NearestNeighbors

from builder.training import likeness

RNG = np.random.default_rng(4)
LABELS = RNG.permutation(np.repeat([0, 1, 2, 7, 9], [12, 9, 5, 3, 1]))
VALUES = RNG.normal(size=(30, 4)) + LABELS[:, None] * 0.25


@pytest.fixture(params=[1 << 23, 70], ids=["at once", "in blocks"])
def blocks(request, monkeypatch):
    monkeypatch.setattr(likeness, "BLOCK", request.param)


@pytest.mark.parametrize("metric", likeness.METRICS)
def test_distances_are_those_of_scikit_learn(metric, blocks):
    found = np.concatenate([block for _, block in likeness.distances(VALUES[:11], VALUES, metric)])
    np.testing.assert_allclose(found, pairwise_distances(VALUES[:11], VALUES, metric=metric), atol=2e-3 if metric == "euclidean" else 1e-6)


@pytest.mark.parametrize("metric", likeness.METRICS)
def test_retrieval_by_loops(metric, blocks):
    apart = pairwise_distances(VALUES, metric=metric)
    hits, precise = {1: [], 3: [], 50: []}, []
    for asked in range(30):
        order = sorted((other for other in range(30) if other != asked), key=lambda other: apart[asked, other])
        alike = [LABELS[other] == LABELS[asked] for other in order]
        if not sum(alike):
            continue
        for k in hits:
            hits[k].append(any(alike[:k]))
        precise.append(sum(sum(alike[: at + 1]) / (at + 1) for at in range(sum(alike)) if alike[at]) / sum(alike))
    found = likeness.retrieval(VALUES, LABELS, metric, tuple(hits))
    assert found["recall"] == pytest.approx({str(k): np.mean(one) for k, one in hits.items()})
    assert found["map_at_r"] == pytest.approx(np.mean(precise)) and len(precise) == 29
    near = NearestNeighbors(n_neighbors=2, metric=metric).fit(VALUES).kneighbors(VALUES, return_distance=False)[:, 1]
    assert found["recall"]["1"] == pytest.approx(np.mean((LABELS[near] == LABELS)[LABELS != 9]))


def test_retrieval_where_nobody_can_ask():
    assert likeness.retrieval(VALUES[:3], np.arange(3))["map_at_r"] is None
    assert likeness.retrieval(VALUES[:1], np.zeros(1))["recall"]["1"] is None
    perfect = likeness.retrieval(np.repeat(np.eye(3), 4, 0), np.repeat(np.arange(3), 4))
    assert perfect["map_at_r"] == 1 and perfect["recall"]["1"] == 1


def test_pairs_are_what_they_say():
    places, alike = likeness.pairs(LABELS, 4000)
    assert len(places) == 240 and alike.sum() == 120
    assert np.array_equal(LABELS[places[:, 0]] == LABELS[places[:, 1]], alike) and np.all(places[:, 0] != places[:, 1])
    assert np.array_equal(likeness.pairs(LABELS, 4000)[0], places) and not np.array_equal(likeness.pairs(LABELS, 4000, seed=1)[0], places)
    every = likeness.pairs(np.tile(LABELS, 100))[0]
    assert len(every) == 24_000 and len(np.unique(every)) > 2900  # the whole of the data is drawn from
    assert not len(likeness.pairs(np.zeros(5))[0]) and not len(likeness.pairs(np.arange(5))[0])


def test_the_curve_and_its_threshold():
    places, alike = (np.array(list(itertools.combinations(range(30), 2))), None)
    alike = LABELS[places[:, 0]] == LABELS[places[:, 1]]
    for apart in (likeness.between(VALUES, places), np.round(likeness.between(VALUES, places))):  # with ties too
        found = likeness.verification(apart, alike)
        assert found.auc == pytest.approx(roc_auc_score(alike, -apart))
        right = lambda threshold: ((apart <= threshold)[alike].mean() + (apart > threshold)[~alike].mean()) / 2
        assert found.accuracy == pytest.approx(max(right(one) for one in [-1, *apart]))
        assert right(found.threshold) == pytest.approx(found.accuracy)
        assert found.curve[0] == (0, 0) and found.curve[-1] == (1, 1) and len(found.curve) <= likeness.CURVE
    np.testing.assert_allclose(likeness.between(VALUES, places, "cosine"), pairwise_distances(VALUES, metric="cosine")[places[:, 0], places[:, 1]], atol=1e-6)
    assert likeness.verification(apart, np.ones(len(apart))) is None
    backwards = likeness.verification(np.array([1.0, 2, 3, 4]), np.array([0, 0, 1, 1]))
    assert backwards.auc == 0 and backwards.accuracy == 0.5


def test_tightness_by_loops():
    means = {one: VALUES[LABELS == one].mean(0) for one in np.unique(LABELS)}
    within = np.mean([np.sum((row - means[label]) ** 2) for row, label in zip(VALUES, LABELS)])
    between = np.mean([np.sum((a - b) ** 2) for a, b in itertools.combinations(means.values(), 2)])
    assert likeness.tightness(VALUES, LABELS) == pytest.approx({"within": within, "between": between, "ratio": within / between})
    assert likeness.tightness(VALUES, np.zeros(30))["ratio"] is None


def test_one_shot_trials():
    """Of values that tell nothing a trial in `ways` is won; of those that tell all, each; within groups as well."""
    labels, rng = np.repeat(np.arange(24), 10), np.random.default_rng(0)
    groups = labels // 8
    noise, whole = rng.normal(size=(240, 3)), np.eye(24)[labels]
    assert likeness.one_shot(noise, labels, 8, groups, 4000) == pytest.approx(1 / 8, abs=0.02)
    assert likeness.one_shot(np.zeros((240, 3)), labels, 8, groups, 50) == pytest.approx(1 / 8)  # all are equally near
    assert likeness.one_shot(whole, labels, 20) == 1.0
    shared = np.eye(8)[labels % 8]  # tells the classes of a group apart, and no group from another
    assert likeness.one_shot(shared, labels, 8, groups) == 1.0 and likeness.one_shot(shared, labels, 24) < 0.5
    assert likeness.one_shot(whole, labels, 9, groups) is None and likeness.one_shot(whole, np.arange(240), 5) is None


def test_the_plane():
    np.testing.assert_array_equal(likeness.projection(VALUES[:, :2]), VALUES[:, :2])
    want = PCA(2).fit_transform(VALUES)
    got = likeness.projection(VALUES)
    np.testing.assert_allclose(np.abs(got), np.abs(want), atol=1e-6)
    assert likeness.projection(VALUES[:, :1]).shape == (30, 2)
    drawn = likeness.picture(VALUES, LABELS, [*"abcdefghij"])
    assert {name: len(points) for name, points in drawn["points"].items()} == {"a": 12, "b": 9, "c": 5, "h": 3, "j": 1}


def test_everything_of_an_embedding():
    found = likeness.judged(np.where(np.arange(30)[:, None] == 4, np.nan, VALUES), LABELS)
    assert found["examples"] == 29 and 0 <= found["map_at_r"] <= 1 and found["verification"]["auc"] > 0.5
    alone = likeness.judged(VALUES[:2], np.arange(2))
    assert alone["verification"] is None and alone["recall"]["1"] is None and alone["tightness"]["within"] == 0


@pytest.mark.slow
def test_ten_thousand_examples_fit_into_memory():
    """Among each other, in blocks: a matrix of all distances alone would be 400 MB."""
    import tracemalloc

    labels = np.arange(10_000) % 10
    values = np.random.default_rng(0).normal(size=(10_000, 16)).astype("float32") + np.eye(16, dtype="float32")[labels] * 4
    tracemalloc.start()
    found = likeness.retrieval(values, labels)
    assert tracemalloc.get_traced_memory()[1] < 300e6 and found["recall"]["1"] > 0.9
    tracemalloc.stop()
