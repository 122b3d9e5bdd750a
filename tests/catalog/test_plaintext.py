"""PlainText against what its words say, through a saved model too."""

import keras
import tensorflow as tf

from builder.catalog.layers.plaintext import PlainText

TEXTS = ["Ça va\u202f?  BIEN.", "« Aujourd'hui », dit-il !", "", "12+34"]


def said(layer, texts=TEXTS) -> list[str]:
    return [text.decode() for text in layer(tf.constant(texts)).numpy()]


def test_texts_are_brought_into_one_form():
    assert said(PlainText()) == ["ça va ? bien .", "« aujourd'hui » , dit-il !", "", "12+34"]
    assert said(PlainText(lower=False, apart=False)) == ["Ça va ? BIEN.", "« Aujourd'hui », dit-il !", "", "12+34"]
    assert said(PlainText(start="<", end=">"), ["12+34"]) == ["<12+34>"]
    assert said(PlainText(start="[start] ", end=" [end]"), ["Va !"]) == ["[start] va ! [end]"]


def test_a_saved_model_says_the_same(tmp_path):
    inputs = keras.Input((), dtype="string")
    model = keras.Model(inputs, PlainText(start="<", apart=False)(inputs))
    model.save(tmp_path / "model.keras")
    assert said(keras.models.load_model(tmp_path / "model.keras")) == said(model)
