"""Freezing by patterns of names: `stem`, `encoder.*`, `block?.conv`."""

from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatchcase

from builder.diagnostics import Fault, Span, near


def layers_by_name(model) -> Iterator[tuple[str, object]]:
    """Every layer with its dotted name; the layers of a nested network stand below its name."""
    import keras

    for layer in model.layers:
        if isinstance(layer, keras.Model):
            for name, inner in layers_by_name(layer):
                yield f"{layer.name}.{name}", inner
        else:
            yield layer.name, layer


def trainable_flags(model) -> dict[str, bool]:
    """What the spec itself says of each layer, to start every phase from."""
    return {name: layer.trainable for name, layer in layers_by_name(model)}


def apply(model, flags: Mapping[str, bool], freeze: Iterable[str], unfreeze: Iterable[str],
          span: Span | None = None) -> list[Fault]:
    """Sets what is trained in a phase: the spec's own flags, less `freeze`, plus `unfreeze`.

    A pattern fits a layer's name or any box the layer stands in: `encoder` is all of `encoder.*`.
    Returns a warning for each pattern that fits nothing.
    """
    layers = dict(layers_by_name(model))
    wanted, warnings = dict(flags), []
    for patterns, value, key in ((freeze, False, "freeze"), (unfreeze, True, "unfreeze")):
        for pattern in patterns:
            fitting = [name for name in layers if fits(name, pattern)]
            wanted.update(dict.fromkeys(fitting, value))
            if not fitting:
                facts = {"pattern": pattern, "key": key, "near": tuple(near(pattern, layers))}
                warnings.append(Fault("freeze-nothing", span, facts, severity="warning"))
    for name, layer in layers.items():
        if layer.trainable != wanted[name]:
            layer.trainable = wanted[name]
    return warnings


def fits(name: str, pattern: str) -> bool:
    """Whether `pattern` fits `name` or one of its dotted beginnings."""
    parts = name.split(".")
    return any(fnmatchcase(".".join(parts[: end + 1]), pattern) for end in range(len(parts)))
