"""How much each member of an ensemble is to count, learned from what all of them say of the validation data."""

from collections.abc import Mapping

import numpy as np

from builder.graph.judging import of_embedding
from builder.graph.plans import LossPlan
from builder.training.feed import Feed, wanted

ROUNDS = 200
LEAST = 1e-12


def learned(members: Mapping[str, object], split, loss: LossPlan | None, output: str, fields: Mapping, batch: int) -> np.ndarray:
    """The shares of the members, float64 (members,), by which their weighted mean explains a split best.

    Of probabilities they maximise the likelihood of what is true, by the EM steps of a mixture whose parts are fixed (Dempster,
    Laird, Rubin 1977); of numbers each counts by the inverse of its mean squared error.

    Args:
        members: models by name, with `output` among their outputs.
        loss: of this output; None where it has none, and all count alike.
    """
    from builder.training.evaluation import loss_meaning

    if loss is None or loss.recipe is None or of_embedding(loss.recipe.name):
        return np.full(len(members), 1 / len(members))
    first = next(iter(members.values()))
    read = loss_meaning(first, loss, fields)
    said, true = _said(list(members.values()), split, loss, output, batch)
    if read.kind == "number":
        errors = np.square(said - true.reshape(said.shape[1:])).reshape(len(said), -1).mean(axis=1)
        return (1 / np.maximum(errors, LEAST)) / (1 / np.maximum(errors, LEAST)).sum()
    return mixture(likelihoods(np.stack([read.probabilities(one) for one in said]), read.true(true), read.kind))


def _said(models: list, split, loss: LossPlan, output: str, batch: int) -> tuple[np.ndarray, np.ndarray]:
    """What each model says of every example (models, examples, ...), and what is true."""
    import tensorflow as tf

    step = tf.function(lambda inputs: [model(inputs, training=False)[output] for model in models], reduce_retracing=True)
    dataset = Feed({split.name: split}, wanted(models[0]), {output: loss.target}, batch).plain(split.name)
    parts = [([one.numpy() for one in step(inputs)], targets[output].numpy()) for inputs, targets in dataset]
    said = [np.concatenate([answers[number] for answers, _ in parts]).astype("float64") for number in range(len(models))]
    return np.stack(said), np.concatenate([true for _, true in parts])


def likelihoods(shares: np.ndarray, true: np.ndarray, kind: str) -> np.ndarray:
    """The probability each member gave to what is true: (members, cases).

    Args:
        shares: probabilities (members, examples, ..., classes); of labels that each label holds.
        true: the class (examples, ...), or 0 and 1 for each label.
    """
    if kind == "labels":
        return np.where(true.reshape(shares.shape[1:]) > 0, shares, 1 - shares).reshape(len(shares), -1)
    place = true.reshape(shares.shape[1:-1])[None, ..., None]
    return np.take_along_axis(shares, np.broadcast_to(place, (*shares.shape[:-1], 1)), axis=-1).reshape(len(shares), -1)


def mixture(likelihood: np.ndarray) -> np.ndarray:
    """The weights of a mixture of fixed parts that are likeliest, for the likelihood (parts, cases) of each case by each part."""
    weights = np.full(len(likelihood), 1 / len(likelihood))
    likelihood = np.maximum(likelihood, LEAST)
    for _ in range(ROUNDS):
        joint = weights[:, None] * likelihood
        weights = (joint / joint.sum(axis=0)).mean(axis=1)
    return weights
