"""Equations of losses tried on shapes: what they would give, worked out by Keras without data."""

import re
from collections.abc import Mapping, Sequence

from builder.catalog.equation import Operations
from builder.catalog.importing import import_keras
from builder.catalog.make import told
from builder.diagnostics import Fault, SpecError
from builder.graph.catalogue import Refused
from builder.graph.graph import TensorSpec
from builder.language.formula import Formula, evaluate

BROADCAST = re.compile(r"Cannot broadcast shape.*Input shapes are: \[(.*?)\] and \[(.*?)\]\.?")
BATCH = 7919  # stands for the batch; a prime that no other size is, so that what joins examples wrongly is seen


def evaluated(formulas: Sequence[tuple[str, Formula]], given: Mapping[str, object]) -> tuple[int | None, ...]:
    """The shape of the last of some formulas, each known to those after it by its name; None is the batch.

    Args:
        formulas: names and formulas; `gradient(y, x)` has the shape of `x`.
        given: what flows on a wire (a TensorSpec; of dtype `scalar` a single number), and plain values.

    Raises:
        SpecError: at the part of a formula that Keras cannot work out.
    """
    keras = import_keras()
    names = {name: _symbol(keras, value) for name, value in given.items()}
    functions = Operations({"gradient": _gradient})
    for name, formula in formulas:
        try:
            names[name] = evaluate(formula, names, functions)
        except SpecError as error:
            raise SpecError([_plainer(fault) for fault in error.faults]) from None
    if not isinstance(names[name], keras.KerasTensor):
        raise SpecError([Fault("formula-failed", formula.span, {"problem": "it gives no tensor"})])
    return tuple(None if size == BATCH else size for size in names[name].shape)


def _symbol(keras, value: object) -> object:
    if not isinstance(value, TensorSpec):
        return value
    return keras.KerasTensor((), "float32") if value.dtype == "scalar" else keras.KerasTensor((BATCH, *value.shape), value.dtype)


def _gradient(y, x):
    """The derivative of a sum of `y` by `x` has the shape of `x`."""
    import_keras()
    if not hasattr(y, "shape") or not hasattr(x, "shape"):
        raise Refused("`gradient` takes two tensors: `gradient(score, image)`")
    return x * 0.0


def _plainer(fault: Fault) -> Fault:
    """A fault whose words come from Keras, with `batch` in place of the number that stands for it."""
    problem = fault.facts.get("problem")
    if not problem:
        return fault
    text = told(ValueError(problem.replace(str(BATCH), "batch")))
    text = BROADCAST.sub(lambda found: f"({found[1]}) and ({found[2]}) cannot be combined", text)
    return Fault(fault.kind, fault.span, {**fault.facts,
                                          "problem": "`if` cannot ask for a value that is not known before the training" if "as a boolean" in text else text})
