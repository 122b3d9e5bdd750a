"""What the tests of the specs are made of: counts of a spec, random weights, features at a layer."""

from pathlib import Path

import numpy as np

import builder

SPECS = Path(__file__).parents[2] / "specs"


def changes(**params) -> dict:
    """Params as overrides."""
    return {f"params.{name}": value for name, value in params.items()}


def checked(name: str, **params):
    """What `build check` knows of a spec: its graph, plans and warnings."""
    return builder.check(SPECS / f"{name}.yaml", changes(**params))


def counted(name: str, **params) -> tuple[int, int]:
    """All parameters and the trainable ones, by the laid graph."""
    graph = checked(name, **params).graph
    return graph.parameters, graph.trainable


def compiled(name: str, **params):
    """The Keras model of a spec."""
    return builder.compile(SPECS / f"{name}.yaml", set=changes(**params))


def scope_counts(graph) -> dict[str, int]:
    """The parameters in each outermost block of a graph."""
    found: dict[str, int] = {}
    for node in graph.nodes:
        if node.scope:
            found[node.scope[0]] = found.get(node.scope[0], 0) + node.parameters
    return found


def randomise(model, seed: int = 0) -> None:
    """Random weights, and statistics of batch normalisation that are not those of a fresh model."""
    random = np.random.default_rng(seed)
    for weight in model.weights:
        shape, name = weight.shape, weight.path.rpartition("/")[2]
        if name in ("gamma", "moving_variance"):
            weight.assign(random.uniform(0.5, 1.5, shape))
        elif name == "kernel":
            weight.assign(random.normal(0, np.sqrt(2 / np.prod(shape[:-1])), shape))
        else:
            weight.assign(random.normal(0, 0.1, shape))


def features(model, layer: str, x, training: bool = False):
    """What a layer of a model gives for the examples `x`."""
    import keras

    return keras.ops.convert_to_numpy(keras.Model(model.input, model.get_layer(layer).output)(x, training=training))


def copy_weights(reference, model, name_of) -> int:
    """Gives `model` the weights of `reference`, layer by layer; `name_of` maps the reference's names to the spec's.

    Returns:
        How many layers were given weights; every layer of the model that has weights must be.
    """
    theirs = [layer for layer in reference.layers if layer.weights]
    for layer in theirs:
        model.get_layer(name_of(layer.name)).set_weights(layer.get_weights())
    assert {name_of(layer.name) for layer in theirs} == {layer.name for layer in model.layers if layer.weights}
    return len(theirs)


def assert_same(ours, theirs, tolerance: float = 1e-5) -> None:
    """Equal within `tolerance` of the greatest feature (a softmax would hide faults: its values are all small)."""
    scale = np.abs(theirs).max()
    assert ours.shape == theirs.shape and scale > 1e-3 and theirs.std() > 1e-3 * scale
    assert np.abs(ours - theirs).max() <= tolerance * scale
