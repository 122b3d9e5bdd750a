"""A model that makes sequences: what comes in, the network that says the next token, and the search, as one function of a graph."""

from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property

from builder.diagnostics import fail, near
from builder.graph.generating import GeneratePlan
from builder.model.names import layers_by_name
from builder.model.search import NEVER, search

TINY = 1e-30
UNKNOWN = "[UNK]"  # as Keras's vocabularies have it
TOKENS, SCORE, TEXT = "tokens", "score", "text"


class Generator:
    """Makes sequences with a trained model.

    Args:
        model: the functional model, dicts in and out.
        plan: what the spec's `generate` asks for.

    Raises:
        SpecError: `generate-mark`, a start or end mark is no word of the vocabulary.
    """

    def __init__(self, model, plan: GeneratePlan):
        self.model, self.plan = model, plan
        self.network = model.get_layer(plan.network) if plan.network else model
        self.words = self.vocabulary()  # read now, for within a graph a table cannot be asked
        self.start, end = self.mark("start", plan.start), self.mark("end", plan.end)
        self.bare = plan.prompt and self.start is None  # what is given then begins with a token of its own, not with a mark
        self.how = replace(plan.search, end=end, length=plan.search.length - self.bare)

    def vocabulary(self) -> list[str] | None:
        """The vocabulary, in the order of the tokens."""
        if self.plan.vocabulary is None:
            return None
        return list(dict(layers_by_name(self.model))[self.plan.vocabulary].get_vocabulary())

    def unsayable(self, count: int) -> list[bool]:
        """Of each token whether it is no word: padding, what stands for unknown words, and numbers that no word has; but for the end mark."""
        words = [*self.words, *[""] * (count - len(self.words))][:count]
        return [word in ("", UNKNOWN) and token != self.how.end for token, word in enumerate(words)]

    def beyond(self, text: str) -> tuple[int, int] | None:
        """How many tokens a text has that is to be gone on with, and the most that are read, where these are fewer or none could follow."""
        if not self.plan.prompt or self._split not in ("character", "whitespace"):
            return None
        count = len(text if self._split == "character" else text.split())
        kept = getattr(self._table, "_output_sequence_length", None)
        most = min(self.plan.search.length - 1, kept or count)
        return (count, most) if count > most else None

    def mark(self, key: str, given: int | str | None) -> int | None:
        """The number of a mark."""
        if not isinstance(given, str):
            return given
        if given not in self.words:
            raise fail("generate-mark", (self.plan.spans or {}).get(key), key=key, mark=given, vocabulary=self.plan.vocabulary, size=len(self.words),
                       near=near(given, self.words[:20_000]))
        return self.words.index(given)

    @cached_property
    def before(self):
        """A model of the inputs that are needed: what the network reads beside the tokens, or the tokens to go on with."""
        import keras

        if self.plan.network is None:
            return None
        given = self.reads()
        wanted = {self.plan.tokens: given[self.plan.tokens]} if self.plan.prompt else {name: given[name] for name in given if name != self.plan.tokens}
        return keras.Model({name: self.model.input[name] for name in self.plan.needs}, wanted)

    def reads(self) -> dict:
        """What the model's own call of the network reads, by name; others may have called it since."""
        from keras.src.ops.function import make_node_key

        calls = self.network._inbound_nodes
        return next(call for i, call in enumerate(calls) if make_node_key(self.network, i) in self.model._nodes).arguments.args[0]

    def __call__(self, inputs: Mapping[str, object]) -> dict:
        """`tokens` (batch, length), `score` (batch,) and, where there is a vocabulary, `text` (batch,)."""
        from keras import ops

        given, states, prompt, count = self.begun(inputs)
        found = search(lambda *arguments: self.step(given, *arguments), states, prompt, count, self.how)
        if self.bare:
            found = replace(found, tokens=ops.concatenate([prompt[:, :1], found.tokens], axis=1), counts=found.counts + 1)
        told = {TOKENS: found.tokens, SCORE: found.scores}
        return told | ({TEXT: self.text(found)} if self.words else {})

    def scored(self, inputs: Mapping[str, object], tokens):
        """The log-probability (batch,) of sequences as `tokens` tells them, up to the end mark and without what was given: what `score` is of one that was
        drawn."""
        from keras import ops

        given, states, prompt, count = self.begun(inputs)
        said = ops.concatenate([prompt[:, :1], tokens[:, 1:] if self.bare else tokens], axis=1)
        total, done = ops.zeros(ops.shape(count), "float32"), ops.zeros(ops.shape(count), "bool")
        for position in range(self.how.length):
            logs, states = self.step(given, said, position, states)
            token, free = said[:, position + 1], ops.logical_and(position + 1 >= count, ops.logical_not(done))
            total = total + ops.where(free, ops.take_along_axis(logs, token[:, None], axis=1)[:, 0], 0.0)
            done = ops.logical_or(done, ops.logical_and(free, token == (-1 if self.how.end is None else self.how.end)))
        return total

    def begun(self, inputs: Mapping[str, object]) -> tuple[dict, list, object, object]:
        """What the network reads beside tokens and states, the states it begins with, the tokens that are given and how many count."""
        given = self.before({name: inputs[name] for name in self.plan.needs}, training=False) if self.before else dict(inputs)
        prompt, count = self.prompt(given)
        return given, [given.pop(name) for name in self.plan.states], prompt, count

    def prompt(self, given: dict):
        """The tokens that are given, the start mark first, and how many count: padding at the end does not."""
        from keras import ops

        if not self.plan.prompt:
            batch = ops.shape(next(iter(given.values())))[0]
            return ops.full((batch, 1), self.start or 0, "int32"), ops.ones((batch,), "int32")
        tokens = ops.cast(given.pop(self.plan.tokens), "int32")
        count = ops.sum(ops.cast(tokens != 0, "int32"), axis=1) if self.words else ops.full((ops.shape(tokens)[0],), ops.shape(tokens)[1], "int32")
        if self.start is None:
            return tokens, ops.maximum(count, 1)
        return ops.pad(tokens, [[0, 0], [1, 0]], constant_values=self.start), count + 1

    def step(self, beside: Mapping, tokens, position, states: list):
        """The log-probabilities of the token after `position`, and the new states."""
        from keras import ops

        plan, beams = self.plan, self.how.width
        seen = tokens[:, position : position + 1] if plan.states else tokens[:, : position + 1] if plan.positions is None else tokens[:, : plan.positions]
        if plan.positions is not None and not plan.states:
            seen = ops.pad(seen, [[0, 0], [0, max(0, plan.positions - self.how.length - 1)]])
        around = {name: ops.repeat(value, beams, axis=0) for name, value in beside.items()}
        outputs = self.network({**around, plan.tokens: seen, **dict(zip(plan.states, states))}, training=False)
        scores = outputs[plan.output]
        if len(scores.shape) == 3:
            scores = scores[:, position if plan.positions is not None and not plan.states else -1]
        scores = ops.cast(scores, "float32")
        logs = ops.log(ops.maximum(scores, TINY)) if plan.probabilities else ops.log_softmax(scores, axis=-1)
        logs = ops.where(self.unsayable(logs.shape[-1]), NEVER, logs) if self.words else logs
        return logs, [ops.cast(outputs[name], state.dtype) for name, state in zip(plan.states, states)]

    def text(self, found):
        """The words up to the end mark, joined as they were split."""
        import tensorflow as tf

        words = tf.gather(tf.constant(self.words), found.tokens)
        place = tf.range(tf.shape(found.tokens)[1])[None]
        ended = tf.equal(tf.gather(found.tokens, tf.maximum(found.counts - 1, 0), batch_dims=1), -1 if self.how.end is None else self.how.end)
        count = found.counts - tf.cast(ended, tf.int32)
        lengths = tf.ragged.boolean_mask(words, place < count[:, None])
        texts = tf.strings.reduce_join(lengths, axis=1, separator="" if self.pieces else self.glue)
        return tf.strings.regex_replace(texts, "^ ", "") if self.pieces and not self.plan.prompt else texts  # the space before the first word

    @property
    def pieces(self) -> bool:
        """Whether tokens are pieces of words, the space before a word with them."""
        return self.plan.vocabulary is not None and callable(self._split)

    @property
    def glue(self) -> str:
        """What stands between words; nothing where they are characters."""
        return "" if self.plan.vocabulary is not None and self._split == "character" else " "

    @property
    def _split(self):
        return getattr(self._table, "_split", None)

    @property
    def _table(self):
        """The layer that keeps the vocabulary, if there is one."""
        return dict(layers_by_name(self.model)).get(self.plan.vocabulary)
