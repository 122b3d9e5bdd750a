"""Inputs to prove an export with: real ones where there are some, else made up to fit."""

from collections.abc import Mapping

import numpy as np

from builder.export.interface import Interface, Port, layers

MOST = 4
FREE = 32  # the size made up for a free dimension: five halvings of an image still leave something
WORDS = ("a", "good", "film", "with", "no", "end", "the", "red", "house", "was", "not", "there")


def examples(model, ports: Interface, samples: Mapping[str, np.ndarray] | None) -> dict[str, np.ndarray]:
    """Up to four examples for each input, by name, in the input's dtype (text as unicode).

    `samples` gives real ones, batch first; inputs it lacks are made up.
    """
    given = {name: np.asarray(values)[:MOST] for name, values in (samples or {}).items() if len(values)}
    count = min(map(len, given.values()), default=MOST)
    random = np.random.default_rng(0)
    bound = _bound(model)
    return {
        port.name: _typed(given[port.name][:count], port) if port.name in given
        else _made_up(port, count, bound, random)
        for port in ports.inputs
    }


def _typed(values: np.ndarray, port: Port) -> np.ndarray:
    if port.dtype == "string":
        return np.array([_text(value) for value in values.ravel()], dtype=str).reshape(values.shape)
    return values.astype(_numpy(port.dtype))


def _text(value: object) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def _made_up(port: Port, count: int, bound: int, random: np.random.Generator) -> np.ndarray:
    shape = (count, *(FREE if size is None else size for size in port.shape[1:]))
    if port.dtype == "string":
        return np.array([" ".join(random.choice(WORDS, 6)) for _ in range(int(np.prod(shape)))]).reshape(shape)
    if port.dtype == "bool" or "int" in port.dtype:
        return random.integers(0, bound, shape).astype(port.dtype)
    return random.random(shape).astype(_numpy(port.dtype))


def _bound(model) -> int:
    """Made-up whole numbers stay below what any embedding or encoding of the model can take."""
    sizes = [getattr(layer, name) for layer in layers(model) for name in ("input_dim", "num_tokens")
             if isinstance(getattr(layer, name, None), int)]
    return max(1, min(sizes, default=2))


def _numpy(dtype: str) -> str:
    return "float32" if dtype == "bfloat16" else dtype
