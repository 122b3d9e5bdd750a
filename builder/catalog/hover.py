"""What an editor shows on hover: the Markdown of bricks, arguments and blocks, from their own docstrings."""

import json

from builder.catalog.docs import summary
from builder.graph.catalogue import Parameter, Signature
from builder.language.sections import Block, Param
from builder.language.tree import plain

LONGEST = 700
TYPES = {
    "int": "whole number", "float": "number", "bool": "true or false", "str": "text", "ints": "whole number, or a list of them",
    "list": "list", "dict": "mapping", "schedule": "number, or a schedule",
}


def of_brick(signature: Signature) -> dict:
    """Title, one line, and the call with the first paragraphs of the help."""
    return {"title": signature.name, "description": cut(summary(signature.help)),
            "markdownDescription": f"```python\n{_call(signature)}\n```\n{cut(signature.help)}"}


def of_argument(parameter: Parameter) -> dict:
    """Name, what it takes, its default, and its help."""
    told = f"*{takes(parameter)}; {_given(parameter)}*"
    return {"title": parameter.name, "markdownDescription": f"{told}\n\n{cut(parameter.help)}".strip()}


def of_block(block: Block) -> dict:
    """A block as its call, and its description."""
    params = ", ".join(p.name if p.default is None else f"{p.name}={plain(p.default)!r}" for p in block.params)
    return {"title": block.name, "description": cut(block.help),
            "markdownDescription": f"```python\n{block.name}({params})\n```\n{cut(block.help) or 'A block.'}"}


def of_param(param: Param, goes: tuple[str, Parameter] | None) -> str:
    """A block's parameter: its default, and the help of the argument it becomes."""
    given = "must be given" if param.default is None else f"`{shown(plain(param.default))}` unless given"
    return f"*{given}*" if goes is None else f"*{given}; becomes `{goes[1].name}` of `{goes[0]}`*\n\n{cut(goes[1].help)}".strip()


def takes(parameter: Parameter) -> str:
    """What an argument takes, in a few words."""
    if parameter.choices:
        return "one of " + ", ".join(f"`{choice}`" for choice in parameter.choices)
    kind = parameter.type or "value"
    return TYPES.get(kind, ("an " if kind[0] in "aeiou" else "a ") + kind)


def cut(text: str) -> str:
    """The first paragraphs that fit."""
    text = text.strip()
    return text if len(text) <= LONGEST else text[:LONGEST].rpartition("\n\n")[0] or summary(text)[:LONGEST]


def _given(parameter: Parameter) -> str:
    return "must be given" if parameter.required else f"`{shown(parameter.default)}` unless given"


def shown(value: object) -> str:
    """A value as a spec would write it."""
    return value if isinstance(value, str) and value else json.dumps(value, default=str)


def _call(signature: Signature) -> str:
    """The signature as a Python call, the arguments that every layer has left out."""
    parts = [p.name if p.required else f"{p.name}={p.default!r}" for p in signature.parameters if not p.keyword_only]
    return f"{signature.name}({', '.join(parts)})"
