"""Preprocessing layers that learn from the data before training: statistics, vocabularies, bins."""

from builder.data.data import Data, Split
from builder.graph.graph import TensorSpec

BATCH = 1024


def adapt_layers(model, data: Data, batch: int = BATCH) -> tuple[str, ...]:
    """Adapts the layers of a functional model that have `adapt`, on the training split, in the order of the graph.

    A layer that was given its vocabulary, mean or boundaries is left alone; one used several times learns
    from all its inputs; models within the model are entered. A resumed run has its layers' state restored
    and must not call this.

    Args:
        model: a functional `keras.Model` whose inputs bear the names of fields.
        data: the data of the run; only `data.splits["train"]` is read, without augmentation.
        batch: examples read at a time.

    Returns:
        The names of the layers that were adapted, in order; those of inner models as `model.layer`.
    """
    import tensorflow as tf

    if not _learners(model):
        return ()
    with tf.device("cpu"):
        return tuple(_adapt(model, _fed(model, data.splits["train"], batch)))


def _fed(model, split: Split, batch: int):
    """The training examples as tuples, in the order of the model's inputs."""
    wanted = {t.name: TensorSpec(tuple(t.shape[1:]), t.dtype) for t in model.inputs}
    names = list(wanted)
    return split.dataset(wanted, (), batch, augment=False).map(lambda x, _: tuple(x[name] for name in names))


def _adapt(model, fed):
    """Adapts one model's layers from a dataset of its inputs; gives their names."""
    for layer in _in_order(model):
        some = _inputs_of(model, layer, fed)
        if hasattr(layer, "operations"):
            for name in _adapt(layer, some):
                yield f"{layer.name}.{name}"
        else:
            layer.adapt(some.map(lambda x: x))
            yield layer.name


def _inputs_of(model, layer, fed):
    """A dataset of what flows into a layer, of all its uses one after the other."""
    import keras

    found = None
    for node in _nodes(model, layer):
        count = len(layer.inputs) if hasattr(layer, "operations") else 1
        before = keras.Model(model.inputs, list(node.input_tensors[:count]))
        some = fed.map(lambda *x, before=before: tuple(keras.tree.flatten(before(list(x)))))
        found = some if found is None else found.concatenate(some)
    return found


def _in_order(model) -> list:
    """The layers that learn, each after those it reads from."""
    waiting, ordered = _learners(model), []
    while waiting:
        ready = next((x for x in waiting if not (_above(model, x) - {x}) & set(waiting)), waiting[0])
        waiting.remove(ready)
        ordered.append(ready)
    return ordered


def _learners(model) -> list:
    """The layers of a model that must see the data, and the inner models that hold such layers."""
    return [x for x in getattr(model, "operations", ())
            if (hasattr(x, "operations") and _learners(x)) or (hasattr(x, "adapt") and not _knows(x))]


def _knows(layer) -> bool:
    """Whether a layer was given what it would learn."""
    given = getattr(layer, "input_mean", None) is not None or getattr(layer, "_has_input_vocabulary", False)
    bins = hasattr(layer, "bin_boundaries") and getattr(layer, "num_bins", None) is None
    return bool(given or bins or getattr(layer, "known", False))


def _nodes(model, layer) -> list:
    """The calls of a layer within this model, the first first."""
    depths = sorted(model._nodes_by_depth.items(), reverse=True)  # Keras has no public way to a shared layer's calls
    return [node for _, nodes in depths for node in nodes if node.operation is layer]


def _above(model, layer) -> set:
    """Every operation that a layer's inputs come from."""
    found, waiting = set(), [t for node in _nodes(model, layer) for t in node.input_tensors]
    while waiting:
        operation, index, _ = waiting.pop()._keras_history
        node = operation._inbound_nodes[index]
        if node not in found:
            found.add(node)
            waiting.extend(node.input_tensors)
    return {node.operation for node in found}
