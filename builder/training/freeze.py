"""Freezing by patterns of names: `stem`, `encoder.*`, `block?.conv`."""

from collections.abc import Iterable, Mapping

from builder.graph.patterns import fits
from builder.model.names import layers_by_name


def trainable_flags(model) -> dict[str, bool]:
    """What the spec itself says of each layer, to start every phase from."""
    return {name: layer.trainable for name, layer in layers_by_name(model)}


def apply(model, flags: Mapping[str, bool], freeze: Iterable[str], unfreeze: Iterable[str]) -> None:
    """Sets what is trained in a phase: the spec's own flags, less `freeze`, plus `unfreeze`.

    A pattern fits a layer's name or any box the layer stands in: `encoder` is all of `encoder.*`. One that fits nothing was told at
    `check`.
    """
    layers = dict(layers_by_name(model))
    wanted = dict(flags)
    for patterns, value in ((freeze, False), (unfreeze, True)):
        for pattern in patterns:
            wanted |= {name: value for name in layers if fits(name, pattern)}
    for name, layer in layers.items():
        if layer.trainable != wanted[name]:
            layer.trainable = wanted[name]
