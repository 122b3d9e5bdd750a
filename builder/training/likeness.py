"""How well an embedding tells like from unlike: retrieval, verification, one-shot trials, tightness of classes. Pure NumPy."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

METRICS = ("euclidean", "cosine")
FILE = "neighbours.json"  # of a run folder, for a layer that was judged by itself: outputs have `evaluation.json` and `embedding.png`
NEAREST = (1, 5, 10)
BLOCK = 1 << 23  # distances held at a time
PAIRS = 20_000  # alike, and as many different
CURVE, POINTS = 60, 1500  # points kept of a ROC curve, and of a picture


def flat(values: np.ndarray) -> np.ndarray:
    """Values (examples, ...) as rows of float32."""
    return np.asarray(values, "float32").reshape(len(values), -1)


def distances(asked: np.ndarray, known: np.ndarray, metric: str = "euclidean") -> Iterator[tuple[slice, np.ndarray]]:
    """All distances (asked, known) in blocks of some rows each, so that tens of thousands of both fit into memory.

    Args:
        metric: `euclidean`, or `cosine` for 1 less the cosine.
    """
    asked, known = (prepared(one, metric) for one in (asked, known))
    squares, rows = np.sum(known * known, axis=1), max(1, BLOCK // max(1, len(known)))
    for start in range(0, len(asked), rows):
        some = asked[start : start + rows]
        found = np.sum(some * some, axis=1)[:, None] + squares - 2 * (some @ known.T)
        np.maximum(found, 0, out=found)
        yield slice(start, start + len(some)), found / 2 if metric == "cosine" else np.sqrt(found, out=found)


def prepared(values: np.ndarray, metric: str) -> np.ndarray:
    """Rows of length 1 for cosines: half their squared distance is 1 less the cosine."""
    values = flat(values)
    return values / np.maximum(np.linalg.norm(values, axis=1, keepdims=True), 1e-12) if metric == "cosine" else values


def retrieval(values: np.ndarray, labels: np.ndarray, metric: str = "euclidean", nearest: Sequence[int] = NEAREST) -> dict:
    """What each example finds among all the others.

    Gives `recall`, by `k` the share of examples with one of their class among their `k` nearest, and `map_at_r`: the mean, over an
    example's `R` nearest with `R` the others of its class, of the precision up to each that is of its class, over `R` (Musgrave,
    Belongie, Lim, A Metric Learning Reality Check, 2020). Examples that are alone in their class do not ask; both are None where all are.

    Args:
        labels: classes (examples,).
    """
    _, labels, counts = np.unique(np.ravel(labels), return_inverse=True, return_counts=True)
    others = counts[labels] - 1
    asking = np.flatnonzero(others)
    if not len(asking):
        return {"recall": {str(k): None for k in nearest}, "map_at_r": None}
    deep = min(len(labels) - 1, max(*nearest, int(others.max())))
    hits, precise = {k: 0 for k in nearest}, 0.0
    for rows, found in distances(flat(values)[asking], values, metric):
        mine = asking[rows]
        found[np.arange(len(mine)), mine] = np.inf
        alike = labels[_first(found, deep)] == labels[mine][:, None]
        hits = {k: count + int(alike[:, :k].any(axis=1).sum()) for k, count in hits.items()}
        precise += float(_precision(alike, others[mine]).sum())
    return {"recall": {str(k): count / len(asking) for k, count in hits.items()}, "map_at_r": precise / len(asking)}


def _first(found: np.ndarray, count: int) -> np.ndarray:
    """The places of the `count` least of each row, in order."""
    if count >= found.shape[1]:
        return np.argsort(found, axis=1, kind="stable")[:, :count]
    some = np.sort(np.argpartition(found, count - 1, axis=1)[:, :count], axis=1)
    order = np.argsort(np.take_along_axis(found, some, 1), axis=1, kind="stable")
    return np.take_along_axis(some, order, 1)


def _precision(alike: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Average precision of each row up to its own `others`."""
    places = np.arange(1, alike.shape[1] + 1)
    counts = alike & (places <= others[:, None])
    return (np.cumsum(counts, axis=1) / places * counts).sum(axis=1) / others


def pairs(labels: np.ndarray, most: int = PAIRS, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Pairs of places (pairs, 2), and whether they are of one class: as many alike as different, at most `most` of each, seeded."""
    labels, rng = np.unique(np.ravel(labels), return_inverse=True)[1], np.random.default_rng(seed)
    order = np.argsort(labels, kind="stable")
    bounds = np.flatnonzero(np.diff(labels[order], prepend=-1))
    starts, sizes = bounds[labels], np.bincount(labels)[labels]
    place = np.empty(len(labels), int)
    place[order] = np.arange(len(labels))
    alike, other = np.flatnonzero(sizes > 1), np.flatnonzero(sizes < len(labels))
    if not len(alike) or not len(other):
        return np.zeros((0, 2), int), np.zeros(0, bool)
    count = min(most, 4 * len(labels))
    a, b = rng.choice(alike, count), rng.choice(other, count)
    own = order[starts[a] + (place[a] - starts[a] + 1 + rng.integers(0, sizes[a] - 1)) % sizes[a]]
    strange = order[(starts[b] + sizes[b] + rng.integers(0, len(labels) - sizes[b])) % len(labels)]
    return np.concatenate([np.stack([a, own], 1), np.stack([b, strange], 1)]), np.arange(2 * count) < count


@dataclass(frozen=True)
class Verification:
    """Telling pairs of one class by their distance: `auc` is the area under the ROC `curve` of (false, true) positive rates;
    at distances up to `threshold` a pair is best said to be alike, which is right for the share `accuracy` of as many alike as different."""

    auc: float
    threshold: float
    accuracy: float
    curve: tuple[tuple[float, float], ...]


def verification(apart: np.ndarray, alike: np.ndarray) -> Verification | None:
    """The ROC of distances (pairs,) and its best threshold; None where all pairs are of one kind."""
    alike = np.asarray(alike, bool)
    if alike.all() or not alike.any():
        return None
    order = np.argsort(apart, kind="stable")
    apart, alike = np.asarray(apart, "float64")[order], alike[order]
    ends = np.append(np.flatnonzero(np.diff(apart)), len(apart) - 1)  # pairs of one distance come together
    true, false = (np.append(0, np.cumsum(one)[ends] / one.sum()) for one in (alike, ~alike))
    best = int(np.argmax(true - false))
    kept = np.unique(np.linspace(0, len(true) - 1, CURVE).round().astype(int))
    curve = tuple((round(float(f), 5), round(float(t), 5)) for f, t in zip(false[kept], true[kept]))
    return Verification(float(np.trapezoid(true, false)), _between(apart, ends, best), float((1 + true[best] - false[best]) / 2), curve)


def _between(apart: np.ndarray, ends: np.ndarray, best: int) -> float:
    """A threshold in the middle between the last distance that is alike and the next one."""
    if not best:
        return float(apart[0]) / 2
    last = apart[ends[best - 1]]
    following = apart[ends[best - 1] + 1] if ends[best - 1] + 1 < len(apart) else last
    return float((last + following) / 2)


def between(values: np.ndarray, places: np.ndarray, metric: str = "euclidean") -> np.ndarray:
    """The distances (pairs,) of pairs of rows."""
    rows = prepared(values, metric).astype("float64")
    squares = np.sum(np.square(rows[places[:, 0]] - rows[places[:, 1]]), axis=1)
    return squares / 2 if metric == "cosine" else np.sqrt(squares)


def tightness(values: np.ndarray, labels: np.ndarray) -> dict:
    """The mean squared distance `within` of examples to the mean of their class, that `between` the means of classes, and their `ratio`."""
    rows = np.asarray(values, "float64").reshape(len(values), -1)
    _, labels, counts = np.unique(np.ravel(labels), return_inverse=True, return_counts=True)
    means = np.zeros((len(counts), rows.shape[1]))
    np.add.at(means, labels, rows)
    means /= counts[:, None]
    within = float(np.mean(np.sum(np.square(rows - means[labels]), axis=1)))
    count = len(means)  # the mean over pairs of means is twice their variance
    apart = float(2 * count / (count - 1) * np.mean(np.sum(np.square(means - means.mean(0)), axis=1))) if count > 1 else 0.0
    return {"within": within, "between": apart, "ratio": within / apart if apart else None}


def one_shot(values: np.ndarray, labels: np.ndarray, ways: int, groups: np.ndarray | None = None, trials: int = 400, seed: int = 0,
             metric: str = "euclidean") -> float | None:
    """The share of trials that are won: `ways` classes of one group are drawn with one example each, and another example of the first is
    given to the nearest (Lake, Salakhutdinov, Tenenbaum, 2015). A tie is lost in part. None where no group has so many classes.

    Args:
        groups: the group of each example (examples,), such as an alphabet; without it all are one.
    """
    labels, rows, rng = np.ravel(labels), prepared(values, metric).astype("float64"), np.random.default_rng(seed)
    within = _classes_of_groups(labels, np.zeros(len(labels), int) if groups is None else np.ravel(groups))
    open_to = [places for places in within if len(places) >= ways and any(len(one) > 1 for one in places)]
    if ways < 2 or not open_to:
        return None
    return float(np.mean([_trial(rows, open_to[trial % len(open_to)], ways, rng) for trial in range(trials)]))


def _classes_of_groups(labels: np.ndarray, groups: np.ndarray) -> list[list[np.ndarray]]:
    """For each group the places of each of its classes."""
    return [[np.flatnonzero((groups == group) & (labels == one)) for one in np.unique(labels[groups == group])] for group in np.unique(groups)]


def _trial(rows: np.ndarray, places: Sequence[np.ndarray], ways: int, rng) -> float:
    able = [number for number, one in enumerate(places) if len(one) > 1]
    first = able[rng.integers(len(able))]
    others = rng.choice([number for number in range(len(places)) if number != first], ways - 1, replace=False)
    asked, own = rng.choice(places[first], 2, replace=False)
    shown = [own, *(rng.choice(places[number]) for number in others)]
    apart = np.sum(np.square(rows[shown] - rows[asked]), axis=1)
    return float(apart[0] <= apart.min()) / max(1, int((apart == apart.min()).sum()))


def projection(values: np.ndarray) -> np.ndarray:
    """Rows in the plane, float64 (examples, 2): as they are where they have two values, else by their two principal components."""
    rows = np.nan_to_num(np.asarray(values, "float64").reshape(len(values), -1))
    if rows.shape[1] == 2:
        return rows
    rows = rows - rows.mean(axis=0)
    _, axes = np.linalg.eigh(rows.T @ rows) if rows.shape[1] <= 4096 else (None, np.linalg.svd(rows, full_matrices=False)[2][1::-1].T)
    found = rows @ axes[:, :-3:-1]
    return np.pad(found, ((0, 0), (0, 2 - found.shape[1])))


def judged(values: np.ndarray, labels: np.ndarray, classes: Mapping[int, str] | Sequence[str] = (), seed: int = 0) -> dict:
    """Every measure of one set of examples that needs no other, as plain values; `metric` of all of them is Euclidean.

    Args:
        values: embeddings (examples, ...).
        labels: classes (examples,) as whole numbers.
        classes: their names, for the picture.
    """
    values, labels = flat(values), np.ravel(labels)
    sound = np.isfinite(values).all(axis=1)
    values, labels = values[sound], labels[sound]
    places, alike = pairs(labels, seed=seed)
    told = verification(between(values, places), alike) if len(places) else None
    return {
        "kind": "embedding", "examples": len(labels), "size": values.shape[1], "classes": len(np.unique(labels)), **retrieval(values, labels),
        "verification": None if told is None else {"auc": told.auc, "threshold": told.threshold, "accuracy": told.accuracy, "curve": told.curve},
        "tightness": tightness(values, labels), "picture": picture(values, labels, classes),
    }


def picture(values: np.ndarray, labels: np.ndarray, classes: Sequence[str] = ()) -> dict:
    """Points in the plane by class: `axes` says what they are, `points` has (x, y) of each class, at most POINTS of all, evenly taken."""
    some = np.unique(np.linspace(0, len(labels) - 1, min(len(labels), POINTS)).round().astype(int)) if len(labels) else np.zeros(0, int)
    plane = projection(values)[some] if len(labels) else np.zeros((0, 2))
    names = {int(one): str(classes[int(one)]) if 0 <= one < len(classes) else str(one) for one in np.unique(labels[some])}
    points = {name: [[float(f"{value:.4g}") for value in row] for row in plane[labels[some] == one]] for one, name in names.items()}
    return {"axes": "its two values" if flat(values).shape[-1] == 2 else "its two principal components", "points": points}
