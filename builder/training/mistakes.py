"""The examples that a model gets most wrong, kept while a split streams by in batches."""

import heapq
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from builder.training.meaning import Meaning

MOST = 24  # mistakes kept of each output
LONGEST = 160  # pixels of a kept map, along each side
SHOWN = 40  # places of a sequence, or numbers of a vector, that are told
TEXT = 400  # characters of a text


@dataclass(frozen=True, eq=False)
class Mistake:
    """One example told wrong: `index` is its number in the split, `facts` what is true, said and how sure, as plain values.

    `inputs` are its values for each input of the model. `maps` are, for an output of a value a pixel, the true one and
    the one said, (height, width) of class indices or (height, width, channels) of numbers.
    """

    index: int
    weight: float
    facts: Mapping[str, object]
    maps: tuple[np.ndarray, np.ndarray] | None = None
    inputs: Mapping[str, np.ndarray] = field(default_factory=dict)

    def as_json(self) -> dict:
        return {"index": self.index, **self.facts, "inputs": {name: _told_input(value) for name, value in self.inputs.items()}}


@dataclass
class Worst:
    """A heap of the worst mistakes of one output: the wrong classes said most surely, the greatest errors of numbers,
    the labels furthest off, the maps and sequences with the greatest share of wrong places."""

    meaning: Meaning
    heap: list[tuple[float, int, Mistake]] = field(default_factory=list)
    seen: int = 0

    def add(self, target: np.ndarray, scores: np.ndarray) -> None:
        """A batch: targets (batch, ...) and scores (batch, ..., units), in the order of the split."""
        judge = _JUDGES[self.meaning.kind]
        weights, tell = judge(self.meaning, np.asarray(target), np.asarray(scores))
        for place in np.argsort(-weights, kind="stable")[:MOST]:
            index = self.seen + int(place)
            key = (float(weights[place]), -index)
            if key[0] > 0 and (len(self.heap) < MOST or key > self.heap[0][:2]):
                push = heapq.heappush if len(self.heap) < MOST else heapq.heapreplace
                push(self.heap, (*key, replace(tell(place), index=index, weight=key[0])))
        self.seen += len(weights)

    def found(self, split, inputs) -> tuple[Mistake, ...]:
        """The mistakes, the worst first, with the values they were told of, read again from the split."""
        ordered = [mistake for _, _, mistake in sorted(self.heap, reverse=True)]
        numbers = [mistake.index for mistake in ordered]
        values = {name: split.rows(name, numbers) for name in inputs} if numbers else {}
        return tuple(replace(mistake, inputs={name: values[name][place] for name in inputs}) for place, mistake in enumerate(ordered))


def _classes(meaning: Meaning, target: np.ndarray, scores: np.ndarray):
    """One class an example, weighed by how surely it was said; or one a place, by the share of wrong places."""
    said = meaning.chosen(scores)
    true = meaning.true(target).reshape(said.shape)
    known = (true >= 0) & (true < len(meaning.classes))
    wrong = (true != said) & known
    if said.ndim > 1:
        return _places(meaning, true, said, wrong, known)
    shares = meaning.probabilities(scores)
    sure = np.nan_to_num(np.take_along_axis(shares, said[:, None], -1)[:, 0], nan=1.0)
    names = meaning.classes
    return np.where(wrong, sure, 0.0), lambda i: Mistake(0, 0, {"true": names[true[i]], "said": names[said[i]], "sure": _short(sure[i])})


def _places(meaning: Meaning, true: np.ndarray, said: np.ndarray, wrong: np.ndarray, known: np.ndarray):
    """A class at each pixel or each place of a sequence."""
    count = np.maximum(known.reshape(len(known), -1).sum(1), 1)
    share = wrong.reshape(len(wrong), -1).sum(1) / count

    def tell(i: int) -> Mistake:
        facts = {"wrong": _short(share[i])}
        if said.ndim == 3:
            return Mistake(0, 0, facts, (_thinned(np.where(known[i], true[i], -1)), _thinned(said[i])))
        name = lambda row: [meaning.classes[k] if 0 <= k < len(meaning.classes) else None for k in row[:SHOWN]]
        return Mistake(0, 0, {"true": name(true[i].ravel()), "said": name(said[i].ravel()), **facts})

    return share, tell


def _labels(meaning: Meaning, target: np.ndarray, scores: np.ndarray):
    """Several labels an example, weighed by the wrong one furthest from the truth."""
    said, shares = meaning.chosen(scores), meaning.probabilities(scores)
    true = meaning.true(target).reshape(said.shape)
    off = np.where(true != said, np.nan_to_num(np.abs(shares - true), nan=1.0), 0.0)
    if said.ndim > 2:
        return _places(meaning, true, said, true != said, np.ones(said.shape, bool))
    name = lambda row: [meaning.classes[k] for k in np.flatnonzero(row)][:SHOWN]
    return off.max(-1), lambda i: Mistake(0, 0, {"true": name(true[i]), "said": name(said[i]), "sure": _short(off[i].max())})


def _numbers(meaning: Meaning, target: np.ndarray, values: np.ndarray):
    """Numbers, weighed by their error; of several, by its root mean square."""
    said = np.asarray(values, "float64")
    true = np.asarray(target, "float64").reshape(said.shape)
    error = np.sqrt(np.mean(np.square(said - true).reshape(len(said), -1), axis=1))

    def tell(i: int) -> Mistake:
        facts = {"error": _short(error[i])}
        if said.ndim == 4:
            return Mistake(0, 0, facts, (_thinned(true[i]).astype("float32"), _thinned(said[i]).astype("float32")))
        return Mistake(0, 0, {"true": plain_numbers(true[i]), "said": plain_numbers(said[i]), **facts})

    return np.nan_to_num(error, nan=np.inf, posinf=np.inf), tell


def _embedded(meaning: Meaning, target: np.ndarray, values: np.ndarray):
    """An embedding alone is neither right nor wrong."""
    return np.zeros(len(values)), None


_JUDGES = {"class": _classes, "yes-no": _classes, "labels": _labels, "number": _numbers, "embedding": _embedded}


def _thinned(values: np.ndarray) -> np.ndarray:
    """A map with rows and columns left out until it is small enough to keep."""
    step = -(-max(values.shape[:2]) // LONGEST)
    return np.array(values[::step, ::step])


def plain_numbers(values: np.ndarray) -> object:
    """Numbers as JSON has them: one alone, or the first of a list; None for what is not a number."""
    short = [_short(value) for value in np.asarray(values).ravel()[:SHOWN]]
    return short[0] if len(short) == 1 and np.size(values) == 1 else short


def _short(value: float) -> float | None:
    return float(f"{value:.6g}") if np.isfinite(value) else None


def _told_input(value: object) -> object:
    """An input for a reader: its text or number, a short list, or what it is."""
    value = np.asarray(value)
    if value.dtype == object or value.dtype.kind in "US":
        texts = [text_of(one)[:TEXT] for one in value.ravel()[:SHOWN]]
        return texts[0] if value.size == 1 else texts
    if value.size <= SHOWN:
        return int(value) if value.size == 1 and value.dtype.kind in "iub" else plain_numbers(value)
    return f"{' × '.join(map(str, value.shape))} values"


def text_of(value: object) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
