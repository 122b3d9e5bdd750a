"""Recurrent cells: a block laid as one step of a layer along time, the shapes of its states found by what comes back."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from builder.diagnostics import Fault, Use
from builder.graph.arguments import Binder
from builder.graph.cells import BOTH_WAYS, RECURRENT, Run, cell_of, run_of, without
from builder.graph.frame import Frame, Stopped, Value, defaults_for
from builder.graph.graph import Graph, Node, Recipe, TensorSpec, Wire
from builder.graph.nodes import NodeBuilder
from builder.graph.refusal import last_only, needs_time
from builder.graph.verify import verify
from builder.language.sections import Block, Call, Step

MOST_TURNS = 4  # states that do not settle after so many steps never will
MOST_DEEP = 60


@dataclass(frozen=True)
class Way:
    """What a turn of the cell with certain states gave: the graph, the states as they went in, and as they came back."""

    graph: Graph
    given: tuple[TensorSpec, ...]
    back: tuple[TensorSpec, ...]

    @property
    def settled(self) -> bool:
        return [one.shape for one in self.given] == [one.shape for one in self.back]


class Cells:
    """Lays the layers of one spec that run a cell; `layer` lays all else."""

    def __init__(self, layer):
        self.layer, self.faults, self.catalogue = layer, layer.faults, layer.catalogue

    def lay(self, built: NodeBuilder, step: Step, frame: Frame, previous: Value) -> Value:
        """The wires of `Recurrent: {cell: ...}` or of `Bidirectional` around one: its output, and its last states where they are asked for."""
        before = len(self.faults.errors)
        cell, recipe = self.bound(built, run_of(self.catalogue, step.what, self.faults), frame)
        self.layer.located(before, frame)
        inputs, named = self.layer.read(step, frame, previous, "layer", step.what.name)
        if len(self.faults.errors) > before or recipe is None:
            raise Stopped
        arguments, ways = dict(named), [recipe] if recipe.name == RECURRENT else [dict(recipe.args)["layer"]] * 2
        sequence = inputs[0] if inputs else arguments.get("sequences")
        params = dict(dict(ways[0].args)["cell"].args)
        graph = self.cell(built, cell, self.blocks(frame)[cell.name], params, frame, self.steps_of(built, sequence, step, frame))
        self.check_initial(arguments.get("initial_state"), graph, len(ways), step, frame)
        local = self.layer.text(step.name, frame) if step.name else None
        return self.layer.guarded(built.call, step, frame, recipe, inputs, named, local, frame.trainable, graph)

    def blocks(self, frame: Frame) -> Mapping[str, Block]:
        return self.layer.library if frame.sealed else self.layer.blocks

    def bound(self, built: NodeBuilder, run: Run, frame: Frame) -> tuple[Call | None, Recipe | None]:
        """The cell, and the recipe of the layer that runs it with all that it is given; None, the faults noted, where it cannot be made."""
        signature, cell, rest = cell_of(self.catalogue, run.call, self.blocks(frame), self.faults)
        values = self.layer.values(frame)
        binder = Binder(self.catalogue, self.faults, values)
        given = binder.bound(signature, rest, defaults_for(frame.defaults, RECURRENT))
        params = cell and built.block_arguments(self.blocks(frame)[cell.name], cell, values, defaults_for(frame.defaults, cell.name))
        if params is None:
            return cell, None
        recipe = Recipe("layer", RECURRENT, (("cell", Recipe("block", cell.name, tuple(params.items()))), *given.items()))
        if run.around is None:
            return cell, recipe
        around = binder.bound(without(self.catalogue.find("layer", BOTH_WAYS), "layer"), run.around, defaults_for(frame.defaults, BOTH_WAYS))
        return cell, Recipe("layer", BOTH_WAYS, (("layer", recipe), *around.items()))

    def steps_of(self, built: NodeBuilder, sequence: object, step: Step, frame: Frame) -> TensorSpec:
        """What one step of a sequence is."""
        last = isinstance(sequence, Wire) and len(sequence.spec.shape) < 2 and last_only(self.catalogue, built.nodes, (sequence,))
        if last:
            self.layer.fail(needs_time(step.what.name, last, step.span, frame.path), frame)
        if not isinstance(sequence, Wire) or not sequence.spec.shape:
            shape = sequence.spec.shape if isinstance(sequence, Wire) else None
            self.layer.fail(Fault("cell-sequence", step.source.span if step.source else step.span, {"shape": shape}), frame)
        return TensorSpec(sequence.spec.shape[1:], sequence.spec.dtype)

    def check_initial(self, states: object, graph: Graph, ways: int, step: Step, frame: Frame) -> None:
        """Initial states are as many, and shaped, as the cell's; both ways, those of the way back follow."""
        if states is None:
            return
        wanted = [(name, wire.spec.shape) for name, wire in list(graph.inputs.items())[1:]] * ways
        given = [wire.spec.shape for wire in (states if isinstance(states, tuple) else (states,))]
        if given != [shape for _, shape in wanted]:
            self.layer.fail(Fault("cell-initial", step.source.span, {"wanted": wanted, "given": given}), frame)

    def cell(self, built: NodeBuilder, call: Call, block: Block, params: Mapping[str, object], frame: Frame, x: TensorSpec) -> Graph:
        """The graph of one step, its states shaped as they come back."""
        if len(frame.uses) >= MOST_DEEP:
            self.layer.fail(Fault("too-many-blocks", block.span, {"name": block.name, "limit": MOST_DEEP}), frame)
        kept, first, loose = list(self.faults.found), None, None
        for states in self.guesses(block, params, x):
            way = self.settle(built, call, block, params, frame, (x, *states))
            if way and way.settled:
                self.faults.found[:] = kept
                verify(way.graph)
                return way.graph
            first, loose = first or list(self.faults.found), loose or way
            self.faults.found[:] = kept
        if loose:
            self.layer.fail(self.unsettled(block, loose), frame)
        if not x.shape:
            self.layer.fail(Fault("cell-sequence", call.span, {"shape": x.shape}), frame)
        self.faults.found[:] = first
        raise Stopped

    def settle(self, built: NodeBuilder, call: Call, block: Block, params: Mapping[str, object], frame: Frame, specs: tuple) -> Way | None:
        """Lays the cell until its states come back as they went in; else the first way, None where it cannot be laid."""
        first = None
        for _ in range(MOST_TURNS):
            way = self.turn(built, call, block, params, frame, specs)
            first = first or way
            if way is None or way.settled or block.states:
                return way if way and way.settled else first
            specs = (specs[0], *way.back)
        return first

    def turn(self, built: NodeBuilder, call: Call, block: Block, params: Mapping[str, object], frame: Frame, specs: tuple) -> Way | None:
        """The cell laid with states of certain shapes; None, the faults noted, where it cannot be."""
        before = len(self.faults.errors)
        inside = NodeBuilder(self.catalogue, self.faults, "cell")
        inside.steps = built.steps
        inner = Frame(params, (block.home.defaults, block.defaults), inside.counter, (), (Use(block.name, call.span), *frame.trail))
        inner.sealed, inner.trainable = self.layer.library.get(block.name) is block, frame.trainable
        names = [str(text.value) for text in block.inputs]
        wires = {name: inside.add(Node(0, "input", inside.reserve(name), text.span, "Input"), (spec,))[0]
                 for name, text, spec in zip(names, block.inputs, specs)}
        inner.names |= wires
        inner.bound |= {name: text.span for name, text in zip(names, block.inputs)}
        inner.input = tuple(wires.values())
        try:
            self.layer.steps(inside, block.steps, inner, inner.input)
            found = [self.layer.look_up(wire, inner, "output") for _, wire in block.outputs.pairs]
        except Stopped:
            found = None
        built.steps = inside.steps
        if found is None or len(self.faults.errors) > before or not all(isinstance(one, Wire) for one in found):
            return None
        outputs = dict(zip(("output", *(f"next.{name}" for name in names[1:])), found))
        graph = Graph("cell", wires, outputs, tuple(inside.nodes), inside.layers, inside.scopes, self.networks(inside), block.span)
        return Way(graph, specs[1:], tuple(wire.spec for wire in found[1:]))

    def networks(self, inside: NodeBuilder) -> dict[str, Graph]:
        return {node.network: self.layer.networks[node.network] for node in inside.nodes if node.network}

    def guesses(self, block: Block, params: Mapping[str, object], x: TensorSpec) -> Iterator[tuple[TensorSpec, ...]]:
        """Shapes that the states may have: as the block says, else as wide as one of its whole numbers, else as what is read."""
        names = [str(text.value) for text in block.inputs[1:]]
        if block.states:
            yield tuple(TensorSpec(self.stated(block, name, params), "float32") for name in names)
            return
        whole = [value for value in params.values() if isinstance(value, int) and not isinstance(value, bool) and value > 0]
        shapes = dict.fromkeys([*((*x.shape[:-1], size) for size in whole), x.shape])
        for shape in shapes:
            yield (TensorSpec(shape, "float32"),) * len(names)

    def stated(self, block: Block, name: str, params: Mapping[str, object]) -> tuple:
        """The shape that a block says its state has."""
        node = block.states[name]
        frame = Frame(params, (), None)
        shape = self.layer.evaluated(node, frame)
        if not isinstance(shape, tuple) or not all(isinstance(size, int) and size > 0 for size in shape):
            self.layer.fail(Fault("bad-shape", node.span, {"name": name, "shape": shape}))
        return shape

    def unsettled(self, block: Block, way: Way) -> Fault:
        """A state that does not come back as it went in, told where the block gives it back."""
        names = [str(text.value) for text in block.inputs[1:]]
        wires = [text for _, text in block.outputs.pairs][1:]
        name, text, given, back = next(row for row in zip(names, wires, way.given, way.back) if row[2].shape != row[3].shape)
        return text.error("cell-state", name=block.name, state=name, wire=str(text.value), given=given.shape, back=back.shape, stated=bool(block.states))
