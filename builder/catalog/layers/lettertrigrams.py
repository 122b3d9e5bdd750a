"""LetterTrigrams: texts to counts of the three-letter pieces of their words."""

import keras

MARK = "#"


@keras.saving.register_keras_serializable(package="bricks")
class LetterTrigrams(keras.layers.Layer):
    """Counts the letter trigrams of each text's words, a mark at both ends of a word: "good" is `#go goo ood od#`.

    So words that were never seen, and slips of the pen, come near to words that were (word hashing: Huang, He, Gao, Deng, Acero, Heck,
    Learning Deep Structured Semantic Models for Web Search using Clickthrough Data, 2013). A trigram falls into one of `num_bins` bins by
    its hash, so that there is no vocabulary to learn; two trigrams may share a bin. Letters are lowered, and what is neither letter, digit nor
    white space is left out.

    Args:
        num_bins: Integer, how many bins there are; English has about 30,000 trigrams.
        **kwargs: `name`, `dtype` and the other arguments of every layer.

    Call arguments:
        inputs: A string tensor of shape `(batch, ...)`; the output has shape `(batch, ..., num_bins)`.

    Raises:
        ValueError: `num_bins` is not above 0.
    """

    def __init__(self, num_bins, **kwargs):
        super().__init__(**kwargs)
        if not isinstance(num_bins, int) or num_bins <= 0:
            raise ValueError(f"`num_bins` must be a whole number above 0. Received: num_bins={num_bins}")
        self.num_bins = num_bins
        self._convert_input_args, self._allow_non_tensor_positional_args = False, True  # as Keras's layers of text

    def call(self, inputs):
        import tensorflow as tf

        texts = tf.convert_to_tensor(inputs)
        found = trigrams(tf.reshape(texts, [-1]))
        bins = tf.strings.to_hash_bucket_fast(found.values, self.num_bins)
        places = tf.stack([found.value_rowids(), bins], axis=1)
        counts = tf.scatter_nd(places, tf.ones_like(bins, self.compute_dtype), tf.stack([found.nrows(), self.num_bins]))
        made = tf.reshape(counts, tf.concat([tf.shape(texts, "int64"), [self.num_bins]], 0))
        return tf.ensure_shape(made, (*texts.shape, self.num_bins))

    def compute_output_spec(self, inputs):
        return keras.KerasTensor((*inputs.shape, self.num_bins), dtype=self.compute_dtype)

    def compute_output_shape(self, input_shape):
        return (*input_shape, self.num_bins)

    def get_config(self):
        return {**super().get_config(), "num_bins": self.num_bins}


def trigrams(texts):
    """The trigrams of each text's words in order: a ragged string tensor (batch, trigrams) of texts (batch,)."""
    import tensorflow as tf

    plain = tf.strings.regex_replace(tf.strings.lower(texts, encoding="utf-8"), r"[^\p{L}\p{M}\p{N}\s]", "")
    words = tf.strings.join([MARK, tf.strings.split(plain), MARK])
    return tf.strings.ngrams(tf.strings.unicode_split(words, "UTF-8"), 3, separator="").merge_dims(1, 2)
