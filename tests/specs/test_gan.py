"""Three adversarial losses on a ring of clouds: the same networks and optimizers, other loss lines; all eight clouds are found."""

from difflib import ndiff

import keras
import numpy as np
import pytest
import tensorflow as tf
from spec_help import SPECS, checked

import builder

NAMES = ("gan", "lsgan", "wgan_gp")
CENTRES = 2 * np.stack([np.cos(np.arange(8) * np.pi / 4), np.sin(np.arange(8) * np.pi / 4)], axis=1)
SPREAD = 0.05


@pytest.mark.parametrize("name", NAMES)
def test_networks_and_steps(name):
    found = checked(name)
    generator, critic = 16 * 128 + 128 + 128 * 128 + 128 + 128 * 2 + 2, 2 * 128 + 128 + 128 * 128 + 128 + 128 + 1
    assert found.graph.parameters == generator + critic and found.networks == ("generator",)
    first, second = found.phases[0].steps
    assert first.update == ("discriminator",) and second.update == ("generator",) and first.every == second.every == 1


def other_lines(name: str) -> tuple[list[str], list[str]]:
    """The lines of `gan` that a spec has not, and those that it has in their place; remarks and the name do not count."""
    texts = [[line.split(" #")[0].strip() for line in (SPECS / f"{one}.yaml").read_text().splitlines() if not line.startswith(("#", "name:"))]
             for one in ("gan", name)]
    told = list(ndiff(*texts))
    return [line[2:] for line in told if line[0] == "-"], [line[2:] for line in told if line[0] == "+"]


def terms(loss: str) -> list[str]:
    """The lines of one loss in both steps."""
    return [f"- {{{loss}, from: {wire}, target: {target}}}" for wire, target in (("real_score", 1), ("made_score", 0), ("made_score", 1))]


def test_least_squares_are_other_loss_lines_alone():
    gone, come = other_lines("lsgan")
    assert gone == terms("BinaryCrossentropy: [from_logits: true]")
    assert come == terms("MeanSquaredError: {}")


def test_the_penalty_needs_beside_its_loss_lines_the_points_that_it_is_taken_at():
    """No other optimizers, no more steps of the critic than of the generator, no other networks."""
    gone, come = other_lines("wgan_gp")
    assert gone == ["sample: {Noise: [shape: =noise]}", 'inputs: {noise: "=[noise]", point: [2]}', *terms("BinaryCrossentropy: [from_logits: true]")]
    assert come == [
        "sample:", "- Noise: [shape: =noise]", "- Noise: [shape: 1, distribution: uniform, name: share, minval: 0, maxval: 1]",
        'inputs: {noise: "=[noise]", point: [2], share: [1]}',
        "- {formula: share * point + (1 - share) * made, name: mixed}", "- {use: discriminator, from: mixed, name: mixed_score}",
        "- {Wasserstein: {}, from: real_score, target: 1}", "- {Wasserstein: {}, from: made_score, target: 0}",
        "- {GradientPenalty: {}, from: [mixed_score, mixed], weight: 0.1}", "- {Wasserstein: {}, from: made_score, target: 1}"]


def test_a_step_of_the_penalty_is_what_is_written_by_hand():
    """The gradient of the critic's slope reaches the critic's weights: a tape within a tape, written out, trains the same."""
    from builder.experiment import _wires
    from builder.model import build
    from builder.training.program import Program

    found = checked("wgan_gp", width=8)
    keras.utils.set_random_seed(1)
    model = build(found.graph)
    program = Program(model, found.phases[0], _wires(found)(model), 4)
    program.build_state({})
    inner = [model.get_layer(name) for name in ("generator", "discriminator")]
    generator, critic = (keras.Sequential([keras.layers.deserialize(keras.layers.serialize(layer)) for layer in one.layers if layer.weights]) for one in inner)
    for copy, one, width in ((generator, inner[0], 16), (critic, inner[1], 2)):
        copy.build((None, width))
        copy.set_weights(one.get_weights())
    optimizers = [keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(rate, 10000, 0.05), beta_1=0, beta_2=0.9) for rate in (1e-3, 2e-3)]
    step = tf.function(lambda *batch: program.train_step(batch), autograph=False)
    random = np.random.default_rng(0)
    for _ in range(3):
        noise, point, share = (random.normal(size=(32, size)).astype("float32") for size in (16, 2, 1))
        step({"noise": noise, "point": point, "share": share}, {})
        with tf.GradientTape() as tape:
            made = generator(noise)
            mixed = share * point + (1 - share) * made
            with tf.GradientTape() as inside:
                inside.watch(mixed)
                score = critic(mixed)
            slope = tf.norm(inside.gradient(score, mixed), axis=1)
            loss = tf.reduce_mean(critic(made)) - tf.reduce_mean(critic(point)) + 0.1 * tf.reduce_mean((slope - 1) ** 2)
        gradients = tape.gradient(loss, critic.trainable_variables, unconnected_gradients="zero")
        optimizers[1].apply(gradients, critic.trainable_variables)
        with tf.GradientTape() as tape:
            loss = -tf.reduce_mean(critic(generator(noise)))
        optimizers[0].apply(tape.gradient(loss, generator.trainable_variables), generator.trainable_variables)
    for copy, one in zip((generator, critic), inner):
        for ours, by_hand in zip(one.get_weights(), copy.get_weights()):
            np.testing.assert_allclose(ours, by_hand, atol=2e-6)


def judged(points: np.ndarray) -> tuple[int, float]:
    """How many clouds at least 0.5 % of the points lie in, and the share of points within three standard deviations of a centre."""
    away = np.linalg.norm(points[:, None] - CENTRES, axis=-1)
    near = away.min(1) < 3 * SPREAD
    return int((np.bincount(away.argmin(1)[near], minlength=8) >= 0.005 * len(points)).sum()), float(near.mean())


def test_how_it_is_judged():
    random = np.random.default_rng(0)
    ring = CENTRES[np.arange(4000) % 8] + random.normal(0, SPREAD, (4000, 2))
    modes, share = judged(ring)
    assert modes == 8 and share == pytest.approx(1 - np.exp(-4.5), abs=0.005)  # of a round cloud within three standard deviations
    assert judged(ring[::8])[0] == 1 and judged(np.zeros((10, 2))) == (0, 0)


@pytest.mark.proof
@pytest.mark.parametrize("name", NAMES)
def test_it_finds_all_eight_clouds(name, tmp_path):
    fresh = builder.compile(SPECS / f"{name}.yaml")
    run = builder.train(SPECS / f"{name}.yaml", runs=tmp_path)
    noise = np.random.default_rng(0).normal(size=(4000, 16)).astype("float32")
    (modes, share), before = (judged(_made(model, noise)) for model in (run.model, fresh))
    print(f"{name}: {modes} of 8 clouds, {share:.3f} of the samples within three sigma (of real points 0.989; untrained {before[0]} and {before[1]:.3f}), "
          f"{sum(run.history['seconds']):.0f} s")
    assert modes == 8
    assert share >= 0.9


def _made(model, noise: np.ndarray) -> np.ndarray:
    network = model.get_layer("generator")
    return np.asarray(next(iter(network({"noise": noise}).values())))
