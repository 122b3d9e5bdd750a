"""What one spec adds to the language: its blocks and those it imports, and the names its sections are bound by."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from builder.language.sections import Block, Branches, Group, Loop, LossMould, Network, Spec, Step


@dataclass(frozen=True)
class Own:
    """Names of one spec, for its own schema."""

    name: str = ""
    blocks: Mapping[str, Block] = field(default_factory=dict)
    losses: Mapping[str, LossMould] = field(default_factory=dict)
    networks: tuple[str, ...] = ()
    params: tuple[str, ...] = ()
    wires: tuple[str, ...] = ("previous", "input")
    outputs: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()

    @property
    def again(self) -> str:
        """What makes a schema of one spec know a block written since."""
        return f"; after a new block, `build schema {self.name}`" if self.name else ""


NOTHING = Own()


def own_of(spec: Spec) -> Own:
    """The names that a spec of a file, with its imports worked in, gives."""
    networks = [*spec.networks.values(), *([spec.model] if spec.model else [])]
    moulds = spec.blocks.values()
    steps = [step for one in (*networks, *moulds) for step in all_steps(one.steps)]
    wires = [text.value for step in steps for text in (step.name, *step.outs) if text]
    inputs = [item.name for network in networks for item in network.inputs]
    params = [p.name for holder in (spec, *moulds, *spec.losses.values()) for p in holder.params]
    fields = [item.name for item in spec.data.fields] if spec.data else []
    outputs = _outputs(spec.model) if spec.model else []
    return Own(spec.path.name if spec.path else spec.name, spec.blocks, spec.losses, tuple(spec.networks), _once(params),
               _once(["previous", "input", *inputs, *wires]), _once(outputs),
               _once([*fields, *(item.name for item in spec.model.inputs if spec.model), *outputs]))


def _outputs(model: Network) -> list[str]:
    """The names of a model's outputs, as far as they are written."""
    if model.outputs:
        return [name.value for name, _ in model.outputs.pairs]
    last = model.steps[-1] if model.steps else None
    return [last.name.value] if last and last.name else []


def all_steps(steps: Iterable[Step]) -> Iterator[Step]:
    """Every step, those within groups too."""
    for step in steps:
        yield step
        inner = {Group: lambda w: w.steps, Loop: lambda w: w.steps, Branches: lambda w: [s for b in w.branches for s in b]}.get(type(step.what))
        yield from all_steps([*(inner(step.what) if inner else ()), *step.otherwise])


def _once(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))
