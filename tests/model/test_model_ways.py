"""The same model written in several ways is one model: its layers, their arguments, what it computes."""

import numpy as np
import pytest

PLAIN = """
- Conv2D: [4, 3, padding: same, activation: relu]
- Conv2D: [4, 3, padding: same, activation: relu]
- MaxPooling2D: 2
- Conv2D: [8, 3, padding: same, activation: relu]
- Conv2D: [8, 3, padding: same, activation: relu]
- MaxPooling2D: 2
- Flatten
- Dense: [3, activation: softmax]
  name: label
"""
KEYWORDS_AND_REPEAT = """
- Conv2D: {filters: 4, kernel_size: 3, padding: same, activation: relu}
  repeat: 2
- MaxPooling2D: {pool_size: [2, 2]}
- layers: [Conv2D: [8, 3, padding: same, activation: relu]]
  repeat: =1 + 1
- {MaxPooling2D: =4 // 2}
- Flatten: {}
- Dense: {units: 3, activation: softmax}
  name: label
"""
LOOP_AND_DEFAULTS = """
- for: {filters: [4, 8]}
  layers:
    - for: {i: [0, 1]}
      layers: [Conv2D: =filters]
    - MaxPooling2D: 2
- Flatten
- Dense: [3, activation: softmax]
  name: label
"""
DEFAULTS = "defaults: {Conv2D: {kernel_size: 3, padding: same, activation: relu}}"
BLOCKS = """
- Stage: 4
- {Stage: [=2 ** 3], from: previous}
- Flatten
- Dense: [3, activation: softmax]
  name: label
"""
STAGE = """
blocks:
  Stage:
    params: [filters, convs: 2]
    layers:
      - when: =convs > 0
        layers:
          - Conv2D: [=filters, 3, padding: same, activation: relu]
          - Stage: [=filters, =convs - 1]
        else:
          MaxPooling2D: 2
"""


def facts(model) -> list:
    """Each layer's class and arguments, its name aside."""
    return [(type(layer).__name__, {k: v for k, v in layer.get_config().items() if k != "name"}) for layer in model.layers]


@pytest.mark.parametrize("layers, above", [(KEYWORDS_AND_REPEAT, ""), (LOOP_AND_DEFAULTS, DEFAULTS), (BLOCKS, STAGE)], ids=["keywords", "loop", "blocks"])
def test_one_model(compiled, layers, above):
    first, second = compiled("image: [8, 8, 1]", PLAIN), compiled("image: [8, 8, 1]", layers, above)
    described = [_plain(fact) for fact in facts(second)]
    assert described == [_plain(fact) for fact in facts(first)]
    second.set_weights(first.get_weights())
    x = {"image": np.random.default_rng(0).normal(size=(2, 8, 8, 1)).astype("float32")}
    assert np.array_equal(first(x)["label"], second(x)["label"])


def _plain(fact) -> tuple:
    """Keras keeps `pool_size: 2` and `[2, 2]` as they are written or as tuples; both are the same."""
    name, config = fact
    return name, {key: tuple(value) if isinstance(value, list) else value for key, value in config.items() if key not in ("kernel_initializer", "dtype")}


def test_it_is_the_model_written_by_hand(compiled):
    import keras
    from keras import layers

    x = image = keras.Input((8, 8, 1), name="image")
    for filters in (4, 8):
        for _ in range(2):
            x = layers.Conv2D(filters, 3, padding="same", activation="relu")(x)
        x = layers.MaxPooling2D(2)(x)
    by_hand = keras.Model(image, layers.Dense(3, activation="softmax")(layers.Flatten()(x)))
    model = compiled("image: [8, 8, 1]", PLAIN)
    assert [_plain(fact)[0] for fact in facts(model)] == [_plain(fact)[0] for fact in facts(by_hand)]
    by_hand.set_weights(model.get_weights())
    value = np.random.default_rng(0).normal(size=(2, 8, 8, 1)).astype("float32")
    assert np.array_equal(model({"image": value})["label"], by_hand(value))


def test_inputs_and_outputs_are_dicts_by_name(compiled):
    model = compiled("image: [8, 8, 1]", PLAIN)
    assert list(model.input) == ["image"] and list(model.output) == ["label"]
    assert model.name == "tested" and type(model).__name__ == "Functional"
