"""How many steps to run in one call of TensorFlow: more where the steps are small."""

import math

MOST = 32
# Multiply-accumulates of a call, forward and backward; about a tenth of a second on two cores.
BUDGET = 3e9


def steps_per_execution(model, batch: int, steps: int) -> int:
    """Steps a call, best a divisor of the epoch's `steps`; it depends on nothing but its arguments.

    Calling TensorFlow costs about a millisecond, which is longer than a small model's step. Ctrl-C is
    heard and progress told between calls, so large models keep to one step.
    """
    room = int(min(MOST, steps // 2, BUDGET / max(1, 3 * work(model) * batch)))
    if room <= 1:
        return 1
    divisor = max(count for count in range(1, room + 1) if steps % count == 0)
    return divisor if divisor * 4 >= room else room


def work(model) -> int:
    """Multiply-accumulates for one example, near enough: each weight is used at each place of the output."""
    from builder.training.freeze import layers_by_name

    return sum(layer.count_params() * _places(layer) for _, layer in layers_by_name(model))


def _places(layer) -> int:
    """Positions of a layer's output: pixels or time steps, 1 for a plain vector; free sizes count as 64.

    An embedding looks its weights up and multiplies nothing.
    """
    if hasattr(layer, "embeddings"):
        return 0
    try:
        shape = layer.output.shape if not isinstance(layer.output, list | tuple | dict) else ()
    except AttributeError:
        return 1
    return math.prod(64 if size is None else size for size in shape[1:-1])
