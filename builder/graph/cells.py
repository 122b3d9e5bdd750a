"""The cell of `Recurrent: {cell: ...}` as a spec writes it, one way or both ways, and what a layer that runs it gives."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from builder.diagnostics import Fault, Faults, near
from builder.graph.arguments import Binder, unknown_brick
from builder.graph.catalogue import Catalogue, Outcome, Signature
from builder.graph.graph import Graph, Recipe, TensorSpec, Wire
from builder.language.reading import is_brick
from builder.language.sections import Block, Call
from builder.language.tree import Entry, Map, Node, Scalar

RECURRENT, BOTH_WAYS = "Recurrent", "Bidirectional"
EXAMPLE = f"{RECURRENT}: {{cell: {{ElmanCell: 32}}}}"


@dataclass(frozen=True)
class Run:
    """A call that runs a cell: that of `Recurrent`, and of the `Bidirectional` `around` it, if there is one, what else it is given."""

    call: Call
    around: Call | None = None


def run_of(catalogue: Catalogue, call: Call, faults: Faults | None = None) -> Run | None:
    """How a call runs a cell; None where it runs none. What `Bidirectional` does not take is noted in `faults`."""
    if call.name == RECURRENT:
        return Run(call)
    if call.name != BOTH_WAYS:
        return None
    given = Binder(catalogue, Faults() if faults is None else faults, None).matched(catalogue.find("layer", BOTH_WAYS), call.value)
    inner = _called(given.pop("layer", None))
    return Run(inner, _given(call, given)) if inner and inner.name == RECURRENT else None


def without(signature: Signature, name: str) -> Signature:
    """A signature that lacks an argument, which is read in a way of its own."""
    return replace(signature, parameters=tuple(p for p in signature.parameters if p.name != name))


def cell_of(catalogue: Catalogue, call: Call, blocks: Mapping[str, Block], faults: Faults) -> tuple[Signature, Call | None, Call]:
    """The signature of the layer without its cell, the cell as a call of a block (None, the fault noted, where it is none), and the call without it."""
    signature = catalogue.find("layer", RECURRENT)
    given = Binder(catalogue, faults, None).matched(signature, call.value)
    node = given.pop("cell", None)
    return without(signature, "cell"), _cell(catalogue, call, node, blocks, faults), _given(call, given)


def _given(call: Call, given: Mapping[str, Node]) -> Call:
    """A call that is given these arguments by name."""
    entries = tuple(Entry(Scalar(value.span, name), value) for name, value in given.items())
    return replace(call, value=Map(call.span, entries) if entries else None)


def _called(node: Node | None) -> Call | None:
    """A brick as an argument: its name, or its name with its arguments."""
    if isinstance(node, Scalar) and is_brick(node.value):
        return Call(node.value, node.span)
    if not isinstance(node, Map) or len(node.entries) != 1 or not is_brick(node.entries[0].key.value):
        return None
    entry = node.entries[0]
    empty = isinstance(entry.value, Scalar) and entry.value.value is None
    return Call(entry.key.value, entry.key.span, None if empty else entry.value)


def _cell(catalogue: Catalogue, call: Call, node: Node | None, blocks: Mapping[str, Block], faults: Faults) -> Call | None:
    if node is None:
        faults.add(Fault("missing-argument", call.span, {"brick": RECURRENT, "missing": ["cell"], "example": EXAMPLE, "takes": ["cell"]}))
        return None
    found = _called(node)
    if found and found.name in blocks:
        return found if _is_cell(found, blocks[found.name], faults) else None
    cells = [name for name, block in blocks.items() if len(block.inputs) > 1 and block.outputs]
    keras = found is not None and catalogue.find("layer", found.name) is not None
    if found and not keras:
        faults.add(unknown_brick(catalogue, "layer", found, blocks))
    else:
        given = found.name if found else node.described
        faults.add(Fault("cell-not-a-block", (found or node).span, {"given": given, "keras": keras, "near": near(given, cells), "cells": cells}))
    return None


def _is_cell(call: Call, block: Block, faults: Faults) -> bool:
    """Whether a block takes and gives what a cell does; the fault stands at its use, the block beside it."""
    inputs = [str(text.value) for text in block.inputs]
    outputs = [str(text.value) for _, text in block.outputs.pairs] if block.outputs else []
    fits = len(inputs) > 1 and len(outputs) == len(inputs)
    if not fits:
        faults.add(Fault("cell-ports", call.span, {"name": block.name, "inputs": inputs, "outputs": outputs}).also(block.span, "the block"))
    return fits


def outcome_of(catalogue: Catalogue, cell: Graph, recipe: Recipe, sequence: Wire) -> Outcome:
    """What the layer gives: the output of each step or of the last one, then the last states; a time that is not known counts as one.

    Raises:
        Refused: Keras's `Bidirectional` does not take what it is given.
    """
    if recipe.name == BOTH_WAYS:
        return _both_ways(catalogue, outcome_of(catalogue, cell, dict(recipe.args)["layer"], sequence), recipe)
    output, *states = [wire.spec for wire in cell.outputs.values()]
    given, time = dict(recipe.args), sequence.spec.shape[:1]
    first = replace(output, shape=(*time, *output.shape)) if given.get("return_sequences") else output
    inner = (*(name for name in cell.layers), *(f"{one.name}.{name}" for one in cell.networks.values() for name in one.layers))
    return Outcome((first, *(states if given.get("return_state") else ())), cell.parameters, cell.trainable, cell.macs * (time[0] or 1), inner)


def _both_ways(catalogue: Catalogue, one: Outcome, recipe: Recipe) -> Outcome:
    """What Keras makes of the outputs of two layers, as it makes it of those of two layers with one unit; the states of both follow."""
    stand_in = replace(recipe, args=(("layer", Recipe("layer", "SimpleRNN", (("units", 1),))), *recipe.args[1:]))
    merged = catalogue.infer(stand_in, (TensorSpec((1, 1)),), {}).outputs
    first, *states = one.outputs
    outputs = tuple(replace(first, shape=(*first.shape[:-1], first.shape[-1] * spec.shape[-1])) for spec in merged)
    return Outcome((*outputs, *states, *states), 2 * one.parameters, 2 * one.trainable, 2 * one.macs)
