"""What a brick is given, bound to its signature: a Recipe of worked-out values, or located faults."""

import json
import math
from collections.abc import Mapping

from builder.diagnostics import Fault, Faults, SpecError, near
from builder.graph.catalogue import REQUIRED, Catalogue, Parameter, Signature
from builder.graph.graph import Pairs, Recipe
from builder.language.formula import evaluate, formula_of, larger
from builder.language.reading import is_brick, is_one_of
from builder.language.sections import Call
from builder.language.tree import Map, Node, Scalar, Seq, plain

OBJECTS = ("layer", "initializer", "regularizer", "constraint", "schedule", "loss", "metric", "optimizer", "activation")
STRICT = ("initializer", "regularizer", "constraint", "loss", "metric", "optimizer")  # nothing of another kind can stand there
LARGEST, MOST_ITEMS = 10**12, 200_000
SCALARS = ("int", "float", "str", "bool")
UNKNOWN = type("Unknown", (), {"__repr__": lambda self: "unknown"})()


class Binder:
    """Binds the arguments of bricks. With `names` None formulas are checked but not worked out."""

    def __init__(self, catalogue: Catalogue, faults: Faults, names: Mapping[str, object] | None):
        self.catalogue, self.faults, self.names = catalogue, faults, names

    def recipe(self, kind: str, call: Call, defaults: Mapping[str, Node] | None = None) -> Recipe | None:
        """The recipe of a brick; None, with the faults noted, where it cannot be made."""
        signature = self.catalogue.find(kind, call.name)
        if signature is None:
            self.faults.add(unknown_brick(self.catalogue, kind, call))
            return None
        before = len(self.faults.errors)
        values = self.bound(signature, call, defaults or {})
        return None if len(self.faults.errors) > before else Recipe(kind, call.name, tuple(values.items()))

    def bound(self, signature: Signature, call: Call, defaults: Mapping[str, Node]) -> dict[str, object]:
        """name → value, in the order of the signature."""
        cuts = [cut for node in _flat(call.value) if (cut := cut_formula(node))]
        if cuts:
            self.faults.extend(cuts)
            return {}
        before = len(self.faults.found)
        given = self.matched(signature, call.value)
        for name, node in defaults.items():
            if signature.parameter(name) and name not in given:
                given[name] = node
        values = {p.name: self.checked(given[p.name], p, signature.name) for p in signature.parameters if p.name in given}
        missing = [p.name for p in signature.parameters if p.required and p.name not in given]
        misspelt = any(fault.kind == "unknown-argument" for fault in self.faults.found[before:])
        if missing and not misspelt and not any(_unbracketed(node) for node in given.values()):
            self.faults.add(Fault("missing-argument", call.span, {
                "brick": signature.name, "missing": missing, "example": _example(signature), "takes": [p.name for p in signature.parameters],
            }))
        return values

    def matched(self, signature: Signature, value: Node | None) -> dict[str, Node]:
        """Which node is given for which parameter."""
        if value is None:
            return {}
        if isinstance(value, Map) and not _single_brick(value):
            return self.keywords(signature, value, {})
        if not isinstance(value, Seq):
            return self.positions(signature, [value])
        places = [item for item in value.items if not self.is_keyword(signature, item)]
        keywords = [item for item in value.items if self.is_keyword(signature, item)]
        ordered = _positional(signature)
        if len(ordered) == 1 and places and ordered[0].type not in SCALARS and (len(places) > 1 or ordered[0].type in ("list", "ints")
                                                                                and not isinstance(places[0], Seq)):
            places = [Seq(value.span, tuple(places))]
        given = self.positions(signature, places)
        for item in keywords:
            given = self.keywords(signature, item, given)
        return given

    def is_keyword(self, signature: Signature, item: Node) -> bool:
        if not isinstance(item, Map):
            return False
        return not _single_brick(item) or signature.parameter(item.entries[0].key.value) is not None

    def positions(self, signature: Signature, places: list[Node]) -> dict[str, Node]:
        ordered = _positional(signature)
        if len(places) > len(ordered):
            self.faults.add(places[len(ordered)].error("too-many-arguments", brick=signature.name, most=len(ordered), takes=[p.name for p in ordered]))
        return {p.name: node for p, node in zip(ordered, places)}

    def keywords(self, signature: Signature, given: Map, known: dict[str, Node]) -> dict[str, Node]:
        names = [p.name for p in signature.parameters]
        for entry in given:
            name = entry.key.value
            if name in known:
                self.faults.add(entry.key.error("argument-twice", name=name, brick=signature.name).also(known[name].span, "given here already"))
            elif name in names:
                known[name] = entry.value
            else:
                self.faults.add(entry.key.error("unknown-argument", brick=signature.name, name=str(name), near=near(name, names), takes=names))
        return known

    def checked(self, node: Node, parameter: Parameter, brick: str) -> object:
        value = self.value(node, parameter)
        if value is UNKNOWN:
            return value
        found, ok = _fitted(value, parameter)
        if any(_number(part) and abs(part) > LARGEST and part not in (math.inf, -math.inf) for part in (found if isinstance(found, tuple) else (found,))):
            self.faults.add(node.error("out-of-range", name=parameter.name, value=value, lowest=-LARGEST, highest=LARGEST))
        if not ok:
            self.faults.add(node.error("wrong-type", parameter=parameter.name, brick=brick, wanted=parameter.type, found=_described(node, value), value=value))
        elif isinstance(value, str) and parameter.type in OBJECTS:
            self.text(node, parameter, value)
        elif parameter.type == "choice" and not is_one_of(value, parameter.choices):
            self.choice(node, parameter, brick, value)
        return found

    def text(self, node: Node, parameter: Parameter, name: str) -> None:
        """A lower-case name in place of an object (`relu`, `he_normal`) must be one that Keras knows."""
        known = getattr(self.catalogue, "texts", lambda kind: ())(parameter.type)
        if known and name not in known and ">" not in name and not self.catalogue.find(parameter.type, name):
            article = "an" if parameter.type[0] in "aeiou" else "a"
            self.faults.add(node.error("unknown-choice", name=name, what=f"{article} {parameter.type}", near=near(name, known), choices=list(known)))

    def choice(self, node: Node, parameter: Parameter, brick: str, value: object) -> None:
        """A param of a block that says which values it takes."""
        name = value if isinstance(value, str) else json.dumps(plain(node) if isinstance(value, Recipe | Pairs) else value, default=str)
        close = near(name, [choice for choice in parameter.choices if isinstance(choice, str)])
        self.faults.add(node.error("unknown-choice", name=name, what=f"a value that `{parameter.name}` of `{brick}` takes", near=close,
                                   choices=list(parameter.choices)))

    def value(self, node: Node, parameter: Parameter) -> object:
        """A node worked out: formulas, bricks as values, lists and maps of them."""
        if isinstance(node, Scalar) and node.is_formula:
            return self.formula(node)
        if isinstance(node, Scalar) and isinstance(node.value, str) and parameter.type in OBJECTS and is_brick(node.value):
            return self.object(Call(node.value, node.span), parameter)
        if isinstance(node, Scalar):
            return node.value
        if isinstance(node, Map) and _single_brick(node):
            entry = node.entries[0]
            empty = isinstance(entry.value, Scalar) and entry.value.value is None
            return self.object(Call(entry.key.value, entry.key.span, None if empty else entry.value), parameter)
        if isinstance(node, Map):
            return Pairs(tuple((str(entry.key.value), self.value(entry.value, parameter)) for entry in node))
        values = tuple(self.value(item, parameter) for item in node.items)
        return UNKNOWN if any(value is UNKNOWN for value in values) else bounded(values, node)

    def object(self, call: Call, parameter: Parameter) -> object:
        """A brick as an argument; its kind is what the parameter wants, or the first kind that has it."""
        if parameter.type == "block":  # of a step the cell is laid before anything is bound
            self.faults.add(Fault("cell-nested", call.span, {"cell": call.name}))
            return UNKNOWN
        kinds = [parameter.type] if parameter.type in OBJECTS else []
        kinds += [kind for kind in OBJECTS if kind not in kinds and parameter.type not in STRICT]
        kind = next((kind for kind in kinds if self.catalogue.find(kind, call.name)), None)
        if kind is None:
            kind = kinds[0] if parameter.type in OBJECTS else "layer"
            self.faults.add(unknown_brick(self.catalogue, kind, call))
            return UNKNOWN
        return self.recipe(kind, call) or UNKNOWN

    def formula(self, node: Scalar) -> object:
        try:
            formula = formula_of(node)
            return UNKNOWN if self.names is None else frozen(evaluate(formula, self.names))
        except SpecError as error:
            cut = cut_formula(node)
            self.faults.extend([cut] if cut else error.faults)
            return UNKNOWN


def unknown_brick(catalogue: Catalogue, kind: str, call: Call, more: Mapping[str, object] | None = None) -> Fault:
    """The fault of a name that the catalogue does not have, with its neighbours, or where it does stand."""
    names, whole = [*catalogue.names(kind), *(more or {})], f"applications.{call.name}"
    elsewhere = next((other for other in (*OBJECTS, "callback", "source", "sampler") if other != kind and catalogue.find(other, call.name)), None)
    return Fault("unknown-brick", call.span, {"name": call.name, "kind": kind, "near": [whole] if whole in names else near(call.name, names),
                                              "elsewhere": elsewhere})


def bounded(values: tuple, node: Node) -> tuple:
    """A list as it is, unless lists of lists have made it huge.

    Raises:
        SpecError: it has more than `MOST_ITEMS` items.
    """
    if larger(values, MOST_ITEMS):
        raise SpecError([node.error("too-large", what="this list", limit=MOST_ITEMS)])
    return values


def frozen(value: object) -> object:
    """A value with its lists as tuples, so that it can stand in a recipe."""
    return tuple(frozen(item) for item in value) if isinstance(value, (list, tuple)) else value


def _positional(signature: Signature) -> list[Parameter]:
    return [p for p in signature.parameters if not p.keyword_only]


def _unbracketed(node: Node) -> bool:
    """`Conv2D: 32, 3`: one text where several arguments are meant, told as such."""
    return isinstance(node, Scalar) and isinstance(node.value, str) and not node.is_formula and "," in node.value


def _single_brick(node: Map) -> bool:
    return len(node.entries) == 1 and is_brick(node.entries[0].key.value)


def _example(signature: Signature) -> str:
    shown = ", ".join(f"{p.name}: ..." for p in signature.parameters if p.required)
    return f"{signature.name}: {{{shown}}}"


def _described(node: Node, value: object) -> str:
    if isinstance(node, Scalar) and node.is_formula:
        return f"the formula gives {value}"
    return node.described


def _flat(node: Node | None) -> list[Node]:
    """What is given to a brick, in one list."""
    if isinstance(node, Map):
        return [entry.value for entry in node]
    return [inner for item in node.items for inner in (_flat(item) if isinstance(item, Map) else [item])] if isinstance(node, Seq) else [node]


def cut_formula(node: Node | None) -> Fault | None:
    """The fault of an unquoted formula that YAML cut at its comma: what is left has a bracket open."""
    if not isinstance(node, Scalar) or not node.plain or not node.is_formula or _open(node.raw) <= 0:
        return None
    rest = node.span.source.line(node.span.end_line)[node.span.end_column - 1 :]
    if not rest.lstrip().startswith(","):
        return None
    ends = (i for i in range(len(rest)) if _open(node.raw + rest[: i + 1]) == 0)
    return node.error("formula-comma", text=node.raw + rest[: next(ends, len(rest)) + 1].rstrip())


def _open(text: str) -> int:
    """How many brackets of a text are not closed."""
    return sum(text.count(c) for c in "([") - sum(text.count(c) for c in ")]")


def _whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


_TYPES = {
    "int": _whole, "float": _number, "bool": lambda v: isinstance(v, bool), "str": lambda v: isinstance(v, str),
    **dict.fromkeys(OBJECTS, lambda v: isinstance(v, str)), "schedule": _number, "layer": lambda v: False,
    "ints": lambda v: _whole(v) or isinstance(v, tuple), "list": lambda v: isinstance(v, (tuple, str)), "dict": lambda v: isinstance(v, Pairs),
}


def _fitted(value: object, parameter: Parameter) -> tuple[object, bool]:
    """The value as the parameter wants it (16.0 is 16, or 1 is 1.0), and whether it fits."""
    if value is None:
        return value, parameter.none or parameter.default is None or parameter.type == ""
    if parameter.type in ("int", "ints") and isinstance(value, float) and value.is_integer():
        value = int(value)
    if parameter.type == "float" and _whole(value):
        value = float(value)
    fits = _TYPES.get(parameter.type)
    if fits is None or isinstance(value, Recipe) and parameter.type not in SCALARS or fits(value):
        return value, True
    if parameter.type == "str" and parameter.choices and _number(value):
        return value, False
    return value, parameter.default is not REQUIRED and type(value) is type(parameter.default)
