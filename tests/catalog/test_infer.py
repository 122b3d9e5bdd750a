"""Shapes and counts told without weights equal those of the layer really built and called."""

import numpy as np
import pytest

from builder.catalog import catalogue, import_keras, make, operation
from builder.graph.catalogue import Refused
from builder.graph.graph import Pairs, Recipe, TensorSpec

keras = import_keras()


def layer(brick, /, **args):
    return Recipe("layer", brick, tuple(args.items()))


def op(brick, /, **args):
    return Recipe("op", brick, tuple(args.items()))


def spec(*shape, dtype="float32"):
    return TensorSpec(shape, dtype)


def infer(recipe, *inputs, **named):
    return catalogue().infer(recipe, inputs, named)


IMAGE, SEQUENCE, VECTOR = spec(12, 10, 6), spec(7, 5), spec(9)
ONE_INPUT = [
    (layer("Dense", units=4), VECTOR), (layer("Dense", units=4, use_bias=False), IMAGE), (layer("Flatten"), IMAGE),
    (layer("Conv1D", filters=4, kernel_size=3, padding="causal"), SEQUENCE), (layer("BatchNormalization"), IMAGE),
    (layer("Conv2D", filters=4, kernel_size=(3, 2), strides=2, groups=2), IMAGE), (layer("Dropout", rate=0.5), IMAGE),
    (layer("Conv3D", filters=2, kernel_size=2), spec(4, 4, 4, 3)),
    (layer("Conv2DTranspose", filters=3, kernel_size=2, strides=2), IMAGE),
    (layer("DepthwiseConv2D", kernel_size=3, depth_multiplier=2), IMAGE), (layer("LayerNormalization"), SEQUENCE),
    (layer("SeparableConv2D", filters=5, kernel_size=3), IMAGE), (layer("MaxPooling2D"), IMAGE),
    (layer("Reshape", target_shape=(-1, 6)), IMAGE),
    (layer("GlobalAveragePooling2D"), IMAGE), (layer("LSTM", units=3), SEQUENCE),
    (layer("PReLU", shared_axes=(1, 2)), IMAGE),
    (layer("GRU", units=3, return_sequences=True), SEQUENCE),
    (layer("SimpleRNN", units=3, return_state=True), SEQUENCE),
    (layer("Bidirectional", layer=layer("LSTM", units=3)), SEQUENCE),
    (layer("TimeDistributed", layer=layer("Dense", units=2)), SEQUENCE),
    (layer("RNN", cell=(layer("LSTMCell", units=3), layer("GRUCell", units=2))), SEQUENCE),
    (layer("UnitNormalization"), VECTOR),
    (layer("ConvLSTM2D", filters=2, kernel_size=3), spec(3, 6, 6, 1)),
    (layer("Embedding", input_dim=9, output_dim=4), spec(7, dtype="int32")),
    (layer("EinsumDense", equation="abc,cd->abd", output_shape=(None, 8)), SEQUENCE),
    (layer("GroupNormalization", groups=3), IMAGE),
    (layer("SpectralNormalization", layer=layer("Dense", units=3)), VECTOR), (layer("Normalization"), VECTOR),
    (layer("Rescaling", scale=0.5), spec(4, dtype="uint8")), (layer("Resizing", height=4, width=5), IMAGE),
    (layer("RandomFlip", mode="horizontal"), IMAGE), (layer("LocalResponseNormalization"), IMAGE),
    (layer("FillMissing"), VECTOR),
    (layer("Permute", dims=(2, 1)), SEQUENCE), (layer("ZeroPadding2D", padding=((1, 0), (2, 3))), IMAGE),
    (layer("CategoryEncoding", num_tokens=5), spec(3, dtype="int64")),
    (layer("Discretization", bin_boundaries=(0.0, 1.0)), VECTOR),
    (layer("Activation", activation="relu"), VECTOR), (layer("UpSampling2D"), IMAGE),
    (layer("RepeatVector", n=3), VECTOR),
    (layer("Hashing", num_bins=5), spec(2, dtype="string")),
    (layer("StringLookup", vocabulary=("a", "b")), spec(2, dtype="string")),
    (layer("Pipeline", layers=(layer("RandomFlip"), layer("Rescaling", scale=2.0))), IMAGE),
]


def fed(value, batch=2):
    if isinstance(value, tuple):
        return [fed(part, batch) for part in value]
    shape = (batch, *(size or 4 for size in value.shape))
    if value.dtype == "string":
        return keras.ops.convert_to_tensor(np.full(shape, "a"))
    return np.ones(shape, value.dtype)


def check(outcome, made, results):
    results = keras.tree.flatten(results)
    assert [(2, *(size or shape for size, shape in zip(out.shape, result.shape[1:], strict=True)))
            for out, result in zip(outcome.outputs, results, strict=True)] == [tuple(r.shape) for r in results]
    assert [out.dtype for out in outcome.outputs] == [keras.backend.standardize_dtype(r.dtype) for r in results]
    assert outcome.parameters == made.count_params()
    assert outcome.trainable == sum(int(np.prod(w.shape)) for w in made.trainable_weights)


@pytest.mark.parametrize(("recipe", "given"), ONE_INPUT, ids=lambda v: getattr(v, "name", ""))
def test_it_is_what_the_layer_gives(recipe, given):
    made = make(recipe)
    check(infer(recipe, given), made, made(fed(given)))


@pytest.mark.parametrize(("recipe", "inputs", "named"), [
    (layer("Add"), ((VECTOR, VECTOR),), {}), (layer("Concatenate", axis=1), ((SEQUENCE, spec(2, 5)),), {}),
    (layer("Dot", axes=-1), ((VECTOR, VECTOR),), {}), (layer("Attention"), ((SEQUENCE, spec(3, 5)),), {}),
    (layer("MultiHeadAttention", num_heads=2, key_dim=4), (SEQUENCE, spec(3, 6)), {}),
    (layer("MultiHeadAttention", num_heads=2, key_dim=4), (), {"query": SEQUENCE, "value": spec(3, 6)}),
    (layer("LSTM", units=3, return_state=True), (SEQUENCE,), {"initial_state": (spec(3), spec(3))}),
])
def test_layers_of_several_inputs(recipe, inputs, named):
    made = make(recipe)
    results = made(*(fed(value) for value in inputs), **{name: fed(value) for name, value in named.items()})
    check(infer(recipe, *inputs, **named), made, results)


@pytest.mark.parametrize(("recipe", "shape", "dtype"), [
    (layer("TextVectorization", output_sequence_length=9), (9,), "int64"),
    (layer("TextVectorization"), (None,), "int64"),
    (layer("TextVectorization", output_mode="multi_hot", max_tokens=50, pad_to_max_tokens=True), (50,), "float32"),
    (layer("StringLookup"), (), "int64"),
    (layer("StringLookup", output_mode="one_hot", max_tokens=9, pad_to_max_tokens=True), (9,), "float32"),
])
def test_text_is_told_before_any_is_seen(recipe, shape, dtype):
    outcome = infer(recipe, spec(dtype="string"))
    assert outcome.outputs == (TensorSpec(shape, dtype),)


@pytest.mark.parametrize("given", [spec(dtype="int64"), spec(1, dtype="int64")])
def test_integers_are_looked_up_before_any_is_seen(given):
    assert infer(layer("IntegerLookup"), given).outputs[0].shape == given.shape


@pytest.mark.parametrize(("recipe", "inputs", "macs"), [
    (layer("Dense", units=4), (spec(3),), 12), (layer("Dense", units=4), (spec(5, 3),), 60),
    (layer("Conv2D", filters=8, kernel_size=3), (spec(6, 6, 4),), 4 * 4 * 8 * 9 * 4),
    (layer("Conv2D", filters=8, kernel_size=3, groups=2, padding="same"), (spec(6, 6, 4),), 36 * 8 * 9 * 2),
    (layer("Conv2D", filters=8, kernel_size=1, data_format="channels_first"), (spec(4, 6, 5),), 30 * 32),
    (layer("Conv1D", filters=2, kernel_size=3, padding="causal"), (spec(7, 5),), 7 * 30),
    (layer("DepthwiseConv2D", kernel_size=3, padding="same"), (spec(6, 6, 4),), 36 * 36),
    (layer("SeparableConv2D", filters=5, kernel_size=3, padding="same"), (spec(6, 6, 4),), 36 * (36 + 20)),
    (layer("Conv2DTranspose", filters=3, kernel_size=2, strides=2), (spec(6, 6, 4),), 36 * 4 * 3 * 4),
    (layer("LSTM", units=3), (spec(7, 5),), 7 * 4 * 3 * (5 + 3)), (layer("GRU", units=3), (spec(None, 5),), 3 * 3 * 8),
    (layer("Bidirectional", layer=layer("GRU", units=3)), (spec(7, 5),), 2 * 7 * 3 * 3 * 8),
    (layer("RNN", cell=(layer("SimpleRNNCell", units=3), layer("SimpleRNNCell", units=2))), (spec(7, 5),), 7 * 34),
    (layer("ConvLSTM2D", filters=2, kernel_size=3, padding="same"), (spec(3, 6, 6, 1),), 3 * 36 * 9 * 8 * 3),
    (layer("TimeDistributed", layer=layer("Conv2D", filters=8, kernel_size=1)), (spec(3, 6, 5, 4),), 3 * 30 * 32),
    (layer("EinsumDense", equation="abc,cd->abd", output_shape=(None, 8)), (spec(7, 5),), 7 * 40),
    (layer("EinsumDense", equation="...x,xy->...y", output_shape=8), (spec(7, 5),), 7 * 40),
    (layer("MultiHeadAttention", num_heads=2, key_dim=4), (spec(7, 6), spec(3, 6)), 7 * 96 + 3 * 96 + 21 * 16),
    (layer("GroupQueryAttention", head_dim=4, num_query_heads=2, num_key_value_heads=1), (spec(7, 6), spec(3, 6)),
     7 * 96 + 3 * 48 + 21 * 16),
    (layer("Attention"), ((spec(7, 5), spec(3, 5)),), 21 * 10), (layer("Dot", axes=-1), ((spec(5), spec(5)),), 5),
    (layer("Embedding", input_dim=9, output_dim=4), (spec(7, dtype="int32"),), 0),
    (layer("BatchNormalization"), (IMAGE,), 0),
    (layer("SpectralNormalization", layer=layer("Dense", units=4)), (spec(3),), 12),
    (layer("MaxPooling2D"), (IMAGE,), 0),
    (op("ops.matmul"), (spec(4, 5), spec(5, 6)), 120),
    (op("ops.einsum"), ("bij,bjk->bik", spec(4, 5), spec(5, 6)), 120),
    (op("ops.mean", axis=1), (spec(4),), 0),
])
def test_multiply_accumulates(recipe, inputs, macs):
    assert infer(recipe, *inputs).macs == macs


@pytest.mark.parametrize(("recipe", "inputs", "shape", "dtype"), [
    (op("ops.mean", axis=(1, 2)), (IMAGE,), (6,), "float32"),
    (op("ops.concatenate", axis=-1), ((VECTOR, VECTOR),), (18,), "float32"),
    (op("ops.pad", pad_width=((0, 0), (1, 1))), (VECTOR,), (11,), "float32"),
    (op("ops.cast", dtype="int32"), (VECTOR,), (9,), "int32"),
    (op("ops.image.resize", size=(3, 4)), (IMAGE,), (3, 4, 6), "float32"),
    (Recipe("activation", "relu"), (VECTOR,), (9,), "float32"),
    (op("ops.reshape", newshape=(-1, 3, 3)), (VECTOR,), (3, 3), "float32"),
    (op("ops.maximum"), (VECTOR, 0.5), (9,), "float32"),
])
def test_operations(recipe, inputs, shape, dtype):
    assert infer(recipe, *inputs).outputs == (TensorSpec(shape, dtype),)


def test_operations_of_several_outputs():
    assert [out.dtype for out in infer(op("ops.top_k", k=2), VECTOR).outputs] == ["float32", "int32"]


@pytest.mark.parametrize(("recipe", "inputs", "said"), [
    (layer("Dens", units=3), (VECTOR,), "there is no layer named `Dens`"),
    (layer("Conv2D", filters=4, kernel_size=3), (VECTOR,),
     r"it takes at least 4 dimensions with the batch, and gets 2: \(batch, 9\)"),
    (layer("Conv2D", filters=4, kernel_size=30), (IMAGE,), "Computed output size would be zero or negative"),
    (layer("Concatenate"), ((IMAGE, spec(6, 5, 6)),), r"\[\(batch, 12, 10, 6\), \(batch, 6, 5, 6\)\]"),
    (layer("Dense", units=-3), (VECTOR,), "expected a positive integer"),
    (layer("Dense", units=3, activation="foo"), (VECTOR,), "foo"),
    (layer("Reshape", target_shape=(2, 2)), (VECTOR,), "must be unchanged"),
    (layer("Bidirectional", layer=layer("Dense", units=2)), (SEQUENCE,), "`Dense` could not be deserialized"),
    (op("ops.mean"), (VECTOR,), "for the whole batch"),
    (op("ops.shape"), (VECTOR,), "gives no tensor"), (op("ops.matmul"), (VECTOR, spec(4, 4)), "."),
    (layer("Dense", units=3, kernel_regularizer=Recipe("regularizer", "L2", (("l2", "much"),))), (VECTOR,), "much"),
    (layer("LSTM", units=3), (VECTOR,), "3 dimensions"), (layer("Dense", units=3), ((VECTOR, VECTOR),), "."),
    (layer("Dense", units=3), (spec(None),), "how many there are is not known"),
    (layer("Conv2D", filters=3, kernel_size=3), (spec(8, 8, 3, dtype="uint8"),), "does not take uint8; `Rescaling"),
    (layer("Dense", units=3), (spec(4, dtype="string"),), "takes numbers, and this is text"),
    (layer("Embedding", input_dim=3, output_dim=3), (spec(4, dtype="string"),), "takes numbers, and this is text"),
    (layer("StringLookup"), (spec(4),), "takes text, and this is float32"),
    (layer("TextVectorization"), (spec(1),), "takes text, and this is float32"),
    (layer("BatchNormalization", axis=5), (VECTOR,), "Keras fails on it"),
    (layer("Embedding", input_dim=-1, output_dim=2), (VECTOR,), "."),
])
def test_refusals_are_for_a_person(recipe, inputs, said):
    with pytest.raises(Refused, match=said) as caught:
        infer(recipe, *inputs)
    words = str(caught.value)
    talk = ("Exception encountered", "Arguments received", "KerasTensor", " at 0x", "\x1b", "\n")
    assert not any(part in words for part in talk)
    assert len(words) < 500


def test_one_is_not_true():
    assert infer(layer("Dense", units=1), VECTOR)
    with pytest.raises(Refused):
        infer(layer("Dense", units=1.5), VECTOR)
    with pytest.raises(Refused):
        infer(layer("Dense", units=-1.0), VECTOR)
    assert infer(layer("Dense", units=1, use_bias=True), VECTOR).parameters == 10
    assert infer(layer("Dense", units=1, use_bias=False), VECTOR).parameters == 9


def test_nothing_is_allocated_and_nothing_is_left_behind():
    assert infer(layer("Dense", units=10_000_000), spec(8_000)).parameters == 80_010_000_000
    from keras.src.backend.common import global_state

    assert global_state.get_global_attribute("uninitialized_variables") == []


def test_objects_are_made_of_recipes():
    decay = (("initial_learning_rate", 0.1), ("decay_steps", 10), ("decay_rate", 0.9))
    decay = Recipe("schedule", "ExponentialDecay", decay)
    assert make(Recipe("optimizer", "SGD", (("learning_rate", decay),)))._learning_rate.decay_steps == 10
    assert make(Recipe("loss", "Huber", (("delta", 2.0),)))._fn_kwargs == {"delta": 2.0}
    assert make(Recipe("metric", "AUC"), name="area").name == "area"
    assert make(Recipe("callback", "EarlyStopping", (("patience", 3),))).patience == 3
    renorm = layer("BatchNormalization", renorm=True, renorm_clipping=Pairs((("rmax", 3.0),)))
    assert make(renorm).renorm_clipping == {"rmax": 3.0}
    assert make(layer("Cropping2D", cropping=((1, 0), (0, 1)))).cropping == ((1, 0), (0, 1))


def test_operations_by_name():
    assert operation("ops.mean") is operation("mean") is keras.ops.mean
    assert operation("sparsemax") is keras.activations.sparsemax or operation("sparsemax") is keras.ops.sparsemax
    for wrong in ("while_loop", "map", "nothing", "__import__", "ops.numpy.mean"):
        with pytest.raises(Refused):
            operation(wrong)
