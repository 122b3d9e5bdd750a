"""Searching for the likeliest or a likely sequence, token after token, as one loop of a TensorFlow graph."""

from collections.abc import Callable
from dataclasses import dataclass

from builder.graph.generating import Search

NEVER = -1e9


@dataclass(frozen=True)
class Found:
    """Tokens (batch, length) without the start mark, after an end mark that mark again; their count with the mark, and the sum of
    their log-probabilities, divided by the count to the power of `length_penalty`."""

    tokens: object
    counts: object
    scores: object


Step = Callable[[object, object, list], tuple[object, list]]


def search(step: Step, states: list, prompt, given, how: Search) -> Found:
    """Finds a sequence for each example: greedy, drawn, or by a beam.

    With beams, each of the `width` best sequences so far is gone on with in every way, and the best `width` of all those are
    kept; one that has ended stays as it is. At a width of 1 that is greedy.

    Args:
        step: (tokens (rows, 1 + length), position, states) to the log-probabilities of the next token (rows, vocabulary) and
            the new states. Rows are examples times beams.
        states: what the step is first given, (batch, ...) each.
        prompt: tokens (batch, 1 + any) that are given, the start mark first.
        given: how many of them count, by example (batch,); at least 1.
        how: the kind of search.
    """
    import keras
    from keras import ops

    beams = _Beams(ops.shape(prompt)[0], how)
    tokens = ops.reshape(ops.pad(prompt, [[0, 0], [0, how.length]])[:, : how.length + 1], (-1, how.length + 1))  # so that its columns are known
    start = (ops.convert_to_tensor(0), beams.repeated(tokens), beams.first_scores(), ops.zeros((beams.batch, how.width), "bool"),
             ops.zeros((beams.batch, how.width), "int32"), [beams.repeated(state) for state in states])

    def unfinished(position, tokens, scores, done, counts, states):
        return ops.logical_and(position < how.length, ops.logical_not(ops.all(done)))

    def go_on(position, tokens, scores, done, counts, states):
        logs, new = step(tokens, position, states)
        before = tokens, scores, done, counts
        parent, token, scores = beams.chosen(ops.cast(logs, "float32"), scores, done)
        forced = ops.expand_dims(position + 1 < given, -1)
        parent = ops.where(forced, ops.arange(how.width)[None], parent)
        token = ops.where(forced, beams.split(tokens)[:, :, position + 1], token)
        scores = ops.where(forced, beams.first_scores(), scores)
        tokens = beams.along(tokens, parent)
        here = ops.expand_dims(ops.arange(how.length + 1) == position + 1, 0)
        tokens = ops.where(here, ops.reshape(token, (-1, 1)), tokens)
        done = ops.take_along_axis(done, parent, axis=1)
        counts = ops.take_along_axis(counts, parent, axis=1) + ops.cast(ops.logical_not(done), "int32")
        if how.end is not None:
            done = ops.logical_or(done, ops.logical_and(token == how.end, ops.logical_not(forced)))
        after = map(_as_before, (tokens, scores, done, counts), before)
        return position + 1, *after, [beams.along(state, parent) for state in new]

    _, tokens, scores, _, counts, _ = keras.ops.while_loop(unfinished, go_on, start)
    return beams.best(tokens, scores, counts)


def _as_before(after, before):
    """What goes round the loop must be known to have the shape that it came in with, such as a batch of one."""
    import tensorflow as tf

    return tf.ensure_shape(after, before.shape)


class _Beams:
    """Rows of examples times beams, and what is chosen among them."""

    def __init__(self, batch, how: Search):
        self.batch, self.how = batch, how

    def repeated(self, value):
        """(batch, ...) as a row for each beam."""
        from keras import ops

        return ops.repeat(value, self.how.width, axis=0)

    def split(self, rows):
        """Rows as (batch, width, ...)."""
        from keras import ops

        return ops.reshape(rows, (-1, self.how.width, *ops.shape(rows)[1:]))

    def along(self, rows, parent):
        """The rows of the beams that were gone on with."""
        import tensorflow as tf

        return tf.reshape(tf.gather(self.split(rows), parent, batch_dims=1), tf.concat([[-1], tf.shape(rows)[1:]], 0)) if rows.shape.rank is None \
            else tf.ensure_shape(tf.reshape(tf.gather(self.split(rows), parent, batch_dims=1), tf.shape(rows)), rows.shape)

    def first_scores(self):
        """All beams begin alike, so only the first one counts."""
        from keras import ops

        first = ops.where(ops.arange(self.how.width) == 0, 0.0, NEVER)
        return ops.broadcast_to(first[None], (self.batch, self.how.width))

    def chosen(self, logs, scores, done):
        """The beams gone on with, the token for each, and its score: (batch, width) each."""
        from keras import ops

        logs, how = self.split(logs), self.how
        words = logs.shape[-1]
        if how.end is not None:
            stay = ops.where(ops.arange(words) == how.end, 0.0, NEVER)
            logs = ops.where(ops.expand_dims(done, -1), stay[None, None], logs)
        if how.search == "sample":
            token = drawn(logs[:, 0], how)[:, None]
            return ops.zeros_like(token), token, scores + ops.take_along_axis(logs, token[..., None], axis=2)[..., 0]
        total = ops.reshape(ops.expand_dims(scores, -1) + logs, (-1, how.width * words))
        scores, index = ops.top_k(total, how.width)
        return index // words, index % words, scores

    def best(self, tokens, scores, counts) -> Found:
        """The beam of the best score for its length."""
        from keras import ops

        scores = scores / ops.power(ops.cast(ops.maximum(counts, 1), "float32"), self.how.length_penalty)
        first = ops.argmax(scores, axis=1)[:, None]
        tokens = ops.take_along_axis(self.split(tokens), first[..., None], axis=1)[:, 0]
        return Found(tokens[:, 1:], ops.take_along_axis(counts, first, axis=1)[:, 0], ops.take_along_axis(scores, first, axis=1)[:, 0])


def drawn(logs, how: Search):
    """A token for each row (batch, vocabulary), drawn by the probabilities that temperature, `top_k` and `top_p` leave.

    `top_p`: nucleus sampling (Holtzman et al. 2020), the fewest tokens that together have that probability.
    """
    import tensorflow as tf

    return tf.random.categorical(filtered(logs, how), 1, dtype=tf.int32)[:, 0]


def filtered(logs, how: Search):
    """Log-probabilities with what may not be drawn at `NEVER`, and the rest tempered."""
    from keras import ops

    logs = logs / how.temperature
    if how.top_k is not None:
        least = ops.top_k(logs, min(how.top_k, logs.shape[-1]))[0][:, -1:]
        logs = ops.where(logs < least, NEVER, logs)
    if how.top_p is not None:
        ordered = ops.flip(ops.sort(ops.softmax(logs, axis=-1), axis=-1), axis=-1)
        before = ops.cumsum(ordered, axis=-1) - ordered
        count = ops.sum(ops.cast(before < how.top_p, "int32"), axis=-1, keepdims=True)
        least = ops.take_along_axis(ordered, ops.maximum(count, 1) - 1, axis=-1)
        logs = ops.where(ops.softmax(logs, axis=-1) < least, NEVER, logs)
    return logs
