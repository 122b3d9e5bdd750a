"""The catalogue that the graph is handed: what there is to lay, and what a call of it gives."""

from collections.abc import Iterable, Mapping
from math import prod

from builder.catalog import cache, equation, library, terms
from builder.catalog.applications import application, is_application, never_downloading
from builder.catalog.dtypes import check_dtypes
from builder.catalog.importing import import_keras
from builder.catalog.macs import layer_macs, model_macs, operation_macs
from builder.catalog.make import make, operate, told
from builder.diagnostics import SpecError
from builder.graph.catalogue import Outcome, Refused, Signature
from builder.graph.graph import Recipe, TensorSpec
from builder.graph.moulds import mould_signature
from builder.language.sections import LossMould


class KerasCatalogue:
    """Keras and our own bricks, by kind and name. Only `infer` imports Keras.

    Args:
        more: bricks of the user's own files, by kind and name; they win over Keras's.
    """

    def __init__(self, more: Mapping[str, Mapping[str, Signature]] | None = None):
        self.more = more or {}
        self.known: dict[str, Outcome | str] = {}
        self.tried: dict[str, tuple] = {}

    def find(self, kind: str, name: str) -> Signature | None:
        """The signature of a brick; operations are named `ops.mean`. A loss may be one of `moulds`."""
        mould = self.moulds().get(name) if kind == "loss" else None
        return self.more.get(kind, {}).get(name) or (mould_signature(mould) if mould else cache.store().find(kind, name))

    def names(self, kind: str) -> Iterable[str]:
        return tuple(dict.fromkeys([*self.more.get(kind, ()), *cache.store().names(kind), *(self.moulds() if kind == "loss" else ())]))

    def moulds(self) -> Mapping[str, LossMould]:
        """The losses of the library that are equations in the language itself."""
        return library.moulds()

    def evaluated(self, formulas: tuple, given: Mapping[str, object]) -> tuple[int | None, ...]:
        """The shape that equations give on what flows (see `terms.evaluated`); remembered.

        Raises:
            SpecError: at the part of a formula that cannot be worked out.
        """
        key = repr(([(name, formula.text) for name, formula in formulas], sorted(given.items())))
        if key not in self.tried:
            self.tried[key] = terms.evaluated(formulas, given)
        return self.tried[key]

    def texts(self, kind: str) -> tuple[str, ...]:
        """The lower-case names that Keras takes in place of an object of this kind (`he_normal`, `relu`)."""
        return tuple(cache.store().texts.get(kind, ()))

    def infer(self, recipe: Recipe, inputs: tuple, named: Mapping[str, object]) -> Outcome:
        """Shapes and counts of one call of a layer or operation, without weights or data; remembered.

        Args:
            recipe: of kind layer, op, activation or formula.
            inputs: the call's positional arguments: TensorSpecs, tuples of them for a list, or plain values.
            named: call arguments by name.

        Raises:
            Refused: Keras refuses the arguments or the shapes.
        """
        key = repr((recipe, inputs, sorted(named.items())))  # not the values themselves: 1 == True == 1.0
        if key not in self.known:
            self.known[key] = _infer(recipe, inputs, named)
        if isinstance(self.known[key], str):
            raise Refused(self.known[key])
        return self.known[key]


def _infer(recipe: Recipe, inputs: tuple, named: Mapping[str, object]) -> Outcome | str:
    """The outcome, or the words of a refusal."""
    keras = import_keras()
    try:
        with keras.StatelessScope(initialize_variables=False):
            return _call(keras, recipe, inputs, named)
    except Refused as refused:
        return str(refused)
    except SpecError as error:
        return str(error.faults[0].facts.get("problem", error))
    except Exception as error:
        return told(error)
    finally:
        _forget_variables()


def _call(keras, recipe: Recipe, inputs: tuple, named: Mapping[str, object]) -> Outcome:
    given = [_symbol(keras, value) for value in inputs]
    by_name = {name: _symbol(keras, value) for name, value in named.items()}
    if recipe.kind == "formula":
        specs, shapes = _outputs(keras, recipe, equation.apply(recipe.name, {**dict(recipe.args), **by_name}))
        return Outcome(specs, macs=operation_macs(recipe.name, _shapes(keras, [by_name]), shapes, ""))
    if recipe.kind != "layer":
        return _operate(keras, recipe, given, by_name)
    if is_application(recipe):
        return _application(keras, recipe, given, by_name)
    layer = make(recipe) if "name" in dict(recipe.args) else make(recipe, name=recipe.name)
    specs, shapes = _outputs(keras, recipe, layer(*given, **by_name))
    check_dtypes(keras, layer, tuple(given), by_name)
    _keep_the_batch(keras, layer, given)
    return Outcome(specs, _count(layer.weights), _count(layer.trainable_weights),
                   layer_macs(layer, _shapes(keras, [given, by_name]), shapes))


def _application(keras, recipe: Recipe, given: list, named: dict) -> Outcome:
    with never_downloading():
        model = application(recipe, "application", _shapes(keras, [given, named])[0][1:])
    specs, _ = _outputs(keras, recipe, model(*given, **named))
    return Outcome(specs, _count(model.weights), _count(model.trainable_weights), model_macs(model), tuple(layer.name for layer in model.layers))


def _keep_the_batch(keras, layer, given: list) -> None:
    """Refuses to join examples with one another, which Keras does where asked for axis 0, or for -1 on single numbers."""
    tensors = keras.tree.flatten(given)
    if isinstance(layer, keras.layers.Concatenate) and any(layer.axis % max(len(one.shape), 1) == 0 for one in tensors):
        raise Refused("it would join along the batch; `ops.stack: [axis: -1]` makes a vector of single numbers")


def _operate(keras, recipe: Recipe, given: list, named: dict) -> Outcome:
    specs, shapes = _outputs(keras, recipe, operate(recipe, given, named))
    texts = [value for value in (*given, *dict(recipe.args).values()) if isinstance(value, str)]
    subscripts = texts[0] if texts and recipe.name == "ops.einsum" else ""
    return Outcome(specs, macs=operation_macs(recipe.name, _shapes(keras, [given, named]), shapes, subscripts))


def _symbol(keras, value: object) -> object:
    """A TensorSpec as a KerasTensor of an open batch; anything else as it is."""
    if isinstance(value, TensorSpec):
        return keras.KerasTensor((None, *value.shape), dtype=value.dtype)
    return [_symbol(keras, part) for part in value] if isinstance(value, tuple) else value


def _shapes(keras, values: object) -> list[tuple]:
    return [tuple(value.shape) for value in keras.tree.flatten(values) if isinstance(value, keras.KerasTensor)]


def _outputs(keras, recipe: Recipe, made: object) -> tuple[tuple[TensorSpec, ...], list[tuple]]:
    tensors = keras.tree.flatten(made)
    if not tensors or not all(isinstance(one, keras.KerasTensor) for one in tensors):
        raise Refused(f"`{recipe.name}` gives no tensor")
    shapes = [tuple(one.shape) for one in tensors]
    for shape in shapes:
        if not shape or shape[0] is not None:
            raise Refused(f"`{recipe.name}` gives one {shape} for the whole batch, not one for each example")
    return tuple(TensorSpec(shape[1:], str(one.dtype)) for shape, one in zip(shapes, tensors, strict=True)), shapes


def _count(weights: list) -> int:
    return sum(prod(weight.shape) for weight in weights)


def _forget_variables() -> None:
    """Keras keeps every variable of such a scope in a global list, to be initialized later; ours never are."""
    from keras.src.backend.common import global_state

    global_state.set_global_attribute("uninitialized_variables", [])
