"""Layers that make one answer of several, against numpy; a tie of votes goes to the mean."""

import keras
import numpy as np
import pytest

from builder.catalog.layers.majorityvote import MajorityVote
from builder.catalog.layers.weightedaverage import WeightedAverage


def voted(*said, **how) -> np.ndarray:
    return np.asarray(MajorityVote(**how)([np.array(one, "float32") for one in said]))


def test_the_majority_wins_over_the_mean():
    said = [[0.4, 0.6, 0.0]], [[0.4, 0.6, 0.0]], [[1.0, 0.0, 0.0]]
    assert np.mean(said, axis=0).argmax() == 0 and voted(*said).argmax() == 1
    np.testing.assert_allclose(voted(*said), [[(1 + 0.6) / 4, (2 + 0.4) / 4, 0]], rtol=1e-6)


def test_a_tie_goes_to_the_mean():
    assert voted([[0.9, 0.1]], [[0.4, 0.6]]).argmax() == 0
    assert voted([[0.6, 0.4]], [[0.1, 0.9]]).argmax() == 1


def test_votes_of_many_are_those_of_numpy():
    random = np.random.default_rng(0)
    said = random.dirichlet(np.ones(4), (5, 2000))
    got = voted(*said)
    votes = np.stack([np.bincount(column, minlength=4) for column in said.argmax(-1).T])
    chosen = [max(range(4), key=lambda c: (votes[i, c], said[:, i, c].mean())) for i in range(2000)]
    assert (np.sort(votes)[:, -1] == np.sort(votes)[:, -2]).sum() > 100  # so many ties
    assert np.array_equal(got.argmax(-1), chosen)
    np.testing.assert_allclose(got.sum(-1), 1, rtol=1e-5)


@pytest.mark.parametrize(("said", "yes"), [((0.6, 0.7, 0.1), True), ((0.4, 0.3, 0.9), False), ((0.6, 0.3), False), ((0.8, 0.3), True)])
def test_one_unit_is_a_yes_or_no(said, yes):
    assert (voted(*([[one]] for one in said))[0, 0] > 0.5) == yes


def test_labels_are_voted_on_one_by_one():
    got = voted([[0.9, 0.8]], [[0.9, 0.4]], [[0.9, 0.4]], labels=True)
    assert (got > 0.5).tolist() == [[True, False]]


def test_weighted_average_and_its_way_through_a_file(tmp_path):
    a, b = keras.Input((3,)), keras.Input((3,))
    model = keras.Model([a, b], WeightedAverage([3, 1])([a, b]))
    x, y = np.random.default_rng(0).normal(size=(2, 5, 3)).astype("float32")
    np.testing.assert_allclose(model([x, y]), 0.75 * x + 0.25 * y, rtol=1e-6)
    model.layers[-1].shares.assign([0.1, 0.9])
    model.save(tmp_path / "model.keras")
    np.testing.assert_allclose(keras.models.load_model(tmp_path / "model.keras")([x, y]), 0.1 * x + 0.9 * y, rtol=1e-5)


@pytest.mark.parametrize("weights", [[1, 2, 3], [-1, 2], [0, 0]])
def test_weights_that_do_not_fit(weights):
    with pytest.raises(ValueError, match="weights"):
        WeightedAverage(weights)([np.ones((1, 2)), np.ones((1, 2))])
