"""Our losses in Python against loops in float64 that are written down from the papers, and their gradients against differences."""

import math

import keras
import numpy as np
import pytest
import tensorflow as tf
from loss_help import check, loss, slope

from builder.catalog import catalogue, make
from builder.graph.catalogue import Refused
from builder.graph.graph import Recipe

LABELS = np.array([0, 1, 0, 2, 1, 0, 2, 3])
BATCHES = {"several": LABELS, "a column": LABELS[:, None]}
X = np.random.default_rng(3).normal(size=(8, 3))
UNIT = X / np.linalg.norm(X, axis=1, keepdims=True)
IN_BATCH = [("TripletMining", {"mode": mode, "squared": squared}) for mode in ("all", "semi-hard", "hard") for squared in (True, False)]
IN_BATCH += [("NPair", {}), ("NPair", {"temperature": 0.3, "normalize": True}), ("LiftedStructure", {"margin": 1.5})]


def apart(x, i, j, squared):
    found = sum((a - b) ** 2 for a, b in zip(x[i], x[j]))
    return found if squared else math.sqrt(found)


def groups(labels, i):
    """The examples of the same class and those of others."""
    alike = [j for j in range(len(labels)) if j != i and labels[j] == labels[i]]
    return alike, [j for j in range(len(labels)) if labels[j] != labels[i]]


def triplets(labels, x, mode, squared, margin):
    """The hinges of the triplets that a mode picks, each with its anchor."""
    for i in range(len(x)):
        alike, other = groups(labels, i)
        far = {j: apart(x, i, j, squared) for j in range(len(x))}
        hinge = lambda p, n, far=far: max(0.0, far[p] - far[n] + margin)
        if mode == "all":
            yield from ((i, hinge(p, n)) for p in alike for n in other if hinge(p, n) > 0)
        elif mode == "hard" and alike and other:
            yield i, hinge(max(alike, key=far.get), min(other, key=far.get))
        elif mode == "semi-hard" and other:
            for p in alike:
                outside = [n for n in other if far[n] > far[p]]
                yield i, hinge(p, min(outside, key=far.get) if outside else max(other, key=far.get))


def n_pairs(labels, x, temperature, normalize):
    rows = x / np.linalg.norm(x, axis=1, keepdims=True) if normalize else x
    near = lambda i, j: sum(a * b for a, b in zip(rows[i], rows[j])) / temperature
    for i in range(len(x)):
        alike, other = groups(labels, i)
        yield from ((i, math.log(1 + sum(math.exp(near(i, n) - near(i, p)) for n in other))) for p in alike if other)


def lifted(labels, x, margin):
    for i in range(len(x)):
        for j in groups(labels, i)[0]:
            near = [math.exp(margin - apart(x, at, k, False)) for at in (i, j) for k in groups(labels, at)[1]]
            if near:
                yield i, max(0.0, math.log(sum(near)) + apart(x, i, j, False)) ** 2 / 2


def shared(picked, size):
    """What was picked as one value an example whose mean is the mean of all picked."""
    picked = list(picked)
    values = np.zeros(size)
    for i, one in picked:
        values[i] += one * size / len(picked)
    return values


def naive(name, labels, **args):
    labels = np.ravel(labels)
    if name == "TripletMining":
        return lambda x: shared(triplets(labels, x, args["mode"], args["squared"], 0.2), len(x))
    if name == "NPair":
        return lambda x: shared(n_pairs(labels, x, args.get("temperature", 1.0), args.get("normalize", False)), len(x))
    return lambda x: shared(lifted(labels, x, args["margin"]), len(x))


@pytest.mark.parametrize("labels", BATCHES.values(), ids=BATCHES)
@pytest.mark.parametrize(("name", "args"), IN_BATCH)
def test_losses_in_the_batch_are_their_equations(name, args, labels):
    for x in (UNIT, 2 * X):
        check(lambda x: loss(name, **args)(labels, x), naive(name, labels, **args), x)


@pytest.mark.parametrize("labels", [[0, 0, 0, 0], [0, 1, 2, 3], [5]], ids=["one class", "no pair", "alone"])
@pytest.mark.parametrize(("name", "args"), IN_BATCH)
def test_a_batch_that_has_nothing_to_compare_costs_nothing(name, args, labels):
    one = loss(name, **args)
    x = X[: len(labels)]
    np.testing.assert_array_equal(one(np.array(labels), x), np.zeros(len(labels)))
    np.testing.assert_array_equal(slope(lambda x: one(np.array(labels), x), x)[0], np.zeros_like(x))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(("name", "args"), IN_BATCH)
@pytest.mark.parametrize("x", [np.ones((8, 3)), np.zeros((8, 3)), np.repeat(UNIT[:2], 4, 0), 1e4 * X], ids=["equal", "zero", "twins", "large"])
def test_gradients_stay_finite(name, args, dtype, x):
    one = loss(name, dtype, **args)
    found = slope(lambda x: one(LABELS, x), x.astype(dtype))[0]
    assert np.all(np.isfinite(found)) and np.all(np.isfinite(one(LABELS, x)))


@pytest.mark.parametrize(("name", "args"), IN_BATCH)
def test_halves_are_taken_in_whole_floats(name, args):
    x = tf.constant(UNIT, "float16")
    got = loss(name, "float32", **args)(LABELS, x)
    assert got.dtype == "float32"
    np.testing.assert_allclose(got, naive(name, LABELS, **args)(UNIT), rtol=0.02, atol=0.005)


COSINES = np.tanh(np.random.default_rng(5).normal(size=(8, 4)))


def arc(cosines, labels, margin, scale):
    def score(c, mine):
        angle = math.acos(c)
        if not mine:
            return scale * c
        return scale * (math.cos(angle + margin) if angle + margin < math.pi else c - margin * math.sin(margin))

    return cross_entropy(cosines, labels, score)


def cos(cosines, labels, margin, scale):
    return cross_entropy(cosines, labels, lambda c, mine: scale * (c - margin * mine))


def cross_entropy(cosines, labels, score):
    found = []
    for row, label in zip(cosines, labels):
        scores = [score(c, at == label) for at, c in enumerate(row)]
        top = max(scores)
        found.append(top + math.log(sum(math.exp(one - top) for one in scores)) - scores[label])
    return np.array(found)


@pytest.mark.parametrize("labels", BATCHES.values(), ids=BATCHES)
@pytest.mark.parametrize(("name", "wanted", "args"), [
    ("ArcFace", arc, {"margin": 0.5, "scale": 64.0}), ("ArcFace", arc, {"margin": 2.5, "scale": 8.0}), ("CosFace", cos, {"margin": 0.35, "scale": 30.0})])
def test_margins_are_their_equations(name, wanted, args, labels):
    check(lambda x: loss(name, **args)(labels, x), lambda x: wanted(x, np.ravel(labels), **args), COSINES)


@pytest.mark.parametrize("name", ["ArcFace", "CosFace"])
def test_a_margin_of_0_is_a_plain_softmax(name):
    want = keras.ops.sparse_categorical_crossentropy(LABELS, 16 * COSINES, from_logits=True)
    np.testing.assert_allclose(loss(name, margin=0.0, scale=16.0)(LABELS, COSINES), want, rtol=1e-9)


@pytest.mark.parametrize("name", ["ArcFace", "CosFace"])
def test_cosines_of_1_have_a_gradient(name):
    ends = np.sign(COSINES).astype("float32")
    found = slope(lambda x: loss(name, "float32")(LABELS, x), ends)[0]
    assert np.all(np.isfinite(found)) and np.all(np.abs(found) < 1e6)


def test_a_wider_angle_always_costs_more():
    """Beyond pi - margin too: the loss falls all the way as the cosine rises."""
    line = np.linspace(-1, 1, 401)
    rows = np.stack([line, np.zeros_like(line)], axis=-1)
    values = np.asarray(loss("ArcFace", margin=0.5, scale=1.0)(np.zeros(401, int), rows))
    assert np.all(np.diff(values) < 0)


FIXTURE = {"x": [[1.0, 2], [3, 4], [0, 1]], "y": np.array([0, 0, 1]), "centres": [[1.0, 1], [0, 0], [5, 5]]}  # by hand, from the paper's equations


def centred(**args):
    one = loss("CenterLoss", classes=3, **args)
    one.build((None, 2))
    one.centers.assign(FIXTURE["centres"])
    return one


def test_centres_move_by_their_own_rate():
    x, y = np.array(FIXTURE["x"]), FIXTURE["y"]
    one = centred(rate=0.5)
    np.testing.assert_allclose(one(y, x), [0.5, 6.5, 0.5])  # 7.5 in all
    one.update(y, x)
    np.testing.assert_allclose(one.centers, [[4 / 3, 5 / 3], [0, 0.25], [5, 5]])  # delta (-2/3, -4/3), (0, -1/2), and a class that is not there
    assert [tuple(v.shape) for v in one.variables] == [(3, 2)] and not one.variables[0].trainable


def test_centres_are_the_equations():
    def wanted(x):
        return np.array([sum((a - c) ** 2 for a, c in zip(row, FIXTURE["centres"][label])) / 2 for row, label in zip(x, FIXTURE["y"])])

    check(lambda x: centred()(FIXTURE["y"][:, None], x), wanted, np.array(FIXTURE["x"]))


def test_centres_come_to_the_means_of_their_classes():
    one, rng = loss("CenterLoss", "float32", classes=2, rate=0.2), np.random.default_rng(0)
    one.build((None, 3))
    y = np.arange(200) % 2
    x = rng.normal(size=(200, 3)) * 0.1 + np.array([[1, 2, 3], [-1, 0, 5]])[y]
    step = tf.function(one.update)
    for _ in range(60):
        step(y, tf.constant(x, "float16"))
    np.testing.assert_allclose(one.centers, [x[y == 0].mean(0), x[y == 1].mean(0)], atol=5e-3)


def test_centres_that_are_not_there_are_told():
    with pytest.raises(ValueError, match="build"):
        loss("CenterLoss", classes=2)(np.array([0]), np.ones((1, 2)))


@pytest.mark.parametrize(("name", "args"), [("TripletMining", {"mode": "easy"}), ("NPair", {"temperature": 0.0}), ("ArcFace", {"margin": 3.5}),
                                            ("CenterLoss", {"classes": 0})])
def test_arguments_that_make_no_sense_are_refused(name, args):
    with pytest.raises(Refused, match=next(iter(args))):
        loss(name, **args)


def circle(labels, x, gamma, margin):
    """Sun et al. 2020, within-class and between-class similarities of each anchor."""
    found = []
    for i in range(len(x)):
        alike, other = groups(labels, i)
        near = [float(np.dot(x[i], x[j])) for j in range(len(x))]
        pull = [math.exp(-gamma * max(0, 1 + margin - near[j]) * (near[j] - (1 - margin))) for j in alike]
        push = [math.exp(gamma * max(0, near[j] + margin) * (near[j] - margin)) for j in other]
        found.append(math.log(1 + sum(pull) * sum(push)))
    return np.array(found)


def test_circle_is_that_of_keras():
    """It is in Keras, and the paper's; so there is none of ours."""
    found = catalogue().find("loss", "Circle")
    assert found.module.startswith("keras.")
    got = loss("Circle", gamma=8, margin=0.3)(LABELS, UNIT)
    want = circle(LABELS, UNIT, 8, 0.3)
    np.testing.assert_allclose(got, want, rtol=1e-9, atol=1e-12)


OURS = [name for name in catalogue().names("loss") if catalogue().find("loss", name).module.startswith("builder.")]
NEEDED = {"CenterLoss": {"classes": 4}}
CHANGED = {
    "TripletMining": {"margin": 0.7, "mode": "hard", "squared": False}, "NPair": {"temperature": 0.2, "normalize": True}, "LiftedStructure": {"margin": 2.0},
    "ArcFace": {"margin": 0.3, "scale": 10.0}, "CosFace": {"margin": 0.1, "scale": 12.0}, "CenterLoss": {"classes": 4, "rate": 0.1},
}


@pytest.mark.parametrize("name", OURS)
def test_a_loss_is_made_again_from_its_configuration(name):
    for args in (NEEDED.get(name, {}), CHANGED[name]):
        one = make(Recipe("loss", name, tuple(args.items())))
        config = keras.losses.serialize(one)
        again = keras.losses.deserialize(config)
        assert keras.losses.serialize(again) == config and config["registered_name"] == f"bricks>{name}"
        if "CenterLoss" != name:
            np.testing.assert_allclose(again(LABELS % 4, COSINES), one(LABELS % 4, COSINES))


@pytest.mark.parametrize("name", sorted(set(OURS) - {"CenterLoss"}))
def test_a_compiled_model_is_saved_with_its_loss(name, tmp_path):
    """Weights first trained with it by Keras itself, then loaded, judge the same."""
    keras.utils.set_random_seed(0)
    x = keras.Input((3,))
    model = keras.Model(x, make(Recipe("layer", "CosineHead", (("units", 4),)))(x))
    model.compile("sgd", make(Recipe("loss", name, tuple(CHANGED[name].items()))), run_eagerly=True)
    model.fit(X, LABELS, verbose=0, batch_size=8)
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    assert loaded.evaluate(X, LABELS, verbose=0, batch_size=8) == pytest.approx(model.evaluate(X, LABELS, verbose=0, batch_size=8))
    assert loaded.loss.get_config() == model.loss.get_config()


def test_the_head_gives_cosines(tmp_path):
    x = keras.Input((5, 3))
    head = make(Recipe("layer", "CosineHead", (("units", 4),)))
    model = keras.Model(x, head(x))
    data = np.random.default_rng(2).normal(size=(2, 5, 3)).astype("float32")
    data[0, 0] = 0
    want = np.zeros((2, 5, 4))
    kernel = np.asarray(head.kernel, "float64")
    for place in np.ndindex(2, 5):
        for at in range(4):
            length = np.linalg.norm(data[place]) * np.linalg.norm(kernel[:, at])
            want[(*place, at)] = data[place] @ kernel[:, at] / length if length else 0
    np.testing.assert_allclose(model(data), want, atol=1e-6)
    model.save(tmp_path / "model.keras")
    np.testing.assert_array_equal(keras.models.load_model(tmp_path / "model.keras")(data), model(data))


def test_the_head_in_halves_does_not_overflow():
    head = make(Recipe("layer", "CosineHead", (("units", 4), ("dtype", "mixed_float16"))))
    got = head(np.full((1, 3), 1000.0))  # its squares are beyond what a half holds
    assert got.dtype == "float16" and np.all(np.isfinite(got)) and np.all(np.abs(got) <= 1.001)
    assert np.abs(got).max() > 0.01
