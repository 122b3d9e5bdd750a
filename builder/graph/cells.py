"""The cell of `Recurrent: {cell: ...}` as a spec writes it, and what a layer that runs it gives."""

from collections.abc import Mapping
from dataclasses import replace

from builder.diagnostics import Fault, Faults, near
from builder.graph.arguments import Binder, unknown_brick
from builder.graph.catalogue import Catalogue, Outcome, Signature
from builder.graph.graph import Graph, Recipe, Wire
from builder.language.reading import is_brick
from builder.language.sections import Block, Call
from builder.language.tree import Entry, Map, Node, Scalar

RECURRENT = "Recurrent"
EXAMPLE = f"{RECURRENT}: {{cell: {{ElmanCell: 32}}}}"


def cell_of(catalogue: Catalogue, call: Call, blocks: Mapping[str, Block], faults: Faults) -> tuple[Signature, Call | None, Call]:
    """The signature of the layer without its cell, the cell as a call of a block (None, the fault noted, where it is none), and the call without it."""
    signature = catalogue.find("layer", RECURRENT)
    rest = replace(signature, parameters=tuple(p for p in signature.parameters if p.name != "cell"))
    given = Binder(catalogue, faults, None).matched(signature, call.value)
    node = given.pop("cell", None)
    entries = tuple(Entry(Scalar(value.span, name), value) for name, value in given.items())
    return rest, _cell(catalogue, call, node, blocks, faults), replace(call, value=Map(call.span, entries) if entries else None)


def _cell(catalogue: Catalogue, call: Call, node: Node | None, blocks: Mapping[str, Block], faults: Faults) -> Call | None:
    if node is None:
        faults.add(Fault("missing-argument", call.span, {"brick": RECURRENT, "missing": ["cell"], "example": EXAMPLE, "takes": ["cell"]}))
        return None
    found = Call(node.value, node.span) if isinstance(node, Scalar) and is_brick(node.value) else None
    if isinstance(node, Map) and len(node.entries) == 1 and is_brick(node.entries[0].key.value):
        entry = node.entries[0]
        empty = isinstance(entry.value, Scalar) and entry.value.value is None
        found = Call(entry.key.value, entry.key.span, None if empty else entry.value)
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


def outcome_of(cell: Graph, recipe: Recipe, sequence: Wire) -> Outcome:
    """What the layer gives: the output of each step or of the last one, then the last states; a time that is not known counts as one."""
    output, *states = [wire.spec for wire in cell.outputs.values()]
    given, time = dict(recipe.args), sequence.spec.shape[:1]
    first = replace(output, shape=(*time, *output.shape)) if given.get("return_sequences") else output
    inner = (*(name for name in cell.layers), *(f"{one.name}.{name}" for one in cell.networks.values() for name in one.layers))
    return Outcome((first, *(states if given.get("return_state") else ())), cell.parameters, cell.trainable, cell.macs * (time[0] or 1), inner)
