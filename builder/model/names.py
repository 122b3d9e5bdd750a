"""The layers of a model by their dotted names, those of nested models below the nested model's name."""

from collections.abc import Iterator


def layers_by_name(model) -> Iterator[tuple[str, object]]:
    """Every layer with its dotted name; a layer that several networks share comes under each of its names.

    Those of a recurrent layer's cell stand below the layer's name.
    """
    import keras

    for layer in model.layers:
        network = layer if isinstance(layer, keras.Model) else getattr(layer, "network", None)
        if isinstance(network, keras.Model):
            for name, inner in layers_by_name(network):
                yield f"{layer.name}.{name}", inner
        else:
            yield layer.name, layer


def variables_by_path(layer) -> dict[str, object]:
    """The weights of one layer by the paths that Keras saves them under: `vars/0`, `forward_layer/cell/vars/1`.

    Seeds are not among them: they are state, not weights.
    """
    from keras.src.saving import saving_lib

    class Recorder(saving_lib.NpzIOStore):
        """A store that keeps the variables themselves in place of their values."""

        def __init__(self):
            self.contents = {}

        def make(self, path: str, metadata: object = None) -> dict:
            return self.contents.setdefault(path, {})

    recorder, weights = Recorder(), {id(weight) for weight in layer.weights}
    saving_lib._save_state(layer, recorder, None, "", set())
    return {f"{path}/vars/{key}".lstrip("/"): value for path, store in recorder.contents.items() for key, value in store.items() if id(value) in weights}
