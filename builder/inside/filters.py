"""The learned weights of a layer as small pictures, one a filter."""

from dataclasses import dataclass

import numpy as np

from builder.diagnostics import fail
from builder.graph import Graph, Node, Wire
from builder.inside.picture import shape_of_image
from builder.inside.wires import Inside, Spot

RESHAPING = ("Flatten", "Reshape")


@dataclass(frozen=True, eq=False)
class Filters:
    """`values` are (filters, height, width, channels); `kind` is colour (three channels of a picture), grey, or a matrix
    (1, inputs, units, 1) where the weights have no place in a picture."""

    values: np.ndarray
    kind: str


def filters(inside: Inside, given: str) -> Filters:
    """The kernel of a layer: of convolutions of any kind, of `Dense` in the shape of the image that was flattened before it,
    else as a matrix.

    Raises:
        SpecError: `no-such-layer`; `no-filters`, the layer has no kernel.
    """
    name = inside.name(given)
    spot = inside.spots[name]
    kernel = _kernel(spot.layer)
    if kernel is None:
        there = [one for one, spot in inside.spots.items() if _kernel(spot.layer) is not None]
        near = sorted(there, key=lambda one: not one.startswith(f"{given}."))  # those in a box of that name first
        raise fail("no-filters", spot.node.span, name=name, brick=spot.node.brick, there=tuple(near))
    if kernel.ndim == 4:
        values = _of_maps(spot.layer, kernel)
        return Filters(values, "colour" if values.shape[-1] == 3 and _reads_picture(spot) else "grey")
    shape = _image_before(spot.graph, spot.node) if kernel.ndim == 2 else None
    if shape and np.prod(shape) == kernel.shape[0]:
        values = np.moveaxis(kernel.reshape(*shape, -1), -1, 0)
        return Filters(values, "colour" if shape[-1] == 3 else "grey")
    return Filters(kernel.reshape(1, -1, kernel.shape[-1], 1), "matrix")


def _kernel(layer) -> np.ndarray | None:
    """The weights that a layer multiplies its input by."""
    layer = getattr(layer, "cell", layer)  # of a recurrent layer, which multiplies at each step
    found = next((value for key in ("kernel", "depthwise_kernel", "embeddings") if (value := getattr(layer, key, None)) is not None), None)
    return None if found is None or len(found.shape) < 2 else np.asarray(found, "float32")


def _of_maps(layer, kernel: np.ndarray) -> np.ndarray:
    """A kernel over maps as (filters, height, width, channels); a transposed convolution keeps its channels the other way round."""
    kind = type(layer).__name__
    if kind in ("DepthwiseConv2D", "SeparableConv2D"):
        height, width, channels, each = kernel.shape
        return np.moveaxis(kernel.reshape(height, width, 1, channels * each), -1, 0)
    return np.moveaxis(kernel, 2 if kind == "Conv2DTranspose" else 3, 0)


def _reads_picture(spot: Spot) -> bool:
    """Whether nothing with weights stands before a step: then its three channels are red, green and blue."""
    graph, node = spot.graph, spot.node
    while node.reads():
        node = graph.nodes[node.reads()[0].node]
        if node.parameters or node.network:
            return False
    return True


def _image_before(graph: Graph, node: Node) -> tuple[int, ...] | None:
    """The shape (height, width, channels) of what was flattened before a step, in the model or in the data; steps that keep shapes are passed over."""
    while node.inputs and isinstance(node.inputs[0], Wire):
        before = graph.nodes[node.inputs[0].node]
        read = next(iter(before.reads()), None)
        if read is None:  # an input: a flat one may hold a picture
            return shape_of_image(before.outputs[0].spec.shape)
        if before.brick in RESHAPING and len(read.spec.shape) == 3 and None not in read.spec.shape:
            return read.spec.shape
        if read.spec.shape != before.outputs[0].spec.shape or before.parameters:
            return None
        node = before
    return None
