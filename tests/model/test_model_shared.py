"""Weights that exist once: networks used several times, and the layer of an earlier step used again."""

import numpy as np

ENCODER = """
networks:
  encoder:
    inputs: {image: [6]}
    layers:
      - Dense: [5, activation: tanh]
      - Dense: 3
        name: code
"""


def test_a_network_used_twice_counts_once(compiled):
    model = compiled("left: [6], right: [6]", """
    - {use: encoder, from: left, name: a}
    - {use: encoder, from: right, name: b}
    - formula: a - b
      name: difference
    """, ENCODER)
    assert model.count_params() == 6 * 5 + 5 + 5 * 3 + 3
    x = np.ones((2, 6), "float32")
    assert np.array_equal(model({"left": x, "right": x})["difference"], np.zeros((2, 3)))


def test_outputs_of_a_network_by_name(compiled):
    above = ENCODER.replace("    layers:", "    outputs: {code: code, seen: hidden}\n    layers:").replace("tanh]", "tanh]\n        name: hidden")
    model = compiled("x: [6]", """
    - use: encoder
      as: [code, seen]
    - Concatenate:
      from: [seen, code]
    """, above)
    assert model.output["concatenate"].shape == (None, 8)


def test_a_network_with_several_inputs_by_name(compiled):
    above = """
    networks:
      score:
        inputs: {query: [4], item: [4]}
        layers:
          - formula: sum(query * item * 2 + item, axis=-1)
    """
    model = compiled("q: [4], i: [4]", "- {use: score, from: {item: i, query: q}, name: score}", above)
    value = model({"q": np.full((1, 4), 3, "float32"), "i": np.ones((1, 4), "float32")})["score"]
    assert np.array_equal(value, [28])


def test_a_network_that_uses_a_network(compiled):
    above = ENCODER + """
      twin:
        inputs: {x: [6]}
        layers:
          - use: encoder
          - Dense: 6
    """.replace("\n    ", "\n")
    model = compiled("x: [6]", "- use: twin\n- use: twin\n- use: encoder\n  name: code", above)
    assert model.count_params() == (6 * 5 + 5 + 5 * 3 + 3) + (3 * 6 + 6)


def test_the_layer_of_an_earlier_step_again(compiled):
    model = compiled("x: [4]", "- {Dense: 4, name: shared}\n- ops.tanh\n- {use: shared, name: twice}\n- {use: shared, name: third}")
    assert model.count_params() == 4 * 4 + 4 and sum(layer.name == "shared" for layer in model.layers) == 1
    kernel, x = np.eye(4, dtype="float32") * 2, np.full((1, 4), 0.5, "float32")
    model.get_layer("shared").set_weights([kernel, np.ones(4, "float32")])
    assert np.allclose(model({"x": x})["third"], (np.tanh(2) * 2 + 1) * 2 + 1, atol=1e-6)


def test_a_block_is_a_mould(compiled):
    above = "blocks:\n  Half: {layers: [Dense: 4]}"
    assert compiled("x: [4]", "- Half\n- Half", above).count_params() == 2 * 20


def test_training_moves_shared_weights_by_the_sum_of_both_gradients(compiled):
    import keras

    shared = compiled("x: [3]", "- {Dense: [3, use_bias: false], name: w}\n- {use: w, name: y}")
    apart = compiled("x: [3]", "- {Dense: [3, use_bias: false], name: w}\n- {Dense: [3, use_bias: false], name: y}")
    kernel = np.random.default_rng(0).normal(size=(3, 3)).astype("float32")
    shared.set_weights([kernel]), apart.set_weights([kernel, kernel])
    x, y = {"x": np.ones((4, 3), "float32")}, {"y": np.zeros((4, 3), "float32")}
    for model in (shared, apart):
        model.compile(keras.optimizers.SGD(0.1), loss={"y": "mse"})
        model.train_on_batch(x, y)
    first, second = (weights - kernel for weights in apart.get_weights())
    assert np.allclose(shared.get_weights()[0] - kernel, first + second, atol=1e-6)


def test_what_no_output_reads_is_not_built(compiled):
    model = compiled("x: [4]", "- {Dense: 4, name: idle}\n- {Dense: 3, from: x, name: y}")
    assert [layer.name for layer in model.layers] == ["x", "y"]


def test_a_layer_first_called_where_nothing_reads_it(compiled):
    model = compiled("x: [4]", "- {Dense: 4, name: shared}\n- {use: shared, from: x, name: y}")
    assert model.count_params() == 20
