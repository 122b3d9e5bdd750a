"""Freezing by patterns of names: `stem`, `encoder.*`, `block?.conv`."""

from collections.abc import Iterable, Mapping

from builder.graph.patterns import fits
from builder.model.names import layers_by_name


def trainable_flags(model) -> dict[str, bool]:
    """What the spec itself says of each layer, to start every phase from."""
    return {name: layer.trainable for name, layer in layers_by_name(model)}


def apply(model, flags: Mapping[str, bool], freeze: Iterable[str], unfreeze: Iterable[str]) -> None:
    """Sets what is trained in a phase: the spec's own flags, less `freeze`, plus `unfreeze`.

    A pattern fits a layer's name or any box the layer stands in: `encoder` is all of `encoder.*`. A layer that several networks share
    has several names, of which one is enough. A pattern that fits nothing was told at `check`.
    """
    layers, names = {}, {}
    for name, layer in layers_by_name(model):
        layers[id(layer)] = layer
        names.setdefault(id(layer), []).append(name)
    for key, layer in layers.items():
        wanted = flags[names[key][0]]
        for patterns, value in ((freeze, False), (unfreeze, True)):
            wanted = value if any(fits(name, pattern) for name in names[key] for pattern in patterns) else wanted
        if layer.trainable != wanted:
            layer.trainable = wanted
