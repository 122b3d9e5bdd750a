"""Our losses in YAML against loops in float64 that are written down from the papers, and their gradients against differences."""

import math

import keras
import numpy as np
import pytest
import tensorflow as tf
from loss_help import check, slope, value

from builder.catalog import catalogue
from builder.catalog.library import loss_source, moulds
from builder.graph.moulds import check_mould

RNG = np.random.default_rng(11)
A, B, C = RNG.normal(size=(3, 5, 4))
ALIKE = np.array([1.0, 0, 0, 1, 0])
DOCUMENTS = RNG.normal(size=(5, 3, 4))
PICTURES = RNG.normal(size=(2, 4, 5, 2))


def squared(a, b):
    return sum((x - y) ** 2 for x, y in zip(a, b))


def cosine(a, b):
    return sum(x * y for x, y in zip(a, b)) / math.sqrt(sum(x * x for x in a) * sum(y * y for y in b))


def contrastive(a, b, margin):
    return [squared(x, y) if same else max(0, margin - math.sqrt(squared(x, y))) ** 2 for x, y, same in zip(a, b, ALIKE)]


def triplet(a, p, n, margin):
    return [max(0, squared(x, y) - squared(x, z) + margin) for x, y, z in zip(a, p, n)]


def ratio(a, p, n):
    found = []
    for x, y, z in zip(a, p, n):
        near, far = math.exp(math.sqrt(squared(x, y))), math.exp(math.sqrt(squared(x, z)))
        found.append((near / (near + far)) ** 2 + (far / (near + far) - 1) ** 2)
    return found


def contrast(a, b, near):
    return [-math.log(math.exp(near(x, b[at])) / sum(math.exp(near(x, y)) for y in b)) for at, x in enumerate(a)]


def clicked(query, documents, smoothing):
    return [-math.log(math.exp(smoothing * cosine(q, each[0])) / sum(math.exp(smoothing * cosine(q, one)) for one in each)) for q,
            each in zip(query, documents)]


def divergence(mean, log_variance):
    return [sum(0.5 * (math.exp(v) + m * m - 1 - v) for m, v in zip(*rows)) for rows in zip(mean, log_variance)]


def variation(images):
    rows, columns = images.shape[1:3]
    down = lambda image: sum(abs(image[r + 1, c] - image[r, c]).sum() for r in range(rows - 1) for c in range(columns))
    across = lambda image: sum(abs(image[r, c + 1] - image[r, c]).sum() for r in range(rows) for c in range(columns - 1))
    return [down(image) + across(image) for image in images]


CASES = {
    "Contrastive": (["a", "b"], (A, B), contrastive, {"margin": 3.0}),
    "Triplet": (["anchor", "positive", "negative"], (A, B, C), triplet, {"margin": 1.5}),
    "TripletRatio": (["anchor", "positive", "negative"], (A, B, C), ratio, {}),
    "InfoNCE": (["a", "b"], (A, B), lambda a, b, temperature, normalize: contrast(a, b, lambda x, y: cosine(x, y) / temperature),
                {"temperature": 0.5, "normalize": True}),
    "InfoNCE of Sohn": (["a", "b"], (A, B), lambda a, b, temperature, normalize: contrast(a, b, lambda x, y: float(np.dot(x, y))),
                        {"temperature": 1.0, "normalize": False}),
    "DSSM": (["query", "documents"], (A, DOCUMENTS), clicked, {"smoothing": 5.0}),
    "NormalDivergence": (["mean", "log_variance"], (A, B), divergence, {}),
    "TotalVariation": (["image"], (PICTURES,), variation, {}),
    "Perceptual": (["a", "b"], (PICTURES, PICTURES[::-1] * 2), lambda a, b: [np.mean((x - y) ** 2) for x, y in zip(a, b)], {}),
    "Wasserstein": (["score"], (A[:, :1],), lambda score: [-one[0] for one in score], {}),
}
TRUTH = {"Contrastive": ALIKE, "Wasserstein": 1.0}


@pytest.mark.parametrize("case", CASES)
def test_losses_are_their_equations(case):
    names, arrays, naive, params = CASES[case]
    name = case.partition(" ")[0]
    check(lambda *given: value(name, dict(zip(names, given)), TRUTH.get(name), **params), lambda *given: np.array(naive(*given, **params)), *arrays)


@pytest.mark.parametrize("case", CASES)
def test_gradients_stay_finite(case):
    """At equal points and at 0, in float32."""
    names, arrays, _, params = CASES[case]
    name, zeros = case.partition(" ")[0], [np.zeros(one.shape, "float32") for one in arrays]
    for given in (zeros, [one + 1 for one in zeros]):
        found = slope(lambda *x: value(name, dict(zip(names, x)), TRUTH.get(name), **params), *given)
        assert all(np.all(np.isfinite(one)) for one in found)


def test_every_definition_is_sound_and_tested():
    known = catalogue()
    assert set(moulds()) == {case.partition(" ")[0] for case in CASES} | {"GradientPenalty"}
    assert [fault for mould in moulds().values() for fault in check_mould(mould, known)] == []
    assert all(mould.help for mould in moulds().values()) and "(Hadsell" in loss_source("Contrastive")


# Values worked out by hand from the equations.


def test_contrastive_by_hand():
    """Half of the sums is Hadsell's own form; two pairs at distances 0.5 and 2 that are alike, then unlike."""
    far, y = np.array([0.5, 2, 0.5, 2]), np.array([1, 1, 0, 0])
    wires = {"a": np.zeros((4, 1)), "b": far[:, None]}
    np.testing.assert_allclose(value("Contrastive", wires, y.astype("float64"), margin=1.5) / 2, [0.125, 2, 0.5, 0], atol=1e-9)
    halves = {name: one.astype("float32") for name, one in wires.items()}
    for truth in (y, y[:, None], y > 0):  # fields of whole numbers, of columns, of truth values
        np.testing.assert_allclose(value("Contrastive", halves, tf.constant(truth), margin=1.5), [0.25, 4, 1, 0], atol=1e-5)


def test_triplets_by_hand():
    wires = {"anchor": np.array([[0.0, 0], [1, 1]]), "positive": np.array([[1.0, 0], [1, 2]]), "negative": np.array([[0.0, 2], [1, 1.5]])}
    np.testing.assert_allclose(value("Triplet", wires, margin=0.5), [0, 1.25])  # squared distances 1 and 4, 1 and 0.25
    np.testing.assert_allclose(value("TripletRatio", wires), [0.144658976, 0.774911238], rtol=1e-8)


def test_dssm_by_hand():
    """Cosines of 0.9 for the one that was clicked and of 0.1, 0, -0.2 and 0.3 for others; a query five times as long changes nothing."""
    angles = np.arccos([0.9, 0.1, 0.0, -0.2, 0.3])
    documents = np.stack([np.cos(angles), np.sin(angles)], axis=-1)[None]
    for length in (1, 5):
        got = value("DSSM", {"query": np.array([[length, 0.0]]), "documents": documents}, smoothing=10.0)
        np.testing.assert_allclose(got, [0.0029499708636], rtol=1e-9)


def test_the_optimum_of_a_gan_by_hand():
    """Cross-entropy of the best discriminator, p / (p + q), in expectation: minus the value of the game."""
    p, q = np.array([0.5, 0.3, 0.2]), np.array([0.2, 0.3, 0.5])
    best = p / (p + q)
    entropy = keras.losses.BinaryCrossentropy(reduction=None, dtype="float64")
    cost = float(np.sum(p * entropy(np.ones((3, 1)), best[:, None])) + np.sum(q * entropy(np.zeros((3, 1)), best[:, None])))
    assert -cost == pytest.approx(-1.2534657323553273, rel=1e-6)
    middle = np.full((3, 1), 0.5)
    assert float(np.sum(p * entropy(np.ones((3, 1)), middle)) + np.sum(q * entropy(np.zeros((3, 1)), middle))) == pytest.approx(math.log(4), rel=1e-6)


def test_hinge_and_least_squares_are_keras_s():
    """Both sides of them: the critic's by Keras's losses with the targets 1 and 0, the generator's hinge by the score alone."""
    score = RNG.normal(size=(6, 1)) * 2
    hinge, square = (getattr(keras.losses, name)(reduction=None, dtype="float64") for name in ("Hinge", "MeanSquaredError"))
    np.testing.assert_allclose(hinge(np.ones((6, 1)), score), np.maximum(0, 1 - score[:, 0]))
    np.testing.assert_allclose(hinge(np.zeros((6, 1)), score), np.maximum(0, 1 + score[:, 0]))
    np.testing.assert_allclose(square(np.ones((6, 1)), score), (score[:, 0] - 1) ** 2)
    np.testing.assert_allclose(value("Wasserstein", {"score": score}, 1.0), -score[:, 0])
    np.testing.assert_allclose(value("Wasserstein", {"score": score}, 0.0), score[:, 0])


def test_the_penalty_is_that_of_a_known_slope():
    """A critic w . x + |x|^2 / 2 has the gradient w + x; of that, (|w + x| - 1)^2, and its slope by w against differences."""
    x, w = RNG.normal(size=(4, 2, 3, 1)), RNG.normal(size=(2, 3, 1))

    def penalty(w):
        with tf.GradientTape() as tape:
            mixed = tf.constant(x)
            tape.watch(mixed)
            score = tf.reduce_sum(w * mixed + mixed**2 / 2, axis=[1, 2])
        return value("GradientPenalty", {"score": score, "mixed": mixed}, gradient=lambda y, x: tape.gradient(y, x))

    check(penalty, lambda w: np.array([(math.sqrt(sum((w + one).ravel() ** 2)) - 1) ** 2 for one in x]), w)
