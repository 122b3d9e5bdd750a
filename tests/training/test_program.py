"""A program of steps trains as the same thing written by hand does."""

from collections import Counter
from dataclasses import replace

import keras
import numpy as np
import program_training as small
import pytest
import tensorflow as tf
import tiny_training as tiny
from program_training import phase, step, term

from builder import SpecError, training
from builder.graph.plans import Choice, ClassWeightPlan, EquationPlan, ExecutionPlan, FollowPlan, MetricPlan, Target, TermPlan
from builder.training import checkpoints
from builder.training.program import Program

RNG = np.random.default_rng(0)


def program(text: str, plan, fields=None, epoch: int = 4, precision: str | None = None):
    """A program ready to run, with compiled steps."""
    model, wires = small.made(text, precision=precision)
    made = Program(model, plan, wires, epoch)
    made.build_state({name: tf.TensorSpec([None, *np.shape(value)[1:]], tf.as_dtype(np.asarray(value).dtype)) for name, value in (fields or {}).items()})
    return made, tf.function(lambda *batch: made.train_step(batch), autograph=False)


def numbers(*shape: int) -> np.ndarray:
    return RNG.normal(size=shape).astype("float32")


def judged(made, fields=None, **inputs) -> dict:
    made.reset_metrics()
    return tf.function(lambda *batch: made.test_step(batch), autograph=False)(inputs, fields or {})


def layer(made, name: str) -> list[np.ndarray]:
    return layer_of(made.inner, name)


def layer_of(model, name: str) -> list[np.ndarray]:
    from builder.model.names import layers_by_name

    return [np.array(value) for value in dict(layers_by_name(model))[name].get_weights()]


@pytest.fixture
def trained(tmp_path):
    """Trains a spec by a plan and gives the model, and the run's last row."""
    count = iter(range(100))

    def train(text, plan, data, batch=8, **how):
        built, wires = small.made(text)
        folder = training.create("small", tmp_path / f"runs{next(count)}", spec="name: small\n", graph="<svg/>").folder
        training.fix_seeds(1)
        run = training.train(built, (plan,), data, folder, batch=batch, wires=lambda _: wires, **how)
        return built, run.history.rows

    return train


def test_two_terms_are_what_compile_trains(trained):
    data = tiny.data()
    plan = tiny.plan(losses={"label": tiny.LABEL, "total": tiny.TOTAL}, callbacks=(), epochs=2, metrics={"label": (MetricPlan("accuracy"),)})
    terms = (small.term("label_loss", tiny.LABEL.recipe, "label", target="label"),
             small.term("total_loss", tiny.TOTAL.recipe, "total", target="total", weight=0.5))
    measures = (TermPlan("label_accuracy", "accuracy", (("y_pred", "label"),), terms[0].target),)
    steps = (small.step("all", *terms, optimizer=plan.optimizer, clip=1.0),)
    (plainly, log), (program, rows) = (trained(small.TWO, one, data) for one in (plan, replace(plan, steps=steps, measures=measures)))
    for one, other in zip(plainly.weights, program.weights):
        np.testing.assert_allclose(one.numpy(), other.numpy(), atol=1e-6)
    assert set(rows[-1]) == set(log[-1])
    for name in set(log[-1]) - {"seconds", "waited"}:
        assert rows[-1][name] == pytest.approx(log[-1][name], abs=1e-5), name


class ByHand(keras.Model):
    """The GAN of Keras's own guide: a train step written by hand."""

    def __init__(self, generator, discriminator):
        super().__init__()
        self.generator, self.discriminator, self.loss_fn = generator, discriminator, keras.losses.BinaryCrossentropy(from_logits=True)
        self.d_optimizer, self.g_optimizer = (keras.optimizers.Adam(0.01, beta_1=0.5) for _ in range(2))

    def train_step(self, inputs):
        fake = self.generator({"noise": inputs["noise"]}, training=True)["point"]
        with tf.GradientTape() as tape:
            scores = [self.discriminator({"point": points}, training=True)["score"] for points in (inputs["real"], fake)]
            loss = sum(self.loss_fn(fill(score), score) for fill, score in zip((tf.ones_like, tf.zeros_like), scores))
        weights = self.discriminator.trainable_weights
        self.d_optimizer.apply_gradients(zip(tape.gradient(loss, weights), weights))
        with tf.GradientTape() as tape:
            score = self.discriminator(self.generator({"noise": inputs["noise"]}, training=True), training=True)["score"]
            fooled = self.loss_fn(tf.ones_like(score), score)
        weights = self.generator.trainable_weights
        self.g_optimizer.apply_gradients(zip(tape.gradient(fooled, weights), weights))
        return loss, fooled


def test_a_gan_is_what_the_usual_train_step_trains():
    plan = phase(*small.adversarial(tiny.recipe("optimizer", "Adam", learning_rate=0.01, beta_1=0.5)))
    made, run = program(small.GAN, plan)
    twin, _ = small.made(small.GAN)
    hand = ByHand(twin.get_layer("generator"), twin.get_layer("discriminator"))
    for _ in range(5):
        inputs = {"real": numbers(8, 2), "noise": numbers(8, 3)}
        made.reset_metrics()
        logs, (loss, fooled) = run(inputs, {}), hand.train_step({name: tf.constant(value) for name, value in inputs.items()})
        np.testing.assert_allclose([logs["d_loss"], logs["g_loss"], logs["loss"]], [loss, fooled, loss + fooled], atol=1e-6)
    for one, other in zip(made.inner.weights, twin.weights):
        np.testing.assert_allclose(one.numpy(), other.numpy(), atol=1e-6)
    mine, theirs = (operations(run, inputs) for run in (lambda given: made.train_step((given, {})), hand.train_step))
    assert all(mine[name] <= theirs[name] for name in ("MatMul", "Relu", "Tanh", "ReluGrad", "TanhGrad", "Softplus", "Log1p"))  # nothing is worked out twice
    assert mine["MatMul"] and mine.total() - theirs.total() < 110  # what is logged: a mean for each step and each term


def operations(run, inputs) -> Counter:
    """How many of each operation, but constants, a step has."""
    traced = tf.function(run, autograph=False).get_concrete_function({name: tf.TensorSpec([None, *value.shape[1:]]) for name, value in inputs.items()})
    graph = traced.graph.as_graph_def()
    nodes = (node for nodes in (graph.node, *(one.node_def for one in graph.library.function)) for node in nodes)
    return Counter(node.op for node in nodes if node.op not in ("Const", "Placeholder", "Identity"))


LINE = """
name: line
networks:
  online: {inputs: {x: [2]}, layers: [{Dense: 1, name: d}]}
  target: {inputs: {x: [2]}, layers: [{Dense: 1, name: d}]}
model:
  inputs: {x: [2]}
  layers:
    - {use: online, from: x, name: a}
    - {use: target, from: x, name: b}
  outputs: [a, b]
"""


def test_every_weights_by_the_clock_and_followers_go_as_worked_out_by_hand():
    terms = (term("pull", "mean(square(a - b), axis=-1)", "a", "b", weight=EquationPlan("1 / (1 + step)")),
             term("size", "square(a)", "a", weight=EquationPlan("where(epoch < 1, 0.0, 0.5)")))
    plan = phase(step("late", *terms, update=("online",), every=2),
                 replace(step("drift", update=("target",)), terms=(), optimizer=None, follow=FollowPlan("target", "online", 0.25)))
    made, run = program(LINE, plan, epoch=4)
    (w, c), (v, e) = ([value.astype("float64") for value in layer(made, f"{name}.d")] for name in ("online", "target"))
    for count in range(7):
        x = numbers(5, 2)
        run({"x": x}, {})
        if count % 2:
            a, b = x @ w + c, x @ v + e
            by_a = (2 * (a - b) / (1 + count) + (0.5 if count >= 4 else 0.0) * 2 * a) / len(x)
            w, c = w - 0.1 * x.T @ by_a, c - 0.1 * by_a.sum(axis=0)
        v, e = v + 0.25 * (w - v), e + 0.25 * (c - e)
        for found, wanted in zip([*layer(made, "online.d"), *layer(made, "target.d")], (w, c, v, e)):
            np.testing.assert_allclose(found, wanted, atol=1e-5)


def test_a_field_a_wire_and_a_number_are_targets():
    plan = phase(step("all", term("field", "MeanSquaredError", "total", target="y"), term("wire", "MeanAbsoluteError", "total", target=Target("wire", "both")),
                      term("number", "MeanSquaredError", "total", target=2.0, weight=0.5),
                      term("sparse", "SparseCategoricalCrossentropy", "label", target=1.0)))
    text = small.TWO.replace("  outputs:", "    - {formula: \"sum(x, axis=-1, keepdims=true)\", from: {x: x}, name: both}\n  outputs:").replace("[label, total]", "[label, total, both]")
    fields = {"y": numbers(6, 1)}
    made, run = program(text, plan, fields)
    x = numbers(6, 6)
    label, total, other = (np.asarray(made.inner({"x": x})[name], "float64") for name in ("label", "total", "both"))
    logs = run({"x": x}, fields)
    wanted = [((fields["y"] - total) ** 2).mean(), abs(other - total).mean(), ((2 - total) ** 2).mean(), -np.log(label[:, 1]).mean()]
    np.testing.assert_allclose([logs[name] for name in ("field", "wire", "number", "sparse")], wanted, rtol=1e-5)
    assert float(logs["loss"]) == pytest.approx(wanted[0] + wanted[1] + wanted[2] / 2 + wanted[3], rel=1e-5)


def test_gradients_agree_with_finite_differences():
    """One step of SGD at rate 1 moves each weight by its gradient; float64 shows it to six digits."""
    equation = TermPlan("own", EquationPlan("exp(-distance) * y_true", (("distance", "sum(square(h - k), axis=-1) + 0.1"),)),
                        (("h", "stem"), ("k", "label")), Target("field", "y"))
    text = small.TWO.replace("Dense: [3, activation: softmax]", "Dense: [16, activation: softmax]")
    plan = phase(step("all", equation, optimizer=tiny.recipe("optimizer", "SGD", learning_rate=1.0)))
    x, fields = numbers(4, 6), {"y": np.array([1, 0, 2, 3])}
    made, run = program(text, plan, fields)
    before = [value.astype("float64") for name in ("stem", "label") for value in layer(made, name)]
    run({"x": x}, fields)
    after = [value for name in ("stem", "label") for value in layer(made, name)]

    def loss(values):
        h = np.tanh(x @ values[0] + values[1])
        z = np.exp(h @ values[2] + values[3])
        return (np.exp(-(((h - z / z.sum(axis=1, keepdims=True)) ** 2).sum(axis=1) + 0.1)) * fields["y"]).mean()

    for at, value in enumerate(before):
        spot = tuple(RNG.integers(size) for size in value.shape)
        sides = []
        for sign in (1, -1):
            moved = [one.copy() for one in before]
            moved[at][spot] += sign * 1e-5
            sides.append(loss(moved))
        assert value[spot] - after[at][spot] == pytest.approx((sides[0] - sides[1]) / 2e-5, abs=2e-6)


PENALTY = "(sqrt(sum(square(gradient(score, x)), axis=-1)) - 1) ** 2"


def test_a_gradient_penalty_is_what_calculus_says():
    """The gradient of a linear score are its weights, and their length goes toward 1."""
    linear = "name: g\nmodel: {inputs: {x: [3]}, layers: [{Dense: [1, use_bias: false], name: score}]}\n"
    plan = phase(step("all", term("penalty", PENALTY, "score", "x"), optimizer=tiny.recipe("optimizer", "SGD", learning_rate=0.25)))
    made, run = program(linear, plan)
    (w,) = layer(made, "score")
    size = np.sqrt((w.astype("float64") ** 2).sum())
    logs = run({"x": numbers(4, 3)}, {})
    assert float(logs["penalty"]) == pytest.approx((size - 1) ** 2, rel=1e-5)
    np.testing.assert_allclose(layer(made, "score")[0], w - 0.25 * 2 * (size - 1) * w / size, atol=1e-6)
    assert float(judged(made, x=numbers(4, 3))["penalty"]) == pytest.approx((size - 1) ** 2 / 4, rel=1e-4)


def test_a_gradient_by_an_inner_wire():
    text = """
name: g
model:
  inputs: {x: [3]}
  layers:
    - {Dense: [4, activation: tanh], name: h}
    - {Dense: [5, activation: tanh], name: k}
    - {Dense: 1, name: score}
"""
    plan = phase(step("all", term("penalty", PENALTY.replace("x)", "h)"), "score", "h")))
    made, _ = program(text, plan)
    x = numbers(6, 3)
    (w1, b1), (w2, b2), (w3, _) = (layer(made, name) for name in ("h", "k", "score"))
    k = np.tanh(np.tanh(x @ w1 + b1) @ w2 + b2)
    by_h = ((1 - k**2) * w3[:, 0]) @ w2.T
    logs = judged(made, x=x)
    assert float(logs["penalty"]) == pytest.approx(((np.sqrt((by_h**2).sum(axis=1)) - 1) ** 2).mean(), rel=1e-5)


def test_penalties_belong_to_the_step_that_updates_their_layers():
    text = small.GAN.replace("activation: relu]", "activation: relu, kernel_regularizer: {L2: 0.1}]").replace(
        "activation: tanh]", "activation: tanh, activity_regularizer: {L2: 0.2}]")
    made, run = program(text, phase(*small.adversarial()))
    kernel = layer(made, "generator.hidden")[0]
    logs = run({"real": numbers(8, 2), "noise": numbers(8, 3)}, {})
    assert float(logs["g_loss"] - logs["fooled"]) == pytest.approx(0.1 * (kernel**2).sum(), rel=1e-5)
    assert float(logs["d_loss"] - logs["real"] - logs["fake"]) > 0


def test_a_step_that_no_gradient_reaches_is_told():
    _, run = program(small.TWO, phase(step("all", term("hard", "argmax(label, axis=-1) * 1.0", "label"))))
    with pytest.raises(SpecError) as error:
        run({"x": numbers(4, 6)}, {})
    assert "step-without-gradient" in str(error.value.faults[0].kind)


def test_a_follower_unlike_what_it_follows_is_told():
    plan = phase(step("all", term("a", "square(a)", "a"), update=("online",)),
                 replace(step("drift"), optimizer=None, follow=FollowPlan("target", "online", 0.1)))
    with pytest.raises(SpecError) as error:
        program(LINE.replace("target: {inputs: {x: [2]}, layers: [{Dense: 1", "target: {inputs: {x: [2]}, layers: [{Dense: 3"), plan)
    assert error.value.faults[0].kind == "follow-misfit"


WHOLE = """
name: whole
networks:
  online: {inputs: {x: [6]}, layers: [{Dense: [8, activation: relu], name: d}, {Dropout: 0.2}]}
  slow: {inputs: {x: [6]}, layers: [{Dense: [8, activation: relu], name: d}, {Dropout: 0.2}]}
model:
  inputs: {x: [6]}
  layers:
    - {use: slow, from: x, name: late}
    - {use: online, from: x, name: stem}
    - {GaussianNoise: 0.1, name: noise}
    - {Dense: 4, name: place}
    - {Dense: [3, activation: softmax], name: label}
    - {Dense: 1, from: place, name: total}
  outputs: [label, total, place, late]
"""


def whole(**more):
    """Everything that has state: two optimizers, a loss with centres, a step that is left out most times, a moving weight, a follower, callbacks."""
    centre = tiny.recipe("loss", "CenterLoss", classes=3, rate=0.5)
    steps = (step("classes", term("label", "SparseCategoricalCrossentropy", "label", target="label"),
                  term("centre", centre, "place", target="label", weight=EquationPlan("0.1 / (1 + epoch)")),
                  term("near", "mean(square(late - stem), axis=-1)", "late", "stem", weight=0.01),
                  update=("online", "place", "label"), optimizer=tiny.recipe("optimizer", "AdamW", learning_rate=0.01), clip=0.5),
             step("sum", term("total", "MeanSquaredError", "total", target="total"), update=("total",), every=5,
                  optimizer=tiny.recipe("optimizer", "Adam", learning_rate=0.02)),
             replace(step("drift", update=("slow",)), terms=(), optimizer=None, follow=FollowPlan("slow", "online", 0.1)))
    measures = (TermPlan("accuracy", "accuracy", (("y_pred", "label"),), Target("field", "label")),
                TermPlan("f1", tiny.recipe("metric", "MeanAbsoluteError"), (("y_pred", "total"),), Target("field", "total")))
    plateau = tiny.recipe("callback", "ReduceLROnPlateau", monitor="val_centre", factor=0.5, patience=1, min_delta=10.0)
    stopping = tiny.recipe("callback", "EarlyStopping", monitor="val_accuracy", mode="max", patience=9, restore_best_weights=True)
    return replace(phase(*steps, epochs=4, callbacks=(plateau, stopping), measures=measures, losses={"label": tiny.LABEL, "total": tiny.TOTAL}), **more)


class Stop(Exception):
    """What ends a run in the middle."""


@pytest.mark.slow
def test_a_seeded_run_repeats_and_goes_on_from_anywhere_with_equal_bits(tmp_path, monkeypatch):
    """Left in the middle of an epoch and between two, with dropout and noise; one step of five reaches across epochs of 12."""
    def run(folder, **how):
        training.fix_seeds(1)
        built, wires = small.made(WHOLE)
        done = training.train(built, (whole(execution=ExecutionPlan(1)),), tiny.data(), folder, batch=8, checkpoint_every=5, wires=lambda _: wires, **how)
        return tiny.weights(built), [{name: value for name, value in row.items() if name not in ("seconds", "waited")} for row in done.history.rows]

    one, again, *others = (training.create("whole", tmp_path / name, spec="name: w\n", graph="<svg/>").folder for name in "abcd")
    weights, rows = run(one)
    twin, told = run(again)
    assert told == rows and len(rows) == 4 and tiny.same(weights, twin)
    save = checkpoints.save

    def stopping(at):
        def saved(folder, step, *rest):
            save(folder, step, *rest)
            if step == at:
                raise Stop

        return saved

    for other, at in zip(others, (12 + 5, 24)):
        with monkeypatch.context() as patch, pytest.raises(Stop):
            patch.setattr(checkpoints, "save", stopping(at))
            run(other)
        resumed, found = run(other, resume=True)
        assert found == rows and tiny.same(weights, resumed), at
    assert rows[0]["learning_rate"] == pytest.approx(0.01) and rows[0]["sum_learning_rate"] == pytest.approx(0.02)
    assert rows[-1]["learning_rate"] < 0.01  # `val_centre` was watched, and the first optimizer heard
    with np.load(one / "program.npz") as kept:
        assert np.abs(kept["loss/0"]).max() > 0.01 and kept["count"] == 4 * 12 and kept["epoch"] == 12


@pytest.mark.slow
def test_judging_gives_what_validation_gave_and_what_is_worked_out_by_hand(trained, tmp_path):
    plan, data = whole(callbacks=()), tiny.data()
    built, rows = trained(WHOLE, plan, data)
    split, folder = data.splits["validation"], next((tmp_path / "runs0" / "small").iterdir())
    found = training.evaluate(built, split, plan, fields=data.fields, batch=8, kept=folder / "program.npz",
                              wires=lambda model: small.Inside(small.graph_of(WHOLE), model))
    for name, value in found.metrics.items():
        assert value == pytest.approx(rows[-1][f"val_{name}"], rel=1e-5), name
    x, label, total = (split.column(name) for name in ("x", "label", "total"))
    made = {name: np.asarray(value, "float64") for name, value in built({"x": x}).items()}
    with np.load(folder / "program.npz") as kept:
        centre = (((made["place"] - kept["loss/0"][label]) ** 2).sum(axis=1) / 2).mean()
    wanted = {"label": -np.log(made["label"][np.arange(len(label)), label]).mean(), "total": ((made["total"][:, 0] - total) ** 2).mean(), "centre": centre,
              "accuracy": (made["label"].argmax(axis=1) == label).mean(), "f1": abs(made["total"][:, 0] - total).mean()}
    wanted["near"] = ((made["late"] - np.maximum(x @ layer_of(built, "online.d")[0] + layer_of(built, "online.d")[1], 0)) ** 2).mean()
    wanted["loss"] = wanted["label"] + wanted["centre"] * 0.1 / 4 + 0.01 * wanted["near"] + wanted["total"]
    for name, value in wanted.items():
        assert found.metrics[name] == pytest.approx(value, rel=1e-5), name
    assert set(found.outputs) == {"label", "total"}


def test_half_precision_trains():
    plan = phase(*small.adversarial(tiny.recipe("optimizer", "Adam", learning_rate=0.01)), precision="mixed_float16", epochs=2)
    built, wires = small.made(small.GAN, precision="mixed_float16")
    made = Program(built, plan, wires)
    made.build_state({})
    before = tiny.weights(built)
    run = tf.function(lambda *batch: made.train_step(batch), autograph=False)
    for _ in range(3):
        logs = run({"real": numbers(8, 2), "noise": numbers(8, 3)}, {})
    assert all(np.isfinite(float(value)) for value in logs.values())
    assert all(abs(value - before[name]).max() > 0 for name, value in tiny.weights(built).items() if "kernel" in name)
    assert {str(type(step.optimizer).__name__) for step in made.losing} == {"LossScaleOptimizer"}


@pytest.mark.slow
@pytest.mark.parametrize(("precision", "within"), [("mixed_float16", 0.01), ("mixed_bfloat16", 0.05)])
def test_each_step_scales_its_loss_in_half_precision(precision, within):
    """Gradients of 1e-9 that float16 does not know move the weights as in float32, and their norm is cut after that."""
    def moved(precision):
        def sgd(rate):
            return tiny.recipe("optimizer", "SGD", learning_rate=rate)

        one, other = small.adversarial(sgd(1e7))
        steps = (replace(one, terms=tuple(replace(each, weight=1e-8) for each in one.terms)),
                 replace(other, terms=tuple(replace(each, weight=1e-8) for each in other.terms), clip=1e-9))
        made, run = program(small.GAN, phase(*steps, precision=precision), precision=precision)
        before = tiny.weights(made.inner)
        draw = np.random.default_rng(4)
        for _ in range(3):
            run({"real": draw.normal(size=(8, 2)).astype("float32"), "noise": draw.normal(size=(8, 3)).astype("float32")}, {})
        return {name: value - before[name] for name, value in tiny.weights(made.inner).items() if "kernel" in name}

    half, whole = moved(precision), moved(None)
    for name, one in whole.items():
        assert abs(one).max() > 1e-3, name
        np.testing.assert_allclose(half[name], one, atol=within * abs(one).max() + 1e-4, err_msg=name)


def test_the_term_that_went_bad_is_told(trained):
    plan = phase(step("all", term("fine", "square(total)", "total"), term("bad", "log(total - total)", "total")))
    with pytest.raises(SpecError) as error:
        trained(small.TWO, plan, tiny.data())
    assert error.value.faults[0].kind == "bad-loss" and error.value.faults[0].facts["outputs"] == ("bad",)


@pytest.mark.slow
def test_weights_of_classes_count_in_the_loss_of_their_output(trained):
    """As `compile` counts them; validation knows none."""
    terms = (term("label_loss", tiny.LABEL.recipe, "label", target="label"), term("total_loss", tiny.TOTAL.recipe, "total", target="total", weight=0.5))
    weights = (ClassWeightPlan("label", ((Choice("none"), 4.0), (Choice("many"), 0.5))),)
    plan = tiny.plan(losses={"label": tiny.LABEL, "total": tiny.TOTAL}, callbacks=(), epochs=1, metrics={}, class_weight=weights)
    steps = (step("all", *terms, optimizer=plan.optimizer, clip=1.0),)
    (plainly, log), (made, rows) = (trained(small.TWO, one, tiny.data()) for one in (plan, replace(plan, steps=steps)))
    for one, other in zip(plainly.weights, made.weights):
        np.testing.assert_allclose(one.numpy(), other.numpy(), atol=1e-6)
    assert rows[-1]["label_loss"] == pytest.approx(log[-1]["label_loss"], abs=1e-5)
    assert rows[-1]["val_label_loss"] == pytest.approx(log[-1]["val_label_loss"], abs=1e-5)
