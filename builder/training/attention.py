"""What a network that makes sequences looks at: the weights that it gives the words it was given, for each word that it says."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from builder.graph.generating import VOCABULARIES
from builder.model.names import layers_by_name

EXACT = 1e-3  # as near to 1 as weights add up
LONGEST = 40  # words of either side that can be read in a picture

Tokens = Mapping[str, tuple[np.ndarray, Sequence[str]]]  # by vocabulary: an example's tokens, and all words


@dataclass(frozen=True)
class Attention:
    """`weights`, a row for each word said (`down`), a column for each word given (`across`); rows add up to 1. `wire` is where they flow."""

    wire: str
    across: tuple[str, ...]
    down: tuple[str, ...]
    weights: tuple[tuple[float, ...], ...]

    def as_json(self) -> dict:
        return {"wire": self.wire, "across": self.across, "down": self.down, "weights": self.weights}


def attentions(inside, given: Mapping[str, np.ndarray], said: Sequence[str]) -> list[Attention | None]:
    """What was looked at while sentences were said; None where a model has no such weights, or an example too many words.

    They are found by what they are: within the network that says the words, numbers of none below 0, which add up to 1 in each row, a row for each
    word said and a column for each word of a text that another vocabulary (or the same in another place) reads. Several heads are their mean.

    Args:
        inside: the model's wires (`builder.inside.wires.Inside`), which know how it makes sequences.
        given: what the sequences were made of, by input.
        said: the sequences, as texts: the model is told them as the one other text that it reads.
    """
    plan, count = inside.generate, len(said)
    spare = [name for name in inside.model.input if name not in plan.needs]
    wires = list(_candidates(inside))
    if not wires or plan.vocabulary is None or len(spare) != 1 or inside.model.input[spare[0]].dtype != "string":
        return [None] * count
    import tensorflow as tf

    tables = {name: spot.layer.get_vocabulary() for name, spot in inside.spots.items() if spot.node.what == "layer" and spot.node.recipe.name in VOCABULARIES}
    inputs = {**{name: tf.constant(values) for name, values in given.items()}, spare[0]: tf.constant(list(said))}
    found = {name: np.asarray(value) for name, value in inside.taps([*wires, *tables])(inputs, training=False).items()}
    spoken = next(name for name in tables if inside.spots[name].layer is dict(layers_by_name(inside.model))[plan.vocabulary])
    tokens = [{name: (found[name][row], words) for name, words in tables.items()} for row in range(count)]
    return [next(filter(None, (_attention(name, found[name][row], spoken, tokens[row]) for name in wires)), None) for row in range(count)]


def _candidates(inside) -> Iterator[str]:
    """Wires of numbers for each token said and each of something else, within the network that says them."""
    uses = tuple(f"{node.name}." for node in inside.graph.nodes if node.network and node.network == inside.generate.network)
    return (name for name, spot in inside.spots.items() if name.startswith(uses) and len(spot.shape) in (2, 3)
            and spot.shape[-2:] == (None, None)) if uses else iter(())


def _attention(wire: str, values: np.ndarray, spoken: str, tokens: Tokens) -> Attention | None:
    """The weights of one example, if they are such."""
    weights = values.astype("float64").mean(0) if values.ndim == 3 else values.astype("float64")
    down = _words(*tokens[spoken])[1:]  # what is read at a place says the word after it
    source = next((_words(*both) for name, both in tokens.items() if name != spoken and len(both[0]) == weights.shape[1]), ())
    weights = weights[: len(down), : len(source)]
    fits = 0 < len(source) <= LONGEST and 0 < len(down) <= LONGEST and weights.shape[0] == len(down)
    if not fits or weights.min() < 0 or np.abs(weights.sum(1) - 1).max() > EXACT:
        return None
    return Attention(wire, source, down, tuple(tuple(row) for row in weights.round(4).tolist()))


def _words(tokens: np.ndarray, words: Sequence[str]) -> tuple[str, ...]:
    return tuple(str(words[token]) for token in tokens[tokens != 0])
