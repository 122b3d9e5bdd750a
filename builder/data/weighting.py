"""What each class counts in a loss: given by name or number, or balanced by how often it comes."""

from collections.abc import Iterable, Mapping
from math import prod

import numpy as np

from builder.data.data import Data
from builder.data.selection import classes_of
from builder.data.table import Column
from builder.diagnostics import Fault, Faults
from builder.graph.plans import ClassWeightPlan


def class_weights(data: Data, plans: Iterable[ClassWeightPlan], targets: Mapping[str, str]) -> dict[str, np.ndarray]:
    """The weights of an output's classes, (classes,), float32, for each output that has any; a class that is not named counts 1.

    `balanced` is scikit-learn's: examples to train on / (classes among them * examples of the class), so that the mean weight is 1.

    Args:
        data: of the phase.
        plans: what the phase says.
        targets: the field that each trained output is compared with.

    Raises:
        SpecError: `class-weight-nothing`, `unknown-class`, `class-twice`, `balanced-twice`; all of them at once.
    """
    faults, found = Faults(), {}
    for plan in plans:
        column = data.splits["train"].columns.get(targets.get(plan.output, ""))
        if column is None:
            continue  # told as a missing field, or an output that this phase does not train
        if not column.field.classes:
            faults.add(Fault("class-weight-nothing", plan.span, {"output": plan.output, "field": column.field.name}))
        elif plan.balanced:
            found[plan.output] = _balanced(data, column, plan, faults)
        else:
            found[plan.output] = _given(column, plan, faults)
    faults.check()
    return found


def _balanced(data: Data, column: Column, plan: ClassWeightPlan, faults: Faults) -> np.ndarray:
    if data.splits["train"].balance:
        faults.add(Fault("balanced-twice", plan.span, {}))
    counts = np.bincount(np.asarray(column.values, "int64").ravel(), minlength=len(column.field.classes))
    return np.where(counts, counts.sum() / (np.count_nonzero(counts) * np.maximum(counts, 1)), 1.0).astype("float32")


def _given(column: Column, plan: ClassWeightPlan, faults: Faults) -> np.ndarray:
    weights, classes = np.ones(len(column.field.classes), "float32"), column.field.classes
    seen: set[int] = set()
    for choice, weight in plan.weights:
        for index in classes_of(column, [choice], faults):
            if index in seen:
                faults.add(Fault("class-twice", choice.span, {"name": classes[index], "field": column.field.name}))
            elif index is not None:
                weights[index] = weight
                seen.add(index)
    return weights


def weigh(target, weights: np.ndarray):
    """What each example of a batch counts, float32: of whole classes, or of shares of them where examples are mixed.

    Args:
        target: class numbers, (batch, ...), one a place; or shares of all classes, float, (batch, classes).
        weights: of the classes, (classes,).

    Returns:
        One weight for each class number; of a target (batch, 1), (batch,), as Keras has it.
    """
    import tensorflow as tf

    table = tf.constant(weights)
    if target.dtype.is_floating and target.shape.rank == 2 and target.shape[-1] == len(weights):
        return tf.linalg.matvec(tf.cast(target, table.dtype), table)
    if target.shape.rank and target.shape.rank > 1 and prod(size or 0 for size in target.shape[1:]) == 1:
        target = tf.reshape(target, (tf.size(target),))
    return tf.gather(table, tf.cast(target, "int64"))
