"""Where a block's parameters go: `activation: =activation` tells an editor what may be given for `activation`."""

from collections.abc import Iterator, Mapping

from builder.catalog.catalogue import KerasCatalogue
from builder.catalog.own import all_steps
from builder.diagnostics import Faults
from builder.graph.arguments import Binder
from builder.graph.catalogue import Parameter, Signature
from builder.graph.nodes import block_signature
from builder.language.sections import Block, Branches, Call
from builder.language.tree import Scalar

DEEPEST = 8


def flow(block: Block, blocks: Mapping[str, Block], known: KerasCatalogue, depth: int = 0) -> dict[str, tuple[str, Parameter]]:
    """Param -> the brick and the argument it is first handed to as it is, through other blocks too."""
    found: dict[str, tuple[str, Parameter]] = {}
    names = {param.name for param in block.params}
    for call in _calls(block):
        inner = blocks.get(call.name)
        signature = block_signature(inner) if inner else known.find("layer", call.name)
        further = flow(inner, blocks, known, depth + 1) if inner and depth < DEEPEST else {}
        for name, parameter in _handed(signature, call, names, known) if signature else ():
            found.setdefault(name, further.get(parameter.name, (call.name, parameter)))
    return found


def _calls(block: Block) -> Iterator[Call]:
    for step in all_steps(block.steps):
        if isinstance(step.what, Call):
            yield step.what
        elif isinstance(step.what, Branches) and step.what.merge:
            yield step.what.merge


def _handed(signature: Signature, call: Call, names: set[str], known: KerasCatalogue) -> Iterator[tuple[str, Parameter]]:
    """The params that a call hands on, each with the argument it becomes."""
    given = Binder(known, Faults(), None).matched(signature, call.value)
    for argument, node in given.items():
        name = node.raw.strip().removeprefix("=").strip() if isinstance(node, Scalar) and node.is_formula else ""
        if name in names:
            yield name, signature.parameter(argument)
