"""The schema marks a text that an argument's documentation does not list: held against Keras itself, for every brick."""

import pytest

from builder.catalog import catalogue, import_keras
from builder.graph.catalogue import Parameter, Signature

pytestmark = pytest.mark.slow
KINDS = {"layer": "layers", "loss": "losses", "metric": "metrics", "initializer": "initializers", "regularizer": "regularizers"}
NONSENSE = "no such choice"
UNLISTED = {("TextVectorization", "output_mode", "one_hot")}  # taken by the constructor, and of no use in the layer


def bricks() -> list[tuple[str, Signature, Parameter]]:
    known = catalogue()
    found = [known.find(kind, name) for kind in KINDS for name in known.names(kind)]
    return [(KINDS[one.kind], one, p) for one in found for p in one.parameters if one.module.startswith("keras") and p.choices and p.type == "str"]


def accepts(module: str, signature: Signature, parameter: Parameter, word: str) -> bool:
    """Whether Keras's constructor takes a word, what else must be given being made up."""
    keras = import_keras()
    layer = keras.layers.LSTM(3) if signature.name == "Bidirectional" else keras.layers.Dense(3)
    fillings = {"layer": layer, "float": 0.1}
    given = {p.name: fillings.get(p.type, 2) for p in signature.parameters if p.required}
    try:
        getattr(getattr(keras, module), signature.name)(**{**given, parameter.name: word})
    except Exception:
        return False
    return True


def test_keras_takes_no_other_word_than_those_listed_or_the_same_in_capitals():
    everything = {word for _, _, parameter in bricks() for word in parameter.choices}
    more = set()
    for module, signature, parameter in bricks():
        if not accepts(module, signature, parameter, NONSENSE):
            others = everything - set(parameter.choices)
            more |= {(signature.name, parameter.name, word) for word in others if accepts(module, signature, parameter, word)}
    assert more <= UNLISTED
