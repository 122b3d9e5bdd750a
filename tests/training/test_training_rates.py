"""Shares of the learning rate: each layer learns as an optimizer of its own rate would teach it, whatever the optimizer."""

import numpy as np
import pytest
import tiny_training as tiny

from builder import training
from builder.graph.plans import RatePlan
from builder.training import freeze, phases, rates

PLANS = (RatePlan("stem", 0.1), RatePlan("stem.norm", 0.5))
SHARES = [0.1, 0.1, 0.5, 0.5, 1.0, 1.0]  # kernel and bias of stem.dense, gamma and beta of stem.norm, kernel and bias of label


def prepared(**changes):
    built = tiny.model()
    return phases.prepare(built, tiny.plan(callbacks=(), **changes), freeze.trainable_flags(built)).model


def test_the_last_pattern_that_fits_holds():
    trained = prepared()
    assert rates.shares(trained, PLANS, trained.trainable_variables) == SHARES
    assert rates.shares(trained, PLANS[::-1], trained.trainable_variables) == [0.1] * 4 + [1.0, 1.0]


def updates(optimizer, variables, steps=4):
    """The variables after some steps of given gradients."""
    import keras

    rng = np.random.default_rng(0)
    made = [keras.Variable(value) for value in variables]
    optimizer.build(made)
    for _ in range(steps):
        optimizer.apply([keras.ops.convert_to_tensor(rng.normal(size=one.shape).astype("float32")) for one in made], made)
    return [np.asarray(one) for one in made]


def values():
    return [np.random.default_rng(1).normal(size=size).astype("float32") for size in ((3, 4), (4,), (4, 2))]


OPTIMIZERS = {
    "SGD": {"momentum": 0.9, "nesterov": True}, "Adam": {}, "AdamW": {"weight_decay": 0.1}, "RMSprop": {"momentum": 0.5, "centered": True},
    "Lion": {"weight_decay": 0.2},
    "Adagrad": {}, "Nadam": {"clipnorm": 0.5}, "Adamax": {"weight_decay": 0.05}, "Ftrl": {}, "Lamb": {}, "ScheduleFreeAdamW": {}, "Adafactor": {},
}


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_each_weight_moves_as_under_an_optimizer_of_its_own_rate(name):
    """The reference are Keras's own optimizers, one for each share, on the same gradients."""
    import keras

    made, given, each = getattr(keras.optimizers, name), OPTIMIZERS[name], (0.1, 1.0, 3.0)
    optimizer = rates._kind(made)(learning_rate=0.05, **given)
    optimizer.shares = each
    found = updates(optimizer, values())
    for index, share in enumerate(each):
        alone = updates(made(learning_rate=0.05 * share, **given), values())[index]
        assert np.allclose(found[index], alone, rtol=2e-6, atol=1e-7), (name, share)
    assert np.abs(found[0] - values()[0]).max() > 0


def test_of_adam_it_is_the_update_that_is_multiplied_not_the_gradient():
    """Adam in float64 by its equations (Kingma, Ba 2015, algorithm 1)."""
    import keras

    optimizer = rates._kind(keras.optimizers.Adam)(learning_rate=0.01)
    optimizer.shares = (0.1, 1.0, 2.0)
    found, rng = updates(optimizer, values()), np.random.default_rng(0)
    expected, first, second = [one.astype("float64") for one in values()], [0.0] * 3, [0.0] * 3
    for step in range(1, 5):
        for index, one in enumerate(expected):
            gradient = rng.normal(size=one.shape).astype("float32").astype("float64")
            first[index] = 0.9 * first[index] + 0.1 * gradient
            second[index] = 0.999 * second[index] + 0.001 * gradient**2
            rate = 0.01 * optimizer.shares[index] * np.sqrt(1 - 0.999**step) / (1 - 0.9**step)
            expected[index] = one - rate * first[index] / (np.sqrt(second[index]) + 1e-7)
    for one, other in zip(found, expected, strict=True):
        assert np.allclose(one, other, rtol=1e-5, atol=1e-6)


def test_a_schedule_a_clip_accumulation_and_loss_scaling_stay():
    schedule = tiny.recipe("schedule", "CosineDecay", initial_learning_rate=0.1, decay_steps=10)
    trained = prepared(rate_multipliers=PLANS, optimizer=tiny.recipe("optimizer", "SGD", learning_rate=schedule, gradient_accumulation_steps=2),
                       precision="mixed_float16")
    inner = trained.optimizer.inner_optimizer
    assert type(inner).__name__ == "SGD" and inner.shares == tuple(SHARES)
    assert inner.global_clipnorm == 1.0 and inner.gradient_accumulation_steps == 2
    assert type(inner._learning_rate).__name__ == "CosineDecay"


def test_without_shares_the_optimizer_is_keras_own():
    import keras

    assert type(prepared().optimizer) is keras.optimizers.AdamW
    assert type(prepared(rate_multipliers=(RatePlan("nothing", 0.1),)).optimizer) is keras.optimizers.AdamW


def moved(folder, **changes):
    """How far each layer's kernel went in one step of plain descent."""
    built = tiny.model()
    before = {name: np.array(built.get_layer(name).kernel) for name in ("stem.dense", "label")}
    plan = tiny.plan(epochs=1, callbacks=(), optimizer=tiny.recipe("optimizer", "SGD", learning_rate=0.1), **changes)
    training.train(built, (plan,), tiny.data(), folder, batch=96)
    return {name: np.array(built.get_layer(name).kernel) - value for name, value in before.items()}


def test_a_run_trains_so(folder, tmp_path):
    """The change itself is what is multiplied."""
    plain = moved(folder)
    shared = moved(training.create("tiny", tmp_path / "other").folder, rate_multipliers=(RatePlan("stem", 0.25),))
    assert np.allclose(shared["stem.dense"], 0.25 * plain["stem.dense"], rtol=1e-4, atol=1e-6)
    assert np.allclose(shared["label"], plain["label"], rtol=1e-4, atol=1e-6)
