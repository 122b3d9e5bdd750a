"""What Keras refuses, as a fault at the spec's line: which inputs, made where, and which argument is to blame."""

import re
from collections.abc import Sequence

from builder.diagnostics import Fault, Faults, Span, near
from builder.graph.arguments import Binder
from builder.graph.catalogue import Catalogue, Refused, Signature
from builder.graph.graph import Node, Recipe, Wire
from builder.language.sections import Call, Equation, Step
from builder.language.tree import Node as Tree


def refusal(catalogue: Catalogue, nodes: Sequence[Node], step: Step, path: tuple[str, ...], recipe: Recipe, inputs: tuple, named: tuple, message: str) -> Fault:
    """The fault of one refused call; `path` is the scope it stands in, whose names are told short."""
    made = _made(nodes, step, path, inputs, named)
    facts = {"brick": recipe.name, "made": made, "message": message}
    if len(made) > 1 and len({shape for _, shape, _ in made}) > 1 and not re.search(r"expects \d+ input|required argument|argument '", message):
        axis = dict(recipe.args).get("axis", -1) if recipe.name == "Concatenate" else None
        return Fault("shape-mismatch", _read_at(step), {**facts, "axis": axis})
    wires = Node(0, "", "", step.span, "", inputs, named).reads()
    last = last_only(catalogue, nodes, wires) if re.search(r"\d dimensions|\(time", message) and all(len(wire.spec.shape) < 2 for wire in wires) else None
    if last is not None:
        return needs_time(recipe.name, last, step.span, path)
    if len(made) == 1 and isinstance(inputs[:1] and inputs[0], tuple) and _fits_alone(catalogue, recipe, wires[0], named):
        return Fault("list-of-one", _read_at(step), {"brick": recipe.name, "name": made[0][0]})
    node, close = _blamed(catalogue, step, recipe, message)
    return Fault("refused", node.span if node else _text_at(step), {**facts, "near": close})


def _fits_alone(catalogue: Catalogue, recipe: Recipe, wire: Wire, named: tuple) -> bool:
    """Whether a brick that refuses a list of one wire takes the wire itself."""
    try:
        return not named and catalogue.infer(recipe, (wire.spec,), {}) is not None
    except Refused:
        return False


def needs_time(brick: str, last: Node, span: Span, path: tuple[str, ...]) -> Fault:
    """The fault of a step that reads a sequence and gets the last step alone."""
    facts = {"brick": brick, "name": _local(last.name, path), "recurrent": _one_way(last).name}
    return Fault("needs-time", span, facts).also(last.span, "gives its last step alone")


def last_only(catalogue: Catalogue, nodes: Sequence[Node], wires: tuple[Wire, ...]) -> Node | None:
    """The recurrent layer that what is read comes from, and that gives its last step alone."""
    while len(set(wires)) == 1:
        node = nodes[wires[0].node]
        recipe = _one_way(node) if node.what == "layer" else None
        signature = catalogue.find("layer", recipe.name) if recipe else None
        if signature and signature.parameter("return_sequences"):
            return node if not dict(recipe.args).get("return_sequences") else None
        wires = node.reads()
    return None


def _one_way(node: Node) -> Recipe:
    """The layer of a call, or the one that a `Bidirectional` runs both ways."""
    inner = dict(node.recipe.args).get("layer") if node.brick == "Bidirectional" else None
    return inner if isinstance(inner, Recipe) else node.recipe


def _made(nodes: Sequence[Node], step: Step, path: tuple[str, ...], inputs: tuple, named: tuple) -> list[tuple[str, tuple, int | str]]:
    """(name, shape, line) of each wire read: the name the step reads it by, else its own within the block."""
    wires: tuple[Wire, ...] = Node(0, "", "", step.span, "", inputs, named).reads()
    texts = [str(text.value) for text in step.source.many or ()] if step.source else []
    names = texts if len(texts) == len(wires) else [_local(nodes[wire.node].name, path) for wire in wires]
    return [(name, wire.spec.shape, _line(nodes[wire.node].span, step.span)) for name, wire in zip(names, wires)]


def _line(made: Span, here: Span) -> int | str:
    return made.line if made.source is here.source else f"{made.line} of {made.source.name}"


def _local(name: str, path: tuple[str, ...]) -> str:
    """A name as it is told within a scope: without the boxes that both stand in."""
    parts = name.split(".")
    while path and len(parts) > 1 and parts[0] == path[0]:
        parts, path = parts[1:], path[1:]
    return ".".join(parts)


def _read_at(step: Step) -> Span:
    return step.source.span if step.source else _text_at(step)


def _text_at(step: Step) -> Span:
    return step.what.text.span if isinstance(step.what, Equation) else step.span


def _blamed(catalogue: Catalogue, step: Step, recipe: Recipe, message: str) -> tuple[Tree | None, list[str]]:
    """The argument, as written, that the refusal speaks of, and the choices near to what it says."""
    signature = catalogue.find(recipe.kind, recipe.name) if recipe.kind == "layer" else None
    if signature is None or not isinstance(step.what, Call):
        return None, []
    given = Binder(catalogue, Faults(), None).matched(signature, step.what.value)
    for name, node in given.items():
        if close := _close(signature, name, dict(recipe.args).get(name)):
            return node, close
    speaks = (node for name, node in given.items() if re.search(rf"`{name}`|\b{name}=|argument {name}\b", message.partition("`inputs shape")[0]))
    return next(speaks, None), []


def _close(signature: Signature, name: str, value: object) -> list[str]:
    choices = signature.parameter(name).choices if signature.parameter(name) else ()
    return near(value, choices) if isinstance(value, str) and value not in choices else []
