"""Small models to export, each of the kind that some format finds hard."""

import numpy as np

from builder.catalog import import_keras

keras = import_keras()
from keras import layers  # noqa: E402

DIGITS = tuple(f"digit {number}" for number in range(10))


def two_ended():
    """Pixels and numbers in, a class and a number out, the names of the inputs and outputs with dots."""
    image, extra = keras.Input((8, 8, 1), dtype="uint8", name="scan.image"), keras.Input((3,), name="Extra")
    x = layers.Conv2D(4, 3, activation="relu")(layers.Rescaling(1 / 16)(image))
    x = layers.Flatten()(layers.BatchNormalization()(x))
    x = layers.Dropout(0.5)(layers.Concatenate()([x, extra]))
    label = layers.Dense(10, activation="softmax", name="label")(x)
    size = layers.Dense(1, name="side.size")(x)
    return keras.Model({"scan.image": image, "Extra": extra}, {"label": label, "side.size": size}, name="two")


def samples(count=5):
    random = np.random.default_rng(1)
    return {"scan.image": random.integers(0, 17, (count, 8, 8, 1)), "Extra": random.normal(size=(count, 3))}


def words(vocabulary=("good film", "bad film")):
    """Text in, one of two classes out, by one unit."""
    text = keras.Input((), dtype="string", name="text")
    lookup = layers.TextVectorization(max_tokens=20, output_sequence_length=6, name="lookup")
    if vocabulary:
        lookup.adapt(list(vocabulary))
    x = layers.GlobalAveragePooling1D()(layers.Embedding(20, 4)(lookup(text)))
    return keras.Model({"text": text}, {"label": layers.Dense(1, activation="sigmoid", name="label")(x)}, name="words")


def recurrent(kind=layers.LSTM):
    """Word numbers of any length in, one logit out."""
    ids = keras.Input((None,), dtype="int32", name="ids")
    x = layers.Bidirectional(kind(4))(layers.Embedding(30, 4, mask_zero=True)(ids))
    return keras.Model({"ids": ids}, {"label": layers.Dense(1, name="label")(x)}, name="recurrent")


def dense(*own, units=2, **arguments):
    """Four numbers in, two out, through layers of one's own."""
    x = wire = keras.Input((4,), name="x")
    for layer in own:
        wire = layer(wire)
    return keras.Model({"x": x}, {"y": layers.Dense(units, name="y", **arguments)(wire)}, name="dense")
