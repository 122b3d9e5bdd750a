"""The noise that a run's model takes: drawn for examples that do not bring it, by the samplers of the run's data."""

from collections.abc import Mapping

import numpy as np

from builder.data.dice import Dice
from builder.data.sampler import sampler as samplers


def noises(info: Mapping) -> dict[str, tuple[int, object]]:
    """The inputs of a run that are noise: each with its sampler and that one's place among all, out of the run's `run.json`."""
    found = {}
    for place, recipe in enumerate((info.get("source") or {}).get("sample") or ()):
        ((brick, arguments),) = recipe.items()
        if brick == "Noise" and (sampler := samplers.known[brick](**arguments)).name in info["inputs"]:
            found[sampler.name] = place, sampler
    return found


def drawn(info: Mapping, count: int, seed: int | None = None) -> dict[str, np.ndarray]:
    """Noise for so many examples, by input: (count, *shape), float32.

    Left out, the seed is that of the run's data: then the noise is that of the first training examples, as the report's samples have it.
    """
    dice = Dice((info.get("source") or {}).get("seed", 0) if seed is None else seed, 0, np.arange(count))
    return {name: sampler.values(dice.of(str(place))) for name, (place, sampler) in noises(info).items()}
