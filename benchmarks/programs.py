"""A step of a training program against its twins in plain Keras: a GAN's `train_step` by hand, and two losses given to `compile`."""

import functools
import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
from side_by_side import ratio, worked

NOISE, BATCH, TOGETHER, CALLS = 64, 128, 20, 3
GAN = """
name: gan
data: {source: {Npz: data.npz}, batch: BATCH}
networks:
  generator:
    inputs: {noise: [NOISE]}
    layers: [Dense: [256, activation: relu], Dense: [784, activation: sigmoid]]
  discriminator:
    inputs: {image: [784]}
    layers: [Dense: [256, activation: leaky_relu], Dense: 1]
model:
  inputs: {image: [784], noise: [NOISE]}
  layers:
    - {use: generator, from: noise, name: fake}
    - {use: discriminator, from: image, name: real_score}
    - {use: discriminator, from: fake, name: fake_score}
  outputs: [fake]
train:
  epochs: EPOCHS
  steps:
    - update: discriminator
      optimizer: {Adam: [2e-4, beta_1: 0.5]}
      loss:
        - {BinaryCrossentropy: [from_logits: true], from: real_score, target: 1}
        - {BinaryCrossentropy: [from_logits: true], from: fake_score, target: 0}
    - update: generator
      optimizer: {Adam: [2e-4, beta_1: 0.5]}
      loss: [{BinaryCrossentropy: [from_logits: true], from: fake_score, target: 1}]
"""
# A name of its own makes a term more than `compile` can say.
TWO = """
name: two
data: {source: {Npz: data.npz}, batch: BATCH}
model:
  inputs: {image: [784]}
  layers:
    - Dense: [256, activation: relu]
    - Dense: [256, activation: relu]
      name: trunk
    - Dense: [10, activation: softmax]
      name: label
    - Dense: 1
      from: trunk
      name: size
  outputs: [label, size]
train:
  epochs: EPOCHS
  optimizer: {Adam: 1e-3}
  loss:
    - {SparseCategoricalCrossentropy: {}, from: label, name: classes}
    - {MeanSquaredError: {}, from: size, weight: 0.5, name: sizes}
"""


def gan():
    """The GAN of Keras's guide, on noise that comes with the data."""
    import keras
    import tensorflow as tf
    from keras import layers

    class Gan(keras.Model):
        def __init__(self):
            super().__init__()
            self.generator = keras.Sequential([layers.Input((NOISE,)), layers.Dense(256, activation="relu"), layers.Dense(784, activation="sigmoid")])
            self.discriminator = keras.Sequential([layers.Input((784,)), layers.Dense(256, activation="leaky_relu"), layers.Dense(1)])
            self.d_mean, self.g_mean = keras.metrics.Mean(name="d_loss"), keras.metrics.Mean(name="g_loss")
            self.g_optimizer, self.judge = keras.optimizers.Adam(2e-4, beta_1=0.5), keras.losses.BinaryCrossentropy(from_logits=True)
            self.built = True

        @property
        def metrics(self):
            return [self.d_mean, self.g_mean]

        def train_step(self, data):
            image, noise = data
            fake = self.generator(noise, training=True)
            with tf.GradientTape() as tape:
                real_score, fake_score = self.discriminator(image, training=True), self.discriminator(fake, training=True)
                d_loss = self.judge(tf.ones_like(real_score), real_score) + self.judge(tf.zeros_like(fake_score), fake_score)
            weights = self.discriminator.trainable_weights
            self.optimizer.apply_gradients(zip(tape.gradient(d_loss, weights), weights))
            with tf.GradientTape() as tape:
                fake_score = self.discriminator(self.generator(noise, training=True), training=True)
                g_loss = self.judge(tf.ones_like(fake_score), fake_score)
            weights = self.generator.trainable_weights
            self.g_optimizer.apply_gradients(zip(tape.gradient(g_loss, weights), weights))
            self.d_mean.update_state(d_loss)
            self.g_mean.update_state(g_loss)
            return {metric.name: metric.result() for metric in self.metrics}

    made = Gan()
    made.compile(optimizer=keras.optimizers.Adam(2e-4, beta_1=0.5), steps_per_execution=TOGETHER)
    return made


def two():
    import keras
    from keras import layers

    image = keras.Input((784,))
    trunk = layers.Dense(256, activation="relu")(layers.Dense(256, activation="relu")(image))
    made = keras.Model(image, {"label": layers.Dense(10, activation="softmax")(trunk), "size": layers.Dense(1)(trunk)})
    made.compile(optimizer=keras.optimizers.Adam(1e-3), loss={"label": "sparse_categorical_crossentropy", "size": "mean_squared_error"},
                 loss_weights={"label": 1.0, "size": 0.5}, steps_per_execution=TOGETHER)
    return made


def program(text: str):
    """What runs so many steps of a spec's program, as a run does."""
    from builder import experiment
    from builder.inside.wires import Inside
    from builder.model import build
    from builder.training import phases
    from builder.training.freeze import trainable_flags
    from builder.training.stepper import stepper

    checked = experiment.check(text)
    model = build(checked.graph)
    return lambda truths: _ready(phases.prepare(model, checked.phases[0], trainable_flags(model), Inside(checked.graph, model)), truths, phases, stepper)


def _ready(prepared, truths, phases, stepper):
    phases.build_state(prepared.model, truths)
    return stepper(prepared.model).train


def busy(step, batches) -> float:
    """Seconds of work that a step is, of many."""
    return worked(lambda: [step(batches) for _ in range(CALLS)]) / (CALLS * TOGETHER)


def main(quick: bool = False) -> None:
    import tensorflow as tf

    random, size = np.random.default_rng(0), 20 * BATCH
    image, noise = random.random((size, 784), "float32"), random.normal(size=(size, NOISE)).astype("float32")
    label, number = random.integers(0, 10, size), random.random((size, 1), "float32")
    systems = (
        ("a GAN", "Keras's own guide: a `train_step` by hand", GAN, gan, ({"image": image, "noise": noise}, {}), (image, noise)),
        ("two named terms", "the same losses given to `compile`", TWO, two, ({"image": image}, {"label": label, "size": number}),
         (image, {"label": label, "size": number})),
    )
    for name, against, text, model, ours, theirs in systems:
        mine, plain = (iter(tf.data.Dataset.from_tensor_slices(data).batch(BATCH, drop_remainder=True).cache().repeat()) for data in (ours, theirs))
        run, made = program(text.replace("EPOCHS", "1").replace("BATCH", str(BATCH)).replace("NOISE", str(NOISE)))(mine.element_spec[1]), model()
        made.make_train_function()
        sides = functools.partial(busy, lambda batches: run(batches, TOGETHER), mine), functools.partial(busy, made.train_function, plain)  # noqa: B023
        for side in sides:
            side()  # traced
        ratio(f"a step of a program of {name}", against, *sides, 3 if quick else 25)


if __name__ == "__main__":
    main()
