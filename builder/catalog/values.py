"""The schema of one value: what an argument takes, and what an editor suggests for it.

What is right is said by `if`/`then` on the value's type, so that a fault has one message and not one for each
alternative; what is suggested stands beside it as snippets, which yaml-language-server reads and others pass over.
"""

import json
from collections.abc import Iterable

from builder.catalog.hover import of_argument, shown, takes
from builder.graph.catalogue import Parameter

OBJECTS = ("layer", "loss", "metric", "optimizer", "schedule", "initializer", "regularizer", "constraint", "callback", "source", "sampler", "activation")
JSON = {"int": "integer", "float": "number", "bool": "boolean", "str": "string", "list": "array", "dict": "object", "NoneType": "null", "tuple": "array"}
FORMULA = {"int": ["string", "integer"], "float": ["string", "number"], "bool": ["boolean", "string"], "ints": ["string", "integer", "array"],
           "dict": ["string", "object"]}
TEXT = {"str": ["string"], "list": ["string", "array"]}
OBJECT = ["string", "object"]
ANY = ["string", "number", "boolean", "array", "object", "null"]  # the first is what an editor makes room for
LOWER = {"propertyNames": {"pattern": "^(?![A-Z]|ops\\.|applications\\.)"}}  # a mapping without a brick


def ref(name: str) -> dict:
    return {"$ref": f"#/definitions/{name}"}


def told(text: str, schema: dict, example: str = "") -> dict:
    """A key's help, with an example below it."""
    return {"markdownDescription": text + (f"\n```yaml\n{example}\n```" if example else ""), **schema}


def titled(properties: dict) -> dict:
    """Each key under its own name on hover."""
    return {key: {"title": key, **schema} for key, schema in properties.items()}


def when(type: str | list[str], then: dict, otherwise: dict | None = None) -> dict:
    """`then` holds for values of a type, `otherwise` for the rest."""
    return {"if": {"type": type}, "then": then, **({} if otherwise is None else {"else": otherwise})}


def suggesting(snippets: Iterable[dict]) -> dict:
    """Suggestions for a value that is not a list or a mapping; anything passes.

    Of the ways to hang them on a value this is the one that changes neither yaml-language-server's hovers (`anyOf` joins titles)
    nor its other suggestions (`properties` hide them, scalar types add `true` and `null`).
    """
    found = list(snippets)
    lone = {"not": {"type": ["array", "object"]}, "defaultSnippets": found}
    return {"oneOf": [lone, {"type": ["array", "object"]}]} if found else {}


def snippet(text: str, told: str = "") -> dict:
    """A suggestion: the text itself, quoted where YAML asks for it."""
    return {"label": text, "bodyText": scalar(text), **({"markdownDescription": told} if told else {})}


def scalar(text: str) -> str:
    return json.dumps(text) if text in ("null", "true", "false", "~", "") or text[:1].isdigit() else text


def argument(parameter: Parameter) -> dict:
    """One argument: its help, what it takes, what is suggested."""
    return {**of_argument(parameter), **taken(parameter)}


def taken(parameter: Parameter) -> dict:
    """What an argument takes, and what is suggested."""
    kind = parameter.type
    none = ["null"] if parameter.none or parameter.default is None else []
    extra = [] if parameter.required else [JSON[type(parameter.default).__name__]]
    told = {"errorMessage": f"`{parameter.name}` takes {_in_words(parameter)}"}
    if parameter.choices and kind in ("str", "choice"):
        return chosen(parameter.name, parameter.choices, bool(none))
    if kind in OBJECTS:
        number = ["number"] if kind == "schedule" else []
        return {"type": _once(OBJECT + number + none + extra), **told, "allOf": [ref(f"{kind}.value")]}
    if kind == "block":
        return {"type": OBJECT, "errorMessage": f"`{parameter.name}` takes a block with its arguments", "allOf": [ref("block.value")]}
    if kind in FORMULA:
        return {"type": _once(FORMULA[kind] + none + extra), **told, **({} if "string" in extra else {"allOf": [ref("formula")]})}
    if kind in TEXT:
        return {"type": _once(TEXT[kind] + none + extra), **told}
    return {"type": ANY, **suggesting(map(snippet, parameter.choices))}


def chosen(name: str, choices: Iterable[object], none: bool = False) -> dict:
    """One of some values, or a formula; they are named where it is not. Keras takes most of them in capitals too."""
    choices = _once(choices)
    message = f"`{name}` is one of: {', '.join(map(shown, choices))}"
    closed = {"enum": [*choices, *([None] if none and None not in choices else [])], "errorMessage": message}
    types = _once(["string", *(JSON[type(choice).__name__] for choice in choices), *(["null"] if none else [])])
    return {"type": types, "errorMessage": message, "if": {"type": "string", "pattern": "^(=|[A-Z_]+$)"}, "else": closed,
            **suggesting(_choice(choice) for choice in choices)}


def _choice(value: object) -> dict:
    return snippet(value) if isinstance(value, str) else {"label": shown(value), "bodyText": shown(value)}


def _in_words(parameter: Parameter) -> str:
    text = takes(parameter)
    return f"a {text}, or a formula such as `=width * 2`" if parameter.type in ("int", "float") else text


def _once(items: Iterable) -> list:
    return list(dict.fromkeys(items))
