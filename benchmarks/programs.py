"""A step of a training program against its twins in plain Keras: a GAN's `train_step` by hand, and two losses given to `compile`."""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import tempfile
from pathlib import Path

import numpy as np
from side_by_side import ratio
from training import EPOCHS, fitted, ours

NOISE, BATCH, TOGETHER = 64, 128, 20
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


def main(quick: bool = False) -> None:
    random = np.random.default_rng(0)
    image, noise = random.random((12800, 784), "float32"), random.normal(size=(12800, NOISE)).astype("float32")
    label, size = random.integers(0, 10, 12800), random.random((12800, 1), "float32")
    systems = (
        ("a GAN", "Keras's own guide: a `train_step` by hand, in `fit`", GAN, gan, {"image": image, "noise": noise}, (image, noise)),
        ("two named terms", "the same losses given to `compile`, in `fit`", TWO, two, {"image": image, "label": label, "size": size}, (image, {"label": label, "size": size})),
    )
    for name, against, text, model, fields, data in systems:
        folder = Path(tempfile.mkdtemp())
        np.savez(folder / "data.npz", **fields)
        spec = folder / "spec.yaml"
        spec.write_text(text.replace("EPOCHS", str(EPOCHS)).replace("BATCH", str(BATCH)).replace("NOISE", str(NOISE)))
        ratio(f"a step of a program of {name}", against, lambda: ours(folder, spec), lambda: fitted(model(), data, BATCH), 1 if quick else 5)  # noqa: B023


if __name__ == "__main__":
    main()
