"""Multiply-accumulates of one call for one example, told by the shapes of kernels, inputs and outputs.

Counted are convolutions, dense products, recurrent steps and attention; additions of biases, norms,
activations and pooling are not, as is usual. A size that is not known counts as one.
"""

from collections.abc import Callable, Sequence
from math import prod

Shape = Sequence[int | None]
PRODUCTS = ("ops.matmul", "ops.dot", "ops.inner")
DENSE = ("_query_dense", "_key_dense", "_value_dense", "_output_dense")


def layer_macs(layer, inputs: Sequence[Shape], outputs: Sequence[Shape]) -> int:
    """What one call of a built layer costs; shapes are with the batch, which counts as one."""
    given, made = _known(inputs[0]) if inputs else (), _known(outputs[0])
    for attribute, rule in RULES:
        if hasattr(layer, attribute) and _of_keras(layer):
            return rule(layer, [_known(shape) for shape in inputs], made)
    return _kernels(layer) * _positions(layer, given if hasattr(layer, "output_padding") else made)


def model_macs(model) -> int:
    """What a functional model of layers that are called once costs: the sum of what they do."""
    calls = [(layer, layer._inbound_nodes[0]) for layer in model.layers]
    return sum(layer_macs(layer, [t.shape for t in call.input_tensors], [t.shape for t in call.output_tensors]) for layer, call in calls if call.input_tensors)


def operation_macs(name: str, inputs: Sequence[Shape], outputs: Sequence[Shape], subscripts: str = "") -> int:
    """What a product of tensors costs (`subscripts` are those of an einsum); every other operation counts nothing."""
    shapes = [_known(shape) for shape in inputs]
    if name in PRODUCTS and len(shapes) == 2 and shapes[0]:
        return prod(_known(outputs[0])) * shapes[0][-1]
    return _einsum(subscripts, shapes) if subscripts else 0


def _known(shape: Shape) -> tuple[int, ...]:
    return tuple(size or 1 for size in shape)


def _of_keras(layer) -> bool:
    """Whether its attributes mean what they mean in Keras: it is one of Keras's layers, or made from one."""
    return any(c.__module__.startswith("keras.src.layers.") and c.__name__ != "Layer" for c in type(layer).__mro__)


def _kernels(layer) -> int:
    """The sizes of the layer's own kernels, which are applied once at each position."""
    return sum(prod(w.shape) for w in layer.weights if w.name.endswith("kernel"))


def _positions(layer, shape: tuple[int, ...]) -> int:
    """At how many places a kernel is applied: all sizes but batch and channels."""
    return prod(shape[2:] if getattr(layer, "data_format", None) == "channels_first" else shape[1:-1])


def _recurrent(layer, inputs, output) -> int:
    rank = getattr(layer.cell, "rank", 0)
    first = layer.cell.data_format == "channels_first" if rank else False
    spatial = (output[-rank:] if first else output[-rank - 1:-1]) if rank else ()
    return inputs[0][1] * _cell(layer.cell) * prod(spatial)


def _cell(cell) -> int:
    return sum(_cell(one) for one in cell.cells) if hasattr(cell, "cells") else _kernels(cell)


def _both_ways(layer, inputs, output) -> int:
    return sum(layer_macs(one, inputs, [output]) for one in (layer.forward_layer, layer.backward_layer))


def _wrapped(layer, inputs, output) -> int:
    """A wrapper costs what its layer does; one that applies it at every timestep, that many times more."""
    inner = layer.layer
    each = type(layer).__name__ == "TimeDistributed"
    if not each:
        return layer_macs(inner, inputs, [output])
    return inputs[0][1] * layer_macs(inner, [shape[:1] + shape[2:] for shape in inputs], [output[:1] + output[2:]])


def _projected_attention(layer, inputs, output) -> int:
    """Multi-head attention: its four projections, and scores and sums for each head."""
    query, value = inputs[0], inputs[1] if len(inputs) > 1 else inputs[0]
    asked, kept = prod(query[1:-1]), prod(value[1:-1])
    on_query, on_key, on_value, on_output = (_kernels(getattr(layer, name)) for name in DENSE)
    heads, width, deep = _heads(layer)
    return asked * (on_query + on_output) + kept * (on_key + on_value) + asked * kept * heads * (width + deep)


def _heads(layer) -> tuple[int, int, int]:
    """Number of heads, width of a key and of a value, of either of Keras's two layers."""
    if hasattr(layer, "num_query_heads"):
        return layer.num_query_heads, layer.head_dim, layer.head_dim
    return layer.num_heads, layer.key_dim, layer.value_dim


def _scored_attention(layer, inputs, output) -> int:
    """Attention without projections: a score for each pair of query and key, and a sum of values."""
    query, value = inputs[0], inputs[1] if len(inputs) > 1 else inputs[0]
    return prod(query[1:-1]) * prod(value[1:-1]) * (query[-1] + value[-1])


def _dotted(layer, inputs, output) -> int:
    axis = layer.axes if isinstance(layer.axes, int) else layer.axes[0]
    return prod(output) * inputs[0][axis]


def _einsum_dense(layer, inputs, output) -> int:
    left, right = layer.equation.split("->")[0].split(",")
    given = inputs[0]
    if "..." in left:
        names = left.replace("...", "")
        rest = prod(given[:-len(names)] if left.startswith("...") else given[len(names):])
        given = given[-len(names):] if left.startswith("...") else given[:len(names)]
        return rest * _einsum(f"{names},{right.replace('...', '')}", [given, tuple(layer.kernel.shape)])
    return _einsum(f"{left},{right}", [given, tuple(layer.kernel.shape)])


def _einsum(subscripts: str, shapes: list[tuple[int, ...]]) -> int:
    """The product of the sizes of all indices."""
    terms = [term.strip() for term in subscripts.split("->")[0].split(",")]
    if "." in subscripts or any(len(term) != len(shape) for term, shape in zip(terms, shapes, strict=False)):
        return 0
    sizes = {i: n for term, shape in zip(terms, shapes, strict=False) for i, n in zip(term, shape, strict=True)}
    return prod(sizes.values())


RULES: tuple[tuple[str, Callable], ...] = (
    ("cell", _recurrent), ("forward_layer", _both_ways), ("_query_dense", _projected_attention), ("layer", _wrapped),
    ("_calculate_scores", _scored_attention), ("equation", _einsum_dense), ("axes", _dotted),
)
