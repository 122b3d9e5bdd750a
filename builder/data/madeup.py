"""Made-up data of the right shapes, to prove a spec without its data."""

from collections.abc import Iterable, Mapping

import numpy as np

from builder.data.check import Target
from builder.data.data import Data, Split
from builder.data.table import Column, column, labels
from builder.graph.graph import TensorSpec

FREE = 8
FREE_IMAGE = 64
WORDS = ("alpha", "beta", "gamma", "delta")


def made_up(inputs: Mapping[str, TensorSpec], targets: Iterable[Target] = (), n: int = 8, seed: int = 0) -> Data:
    """Data of `n` examples a split that fits a model: noise, whole numbers 0 and 1, words, and class labels.

    A free dimension becomes 8, or 64 in an image. A target that is also an input is that input.

    Args:
        inputs: the model's inputs by name.
        targets: what its outputs are compared with, as for `check_fields`.
        n: examples in each of the splits `train` and `validation`.
        seed: of the noise.
    """
    generator = np.random.Generator(np.random.PCG64(seed))
    columns = {name: _noise(generator, name, spec, n) for name, spec in inputs.items()}
    for target in targets:
        if target.field not in columns:
            columns[target.field] = _answer(generator, target, n)
    splits = {name: Split(name, columns, seed, wanted=inputs) for name in ("train", "validation")}
    return Data({name: c.field for name, c in columns.items()}, splits, batch=n, notes=("the data is made up",))


def _noise(generator: np.random.Generator, name: str, spec: TensorSpec, n: int) -> Column:
    free = FREE_IMAGE if len(spec.shape) == 3 else FREE
    shape = tuple(free if size is None else size for size in spec.shape)
    if spec.dtype == "string":
        words = generator.choice(WORDS, (n, *shape, 3))
        return column(name, np.apply_along_axis(" ".join, -1, words).astype(object))
    if spec.dtype.startswith(("int", "uint", "bool")):
        return column(name, generator.integers(0, 2, (n, *shape)).astype(spec.dtype))
    return column(name, generator.random((n, *shape), dtype="float32"))


def _answer(generator: np.random.Generator, target: Target, n: int) -> Column:
    shape, units = target.spec.shape, target.classes
    if target.sparse:
        noise = _noise(generator, target.field, TensorSpec(shape[:-1], "float32"), n)
        classes = tuple(str(i) for i in range(units or 2))
        return labels(target.field, (noise.values * len(classes)).astype("int64"), classes)
    noise = _noise(generator, target.field, TensorSpec(shape) if target.loss else target.spec, n)
    if (target.loss or "").startswith("Binary"):
        return column(target.field, np.round(noise.values))
    if (target.loss or "").startswith("Categorical") and shape:
        return column(target.field, np.eye(noise.values.shape[-1], dtype="float32")[noise.values.argmax(-1)])
    return noise
