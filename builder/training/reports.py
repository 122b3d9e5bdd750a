"""Reports gathered batch by batch: classes confused, labels found, errors of numbers, likeness of embeddings."""

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from builder.training.likeness import flat, judged
from builder.training.meaning import Meaning

# Beyond this many classes a matrix of every pair is no longer worth its memory.
MOST_PAIRS = 1000
SAMPLE = 200_000
MOST_EMBEDDED = 20_000
BARS, POINTS = 40, 400
QUANTILES = (0.5, 0.9, 0.95, 0.99, 1.0)


def report_of(meaning: Meaning):
    """An empty report for an output of that meaning."""
    if meaning.kind == "number":
        return Numbers()
    if meaning.kind == "embedding":
        return Likeness(meaning)
    return Labels(meaning) if meaning.kind == "labels" else Classes(meaning)


@dataclass
class Classes:
    """How often each class was there, was said, and was said rightly; and which was said for which."""

    meaning: Meaning
    there: np.ndarray = field(init=False)
    said: np.ndarray = field(init=False)
    right: np.ndarray = field(init=False)
    confusion: np.ndarray | None = field(init=False)

    def __post_init__(self) -> None:
        count = len(self.meaning.classes)
        self.there, self.said, self.right = (np.zeros(count, "int64") for _ in range(3))
        self.confusion = np.zeros((count, count), "int64") if count <= MOST_PAIRS else None

    def add(self, target: np.ndarray, scores: np.ndarray) -> None:
        """A batch: targets (batch, ...) and scores (batch, ..., units)."""
        count = len(self.meaning.classes)
        true = self.meaning.true(target).ravel()
        said = self.meaning.chosen(scores).ravel()
        known = (true >= 0) & (true < count)  # such as a label for pixels that do not count
        true, said = true[known], said[known]
        self.there += np.bincount(true, minlength=count)
        self.said += np.bincount(said, minlength=count)
        self.right += np.bincount(true[true == said], minlength=count)
        if self.confusion is not None:
            self.confusion += np.bincount(true * count + said, minlength=count**2).reshape(count, count)

    def as_json(self) -> dict:
        total = int(self.there.sum())
        scores = _scores(self.right, self.said, self.there)
        rows = [{"class": name, **row} for name, row in zip(self.meaning.classes, _rows(scores, self.there))]
        return {
            "kind": "classes", "examples": total, "accuracy": _share(self.right.sum(), total), "classes": rows,
            "macro": _mean(scores, self.there > 0), "weighted": _mean(scores, self.there),
            "confusion": None if self.confusion is None else self.confusion.tolist(), "confused": self.confused(),
        }

    def confused(self, most: int = 5) -> list[dict]:
        """The pairs of classes most often taken for each other, one way."""
        if self.confusion is None:
            return []
        wrong = self.confusion - np.diag(np.diag(self.confusion))
        order = np.argsort(-wrong, axis=None, kind="stable")[:most]
        pairs = [np.unravel_index(place, wrong.shape) for place in order]
        names = self.meaning.classes
        return [{"true": names[i], "said": names[j], "times": int(wrong[i, j])} for i, j in pairs if wrong[i, j]]


@dataclass
class Labels:
    """For each of several labels at once: how often it was there, said, and said rightly."""

    meaning: Meaning
    examples: int = 0
    exact: int = 0
    counts: np.ndarray = field(init=False)

    def __post_init__(self) -> None:
        self.counts = np.zeros((3, len(self.meaning.classes)), "int64")

    def add(self, target: np.ndarray, scores: np.ndarray) -> None:
        """A batch: targets and scores (batch, ..., labels)."""
        labels = len(self.meaning.classes)
        said = self.meaning.chosen(scores).reshape(-1, labels)
        true = self.meaning.true(target).reshape(-1, labels)
        self.counts += np.stack([(true & said).sum(0), said.sum(0), true.sum(0)])
        self.examples += len(true)
        self.exact += int((true == said).all(axis=1).sum())

    def as_json(self) -> dict:
        right, said, there = self.counts
        scores = _scores(right, said, there)
        rows = [{"class": name, **row} for name, row in zip(self.meaning.classes, _rows(scores, there))]
        return {"kind": "labels", "examples": self.examples, "exact": _share(self.exact, self.examples), "classes": rows,
                "macro": _mean(scores, there > 0)}


@dataclass
class Likeness:
    """Embeddings and their classes, the first MOST_EMBEDDED of them, held against one another at the end."""

    meaning: Meaning
    values: list[np.ndarray] = field(default_factory=list)
    labels: list[np.ndarray] = field(default_factory=list)
    room: int = MOST_EMBEDDED

    def add(self, target: np.ndarray, values: np.ndarray) -> None:
        """A batch: classes (batch,) or (batch, 1), and embeddings (batch, ...)."""
        if self.room > 0:
            self.values.append(flat(values)[: self.room].copy())
            self.labels.append(np.ravel(target)[: self.room].astype("int64"))
            self.room -= len(self.values[-1])

    @cached_property
    def found(self) -> dict:
        """What `likeness.judged` says of them all."""
        return judged(np.concatenate(self.values), np.concatenate(self.labels), self.meaning.classes)

    def as_json(self) -> dict:
        return self.found


@dataclass
class Numbers:
    """The errors of numbers: sums over all of them, and a sample for quantiles and the picture."""

    sums: np.ndarray = field(default_factory=lambda: np.zeros(6))
    kept: list[np.ndarray] = field(default_factory=list)
    room: int = SAMPLE

    def add(self, target: np.ndarray, values: np.ndarray) -> None:
        """A batch of targets and values of one size."""
        true, said = np.asarray(target, "float64").ravel(), np.asarray(values, "float64").ravel()
        error = said - true
        self.sums += [error.size, error.sum(), np.abs(error).sum(), (error**2).sum(), true.sum(), (true**2).sum()]
        if self.room > 0:
            self.kept.append(np.stack([true, said])[:, : self.room].copy())
            self.room -= self.kept[-1].shape[1]

    @property
    def sample(self) -> np.ndarray:
        """True and predicted values, (2, sample)."""
        return np.concatenate(self.kept, axis=1) if self.kept else np.zeros((2, 0))

    def as_json(self) -> dict:
        count, total, absolute, squares, true, true_squares = self.sums
        true, said = self.sample
        spread = true_squares - self.sums[4] ** 2 / max(count, 1)
        errors = np.abs(said - true)
        return {
            "kind": "numbers", "values": int(count), "mae": absolute / max(count, 1), "rmse": (squares / max(count, 1)) ** 0.5,
            "bias": total / max(count, 1), "r2": 1 - squares / spread if spread > 0 else None,
            "absolute_error_quantiles": {str(q): float(np.quantile(errors, q)) for q in QUANTILES} if errors.size else {},
            "errors": self.histogram(), "points": self.points(),
        }

    def histogram(self) -> dict:
        """How often errors (said less true) of each size are in the sample: one edge more than counts."""
        true, said = self.sample
        errors = (said - true)[np.isfinite(said - true)]
        if not errors.size:
            return {"edges": [], "counts": []}
        counts, edges = np.histogram(errors, bins=min(BARS, max(8, int(errors.size**0.5))))
        return {"edges": [float(f"{edge:.6g}") for edge in edges], "counts": counts.tolist()}

    def points(self) -> list[list[float]]:
        """Some (true, said) pairs of the sample, evenly taken."""
        pairs = self.sample.T[np.isfinite(self.sample).all(axis=0)]
        return [[float(f"{value:.6g}") for value in pair] for pair in pairs[:: -(-len(pairs) // POINTS) or 1]]


def _scores(right: np.ndarray, said: np.ndarray, there: np.ndarray) -> dict[str, np.ndarray]:
    """Precision, recall and F1 of each class; 0 where nothing was said or there (as scikit-learn has it)."""
    precision, recall = _ratio(right, said), _ratio(right, there)
    return {"precision": precision, "recall": recall, "f1": _ratio(2 * right, said + there)}


def _ratio(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    return np.divide(part, whole, out=np.zeros(len(part)), where=whole > 0)


def _rows(scores: dict[str, np.ndarray], there: np.ndarray) -> list[dict]:
    return [{**{name: float(values[i]) for name, values in scores.items()}, "examples": int(there[i])}
            for i in range(len(there))]


def _mean(scores: dict[str, np.ndarray], weights: np.ndarray) -> dict[str, float]:
    total = weights.sum()
    return {name: float((values * weights).sum() / total) if total else 0.0 for name, values in scores.items()}


def _share(part: int, whole: int) -> float:
    return float(part / whole) if whole else 0.0
