"""What a classifier decided of an example and which pixels decided it: gradients of a class's score, and Grad-CAM."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from builder.diagnostics import fail, near
from builder.inside.wires import Inside, Walk
from builder.model.build import renamed
from builder.training.meaning import Meaning

NOISE = 0.15  # of the range of an image's values, as Smilkov et al. recommend


@dataclass(frozen=True, eq=False)
class Decision:
    """A classifying output of a model, asked about one example: `inputs` are arrays of one example each, by name.

    `class_index` is the class whose score is looked at: the one said, unless another was asked for.
    """

    inside: Inside
    output: str
    meaning: Meaning
    inputs: Mapping[str, np.ndarray]
    probabilities: np.ndarray
    class_index: int

    @property
    def class_name(self) -> str:
        return self.meaning.classes[self.class_index]

    @property
    def probability(self) -> float:
        return float(self.probabilities[self.class_index])

    @property
    def said(self) -> str:
        return self.meaning.classes[int(np.argmax(self.probabilities))]

    def gradient(self, name: str, smooth: int = 0) -> np.ndarray:
        """The gradient of the class's score with respect to the input `name`, in its shape (Simonyan, Vedaldi, Zisserman 2013).

        With `smooth`, the mean over so many copies of the example with normal noise added, always the same (Smilkov et al. 2017,
        "SmoothGrad").

        Raises:
            SpecError: `no-gradient`, nothing that can be differentiated leads from that input to the score.
        """
        inputs = {key: np.repeat(value, max(smooth, 1), 0) for key, value in self.inputs.items()}
        if smooth:
            inputs[name] = _noisy(inputs[name])
        return self._gradients(inputs, name, None)[0].mean(0)

    def grad_cam(self, layer: str | None = None) -> tuple[str, np.ndarray]:
        """The layer's name and where its maps speak for the class, (height, width) of the layer, not negative
        (Selvaraju et al. 2017, "Grad-CAM", equations 1 and 2).

        Args:
            layer: a wire's name; None takes the last one with maps that the output depends on.

        Raises:
            SpecError: `no-such-layer`, `no-maps`, `no-gradient`.
        """
        name = self._with_maps(layer)
        gradient, maps = self._gradients(self.inputs, None, name)
        weights = gradient[0].mean((0, 1))
        return name, np.maximum(maps[0] @ weights, 0)

    def _with_maps(self, layer: str | None) -> str:
        spots = self.inside.spots
        with_maps = [name for name in self.inside.before(self.output) if spots[name].spatial and spots[name].node.what != "input"]
        name = self.inside.name(layer) if layer else next(reversed(with_maps), None)
        if name is None or not spots[name].spatial:
            span = spots[name].node.span if name else self.inside.graph.span
            raise fail("no-maps", span, name=layer, shape=spots[name].shape if name else None, there=tuple(with_maps))
        return name

    def _gradients(self, inputs: Mapping, name: str | None, tap: str | None) -> tuple[np.ndarray, ...]:
        """The gradient of the summed scores with respect to an input or a tapped wire, then the values of that wire."""
        import tensorflow as tf

        model = scores_and(self.inside, self.output, self.meaning, tap)
        given = {key: _tensor(value, model.input[key].dtype) for key, value in inputs.items()}
        with tf.GradientTape() as tape:
            tape.watch([value for value in given.values() if value.dtype.is_floating])
            found = model(given, training=False)
            asked = found["tap"] if tap else given[name]
            score = tf.reduce_sum(self._score(tf.cast(found["scores"], "float32")))
        gradient = tape.gradient(score, asked)
        if gradient is None:
            raise fail("no-gradient", self.inside.graph.span, output=self.output, name=tap or name)
        return tuple(np.asarray(tf.cast(value, "float32")) for value in (gradient, asked))

    def _score(self, scores):
        """The score of the class, of a map of scores its mean over all places."""
        import tensorflow as tf

        if self.meaning.kind == "yes-no":
            return (1 if self.class_index else -1) * _over_places(scores, tf.reduce_mean)[..., 0]
        return _over_places(scores, tf.reduce_mean)[..., self.class_index]


def decide(inside: Inside, meanings: Mapping[str, Meaning], inputs: Mapping[str, np.ndarray], class_name: str | None = None) -> Decision:
    """What the first classifying output says of one example.

    Args:
        meanings: how each output is read (`training.prediction.meanings_of`).
        inputs: arrays of one example each, (1, ...), by the names of the model's inputs.
        class_name: of the class to look at; None for the one said.

    Raises:
        SpecError: `not-a-classifier`; `no-such-class`.
    """
    output = next((name for name in inside.graph.outputs if meanings[name].classes), None)
    if output is None:
        raise fail("not-a-classifier", inside.graph.span, outputs=tuple(inside.graph.outputs))
    meaning = meanings[output]
    if class_name is not None and class_name not in meaning.classes:
        raise fail("no-such-class", None, name=class_name, near=tuple(near(class_name, meaning.classes)), classes=meaning.classes)
    said = np.asarray(inside.model({key: _tensor(value, inside.model.input[key].dtype) for key, value in inputs.items()}, training=False)[output], "float32")
    shares = _over_places(meaning.probabilities(said), np.mean)[0]
    chosen = int(np.argmax(shares)) if class_name is None else meaning.classes.index(class_name)
    return Decision(inside, output, meaning, inputs, shares, chosen)


def scores_and(inside: Inside, output: str, meaning: Meaning, tap: str | None = None):
    """A Keras model of `scores`, those before the softmax or sigmoid of an output, and of `tap`, an inner wire.

    A probability also grows where those of the other classes fall; a score tells of its class alone. Where a probability is
    made otherwise its logarithm stands for the score.
    """
    import keras

    walk = Walk.over(inside, [tap] if tap else ())
    name = _origin(inside, inside.aliases[output])
    tapped = {"tap": walk.values[tap]} if tap else {}
    return keras.Model(walk.inputs, {"scores": _scores(inside.spots[name], walk, name, meaning), **tapped})


def _origin(inside: Inside, name: str) -> str:
    """The step that makes a wire, inside of the network where one is used."""
    while inside.spots[name].node.what == "network":
        graph = inside.spots[name].graph.networks[inside.spots[name].node.network]
        inner = graph.nodes[next(iter(graph.outputs.values())).node]
        name = f"{name}.{inner.name}"
    return name


def _scores(spot, walk: Walk, name: str, meaning: Meaning):
    import keras

    squashing = (keras.activations.softmax, keras.activations.sigmoid)
    if meaning.logits:
        return walk.values[name]
    if isinstance(spot.layer, keras.layers.Softmax) or spot.node.what == "op" and spot.node.brick.rpartition(".")[2] in ("softmax", "sigmoid"):
        return walk.reads[name][0]
    if getattr(spot.layer, "activation", None) in squashing:
        linear = type(spot.layer).from_config({**spot.layer.get_config(), "activation": "linear", "name": f"{spot.layer.name}.score"})
        scores = linear(walk.reads[name][0])
        linear.set_weights(spot.layer.get_weights())
        return scores
    return renamed(keras.ops.log(keras.ops.maximum(walk.values[name], 1e-30)), [walk.values[name]], f"{name}.score")


def _over_places(scores, mean):
    """Scores (examples, ..., classes) as one for each example and class."""
    places = tuple(range(1, len(scores.shape) - 1))
    return mean(scores, places) if places else scores


def _noisy(values: np.ndarray) -> np.ndarray:
    values = values.astype("float32")
    noise = np.random.default_rng(0).normal(0, NOISE * np.ptp(values), values.shape)
    return values + noise.astype("float32")


def _tensor(value: np.ndarray, dtype: str):
    import tensorflow as tf

    return tf.constant(value.tolist(), "string") if dtype == "string" else tf.cast(tf.constant(value), dtype)
