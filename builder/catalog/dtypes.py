"""Whether a layer takes the dtypes it is given, which Keras's shape inference does not ask."""

from builder.graph.catalogue import Refused

READERS = ("TextVectorization", "StringLookup", "Hashing", "HashedCrossing")


def check_dtypes(keras, layer, inputs: tuple, named: dict) -> None:
    """Numbers that are no floats, and text, are tried in an abstract trace of the layer's `call`.

    Raises:
        Refused: the layer cannot be called with these dtypes.
    """
    dtypes = [t.dtype for t in keras.tree.flatten((inputs, named)) if isinstance(t, keras.KerasTensor)]
    name = type(layer).__name__
    if "string" not in dtypes and getattr(getattr(layer, "_lookup_layer", layer), "vocabulary_dtype", "") == "string":
        raise Refused(f"`{name}` takes text, and this is {dtypes[0]}")
    odd = [dtype for dtype in dtypes if "float" not in dtype]
    if odd and name not in READERS and not _traces(layer, inputs, named):
        raise Refused(_unfit(name, odd))
    own = not type(layer).__module__.startswith("keras.")
    if "string" in odd and name not in READERS and not own and _computes(layer, inputs):
        raise Refused(_unfit(name, odd))


def _traces(layer, inputs: tuple, named: dict) -> bool:
    from keras.src import backend

    try:
        backend.compute_output_spec(layer.call, *inputs, **named)
    except Exception:  # whatever TensorFlow makes of it
        return False
    return True


def _computes(layer, inputs: tuple) -> bool:
    """Whether numbers come out of text: a cast that only fails when it is run."""
    import keras

    made = keras.tree.flatten(layer.compute_output_spec(*inputs))
    return any(one.dtype != "string" for one in made)


def _unfit(name: str, odd: list[str]) -> str:
    if "string" in odd:
        return f"`{name}` takes numbers, and this is text; `TextVectorization` or `StringLookup` makes numbers of it"
    return f"`{name}` does not take {odd[0]}; `Rescaling: 1.0` or `ops.cast: [dtype: float32]` before it makes floats"
