"""Shares of the learning rate by layer: an optimizer that takes smaller or greater steps for some weights than for others.

What is multiplied is the learning rate that a weight's own update is worked out with, not its gradient: Adam and its like divide
by the size of the gradients, and a scaled gradient would change nothing. Decoupled weight decay, which goes by the learning rate
(Loshchilov, Hutter 2019), is multiplied with it.
"""

import functools
from collections.abc import Iterable, Sequence

from builder.graph.patterns import fits
from builder.graph.plans import RatePlan
from builder.model.names import layers_by_name


def shares(model, plans: Iterable[RatePlan], variables: Sequence) -> list[float]:
    """The share of each variable: that of the last pattern that fits its layer, else 1."""
    layers, found = list(layers_by_name(model)), {}
    for plan in plans:
        found |= {id(variable): plan.share for name, layer in layers if fits(name, plan.pattern) for variable in layer.variables}
    return [found.get(id(variable), 1.0) for variable in variables]


def multiplied(optimizer, model, plans: Sequence[RatePlan], variables: Sequence):
    """The optimizer, not built yet, with the learning rate of each variable multiplied by its share; itself where all are 1.

    Args:
        optimizer: any of Keras's, without loss scaling, which goes around what is given back.
        variables: those that it will be built of, in their order.
    """
    each = shares(model, plans, variables) if plans else []
    if all(share == 1.0 for share in each):
        return optimizer
    made = _kind(type(optimizer)).from_config(optimizer.get_config())
    made.shares = tuple(each)
    return made


@functools.cache
def _kind(kind: type) -> type:
    """A subclass of an optimizer that knows shares; it bears the same name."""
    return type(kind.__name__, (_Shared, kind), {})


class _Shared:
    """What an optimizer does otherwise where weights have shares: `shares` are by the place of a weight among those it was built of."""

    shares: tuple[float, ...] = ()
    share = 1.0  # that of the weights which decay right now

    def update_step(self, gradient, variable, learning_rate):
        super().update_step(gradient, variable, learning_rate * self.shares[self._get_variable_index(variable)])

    def _apply_weight_decay(self, variables):
        if self.weight_decay is None:
            return
        for share in dict.fromkeys(self.shares):
            self.share = share
            super()._apply_weight_decay([one for one in variables if self.shares[self._get_variable_index(one)] == share])
        self.share = 1.0

    def _get_current_learning_rate(self):
        rate = super()._get_current_learning_rate()
        return rate if self.share == 1.0 else rate * self.share
