"""The JSON Schema (draft 7) of the language for editors: sections by hand, every brick from its signature."""

from collections.abc import Iterable

from builder.catalog.catalogue import KerasCatalogue
from builder.catalog.describe import same_as
from builder.catalog.docs import summary
from builder.catalog.library import library
from builder.catalog.sections import any_brick, one_of, ref, section_definitions
from builder.graph.catalogue import Parameter, Signature
from builder.language.sections import Block

OBJECTS = ("layer", "loss", "metric", "optimizer", "schedule", "initializer", "regularizer", "constraint", "callback",
           "source")
OPEN = ("layer", "loss", "source", "activation")  # blocks, and bricks of the user's own files, have names of their own
PLAIN = {"int": "integer", "float": "number", "bool": "boolean", "str": "string", "list": "array", "dict": "object"}
LONGEST = 700


def json_schema(known: KerasCatalogue | None = None) -> dict:
    """The schema of a spec, as yaml-language-server takes it. Keras is not imported."""
    known = known or KerasCatalogue()
    definitions = section_definitions()
    for kind in OBJECTS:
        definitions |= _kind(kind, known)
    definitions |= {f"{kind}.name": _names(kind, known) for kind in (*OBJECTS, "activation", "op")}
    definitions |= {f"block:{name}": _block(block) for name, block in library().items()}
    used = {name: ref(f"block:{name}") for name in library()}
    definitions["step.brick"] = {"properties": _called("layer", known) | _called("op", known) | used}
    definitions["loss.brick"] = {"properties": _called("loss", known)}
    arguments = _Arguments(definitions)
    for kind in (*OBJECTS, "op"):
        for signature in _proper(kind, known):
            definitions[f"{kind}:{signature.name}"] = _brick(signature, arguments)
    return {"$schema": "http://json-schema.org/draft-07/schema#", "title": "A keras-bricks spec", **ref("spec"),
            "definitions": definitions}


def _proper(kind: str, known: KerasCatalogue) -> list[Signature]:
    names = list(known.names(kind))
    found = [known.find(kind, name) for name in names]
    return [one for one in found if kind == "op" or same_as(one, names) == one.name]


def _kind(kind: str, known: KerasCatalogue) -> dict:
    """`layer`: one brick of the kind with its arguments, or its bare name."""
    called = {"type": "object", "properties": _called(kind, known), "additionalProperties": False,
              "minProperties": 1, "maxProperties": 1}
    more = {"patternProperties": any_brick()} if kind in OPEN else {}
    return {kind: one_of(ref(f"{kind}.name"), ref(f"{kind}.called")), f"{kind}.called": called | more}


def _called(kind: str, known: KerasCatalogue) -> dict:
    """Brick name -> its arguments; another name of a brick points at the proper one."""
    names = list(known.names(kind))
    return {name: _pointed(known.find(kind, name), names) for name in names}


def _pointed(signature: Signature, names: Iterable[str]) -> dict:
    proper = signature.name if signature.kind == "op" else same_as(signature, names)
    return ref(f"{signature.kind}:{proper}")


def _names(kind: str, known: KerasCatalogue) -> dict:
    """The bare names of a kind."""
    names = {"enum": [*known.names(kind), *known.texts(kind)]}
    return one_of(names, {"type": "string", "pattern": "^[A-Z]"}) if kind in OPEN else names


def _brick(signature: Signature, arguments: "_Arguments") -> dict:
    """What may stand after a brick's name: nothing, its first argument, a list of arguments, or a mapping."""
    given = {p.name: arguments.ref(p) for p in signature.parameters}
    first = next((given[p.name] for p in signature.parameters if not p.keyword_only), None)
    keywords = {"type": "object", "properties": given, "patternProperties": any_brick(), "additionalProperties": False}
    items = {"anyOf": [{"not": {"type": "object"}}, keywords]}
    texts = {"description": summary(signature.help)[:LONGEST], "markdownDescription": _shown(signature)}
    bare = [first] if first else []
    return texts | {"anyOf": [{"type": "null"}, keywords, {"type": "array", "items": items}, *bare]}


def _block(block: Block) -> dict:
    """A block of the library: its parameters may be anything."""
    given = {param.name: {} for param in block.params}
    called = {"type": "object", "properties": given, "patternProperties": any_brick(), "additionalProperties": False}
    items = one_of({"not": {"type": "object"}}, called)
    texts = {"description": block.help} if block.help else {}
    return texts | one_of({"type": ["null", "string", "number", "boolean"]}, called, {"type": "array", "items": items})


def _shown(signature: Signature) -> str:
    """The signature as a Python call, and the first paragraphs of Keras's help."""
    parts = [p.name if p.required else f"{p.name}={p.default!r}" for p in signature.parameters if not p.keyword_only]
    text = signature.help
    text = text if len(text) <= LONGEST else text[:LONGEST].rpartition("\n\n")[0] or summary(text)[:LONGEST]
    return f"`{signature.name}({', '.join(parts)})`\n\n{text}"


class _Arguments:
    """The schema of each argument, kept once however many bricks share it."""

    def __init__(self, definitions: dict):
        self.definitions = definitions
        self.known: dict[Parameter, str] = {}

    def ref(self, parameter: Parameter) -> dict:
        key = repr(parameter)
        if key not in self.known:
            self.known[key] = f"argument:{parameter.name}.{len(self.known)}"
            self.definitions[self.known[key]] = _argument(parameter)
        return ref(self.known[key])


def _argument(parameter: Parameter) -> dict:
    texts = {"description": parameter.help[:LONGEST]} if parameter.help else {}
    allowed = _allowed(parameter)
    none = [{"type": "null"}] if parameter.none or parameter.default is None else []
    return texts | (one_of(*allowed, ref("formula"), *none) if allowed else {})


def _allowed(parameter: Parameter) -> list[dict]:
    """What an argument takes; nothing where that is not known."""
    if parameter.choices:
        other = [{"type": "string"}] if parameter.type == "str" else [{}]
        return [{"enum": list(parameter.choices)}, *other]
    if parameter.type == "ints":
        return [{"type": "integer"}, {"type": "array"}]
    if parameter.type == "list":
        return [{"type": "array"}, {"type": "string"}]
    if parameter.type == "schedule":
        return [{"type": "number"}, ref("schedule.called"), ref("schedule.name")]
    if parameter.type == "activation":
        return [ref("activation.name"), ref("layer.called")]
    if parameter.type in OBJECTS:
        return [ref(f"{parameter.type}.name"), ref(f"{parameter.type}.called")]
    return [{"type": PLAIN[parameter.type]}] if parameter.type in PLAIN else []
