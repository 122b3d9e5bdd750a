"""CharacterVectorization: texts to the numbers of their characters."""

import json
from pathlib import Path

import keras

FIXED = ("standardize", "split", "ngrams", "output_mode", "pad_to_max_tokens", "sparse", "ragged", "idf_weights")


class LineSafe(keras.layers.StringLookup):
    """A lookup whose vocabulary may hold ends of lines: Keras's own file of it is one word a line."""

    def save_assets(self, dir_path):
        if self.input_vocabulary is None:
            Path(dir_path, "vocabulary.json").write_text(json.dumps(list(map(str, self.get_vocabulary()))), encoding="utf-8")

    def load_assets(self, dir_path):
        if self.input_vocabulary is None:
            self.set_vocabulary(json.loads(Path(dir_path, "vocabulary.json").read_text(encoding="utf-8")))


@keras.saving.register_keras_serializable(package="bricks")
class CharacterVectorization(keras.layers.TextVectorization):
    """Turns each text into the numbers of its characters, as they stand: 0 is padding, 1 a character that was never seen.

    It is Keras's `TextVectorization` with `standardize: null` and `split: character`, but can hold the characters that end lines,
    which Keras cannot read back from a saved model. Its vocabulary is learned from the training data before training.

    Args:
        max_tokens: Integer, the most characters that are told apart, with padding and unknown; None for all.
        output_sequence_length: Integer, the length that texts are padded or cut to; None for that of the longest in a batch.
        vocabulary: List of the characters in order; None where they are learned.
        **kwargs: `name`, `dtype` and the other arguments of every layer.

    Call arguments:
        inputs: A string tensor of shape `(batch,)`; the output is int64, of shape `(batch, characters)`.
    """

    def __init__(self, max_tokens=None, output_sequence_length=None, vocabulary=None, **kwargs):
        super().__init__(max_tokens=max_tokens, standardize=None, split="character", output_sequence_length=output_sequence_length, vocabulary=vocabulary,
                         **kwargs)
        self._lookup_layer.__class__ = LineSafe  # Keras makes it itself, and saves it as a layer of its own

    def get_config(self):
        return {name: value for name, value in super().get_config().items() if name not in FIXED}

    @classmethod
    def from_config(cls, config):
        return cls(**config)
