"""Recipes made into Keras objects, and Keras's refusals put into words for the user."""

import functools
import importlib
import re
from collections.abc import Callable, Mapping, Sequence

from builder.catalog import cache, signatures
from builder.catalog.code import trusted
from builder.catalog.importing import import_keras
from builder.graph.catalogue import Refused
from builder.graph.graph import Pairs, Recipe

LONGEST = 450
SET = re.compile(r"\{('\w+'(?:, '\w+')+)\}")
ANSI = re.compile(r"\x1b\[[0-9;]*m")
WRAPPED = re.compile(r"Exception encountered when calling [^\n]*\n\n(.*?)\n\nArguments received by .*", re.S)
BUILDING = re.compile(r"^Exception encountered when (?:calling|building)[^\n]*:?\n+", re.M)
TENSOR = re.compile(r"<KerasTensor shape=(\([^)]*\))(?:[^<>]|<[^<>]*>)*>")
CLASS = re.compile(r"<class '(?:\w+\.)*(\w+)'>")
CONFIG = re.compile(r"\.?\s*(?:config=\{|Full object config: ).*", re.S)
UNKNOWN = re.compile(r"Shapes used to initialize variables must be fully-defined.*", re.S)
OBJECT = re.compile(r"<(?:[\w.]*\.)?(\w+)(?: object at| name=)[^<>]*>")
INPUT = re.compile(r"Input (\d+) (?:with name '[^']*' )?of layer ['\"][^'\"]*['\"] is incompatible with the layer: ")
RANK = re.compile(r"expected (min_|max_)?ndim=(\d+), found ndim=(\d+)\.?(?: Full shape received: (\([^)]*\)))?")


def make(recipe: Recipe, **extra: object):
    """The Keras object of a recipe: a layer, loss, metric, optimizer, schedule, initializer, regularizer,
    constraint or callback, the recipes within it made first.

    Args:
        recipe: what to make.
        **extra: further arguments, such as the `name` of a layer; they win over the recipe's.

    Raises:
        Refused: there is no such brick, or Keras does not take these arguments.
    """
    made = brick(recipe.kind, recipe.name)
    arguments = {name: plain(value) for name, value in recipe.args if name not in extra} | extra
    carries = recipe.kind == "layer" and arguments.get("stateful") is True
    if carries:  # the layer stays free of the size of a batch: `training.carry` keeps its states
        arguments["stateful"] = False
    try:
        found = made(**arguments)
    except Refused:
        raise
    except Exception as error:
        raise Refused(told(error)) from None
    if carries:
        found.carries = True
    return found


def plain(value: object) -> object:
    """A recipe's value as Keras wants it: objects made, pairs as a dict, tuples as lists."""
    if isinstance(value, Recipe):
        return make(value)
    if isinstance(value, Pairs):
        return {name: plain(part) for name, part in value.items}
    return [plain(part) for part in value] if isinstance(value, tuple) else value


def brick(kind: str, name: str) -> Callable:
    """The class (for an operation or activation, the function) of that kind and name.

    Raises:
        Refused: the catalogue has none.
    """
    return trusted(kind, name) or _known(kind, name)


@functools.cache
def _known(kind: str, name: str) -> Callable:
    known = cache.store().find(kind, name)
    if known is None:
        raise Refused(f"there is no {kind} named `{name}`")
    import_keras()
    home, _, original = known.module.partition(":")
    if not home.startswith("keras."):
        return getattr(importlib.import_module(home), original)
    public = "keras" if name.startswith("applications.") else signatures.KINDS.get(kind) or signatures.FUNCTIONS[kind][0]
    *inner, last = name.removeprefix("ops.").split(".")
    return getattr(importlib.import_module(".".join([public, *inner])), last)


def operate(recipe: Recipe, inputs: Sequence, named: Mapping[str, object]) -> object:
    """What an operation gives for its wires; `subscripts` and the like, which stand before `*operands`, go first."""
    arguments = {name: _operand(value) for name, value in recipe.args} | dict(named)
    known = cache.store().find(recipe.kind, recipe.name)
    before = [p.name for p in known.parameters if not p.keyword_only] if known and known.varargs else []
    first = [arguments.pop(name) for name in before if name in arguments]
    return brick(recipe.kind, recipe.name)(*first, *inputs, **arguments)


def _operand(value: object) -> object:
    """An argument of an operation: lists stay tuples, for shapes and axes."""
    return {name: _operand(part) for name, part in value.items} if isinstance(value, Pairs) else value


def operation(name: str) -> Callable:
    """A function of keras.ops or keras.activations, by its name (`ops.mean`, `mean`, `relu`).

    Raises:
        Refused: there is none.
    """
    short = name.removeprefix("ops.")
    for kind, known in (("op", f"ops.{short}"), ("activation", short)):
        if cache.store().find(kind, known):
            return brick(kind, known)
    raise Refused(f"there is no operation named `{name}`")


def told(error: Exception) -> str:
    """What an exception of Keras says, without the talk around it: one paragraph for a person."""
    text = ANSI.sub("", str(error)).strip()
    while found := WRAPPED.search(text):
        text = found[1].strip()
    text = CONFIG.sub("", BUILDING.sub("", text))
    text = UNKNOWN.sub("it has weights for each feature (the last axis), and how many there are is not known", text)
    text = INPUT.sub(lambda m: f"input {int(m[1]) + 1} does not fit: " if m[1] != "0" else "", text)
    text = RANK.sub(_ranks, text)
    text = OBJECT.sub(r"`\1`", CLASS.sub(r"`\1`", TENSOR.sub(r"\1", text)))
    text = re.sub(r"([(\[])None(?=[, )])", r"\1batch", text)
    text = SET.sub(lambda m: "{" + ", ".join(sorted(m[1].split(", "))) + "}", text)  # else their order changes from run to run
    text = " ".join(text.split())[:LONGEST]
    clear = isinstance(error, ValueError | TypeError) and text
    return text if clear else f"Keras fails on it ({type(error).__name__}: {text})"


def _ranks(found: re.Match) -> str:
    """Keras counts the batch among the dimensions, a spec does not; so the shapes are shown instead."""
    bound = {"min_": "at least ", "max_": "at most "}.get(found[1], "")
    shape = f": {found[4]}" if found[4] else ""
    return f"it takes {bound}{found[2]} dimensions with the batch, and gets {found[3]}{shape}"
