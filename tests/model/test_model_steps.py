"""What steps can be: wrappers, attention, states, operations, equations, branches, groups, several outputs."""

import numpy as np
import pytest


def weights(model, seed: int = 0):
    random = np.random.default_rng(seed)
    model.set_weights([random.normal(0, 0.5, w.shape).astype("float32") for w in model.weights])
    return model


def example(*shape: int, seed: int = 1):
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


def test_a_layer_as_an_argument(compiled):
    model = compiled("x: [5, 3]", "- Bidirectional: [LSTM: [4, return_sequences: true], merge_mode: sum]\n- TimeDistributed: {Dense: 2}\n  name: y")
    layer = model.get_layer("bidirectional")
    assert type(layer.forward_layer).__name__ == "LSTM" and layer.merge_mode == "sum"
    assert model.output["y"].shape == (None, 5, 2)


def test_objects_as_arguments(compiled):
    model = compiled("x: [3]", "- Dense: [4, kernel_initializer: {Constant: 0.5}, kernel_regularizer: {L2: 0.01}, bias_constraint: NonNeg]\n  name: y")
    layer = model.get_layer("y")
    assert np.all(layer.kernel.numpy() == 0.5) and np.isclose(layer.kernel_regularizer.l2, 0.01)
    assert type(layer.bias_constraint).__name__ == "NonNeg" and np.isclose(float(model.losses[0]), 0.01 * 12 * 0.25)


def test_attention_by_names(compiled):
    import keras

    model = weights(compiled("a: [5, 8], b: [7, 8]", "- MultiHeadAttention: [2, 4]\n  from: {query: a, value: b}\n  name: seen"))
    plain = keras.layers.MultiHeadAttention(2, 4)
    a, b = example(2, 5, 8), example(2, 7, 8, seed=2)
    plain(a, b)
    plain.set_weights(model.get_weights())
    assert np.allclose(model({"a": a, "b": b})["seen"], plain(query=a, value=b), atol=1e-6)


def test_states_of_an_encoder_start_a_decoder(compiled):
    import keras

    model = weights(compiled("source: [4, 3], target: [5, 3]", """
    - LSTM: [6, return_state: true]
      from: source
      as: [last, h, c]
    - LSTM: [6, return_sequences: true]
      from: {sequences: target, initial_state: [h, c]}
      name: decoded
    """))
    encoder, decoder = keras.layers.LSTM(6, return_state=True), keras.layers.LSTM(6, return_sequences=True)
    source, target = example(2, 4, 3), example(2, 5, 3, seed=2)
    _, h, c = encoder(source)
    decoder(target, initial_state=[h, c])
    encoder.set_weights(model.get_weights()[:3]), decoder.set_weights(model.get_weights()[3:])
    _, h, c = encoder(source)
    assert np.allclose(model({"source": source, "target": target})["decoded"], decoder(target, initial_state=[h, c]), atol=1e-6)


@pytest.mark.parametrize("step, value", [
    ("- ops.mean: [axis: 1]", lambda x: x.mean(1)),
    ("- ops.transpose: {axes: [0, 2, 1]}", lambda x: x.transpose(0, 2, 1)),
    ("- ops.concatenate: [axis: -1]\n  from: [x, x]", lambda x: np.concatenate([x, x], -1)),
    ("- ops.matmul:\n  from: [x, turned]", lambda x: x @ x.transpose(0, 2, 1)),
    ("- ops.einsum: ['bij,bkj->bik']\n  from: [x, x]", lambda x: np.einsum("bij,bkj->bik", x, x)),
    ("- ops.reshape: [[-1, 12]]\n  from: x", lambda x: x.reshape(-1, 12)),
    ("- ops.expand_dims: -1\n  from: x", lambda x: x[..., None]),
    ("- ops.clip: [-0.5, 0.5]\n  from: x", lambda x: np.clip(x, -0.5, 0.5)),
    ("- ops.where:\n  from: [positive, x, turned_back]", lambda x: np.where(x > 0, x, 0)),
])
def test_operations_on_wires(compiled, step, value):
    first = """
    - ops.transpose: {axes: [0, 2, 1]}
      name: turned
    - formula: x > 0
      name: positive
    - formula: x * 0
      name: turned_back
    - Identity:
      from: x
    """
    import textwrap

    x = example(2, 3, 4)
    model = compiled("x: [3, 4]", textwrap.dedent(first).strip("\n") + "\n" + step)
    (found,) = model({"x": x}).values()
    assert np.allclose(found, value(x), atol=1e-5)


def test_equations(compiled):
    model = compiled("h: [4], x: [4]", """
    - Dense: [4, activation: sigmoid, use_bias: false]
      from: x
      name: z
    - formula: (1 - z) * h + z * tanh(x)
      name: state
    - formula: sqrt(sum(square(state - h), axis=-1, keepdims=true) + eps)
      name: distance
    """, "params: {eps: 1e-12}", "[state, distance]")
    weights(model)
    h, x = example(3, 4), example(3, 4, seed=2)
    z = 1 / (1 + np.exp(-x @ model.get_weights()[0]))
    state = (1 - z) * h + z * np.tanh(x)
    found = model({"h": h, "x": x})
    assert np.allclose(found["state"], state, atol=1e-6)
    assert np.allclose(found["distance"], np.sqrt(((state - h) ** 2).sum(-1, keepdims=True)), atol=1e-6)


def test_branches(compiled):
    model = compiled("x: [4]", """
    - branches:
        - [Dense: 3]
        - []
        - - Dense: 2
          - ops.tanh
      merge: Concatenate
      name: joined
    """)
    assert model.output["joined"].shape == (None, 9) and model.count_params() == 15 + 10


def test_branches_without_a_merge_are_a_list(compiled):
    model = compiled("x: [4]", "- branches: [[Dense: 3], [Dense: 3]]\n- Add\n- branches: [[{Dense: 2, name: a}], [{Dense: 1, name: b}]]")
    assert {name: wire.shape[-1] for name, wire in model.output.items()} == {"a": 2, "b": 1}


def test_groups_see_the_names_around_them(compiled):
    model = compiled("x: [4]", """
    - Dense: 4
      name: stem
    - layers:
        - Dense: 4
          name: inner
        - Add:
          from: [stem, inner]
      name: body
    - Add:
      from: [body, body.inner]
    """)
    assert [layer.name for layer in model.layers] == ["x", "stem", "body.inner", "body.add", "add"]


@pytest.mark.parametrize("deep, classes", [(True, 2), (False, 1)])
def test_when_and_else(compiled, deep, classes):
    model = compiled("x: [4]", "- when: =deep\n  Dense: 2\n  name: y\n  else: {Dense: 1}", f"params: {{deep: {str(deep).lower()}}}")
    assert model.output["y"].shape == (None, classes)


def test_several_inputs_and_outputs(compiled):
    model = compiled("a: [4], b: [2, 2]", """
    - Flatten:
      from: b
      name: flat
    - Concatenate:
      from: [a, flat]
    - Dense: 3
      name: hidden
    - Dense: 1
      name: head
    """, outputs="{score: head, code: hidden}")
    assert {name: wire.shape for name, wire in model.output.items()} == {"score": (None, 1), "code": (None, 3)}
    assert list(model.input) == ["a", "b"]


def test_a_step_that_is_not_trained(compiled):
    model = compiled("x: [4]", "- Dense: 3\n  trainable: false\n- Dense: 2\n  trainable: =1 > 0")
    assert len(model.trainable_weights) == 2 and len(model.weights) == 4


def test_lengths_left_open(compiled):
    model = compiled("tokens: {shape: [null], dtype: int32}", "- Embedding: [10, 4, mask_zero: true]\n- GRU: 3\n- {Dense: 1, name: y}")
    assert model.input["tokens"].shape == (None, None) and model.input["tokens"].dtype == "int32"
    for length in (2, 5):
        assert model({"tokens": np.ones((3, length), "int32")})["y"].shape == (3, 1)


def test_scalars_and_strings_go_in(compiled):
    model = compiled("age: float32, kind: string", """
    - StringLookup: [vocabulary: [cat, dog]]
      from: kind
    - Embedding: [3, 2]
      name: code
    - Reshape: [1]
      from: age
    - Concatenate:
      from: [previous, code]
      name: both
    """)
    found = model({"age": np.array([1, 2], "float32"), "kind": np.array(["dog", "cow"], dtype=object)})["both"]
    assert found.shape == (2, 3)


def test_precision_belongs_to_the_model(compiled):
    import keras

    import builder

    text = "name: half\nmodel: {inputs: {x: [3]}, layers: [{Dense: 2, name: y}]}\ntrain: {loss: MeanSquaredError, precision: mixed_bfloat16}"
    model = builder.compile(text)
    assert model.get_layer("y").compute_dtype == "bfloat16" and keras.config.dtype_policy().name == "float32"


def test_equations_slice_compare_and_know_their_channels(compiled):
    model = compiled("x: [4, 6], y: [4, 6]", """
    - formula: (x[:, 0:2] == y[:, -2:]) * x[:, 1:3, :] / channels(x)
      name: z
    """)
    x, y = example(2, 4, 6), example(2, 4, 6, seed=2)
    y[:, -2] = x[:, 0]
    wanted = (x[:, 0:2] == y[:, -2:]) * x[:, 1:3] / 6
    found = np.asarray(model({"x": x, "y": y})["z"])
    assert found.shape == (2, 2, 6) and np.any(found) and np.allclose(found, wanted)


def test_repeat_chains_from_a_named_step(compiled):
    model = compiled("x: [4]", """
    - Dense: 3
      name: first
    - Dense: 4
      from: x
      repeat: 3
      name: y
    """, outputs="[first, y]")
    assert model.count_params() == 15 + 3 * 20
