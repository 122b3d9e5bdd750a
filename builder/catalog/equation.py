"""A formula on wires worked out with keras.ops, the way an equation of a paper is written down."""

from collections.abc import Callable, Mapping
from math import prod
from types import MappingProxyType

from builder.catalog.make import operation
from builder.diagnostics import Source, Span
from builder.language.formula import evaluate, parse


class Operations(dict):
    """Every function of keras.ops and every activation, by its plain name; `channels`, as in formulas on values; and `flat`.

    What it holds itself goes before them.
    """

    def __missing__(self, name: str):
        return OURS[name] if name in OURS else operation(name)


def _channels(tensor) -> int:
    """The size of the last axis."""
    if tensor.shape[-1] is None:
        raise ValueError("its last dimension is not known")
    return tensor.shape[-1]


def _flat(tensor):
    """The values of each example in a row: (batch, ...) as (batch, size)."""
    if None in tensor.shape[1:]:
        raise ValueError("its size is not known")
    return operation("reshape")(tensor, (-1, prod(tensor.shape[1:])))


OURS = {"channels": _channels, "flat": _flat}


def apply(text: str, values: Mapping[str, object], functions: Mapping[str, Callable] = MappingProxyType({})) -> object:
    """The tensor that a formula gives.

    Args:
        text: the formula, such as `(1 - z) * h + z * candidate`.
        values: what its names stand for: tensors (batch first) and numbers.
        functions: what it may call beside the operations of Keras.

    Raises:
        SpecError, ValueError: the formula cannot be worked out on these tensors.
    """
    span = Span(Source("formula", text), 1, 1, 1, len(text) + 1)
    return evaluate(parse(text, span), values, Operations(functions))
