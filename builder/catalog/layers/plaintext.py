"""PlainText: texts brought into one form, between marks of where they begin and end."""

import keras

PUNCTUATION = r"([.,;:!?¡¿\"()\[\]{}«»“”„…])"


@keras.saving.register_keras_serializable(package="bricks")
class PlainText(keras.layers.Layer):
    """Texts in lower case, with one plain space between words, punctuation apart from them, and marks at both ends.

    `Ça va\\u202f? Bien.` becomes `ça va ? bien .`, which a `TextVectorization` with `standardize: null` then splits at its spaces. What
    a decoder is to say must begin and end with marks; they are put there as they are written, with a space where
    texts are split into words: `start: "[start] "`.

    Args:
        start: String, what is put before each text.
        end: String, what is put behind it.
        lower: Boolean, whether capital letters become small ones.
        apart: Boolean, whether punctuation is set apart by spaces; apostrophes and hyphens stay within their words.
        **kwargs: `name`, `dtype` and the other arguments of every layer.

    Call arguments:
        inputs: A string tensor of any shape; the output is one, too.
    """

    def __init__(self, start="", end="", lower=True, apart=True, **kwargs):
        super().__init__(**kwargs)
        self.start, self.end, self.lower, self.apart = start, end, lower, apart
        self.supports_jit = False

    def call(self, inputs):
        import tensorflow as tf

        texts = tf.strings.lower(inputs, encoding="utf-8") if self.lower else inputs
        texts = tf.strings.regex_replace(texts, PUNCTUATION, r" \1 ") if self.apart else texts
        texts = tf.strings.strip(tf.strings.regex_replace(texts, r"[\s\pZ]+", " "))
        return tf.strings.join([self.start, texts, self.end]) if self.start or self.end else texts

    def compute_output_spec(self, inputs):
        return keras.KerasTensor(inputs.shape, "string")

    def get_config(self):
        return {**super().get_config(), "start": self.start, "end": self.end, "lower": self.lower, "apart": self.apart}
