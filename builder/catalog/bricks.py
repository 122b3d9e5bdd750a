"""The schema of every brick: what may stand after its name, and what an editor writes when the name is chosen."""

import re
from collections.abc import Iterable

from builder.catalog.catalogue import KerasCatalogue
from builder.catalog.describe import same_as
from builder.catalog.docs import summary
from builder.catalog.flow import flow
from builder.catalog.hover import of_block, of_brick, of_param
from builder.catalog.library import library
from builder.catalog.own import NOTHING, Own
from builder.catalog.values import ANY, LOWER, OBJECTS, argument, chosen, ref, snippet, suggesting, taken, when
from builder.diagnostics.words import listed
from builder.graph.catalogue import Parameter, Signature
from builder.language.sections import Block, Param

CAPITAL = {"^[A-Z]": {}}
PLACES = 4  # so many positional arguments are checked by their place, or more where more must be given
BRICKS = {"activation": "layer"}  # the kind whose bricks stand for values of another
OPEN = ("step", "layer", "loss", "activation", "source", "sampler")  # what a spec's own blocks and code add to
SCALAR = ["string", "number", "boolean"]


class Bricks:
    """The definitions of all bricks, each argument kept once however many share it."""

    def __init__(self, known: KerasCatalogue, own: Own):
        self.known, self.own = known, own
        self.blocks = {**library(), **own.blocks}
        self.arguments: dict[str, tuple[str, dict]] = {}

    def definitions(self) -> dict:
        """Every brick, and of every kind: `.bricks`, `.called` with arguments, `.name`, `.hints`, and `.value`, which is any of them."""
        found = {"step.name": self.named("step", self.opens("step")), "block.value": self.cells()}
        for kind in OBJECTS:
            found |= {f"{kind}.bricks": {"properties": self.called(kind)}, f"{kind}.called": self.one(kind), f"{kind}.name": self.named(kind, self.opens(kind)),
                      f"{kind}.hints": suggesting(self.hints(kind)), f"{kind}.value": self.value(kind)}
        for kind in (*OBJECTS, "op"):
            for one in self.proper(kind) if kind != "activation" else ():
                found |= self.brick(one)
        for block in self.blocks.values():
            found |= self.block(block)
        return found | dict(self.arguments.values())

    def closed(self) -> dict:
        """The names of bricks that there are where a spec brings none of its own."""
        return {f"{kind}.name.closed": self.named(kind, False) for kind in ("step", "loss", "source", "sampler")}

    def steps(self) -> dict:
        """Everything with a capital, or of keras.ops, that a step can hold."""
        return self.called("layer") | self.called("op")

    def defaults(self) -> dict:
        """A brick's arguments by name, as `defaults` holds them."""
        return {name: ref(f"{place['$ref'].rpartition('/')[2]}.named") for name, place in self.steps().items()}

    def called(self, kind: str) -> dict:
        """Brick name -> its arguments; another name of a brick points at the proper one."""
        kind = BRICKS.get(kind, kind)
        names = list(self.known.names(kind))
        found = {name: ref(self.place(self.known.find(kind, name), names)) for name in names}
        return found | ({name: ref(f"block:{name}") for name in self.blocks} if kind == "layer" else {})

    def place(self, signature: Signature, names: Iterable[str]) -> str:
        return f"{signature.kind}:{signature.name if signature.kind == 'op' else same_as(signature, names)}"

    def proper(self, kind: str) -> list[Signature]:
        """Each brick of a kind once, under its proper name."""
        names = list(self.known.names(kind))
        found = [self.known.find(kind, name) for name in names]
        return [one for one in found if kind == "op" or same_as(one, names) == one.name]

    def texts(self, kind: str) -> list[str]:
        return list(dict.fromkeys(self.known.texts(kind)))

    def opens(self, kind: str) -> bool:
        """Whether there may be bricks of a kind that this schema does not know."""
        return self.own is NOTHING and kind in OPEN

    def one(self, kind: str) -> dict:
        """A mapping of one brick to its arguments; in lists of metrics Keras's short names are suggested beside."""
        texts = {"defaultSnippets": self.short(kind)} if kind == "metric" else {}
        return {"type": "object", "properties": self.called(kind), **({"patternProperties": CAPITAL} if self.opens(kind) else {}),
                "additionalProperties": False, "maxProperties": 1, **texts,
                "errorMessage": f"here stands one {kind} with its arguments; there is none of this name"}

    def value(self, kind: str) -> dict:
        """A brick as a value: its name, or a mapping with its arguments."""
        return {**when("object", ref(f"{kind}.called"), when("string", ref(f"{kind}.name"))), "allOf": [ref(f"{kind}.hints")]}

    def named(self, kind: str, open: bool) -> dict:
        """A text that names a brick of a kind, or of a `step`. A pattern, for a hover lists every value of an `enum`."""
        names = self.steps() if kind == "step" else [*self.called(kind), *self.texts(kind)]
        words = "|".join(re.escape(name) for name in names)
        others = f"there is no {kind} of this name: {listed(self.texts(kind) or names, 40)}"
        message = f"there is no brick of this name: `build list bricks`{self.own.again}" if kind == "step" else others
        return {"pattern": f"^({'[A-Z=]' if open else '='}.*|.*>.*|{words})$", "errorMessage": message}

    def hints(self, kind: str) -> list[dict]:
        """What is suggested where a value of a kind stands: short names, then bricks, as one line can hold them."""
        bricks = [self.known.find(BRICKS.get(kind, kind), name) for name in self.called(kind) if "." not in name or kind == "layer"]
        return self.short(kind) + [{"label": one.name, "bodyText": _inline(one), "markdownDescription": summary(one.help)} for one in bricks if one]

    def short(self, kind: str) -> list[dict]:
        found = {text: self.known.find(kind, text) for text in self.texts(kind)}
        return [snippet(text, summary(one.help) if one else "") for text, one in found.items()]

    def brick(self, signature: Signature) -> dict:
        """What may stand after a brick's name: nothing, its first argument, a list of arguments, or a mapping."""
        place = f"{signature.kind}:{signature.name}"
        ordered = [p for p in signature.parameters if not p.keyword_only]
        listed = when("array", self.listed(signature, ordered, place), when(SCALAR, self.first(signature, ordered)))
        call = {**of_brick(signature), **when("object", _mapping(place, ordered[:1]), listed), **self.after(ordered), **_skeleton(signature)}
        return {place: call, f"{place}.named": self.keywords(signature)}

    def first(self, signature: Signature, ordered: list[Parameter]) -> dict:
        """A lone value: the first argument; of an operation that is a wire, and which one follows cannot be told here."""
        if signature.kind == "op":
            return {}
        return self.lone(ordered[0]) if ordered else {"type": "null", "errorMessage": f"`{signature.name}` takes no value here"}

    def keywords(self, signature: Signature) -> dict:
        """Arguments by name."""
        given = {p.name: self.argument(p) for p in signature.parameters}
        return {"properties": given, "additionalProperties": False, "errorMessage": f"`{signature.name}` takes: {', '.join(given) or 'no arguments'}"}

    def listed(self, signature: Signature, ordered: list[Parameter], place: str) -> dict:
        """Positional arguments by their place, then arguments by name.

        Where only one can be given by place, the list is its value; after arguments by name the places are not known.
        """
        loose = when("object", _mapping(place, ordered))
        if signature.kind == "op" or len(ordered) < 2:
            return {"items": loose}
        count = max(PLACES, sum(p.required for p in ordered))
        items = [self.item(signature, ordered, index) for index in range(min(count, len(ordered)))]
        end = loose if len(ordered) > count else _named_only(signature, len(ordered), place)
        return {"if": {"items": [{"type": "object", "title": items[0]["title"]}]}, "then": {"items": items[:1], "additionalItems": loose},
                "else": {"items": items, "additionalItems": end}}

    def item(self, signature: Signature, ordered: list[Parameter], index: int) -> dict:
        """The argument at one place. While a word is typed the server counts it twice, so a brick may stand one place later."""
        parameter, bricks = ordered[index], ordered[max(0, index - 1) : index + 1]
        there = when("object", _mapping(f"{signature.kind}:{signature.name}", bricks), self.argument(parameter))
        return {"title": f"{parameter.name} of {signature.name}", **there}

    def after(self, ordered: list[Parameter]) -> dict:
        """What is suggested right after a brick's name: the values of its first argument."""
        if ordered and ordered[0].type in OBJECTS:
            return {"allOf": [ref(f"{ordered[0].type}.hints")]}
        return suggesting(map(snippet, ordered[0].choices)) if ordered else {}

    def argument(self, parameter: Parameter) -> dict:
        return self.kept(f"argument:{parameter.name}", argument(parameter))

    def lone(self, parameter: Parameter) -> dict:
        """An argument without its help: a hover there shows the brick's."""
        return self.kept(f"value:{parameter.name}", taken(parameter))

    def kept(self, name: str, schema: dict) -> dict:
        key = f"{name} {schema}"
        if key not in self.arguments:
            self.arguments[key] = (f"{name}.{len(self.arguments)}", schema)
        return ref(self.arguments[key][0])

    def cells(self) -> dict:
        """The blocks that can be the cell of a recurrent layer: those that read a state and give it back."""
        cells = [name for name, block in self.blocks.items() if len(block.inputs) > 1 and block.outputs]
        return {**when("object", {"properties": {name: ref(f"block:{name}") for name in cells}, "maxProperties": 1}), **suggesting(map(snippet, cells))}

    def block(self, block: Block) -> dict:
        """A block is called like any brick; its parameters may be anything, and what they are handed on to is suggested."""
        place, goes = f"block:{block.name}", flow(block, self.blocks, self.known)
        given = {param.name: self.param(param, block.choices.get(param.name), goes.get(param.name)) for param in block.params}
        message = f"`{block.name}` takes: {', '.join(given) or 'no arguments'}"
        keywords = {"properties": given, "patternProperties": CAPITAL, "additionalProperties": False, "errorMessage": message}
        items = {"items": when("object", ref(f"{place}.named"))}
        call = {**of_block(block), **when("object", ref(f"{place}.named"), when("array", items)),
                **_brackets([p.name for p in block.params if p.default is None])}
        return {place: call, f"{place}.named": keywords}

    def param(self, param: Param, choices: tuple | None, goes: tuple[str, Parameter] | None) -> dict:
        """One parameter of a block: the values it says it takes, or the help and the values of the argument it becomes."""
        found = {"title": param.name, "markdownDescription": of_param(param, goes), "type": ANY}
        if choices:
            return found | chosen(param.name, choices)
        if goes is None:
            return found
        kind = goes[1].type
        return found | ({"allOf": [ref(f"{kind}.hints")]} if kind in OBJECTS else suggesting(snippet(str(choice)) for choice in goes[1].choices))


def _mapping(place: str, parameters: Iterable[Parameter]) -> dict:
    """A mapping in place of one of some parameters: arguments by name, or a brick, which its capital tells."""
    kinds = {p.type for p in parameters} & {"", *OBJECTS}
    if not kinds:
        return ref(f"{place}.named")
    brick = ref(f"{kinds.pop()}.called") if len(kinds) == 1 and "" not in kinds else {}
    return {"if": LOWER, "then": ref(f"{place}.named"), "else": brick}


def _named_only(signature: Signature, most: int, place: str) -> dict:
    message = f"`{signature.name}` takes {most} arguments by place; further ones by name"
    return {"type": "object", "errorMessage": message, "allOf": [ref(f"{place}.named")]}


def _skeleton(signature: Signature) -> dict:
    return {} if signature.kind == "op" else _brackets([p.name for p in signature.parameters if p.required])


def _brackets(required: list[str]) -> dict:
    """What an editor writes after the name of a brick that must be given arguments; any other is written as its bare name."""
    if not required:
        return {}
    places = ", ".join(f"${{{place}:{name}}}" for place, name in enumerate(required, 1))
    body, label = (places, required[0]) if len(required) == 1 else (f"[{places}]", f"[{', '.join(required)}]")
    return {"defaultSnippets": [{"label": label, "body": body}]}


def _inline(signature: Signature) -> str:
    """A brick as a value on one line."""
    required = [p.name for p in signature.parameters if p.required]
    places = ", ".join(f"${{{place}:{name}}}" for place, name in enumerate(required, 1))
    return f"{{{signature.name}: [{places}]}}" if required else signature.name
