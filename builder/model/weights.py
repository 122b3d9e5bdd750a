"""`weights:` on a step: the weights of a trained model's layer, told apart by name, checked by shape."""

from pathlib import Path

from builder.catalog import import_keras
from builder.diagnostics import Fault, Faults, SpecError, near
from builder.graph import Graph, Layer


def load_weights(layers: dict[str, object], graph: Graph, base: Path) -> None:
    """Gives each layer that names a file the weights of that file's layer of the same name.

    Args:
        layers: the built Keras layers by name.
        graph: where each layer says which `.keras` file its weights come from; `file.keras#name` names another layer.
        base: the folder that the files are relative to.

    Raises:
        SpecError: every file that cannot be read, layer that is not there, or shape that differs.
    """
    faults = Faults()
    files: dict[str, dict[str, object]] = {}
    for layer in graph.layers.values():
        if layer.weights is None or layer.name not in layers:
            continue
        file, _, name = layer.weights.partition("#")
        try:
            if file not in files:
                files[file] = _layers(layer, base / file)
            _copy(layer, layers[layer.name], files[file], name or layer.name)
        except SpecError as error:
            faults.extend(error.faults)
    faults.check()


def _layers(layer: Layer, path: Path) -> dict[str, object]:
    """Every layer of a saved model by name, those of models within it too."""
    if not path.is_file():
        raise _fault(layer, "weights-file", file=str(path), problem="there is no such file")
    try:
        model = import_keras().saving.load_model(path, compile=False, safe_mode=True)
    except Exception as error:
        raise _fault(layer, "weights-file", file=str(path), problem=str(error).split("\n")[0]) from None
    return {found.name: found for found in model._flatten_layers()}


def _copy(layer: Layer, into, found: dict[str, object], name: str) -> None:
    if name not in found:
        raise _fault(layer, "weights-layer", layer=name, near=near(name, found), layers=list(found))
    have, want = ([tuple(weight.shape) for weight in one.weights] for one in (found[name], into))
    if have != want:
        raise _fault(layer, "weights-shape", layer=layer.name, have=have, want=want)
    into.set_weights(found[name].get_weights())


def _fault(at: Layer, kind: str, **facts: object) -> SpecError:
    return SpecError([Fault(kind, at.span, facts, trail=at.trail)])
