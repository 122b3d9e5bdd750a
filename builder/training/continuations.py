"""How a model of language goes on with the beginnings of some examples, to be read."""

import numpy as np

from builder.model.generate import Generator
from builder.training.feed import Feed, wanted

SHOWN = 3


def continuations(inside, split) -> tuple[dict, ...]:
    """What a model that goes on from a beginning (`generate`) makes of the first examples of a split: what was `given`, and all that is `said`.

    Empty for a model that makes no sequences, or makes them of something else.

    Args:
        inside: the model's wires (`builder.inside.wires.Inside`), which know how it makes sequences.
    """
    import tensorflow as tf

    if inside.generate is None or not inside.generate.prompt:
        return ()
    generator, names = Generator(inside.model, inside.generate), inside.generate.needs
    inputs, _ = next(iter(Feed({split.name: split}, wanted(inside.model), {}, min(SHOWN, split.size)).plain(split.name)))
    given = {name: inputs[name] for name in names}
    made = tf.function(generator, reduce_retracing=True)(given)
    pairs = zip(given[names[0]].numpy(), made.get("text", made["tokens"]).numpy(), strict=True)
    return tuple({"given": _told(begun), "said": _told(said)} for begun, said in pairs)


def _told(value: object) -> str:
    return value.decode() if isinstance(value, bytes) else " ".join(map(str, np.ravel(value)))
