"""What a model's output means: a class, a yes or no, several labels, numbers, or an embedding."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from builder.catalog import cache
from builder.graph.judging import COSINES, by_number, of_embedding
from builder.graph.plans import EQUATION

MOST_OPEN = 10
TOP = 5


@dataclass(frozen=True)
class Meaning:
    """How to read an output. `kind` is class, yes-no, labels, number or embedding; `logits`: its scores are not probabilities, but
    are where `scale` times them go through a softmax.

    `sparse`: its target holds class indices, not a score for each class.
    """

    kind: str
    classes: tuple[str, ...] = ()
    logits: bool = False
    sparse: bool = False
    scale: float = 1.0

    def probabilities(self, scores: np.ndarray) -> np.ndarray:
        """Scores (..., units) as probabilities (..., classes); a yes-no output gets both its sides."""
        scores = np.asarray(scores, "float64")
        if self.kind == "class":
            return _softmax(self.scale * scores) if self.logits else scores
        given = 1 / (1 + np.exp(-scores)) if self.logits else scores
        return np.concatenate([1 - given, given], axis=-1) if self.kind == "yes-no" else given

    def chosen(self, scores: np.ndarray) -> np.ndarray:
        """The index of the class with the best score; for labels, whether each of them is on."""
        middle = 0.0 if self.logits else 0.5
        if self.kind == "class":
            return np.argmax(scores, axis=-1)
        on = (np.asarray(scores) > middle).astype("int64")
        return on[..., 0] if self.kind == "yes-no" else on

    def true(self, target: np.ndarray) -> np.ndarray:
        """A target in the same terms as `chosen`."""
        target = np.asarray(target)
        if self.kind == "class":
            return target.astype("int64") if self.sparse else np.argmax(target, axis=-1)
        return (target > 0.5).astype("int64")

    def told(self, scores: np.ndarray) -> dict:
        """One example's output (units,) for a person: the class and its probability, or the numbers; of (steps, units) the class of each step."""
        if scores.ndim == 2 and self.kind in ("class", "yes-no"):
            return {"classes": [self.classes[i] for i in self.chosen(scores)]}
        if scores.ndim > 1 or self.kind in ("number", "embedding"):
            return {"value": _rounded(scores)}
        shares = self.probabilities(scores)
        if self.kind == "labels":
            return {"labels": [self.classes[i] for i in np.flatnonzero(self.chosen(scores))],
                    "probabilities": self._by_name(shares, range(len(shares)))}
        order = np.argsort(-shares, kind="stable")[: len(shares) if len(shares) <= MOST_OPEN else TOP]
        return {"class": self.classes[order[0]], "probability": round(float(shares[order[0]]), 6),
                "probabilities": self._by_name(shares, order)}

    def _by_name(self, shares: np.ndarray, order) -> dict[str, float]:
        return {self.classes[i]: round(float(shares[i]), 6) for i in order}


def meaning(loss: str | None, arguments: Mapping, shape: tuple, classes: tuple[str, ...] | None, target: Mapping | None = None) -> Meaning:
    """Reads an output by its loss: its Keras name and arguments, the output's shape without the batch,
    and the classes of its target where the data know them. An equation is read by what `target` is: its `shape` and `dtype`."""
    units = (shape[-1] if shape else 1) or 1
    loss = loss or ""
    if loss == EQUATION:
        kind, logits, sparse = _by_field(arguments.get("activation"), shape, target or {}, classes or ())
        return _named(kind, units, classes, logits, sparse)
    logits = bool(arguments.get("from_logits")) or loss in COSINES
    if loss.startswith("Binary"):
        kind = "yes-no" if units == 1 else "labels"
    elif (by_number(loss) or loss.startswith("Categorical")) and units > 1:
        kind = "class"
    else:
        kind = "embedding" if of_embedding(loss) else "number"
    return _named(kind, units, classes, logits, by_number(loss), _scale(loss, arguments))


def _by_field(activation: str | None, shape: tuple, target: Mapping, classes: Sequence[str]) -> tuple[str, bool, bool]:
    """Kind, `logits` and `sparse` of an output whose loss is an equation: told by what it is compared with, and by its activation.

    The number of a class makes scores of as many numbers, an embedding of any others; it makes a yes or no of one number, and so
    does a whole number of a sigmoid.
    """
    units, given = (shape[-1] if shape else 1) or 1, tuple(target.get("shape", shape))
    whole = str(target.get("dtype")).startswith(("int", "uint", "bool"))
    places = len(given[:-1] if given[-1:] == (1,) else given)  # classes are numbers: an axis less than their scores have
    if units > 1 and whole and places == len(shape) - 1 and (classes or activation == "softmax"):
        return "class" if activation == "softmax" or len(classes) == units else "embedding", activation != "softmax", True
    if units == 1 and (len(classes) == 2 or activation == "sigmoid" and whole):
        return "yes-no", activation != "sigmoid", False
    if units > 1 and len(given) == len(shape) and (activation == "softmax" or activation == "sigmoid" and whole):
        return ("class" if activation == "softmax" else "labels"), False, False
    return "number", False, False


def _named(kind: str, units: int, classes: Sequence[str] | None, logits: bool, sparse: bool, scale: float = 1.0) -> Meaning:
    """A reading with the names of its classes; those that the data do not name are called by their numbers."""
    if kind in ("number", "embedding"):
        return Meaning(kind, tuple(classes or ()) if kind == "embedding" else ())
    count = 2 if kind == "yes-no" else units
    given = tuple(classes or ())[:count]
    return Meaning(kind, (*given, *(str(index) for index in range(len(given), count))), logits, sparse, scale)


def _scale(loss: str, arguments: Mapping) -> float:
    """What a loss on cosines multiplies them by."""
    left_out = [p.default for p in cache.store().find("loss", loss).parameters if p.name == "scale"] if loss in COSINES else []
    return float(arguments.get("scale", *left_out)) if left_out else 1.0


def _softmax(scores: np.ndarray) -> np.ndarray:
    raised = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return raised / raised.sum(axis=-1, keepdims=True)


def _rounded(values: np.ndarray) -> object:
    values = np.asarray(values)
    if values.dtype.kind == "f":
        values = np.array([float(f"{value:.7g}") for value in values.ravel()]).reshape(values.shape)
    plain = values.tolist()
    return plain[0] if isinstance(plain, list) and len(plain) == 1 else plain
