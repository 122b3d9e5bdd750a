"""Spec → laid graph: blocks and loops laid out, formulas worked out, names bound, shapes inferred."""

import re
from collections.abc import Mapping
from dataclasses import replace

from builder.diagnostics import Fault, Faults, SpecError, Turn, near
from builder.graph.arguments import Binder, frozen
from builder.graph.catalogue import Catalogue
from builder.graph.cells import run_of
from builder.graph.check import equation_formula
from builder.graph.evaluating import Evaluator
from builder.graph.frame import BROKEN, Frame, Stopped, Value, constants, defaults_for
from builder.graph.graph import Graph, Recipe, TensorSpec, WeightsPlan, Wire
from builder.graph.nodes import NodeBuilder
from builder.graph.reading import read_from
from builder.graph.recurrent import Cells
from builder.graph.terms import names_read, networks_followed
from builder.graph.trained import weights_plan
from builder.graph.verify import verify
from builder.graph.warnings import unused
from builder.graph.wires import grown
from builder.language.sections import Block, Branches, Call, Equation, Group, Loop, Network, Spec, Step, Use, Weights

DEEPEST_BLOCKS, MOST_REPEATS, LARGEST = 60, 20_000, 10**9


def lay(spec: Spec, catalogue: Catalogue, library: Mapping[str, Block], network: str | None = None,
        networks: Mapping[str, Graph] | None = None) -> tuple[Graph, list[Fault]]:
    """The graph of a spec's model (or of one of its networks), with the warnings found on the way.

    Args:
        networks: the graphs of networks that are laid already.

    Raises:
        SpecError: with the faults of this stage.
    """
    faults = Faults()
    layer = _Layer(spec, catalogue, library, faults)
    layer.networks |= networks or {}
    try:
        graph = layer.network(network) if network else grown(layer.lay_network(spec.model), names_read(spec), networks_followed(spec))
    except RecursionError:
        raise SpecError([Fault("too-nested", spec.model.span)]) from None
    faults.check()
    faults.extend(() if network else unused(spec))
    verify(graph)
    return graph, faults.warnings


class _Layer(Evaluator):
    """Lays one spec; holds the networks laid so far."""

    def __init__(self, spec: Spec, catalogue: Catalogue, library: Mapping[str, Block], faults: Faults):
        super().__init__(faults)
        self.spec, self.catalogue = spec, catalogue
        self.library, self.blocks = library, {**library, **spec.blocks}
        self.networks: dict[str, Graph] = {}
        self.laying: list[str] = []

    def network(self, name: str) -> Graph:
        if name not in self.networks:
            self.networks[name] = self.lay_network(self.spec.networks[name])
        return self.networks[name]

    def title(self, network: Network) -> str:
        """The model bears the spec's name, so far as Keras takes it."""
        return re.sub(r"[^\w.-]", "_", self.spec.name) if network is self.spec.model else network.name

    def lay_network(self, network: Network) -> Graph:
        if network.name in self.laying:
            self.fail(Fault("network-cycle", network.span, {"name": network.name, "chain": [*self.laying, network.name]}))
        self.laying.append(network.name)
        built = NodeBuilder(self.catalogue, self.faults, self.title(network))
        home = network.home
        frame = Frame(constants(home.params, self.faults), (home.defaults, network.defaults), built.counter)
        try:
            weights = self.weights(network.weights, frame, strict=False) if network.weights else None
            inputs = self.inputs(built, network, frame)
            frame.names |= inputs
            frame.bound |= {item.name: item.span for item in network.inputs}
            start = tuple(inputs.values())
            frame.input = start[0] if len(start) == 1 else start
            last = self.steps(built, network.steps, frame, frame.input)
            outputs = self.outputs(built, network, frame, last)
        except Stopped:
            raise SpecError(self.faults.found) from None
        finally:
            self.laying.pop()
        return replace(built.graph(network, inputs, outputs, self.networks, weights), names=frame.wires())

    def inputs(self, built: NodeBuilder, network: Network, frame: Frame) -> dict[str, Wire]:
        found = {item.name: self.attempt(self.input, built, item, frame) for item in network.inputs}
        if None in found.values():
            raise Stopped
        return found

    def attempt(self, lay, *args):
        """What `lay(*args)` gives; None where it cannot, its faults noted."""
        try:
            return lay(*args)
        except Stopped:
            return None

    def input(self, built: NodeBuilder, item, frame: Frame) -> Wire:
        shape = self.evaluated(item.shape, frame) if item.shape is not None else ()
        dtype = item.dtype.value if item.dtype else "float32"
        if not isinstance(shape, tuple) or not all(size is None or isinstance(size, int) and 0 < size < LARGEST for size in shape):
            self.fail(Fault("bad-shape", item.span, {"name": item.name, "shape": shape}))
        return built.input(item, TensorSpec(shape, dtype))

    def outputs(self, built: NodeBuilder, network: Network, frame: Frame, last: Value) -> dict[str, Wire]:
        """The outputs by name: as the spec says, less those of steps left out by `when`; else the last wire under its step's name."""
        found: dict[str, Wire] = {}
        if network.outputs is None:
            wires = last if isinstance(last, tuple) else (last,)
            if BROKEN in wires:
                raise Stopped
            return built.output_names(wires, frame.given_names())
        laid = [pair for pair in network.outputs.pairs if not frame.lacks(self.text(pair[1], frame))]
        for key, text in laid or network.outputs.pairs:
            value = self.look_up(text, frame, "output")
            if isinstance(value, tuple):
                self.fail(text.error("list-of-wires", name=text.value, count=len(value)))
            found[str(key.value)] = value
        return found

    def steps(self, built: NodeBuilder, steps: tuple[Step, ...], frame: Frame, previous: Value) -> Value:
        for step in steps:
            try:
                previous = self.step(built, step, frame, previous)
            except Stopped:
                previous = self.broken(step, frame)
        return previous

    def broken(self, step: Step, frame: Frame) -> Value:
        """What stands for the output of a step that could not be laid: reading it is silent."""
        for text in (*step.outs, *([step.name] if step.name else [])):
            try:
                frame.names[self.text(text, frame)] = BROKEN
            except (Stopped, SpecError):
                continue
        return BROKEN

    def step(self, built: NodeBuilder, step: Step, frame: Frame, previous: Value) -> Value:
        built.spend(step, frame)
        frame.names["previous"] = previous
        if step.when is not None and not self.evaluated(step.when, frame):
            value = self.steps(built, step.otherwise, frame, previous)
            if step.otherwise:
                return self.named(step, frame, value)
            frame.left_out |= {self.text(text, frame) for text in (*step.outs, *([step.name] if step.name else []))}
            return value
        count = self.count(step, frame)
        for i in range(count):
            built.spend(step, frame)
            frame.names["previous"] = previous
            previous = self.once(built, step if i == 0 else self.again(step), frame, previous)
        return self.named(step, frame, previous) if count else previous

    @staticmethod
    def again(step: Step) -> Step:
        """The later turns of a `repeat` read the turn before, not what `from: stem` started the first with."""
        return replace(step, source=None) if step.source and step.source.one else step

    def count(self, step: Step, frame: Frame) -> int:
        if step.repeat is None:
            return 1
        count = self.evaluated(step.repeat, frame)
        if not isinstance(count, int) or isinstance(count, bool) or not 0 <= count <= MOST_REPEATS:
            self.fail(step.repeat.error("bad-repeat", count=count, most=MOST_REPEATS))
        return count

    def once(self, built: NodeBuilder, step: Step, frame: Frame, previous: Value) -> Value:
        """One laying of a step; `trainable` and `weights` hold for everything laid within it that does not say otherwise."""
        around = frame.trainable, frame.weights
        if step.trainable is not None:
            frame.trainable = bool(self.evaluated(step.trainable, frame))
        if step.weights is not None:
            frame.weights = self.weights(step.weights, frame, strict=isinstance(step.what, Call) and step.what.name not in self.blocks)
        try:
            return self.laid(built, step, frame, previous)
        finally:
            frame.trainable, frame.weights = around

    def weights(self, weights: Weights, frame: Frame, strict: bool) -> WeightsPlan | None:
        """What `weights` asks for; one brick's gap is an error unless it says otherwise."""
        found = weights_plan(weights, lambda node: self.evaluated(node, frame), frame, strict)
        if isinstance(found, Fault):
            self.fail(found, frame)
        return found

    def laid(self, built: NodeBuilder, step: Step, frame: Frame, previous: Value) -> Value:
        what = step.what
        blocks = self.library if frame.sealed else self.blocks
        if isinstance(what, Call) and what.name in blocks:
            return self.block(built, step, blocks[what.name], frame, previous)
        if isinstance(what, Call) and run_of(self.catalogue, what):
            return Cells(self).lay(built, step, frame, previous)
        if isinstance(what, Call):
            return self.brick(built, step, what, frame, previous)
        if isinstance(what, Equation):
            return self.equation(built, step, what, frame)
        if isinstance(what, Use):
            return self.use(built, step, what, frame, previous)
        value = self.read_one(step, frame, previous)
        inner = frame.group(step.name and self.text(step.name, frame), step, built) if isinstance(what, Group) else frame
        inner.weights = replace(frame.weights, scope=inner.path) if step.weights and frame.weights else frame.weights
        if isinstance(what, Branches):
            return self.branches(built, step, what, frame, value)
        if isinstance(what, Loop):
            return self.loop(built, step, what, frame, value)
        return self.steps(built, what.steps, inner, value)

    def brick(self, built: NodeBuilder, step: Step, call: Call, frame: Frame, previous: Value) -> Value:
        kind = "op" if call.name.startswith("ops.") else "layer"
        if kind == "layer":
            recipe = self.recipe(self.catalogue, kind, call, frame)
            inputs, named = self.read(step, frame, previous, kind, call.name)
        else:
            inputs, named = self.read(step, frame, previous, kind, call.name)
            recipe = self.recipe(built.seen(kind, inputs), kind, call, frame)
        return self.guarded(built.call, step, frame, recipe, inputs, named, self.text(step.name, frame) if step.name else None, frame.trainable)

    def recipe(self, catalogue: Catalogue, kind: str, call: Call, frame: Frame) -> Recipe:
        """What a brick is given, worked out, even where what it reads could not be laid: all faults are told at once."""
        before = len(self.faults.errors)
        recipe = Binder(catalogue, self.faults, self.values(frame)).recipe(kind, call, defaults_for(frame.defaults, call.name))
        self.located(before, frame)
        if recipe is None:
            raise Stopped
        return recipe

    def guarded(self, lay, *args) -> Value:
        """Lays a node; what Keras refuses is noted already, and ends what depends on it."""
        wires = lay(*args)
        if wires is None:
            raise Stopped
        return wires[0] if len(wires) == 1 else wires

    def read(self, step: Step, frame: Frame, previous: Value, kind: str, brick: str) -> tuple[tuple, tuple]:
        return read_from(step.source, lambda text: self.look_up(text, frame), lambda: frame.whole(previous), self.catalogue.find(kind, brick))

    def read_one(self, step: Step, frame: Frame, previous: Value) -> Value:
        """What a group, loop or branches start from."""
        source = step.source
        if source is None:
            return frame.whole(previous)
        if source.named:
            self.fail(Fault("named-from", source.span, {"what": "a group"}))
        if source.one is not None:
            return self.look_up(source.one, frame)
        return tuple(self.look_up(text, frame) for text in source.many)

    def equation(self, built: NodeBuilder, step: Step, what: Equation, frame: Frame) -> Value:
        formula = equation_formula(what)
        wires, values = {}, {}
        for name in formula.names:
            value = frame.look_up(name)
            if value is not None:
                wires[name] = frame.whole(value)
            elif name in frame.values:
                values[name] = frozen(frame.values[name])
            else:
                self.fail(formula.error("unknown-name", formula.name_node(name), name=name, near=near(name, frame.reach()), reach=frame.reach()))
        if not wires:
            self.fail(what.text.error("no-wires", text=formula.text))
        return self.guarded(built.equation, step, frame, formula, wires, values, self.text(step.name, frame) if step.name else None)

    def use(self, built: NodeBuilder, step: Step, what: Use, frame: Frame, previous: Value) -> Value:
        name = self.text(what.target, frame)
        local = self.text(step.name, frame) if step.name else None
        if name in self.spec.networks:
            inputs, named = read_from(step.source, lambda text: self.look_up(text, frame), lambda: frame.whole(previous), None)
            return self.guarded(built.network, step, frame, self.network(name), inputs, named, local)
        wire = frame.look_up(name)
        layer = built.layer_of(wire) if isinstance(wire, Wire) else None
        if layer is None:
            known = [known for known in (*self.spec.networks, *frame.reach()) if known != name]
            self.fail(what.target.error("unknown-network", name=name, near=near(name, known), networks=list(self.spec.networks)))
        inputs, named = self.read(step, frame, previous, layer.recipe.kind, layer.recipe.name)
        return self.guarded(built.again, step, frame, layer, inputs, named, local)

    def branches(self, built: NodeBuilder, step: Step, what: Branches, frame: Frame, value: Value) -> Value:
        ends = []
        for branch in what.branches:
            end = self.steps(built, branch, frame, value)
            ends += end if isinstance(end, tuple) else (end,)
        if what.merge is None:
            return tuple(ends)
        joined = Step(what.merge, what.merge.span, name=step.name)
        frame.names["previous"] = tuple(ends)
        return self.once(built, joined, frame, tuple(ends))

    def loop(self, built: NodeBuilder, step: Step, what: Loop, frame: Frame, value: Value) -> Value:
        columns = {}
        for key, node in what.variables:
            values = self.evaluated(node, frame)
            if not isinstance(values, tuple):
                self.fail(node.error("loop-list", name=str(key.value), found=node.described))
            columns[str(key.value)] = values
        lengths = {name: len(values) for name, values in columns.items()}
        if len(set(lengths.values())) > 1:
            self.fail(Fault("loop-lengths", what.variables[0][0].span, {"lengths": lengths}))
        values, trail, span = frame.values, frame.trail, what.variables[0][0].span
        for row in zip(*columns.values()):
            turn = dict(zip(columns, row))
            frame.values = {**values, **turn}
            frame.trail = (Turn(_turn(turn), span), *trail)
            built.spend(step, frame)
            value = self.steps(built, what.steps, frame, value)
        frame.values, frame.trail = values, trail
        return value

    def block(self, built: NodeBuilder, step: Step, block: Block, frame: Frame, previous: Value) -> Value:
        call = step.what
        if len(frame.uses) >= DEEPEST_BLOCKS:
            self.fail(Fault("too-many-blocks", block.span, {"name": block.name, "limit": DEEPEST_BLOCKS}), frame)
        before = len(self.faults.errors)
        given = built.block_arguments(block, call, self.values(frame), defaults_for(frame.defaults, call.name))
        self.located(before, frame)
        if given is None:
            raise Stopped
        inner = frame.block(block, call, self.text(step.name, frame) if step.name else None, given, built)
        inner.sealed = self.library.get(block.name) is block
        inner.weights = replace(frame.weights, scope=inner.path) if step.weights and frame.weights else frame.weights
        self.feed(step, block, inner, frame, previous)
        last = self.steps(built, block.steps, inner, inner.input)
        if block.outputs is None:
            return last
        found = tuple(self.look_up(wire, inner, "output") for _, wire in block.outputs.pairs)
        return found[0] if len(found) == 1 else found

    def feed(self, step: Step, block: Block, inner: Frame, frame: Frame, previous: Value) -> None:
        """Gives a block its inputs, by name or in order."""
        names = [str(text.value) for text in block.inputs] or ["input"]
        if step.source is not None and step.source.named:
            values = ()
            given = {str(key.value): self.read_one(Step(step.what, step.span, source=value), frame, previous) for key, value in step.source.named}
        else:
            value = self.read_one(step, frame, previous)
            values = value if isinstance(value, tuple) and len(names) > 1 else (value,)
            given = dict(zip(names, values)) if len(values) == len(names) else {}
        if set(given) != set(names):
            self.fail(Fault("block-inputs", step.span, {"name": block.name, "inputs": names, "given": list(given) or [str(len(values))]}), frame)
        inner.names |= given
        inner.bound |= {str(text.value): text.span for text in block.inputs}
        inner.input = given[names[0]] if len(names) == 1 else tuple(given[name] for name in names)
        inner.names["input"] = inner.input

    def named(self, step: Step, frame: Frame, value: Value) -> Value:
        """Binds what `name` and `as` call the step's output."""
        if step.outs:
            wires = value if isinstance(value, tuple) else (value,)
            if len(wires) != len(step.outs):
                self.fail(step.outs[0].error("wrong-count", given=len(step.outs), outputs=len(wires)), frame)
            for text, wire in zip(step.outs, wires):
                frame.bind(self.text(text, frame), wire, text.span, self.faults)
            value = wires[0]
        if step.name is not None:
            frame.bind(self.text(step.name, frame), value, step.name.span, self.faults)
        return value


def _turn(values: Mapping[str, object]) -> str:
    """One turn of a loop as a reader of the spec sees it."""
    shown = ", ".join(f"{name} = {list(value) if isinstance(value, tuple) else value}" for name, value in values.items())
    return f"for {shown if len(shown) <= 60 else shown[:57] + '...'}"
