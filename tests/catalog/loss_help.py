"""What the tests of losses share: a loss by its name on float64 arrays, its gradient, and that by differences."""

from collections.abc import Callable, Mapping

import numpy as np
import tensorflow as tf

from builder.catalog import make
from builder.catalog.library import moulds
from builder.graph.graph import Recipe
from builder.graph.plans import EquationPlan
from builder.language.tree import plain
from builder.training.terms import worked_out

STEP = 1e-5


def loss(name: str, dtype: str = "float64", reduction: str | None = None, **args):
    """One of the Python losses; without a reduction it gives its values one by one."""
    return make(Recipe("loss", name, tuple({"dtype": dtype, "reduction": reduction, **args}.items())))


def equation(name: str, params: Mapping | None = None) -> EquationPlan:
    """One of the losses in YAML as a plan, its other parameters left out."""
    mould = moulds()[name]
    constants = {p.name: plain(p.default) for p in mould.params} | dict(params or {})
    return EquationPlan(mould.formula.value, tuple((key.value, text.value) for key, text in mould.lets), tuple(constants.items()))


def value(name: str, wires: Mapping, y_true=None, gradient: Callable | None = None, **params):
    """The values of a loss in YAML on arrays by the names of its inputs."""
    names = dict(wires) if y_true is None else {**wires, "y_true": y_true}
    return worked_out(equation(name, params), names, {"gradient": gradient} if gradient else {})


def slope(call: Callable, *arrays) -> list[np.ndarray]:
    """The gradients of the mean of what `call` gives by each array."""
    given = [tf.constant(array) for array in arrays]
    with tf.GradientTape() as tape:
        tape.watch(given)
        mean = tf.reduce_mean(call(*given))
    return [np.asarray(one) for one in tape.gradient(mean, given)]


def by_differences(call: Callable, *arrays) -> list[np.ndarray]:
    """The same by central differences of a function of NumPy arrays."""
    return [np.reshape([_difference(call, arrays, place, at) for at in range(one.size)], one.shape) for place, one in enumerate(arrays)]


def _difference(call: Callable, arrays, place: int, at: int) -> float:
    ends = []
    for step in (STEP, -STEP):
        moved = [np.array(one, "float64") for one in arrays]
        moved[place].ravel()[at] += step
        ends.append(np.mean(call(*moved)))
    return (ends[0] - ends[1]) / (2 * STEP)


def check(call: Callable, naive: Callable, *arrays) -> None:
    """Values against loops, gradients against differences of those loops."""
    np.testing.assert_allclose(np.asarray(call(*arrays)), naive(*arrays), rtol=1e-9, atol=1e-10)
    for got, want in zip(slope(call, *arrays), by_differences(naive, *arrays), strict=True):
        np.testing.assert_allclose(got, want, rtol=1e-5, atol=1e-7)
