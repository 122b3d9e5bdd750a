"""A catalogue of four layers and two operations, so that the graph is tested in milliseconds and without Keras."""

from math import prod

from builder.graph import Outcome, Parameter, Refused, Signature, TensorSpec
from builder.graph.catalogue import REQUIRED

ACTIVATION = Parameter("activation", None, "activation", none=True)
SIGNATURES = {
    ("layer", "Dense"): Signature("layer", "Dense", (Parameter("units", REQUIRED, "int"), ACTIVATION, Parameter("use_bias", True, "bool")), call=("inputs",)),
    ("layer", "Add"): Signature("layer", "Add", (), call=("inputs",)),
    ("layer", "Concatenate"): Signature("layer", "Concatenate", (Parameter("axis", -1, "int"),), call=("inputs",)),
    ("layer", "Halves"): Signature("layer", "Halves", (Parameter("sizes", (1, 1), "list"),), call=("inputs", "state")),
    ("op", "ops.mean"): Signature("op", "ops.mean", (Parameter("x"), Parameter("axis", None, "int", none=True)), call=("x",)),
    ("op", "ops.maximum"): Signature("op", "ops.maximum", (Parameter("x1"), Parameter("x2")), call=("x1", "x2")),
    ("loss", "MeanSquaredError"): Signature("loss", "MeanSquaredError", (Parameter("from_logits", False, "bool"),)),
    ("optimizer", "Adam"): Signature("optimizer", "Adam", (Parameter("learning_rate", 0.001, "schedule"),)),
    ("metric", "Accuracy"): Signature("metric", "Accuracy", ()),
    ("source", "Digits"): Signature("source", "Digits", ()),
}


class Fake:
    """Satisfies the protocol of builder.graph.catalogue.Catalogue."""

    def find(self, kind, name):
        return SIGNATURES.get((kind, name))

    def names(self, kind):
        return [name for found, name in SIGNATURES if found == kind]

    def infer(self, recipe, inputs, named):
        given = [*inputs, *named.values()]
        first = given[0] if given else None
        if recipe.name in ("Add", "Concatenate") and not isinstance(first, tuple):
            raise Refused("A merge layer should be called on a list of inputs")
        if recipe.name == "Dense":
            size = prod(first.shape[-1:]) * dict(recipe.args)["units"]
            return Outcome((TensorSpec((*first.shape[:-1], dict(recipe.args)["units"])),), size, size, size)
        if recipe.name == "Add" and len({one.shape for one in first}) > 1:
            raise Refused("the shapes differ")
        if recipe.name == "Concatenate":
            return Outcome((TensorSpec((*first[0].shape[:-1], sum(one.shape[-1] for one in first))),))
        if recipe.name == "Halves":
            return Outcome((first, TensorSpec((first.shape[-1] // 2,))))
        return Outcome((first[0] if isinstance(first, tuple) else first,))
