"""Inputs to prove an export with: real ones where there are some, else made up to fit."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from builder.export.interface import Interface, Port, layers, learners

MOST = 4
FREE = 32  # the size made up for a free dimension: five halvings of an image still leave something
WORDS = ("a", "good", "film", "with", "no", "end")
TERMS = 40  # as many of a vocabulary are drawn from


def examples(model, ports: Interface, samples: Mapping[str, np.ndarray] | None) -> dict[str, np.ndarray]:
    """Up to four examples for each input, by name, in the input's dtype (text as unicode).

    `samples` gives real ones, batch first; inputs it lacks are made up.
    """
    given = {name: np.asarray(values)[:MOST] for name, values in (samples or {}).items() if len(values)}
    count = min(map(len, given.values()), default=MOST)
    random = np.random.default_rng(0)
    limits = Limits(_bound(model), *_vocabulary(model))
    return {
        port.name: _typed(given[port.name][:count], port) if port.name in given
        else _made_up(port, count, limits, random)
        for port in ports.inputs
    }


@dataclass(frozen=True)
class Limits:
    """What made-up values keep to: whole numbers below `bound`, texts of `length` of the model's own `terms`."""

    bound: int
    terms: tuple[str, ...]
    length: int


def _typed(values: np.ndarray, port: Port) -> np.ndarray:
    if port.dtype == "string":
        return np.array([_text(value) for value in values.ravel()], dtype=str).reshape(values.shape)
    return values.astype(_numpy(port.dtype))


def _text(value: object) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def _made_up(port: Port, count: int, limits: Limits, random: np.random.Generator) -> np.ndarray:
    shape = (count, *(FREE if size is None else size for size in port.shape[1:]))
    if port.dtype == "string":
        drawn = random.choice(limits.terms, (int(np.prod(shape)), limits.length))
        return np.array([" ".join(words) for words in drawn]).reshape(shape)
    if port.dtype == "bool" or "int" in port.dtype:
        return random.integers(0, limits.bound, shape).astype(port.dtype)
    return random.random(shape).astype(_numpy(port.dtype))


def _bound(model) -> int:
    """Made-up whole numbers stay below what any embedding or encoding of the model can take."""
    sizes = [getattr(layer, name) for layer in layers(model) for name in ("input_dim", "num_tokens")
             if isinstance(getattr(layer, name, None), int)]
    return max(1, min(sizes, default=2))


def _vocabulary(model) -> tuple[tuple[str, ...], int]:
    """Terms that the model's tables know, and how many make a text."""
    tables = [layer for layer in learners(model) if type(layer).__name__ in ("TextVectorization", "StringLookup")]
    terms = [term for table in tables for term in table.get_vocabulary()[:TERMS] if term and term != "[UNK]"]
    several = not terms or any(type(table).__name__ == "TextVectorization" for table in tables)
    return tuple(terms) or WORDS, 6 if several else 1


def _numpy(dtype: str) -> str:
    return "float32" if dtype == "bfloat16" else dtype
