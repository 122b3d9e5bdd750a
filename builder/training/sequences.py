"""The sequences that a model makes of a split, beside those it was to make: exact ones, BLEU, and some to look at."""

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from itertools import zip_longest

import numpy as np

from builder.graph.plans import PhasePlan, Target
from builder.graph.wires import ports
from builder.model.generate import UNKNOWN, Generator
from builder.training import phases
from builder.training.attention import attentions
from builder.training.feed import Feed, wanted

MOST = 2000  # examples of a split that sequences are made of
SHOWN = 12
PICTURED = 6  # examples of which what was looked at is kept
SWAPPED = 12  # words said in place of others that are told
ORDERS = 4  # the longest run of words that BLEU compares

Words = tuple  # of texts or, without a vocabulary, of numbers


@dataclass(frozen=True)
class Sequences:
    """`exact` is the share of `examples` whose sequence is one of those wanted, `bleu` from 0 to 100; `shown` are some of them as texts:
    what was `given` (None where that is no text), `said` and `wanted`, and the `attention` of a few if the model has one (`Attention.as_json`);
    `inputs` are the values that each of them was made of. `swapped` are the words said in place of others, as `swaps` counts them."""

    examples: int
    exact: float
    bleu: float
    shown: tuple[dict, ...] = ()
    swapped: tuple[dict, ...] = ()
    inputs: tuple[Mapping[str, np.ndarray], ...] = ()

    @property
    def metrics(self) -> dict[str, float]:
        return {"exact_match": self.exact, "bleu": self.bleu}

    def as_json(self) -> dict:
        return {"examples": self.examples, "exact": self.exact, "bleu": self.bleu, "shown": list(self.shown), "swapped": list(self.swapped)}


def sequences(inside, plan: PhasePlan, split, batch: int) -> Sequences | None:
    """Makes a sequence of each example, as `generate` says, and compares it with what training compares the scores of the next token with.

    Examples that are given alike, such as a sentence with several translations, are one example with several right sequences. Of a large
    split `MOST` examples are taken, evenly. A token of the reference that the vocabulary does not have is never right.

    Args:
        inside: the model's wires (`builder.inside.wires.Inside`), which know how it makes sequences.
        plan: the phase, for what its loss compares.
        split: of the data.
        batch: examples at a time.

    Returns:
        None for a model that makes none, or whose sequences go on from their own beginning.
    """
    target = truth(inside, plan) if inside.generate and not inside.generate.prompt else None
    if target is None:
        return None
    said: dict[tuple, Words] = {}
    right: dict[tuple, list[Words]] = {}
    given: dict[tuple, Mapping[str, np.ndarray]] = {}
    for key, inputs, made, reference in _made(inside, target, _some(split), batch):
        said[key], given[key] = made, inputs
        right.setdefault(key, []).append(reference)
    exact = {key: words in right[key] for key, words in said.items()}
    wrong = [key for key in said if not exact[key]][: SHOWN // 2]
    keys = wrong + [key for key in said if exact[key]][: SHOWN - len(wrong)]
    references, made = [right[key] for key in said], list(said.values())
    shown = _shown(inside, [(given[key], said[key], right[key][0]) for key in keys])
    seen = tuple(_as_read(given[key], split) for key in keys)
    return Sequences(len(said), sum(exact.values()) / len(said), bleu(references, made), shown, swaps(references, made), seen)


def _shown(inside, some: Sequence[tuple[Mapping, Words, Words]]) -> tuple[dict, ...]:
    """Examples as texts: what was given, what was made of it, the right one, and what was looked at meanwhile."""
    glue = Generator(inside.model, inside.generate).glue
    joined = lambda words: glue.join(UNKNOWN if word is None else str(word) for word in words)
    told = [{"given": _text(inputs), "said": joined(made), "wanted": joined(right)} for inputs, made, right in some]
    inputs = {name: np.stack([row[name] for row, *_ in some]) for name in some[0][0]}
    looked = attentions(inside, inputs, [one["said"] for one in told])
    for one, seen in [pair for pair in zip(told, looked) if pair[1]][-PICTURED:]:
        one["attention"] = seen.as_json()
    return tuple(told)


def _as_read(inputs: Mapping[str, np.ndarray], split) -> dict[str, np.ndarray]:
    """Values as the data have them, images in bytes: the model was given them in a dtype of its own."""
    dtypes = {name: split.drawn[name].field.dtype if name in split.drawn else "" for name in inputs}
    return {name: value.astype("uint8") if dtypes[name] == "uint8" else value for name, value in inputs.items()}


def _text(inputs: Mapping[str, np.ndarray]) -> str | None:
    """The first input that is a text."""
    return next((value.decode() for value in inputs.values() if isinstance(value, bytes)), None)


def truth(inside, plan: PhasePlan) -> Target | None:
    """What the loss on the network's scores compares them with."""
    network, output = inside.generate.network, inside.generate.output
    for measure, wire, target in (one for one in phases.compared(plan, inside) if one[2].kind != "number"):
        node = inside.graph.nodes[inside.spots[wire].step]
        inner = inside.graph.networks[network] if network else None
        if inner is None or node.network == network and wire == inside.name(ports(node)[list(inner.outputs).index(output)]):
            return target if measure.name.startswith("Sparse") else None
    return None


def _some(split):
    """A split, or as many of its examples as sequences are made of."""
    if split.draws is not None or split.size <= MOST:
        return split
    rows = np.linspace(0, split.size - 1, MOST).round().astype("int64")
    return replace(split, columns={name: column.take(rows) for name, column in split.columns.items()})


def _made(inside, target: Target, split, batch: int) -> Iterator[tuple[tuple, Mapping, Words, Words]]:
    """Of each example what tells it from others, what it gives, the sequence made of it, and the right one."""
    import tensorflow as tf

    generator = Generator(inside.model, inside.generate)
    needs, taps = inside.generate.needs, inside.taps([target.value]) if target.kind == "wire" else None
    dataset = Feed({split.name: split}, wanted(inside.model), {} if taps else {target.value: target.value}, batch).plain(split.name)
    make = tf.function(generator, reduce_retracing=True, autograph=False)
    for inputs, targets in dataset:
        tokens = (taps(inputs, training=False) if taps else targets)[target.value]
        made = make({name: inputs[name] for name in needs})["tokens"]
        values = {name: np.asarray(inputs[name]) for name in needs}
        for row, (own, true) in enumerate(zip(np.asarray(made), np.asarray(tokens))):
            given = {name: column[row] for name, column in values.items()}
            key = tuple(value if isinstance(value, bytes) else value.tobytes() for value in given.values())
            yield key, given, _words(generator, own), _words(generator, true, reference=True)


def _words(generator: Generator, tokens: np.ndarray, reference: bool = False) -> Words:
    """Tokens up to the end mark or the padding, as words where there is a vocabulary; a word of a reference that it does not have is None."""
    tokens = tokens.tolist()
    ends = [tokens.index(mark) for mark in {generator.how.end, 0 if generator.words else None, -1} if mark in tokens]
    tokens = tokens[: min(ends, default=len(tokens))]
    if not generator.words:
        return tuple(tokens)
    words = tuple(None if reference and token == 1 else generator.words[token] for token in tokens)
    return _whole(words) if generator.pieces else words


def _whole(pieces: Words) -> Words:
    """The words that pieces of words make; one of which a piece is unknown is None."""
    text = "".join(UNKNOWN if piece is None else piece for piece in pieces)
    return tuple(None if UNKNOWN in word else word for word in text.split())


def bleu(references: Sequence[Sequence[Words]], said: Sequence[Words]) -> float:
    """BLEU of a corpus, 0 to 100 (Papineni et al. 2002, "BLEU: a method for automatic evaluation of machine translation").

    The geometric mean of the shares of n-grams, n from 1 to 4, that are in a reference too, each counted at most as often as in the
    reference that has it most; times exp(1 - r / c) where all that is said, c words, is shorter than the references nearest in length, r.
    Orders of which nothing long enough was said are left out.
    """
    right, there = Counter(), Counter()
    for allowed, one in zip(references, said, strict=True):
        for order in range(1, ORDERS + 1):
            found = _grams(one, order)
            best = Counter()
            for reference in allowed:
                best |= _grams(reference, order)
            right[order] += sum((found & best).values())
            there[order] += sum(found.values())
    orders = [order for order in there if there[order]]
    if not orders or not all(right[order] for order in orders):
        return 0.0
    length = sum(map(len, said))
    nearest = sum(min((abs(len(reference) - len(one)), len(reference)) for reference in some)[1] for some, one in zip(references, said))
    brevity = min(0.0, 1 - nearest / length)
    return 100 * math.exp(brevity + sum(math.log(right[order] / there[order]) for order in orders) / len(orders))


def swaps(references: Sequence[Sequence[Words]], said: Sequence[Words]) -> tuple[dict, ...]:
    """The words said in place of others, the commonest first: what was `wanted`, what was `said`, how many `times`, and how often `of` it was wanted.

    Each sequence is laid beside the reference that it has most in common with. A word said where there is none, or none where there should be one, is
    `""` on that side; a word that the vocabulary does not have is `[UNK]`.
    """
    counts, there = Counter(), Counter()
    for allowed, one in zip(references, said, strict=True):
        beside = max((SequenceMatcher(None, reference, one, autojunk=False) for reference in allowed), key=SequenceMatcher.ratio)
        there.update(beside.a)
        for kind, start, end, first, last in beside.get_opcodes():
            counts.update(zip_longest(beside.a[start:end], one[first:last], fillvalue="") if kind != "equal" else ())
    told = lambda word: UNKNOWN if word is None else str(word)
    return tuple({"wanted": told(wanted), "said": told(made), "times": times, "of": there[wanted]} for (wanted, made), times in counts.most_common(SWAPPED))


def _grams(words: Words, order: int) -> Mapping:
    return Counter(words[start : start + order] for start in range(len(words) - order + 1))
