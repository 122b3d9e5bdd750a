"""SubwordVectorization: texts to the numbers of their pieces, from single characters to whole words."""

import heapq
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

import keras

from builder.catalog.layers.charactervectorization import FIXED, LineSafe

WORD = re.compile(r"\s?[^\W\d_]+|\s?\d+|\s?(?:[^\w\s]|_)+|\s")  # what pieces are joined within: letters, digits or signs, and the space before them
APART = "\0"  # stands between special tokens and other text; no piece holds it


class Seen:
    """The words that were seen so far, counted: an object of its own, for Keras makes its own of what a layer has that is a dict."""

    def __init__(self):
        self.words = Counter()


class Neighbours:
    """Words in pieces, and how often each two pieces stand side by side in them."""

    def __init__(self, words: Mapping[str, int], longest: int):
        """`words` and how often each comes; two pieces of together more than `longest` characters are never joined."""
        self.longest, self.counts, self.places = longest, Counter(), defaultdict(set)
        self.cuts = [(list(word), times) for word, times in words.items()]
        for place, (pieces, times) in enumerate(self.cuts):
            for pair in self.pairs(pieces):
                self.counts[pair] += times
                self.places[pair].add(place)
        self.queue = [(-times, pair) for pair, times in self.counts.items()]
        heapq.heapify(self.queue)

    def pairs(self, pieces: Sequence[str]) -> list[tuple[str, str]]:
        return [pair for pair in pairwise(pieces) if len(pair[0]) + len(pair[1]) <= self.longest]

    def commonest(self) -> tuple[str, str] | None:
        """The pair that comes most often, at least twice; of several the first in the alphabet."""
        while self.queue:
            times, pair = heapq.heappop(self.queue)
            if -times == self.counts[pair]:  # else it has changed since, and is in the queue a second time
                return pair if times < -1 else None
        return None

    def join(self, pair: tuple[str, str]) -> None:
        """Makes one piece of the pair wherever it stands."""
        changes = Counter()
        for place in self.places.pop(pair):
            pieces, times = self.cuts[place]
            joined = _joined(pieces, pair)
            self.cuts[place] = joined, times
            for sign, some in ((-times, pieces), (times, joined)):
                for other in self.pairs(some):
                    changes[other] += sign
                    self.places[other].add(place)
        for other, change in changes.items():
            self.counts[other] += change
            if change:
                heapq.heappush(self.queue, (-self.counts[other], other))


def _joined(pieces: Sequence[str], pair: tuple[str, str]) -> list[str]:
    found, place = [], 0
    while place < len(pieces):
        both = tuple(pieces[place : place + 2]) == pair
        found.append("".join(pair) if both else pieces[place])
        place += 1 + both
    return found


def subwords(words: Mapping[str, int], size: int | None, longest: int) -> list[str]:
    """A vocabulary of at most `size` pieces: all characters, commonest first, then what is joined of the commonest neighbours.

    Args:
        words: the words and how often each comes.
        size: the most pieces; None goes on until no two neighbours come twice.
        longest: the most characters of a piece.
    """
    letters = Counter()
    for word, times in words.items():
        letters.update({letter: times * word.count(letter) for letter in set(word)})
    found = dict.fromkeys(sorted(letters, key=lambda letter: (-letters[letter], letter))[:size])
    neighbours = Neighbours(words, longest)
    while (size is None or len(found) < size) and (pair := neighbours.commonest()):
        neighbours.join(pair)
        found["".join(pair)] = None
    return list(found)


@keras.saving.register_keras_serializable(package="bricks")
class SubwordVectorization(keras.layers.TextVectorization):
    """Turns each text into the numbers of its pieces, which are characters, parts of words and words: 0 is padding, 1 a character never seen.

    Pieces are learned from the training data before training, by byte-pair encoding: from single characters on, the two neighbours that come
    most often become one piece, until there are `max_tokens` (Sennrich, Haddow, Birch, Neural Machine Translation of Rare Words with
    Subword Units, 2016). They never reach from one word into the next; a word has the space before it. A text is then cut from its
    beginning, each time into the longest piece there is (as Schuster, Nakajima, Japanese and Korean Voice Search, 2012), all within
    the graph. Nothing is lost: pieces one after the other are the text again. Text is taken as it stands; `PlainText` before this layer brings
    it into one form.

    Args:
        max_tokens: Integer, the most pieces, with padding, unknown and special tokens; None joins until no two neighbours come twice.
        output_sequence_length: Integer, the length that texts are padded or cut to; None for that of the longest in a batch.
        special_tokens: List of strings that are one piece wherever they stand, such as marks of where a text begins and ends.
        longest: Integer, the most characters of a piece; time to cut a text goes by it.
        vocabulary: List of the pieces in order; None where they are learned.
        **kwargs: `name`, `dtype` and the other arguments of every layer.

    Call arguments:
        inputs: A string tensor of shape `(batch,)`; the output is int64, of shape `(batch, pieces)`.
    """

    def __init__(self, max_tokens=None, output_sequence_length=None, special_tokens=(), longest=12, vocabulary=None, **kwargs):
        _check(max_tokens, special_tokens, longest)
        super().__init__(max_tokens=max_tokens, standardize=None, split="character", output_sequence_length=output_sequence_length, vocabulary=vocabulary,
                         **kwargs)
        self._lookup_layer.__class__ = LineSafe  # Keras makes it itself, and saves it as a layer of its own
        self._split = self.cut
        self.special_tokens, self.longest, self._seen = tuple(special_tokens), longest, Seen()

    def cut(self, texts):
        """The pieces of each text, as a ragged tensor of strings."""
        import tensorflow as tf

        if self.special_tokens:
            texts = tf.strings.regex_replace(texts, self._specials, APART + r"\0" + APART)
        letters = tf.strings.unicode_split(texts, "UTF-8")
        spans = self._spans(letters.to_tensor(""))
        known = self._lookup_layer(spans) > 1
        sizes = tf.reduce_max(tf.where(known, tf.range(1, tf.shape(spans)[2] + 1), 1), axis=2)
        starts = _chain(sizes)
        pieces = tf.gather(tf.gather(spans, starts, batch_dims=1), tf.gather(sizes, starts, batch_dims=1) - 1, batch_dims=2)
        there = (starts < tf.cast(letters.row_lengths(), tf.int32)[:, None]) & (pieces != APART)
        return tf.ragged.boolean_mask(pieces, there)

    def _spans(self, letters):
        """Of each place the characters from there on: one, two, and so on; shape (batch, places, sizes)."""
        import tensorflow as tf

        padded = tf.pad(letters, [[0, 0], [0, 1]])  # a text of no characters has a place, too
        spans = [padded]
        for size in range(1, max(self.longest, *map(len, self.special_tokens), 1)):
            spans.append(tf.strings.join([spans[-1], tf.pad(padded, [[0, 0], [0, size]])[:, size:]]))
        return tf.stack(spans, axis=2)

    @property
    def _specials(self) -> str:
        """A pattern that fits each special token, a longer one before those that it begins with."""
        return "|".join(re.escape(token) for token in sorted(self.special_tokens, key=len, reverse=True))

    def reset_state(self):
        self._seen = Seen()
        self._lookup_layer.reset_state()

    def update_state(self, data):
        self._seen.words.update(word for text in keras.ops.convert_to_numpy(data).ravel() for word in self._parts(text.decode(self._encoding)))

    def _parts(self, text: str) -> Iterable[str]:
        """The words of a text, special tokens left out."""
        texts = re.split(self._specials, text) if self.special_tokens else [text]
        return (word for some in texts for word in WORD.findall(some.replace(APART, "")))

    def finalize_state(self):
        size = None if self._max_tokens is None else self._max_tokens - 2 - len(self.special_tokens)
        learned = subwords(self._seen.words, size, self.longest)
        self.set_vocabulary([*self.special_tokens, *(piece for piece in learned if piece not in self.special_tokens)])

    def get_config(self):
        kept = {name: value for name, value in super().get_config().items() if name not in FIXED}
        return {**kept, "special_tokens": list(self.special_tokens), "longest": self.longest}

    @classmethod
    def from_config(cls, config):
        return cls(**config)


def _check(max_tokens: object, special_tokens: object, longest: object) -> None:
    """What else would only be found out when pieces are learned."""
    if not isinstance(special_tokens, list | tuple) or not all(isinstance(token, str) and token and APART not in token for token in special_tokens):
        raise ValueError(f"`special_tokens` must be a list of texts that are not empty. Received: special_tokens={special_tokens}")
    if not isinstance(longest, int) or longest < 1:
        raise ValueError(f"`longest` must be a whole number above 0. Received: longest={longest}")
    if max_tokens is not None and (not isinstance(max_tokens, int) or max_tokens < len(special_tokens) + 3):
        raise ValueError(f"`max_tokens` must have room for padding, unknown, the special tokens and a piece. Received: max_tokens={max_tokens}")


def _chain(sizes):
    """From the first place on, each place that is the one before it and its size further; at the end of the shorter ones, the last place."""
    import tensorflow as tf

    last = tf.shape(sizes)[1] - 1
    begin = tf.zeros_like(sizes[:, 0])

    def step(turn, place, found):
        after = tf.minimum(place + tf.gather(sizes, place, batch_dims=1), last)
        return turn + 1, after, found.write(turn, place)

    found = tf.TensorArray(tf.int32, size=0, dynamic_size=True, element_shape=[None])
    _, _, found = tf.while_loop(lambda turn, place, _: tf.reduce_any(place < last), step, [0, begin, found])
    return tf.ensure_shape(tf.transpose(tf.cond(found.size() > 0, found.stack, lambda: tf.zeros_like(begin)[None])), [None, None])
