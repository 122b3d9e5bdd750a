"""The nodes of one network as they are laid: names made unique, shapes inferred, weights counted once."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

from builder.diagnostics import Fault, Faults, Span, SpecError, Use
from builder.graph.arguments import Binder
from builder.graph.catalogue import REQUIRED, Catalogue, Parameter, Refused, Signature
from builder.graph.cells import outcome_of
from builder.graph.frame import Frame, worked_out
from builder.graph.graph import Graph, Layer, Node, Recipe, Scope, TensorSpec, WeightsPlan, Wire
from builder.graph.reading import without_wires
from builder.graph.refusal import last_only, needs_time, refusal
from builder.language.formula import Formula
from builder.language.sections import Block, Call, Input, Network, Step
from builder.language.tree import Node as Tree

MOST_NODES, MOST_STEPS = 20_000, 60_000


class NodeBuilder:
    """Lays nodes one after another."""

    def __init__(self, catalogue: Catalogue, faults: Faults, name: str):
        self.catalogue, self.faults, self.name = catalogue, faults, name
        self.nodes: list[Node] = []
        self.layers: dict[str, Layer] = {}
        self.scopes: dict[tuple[str, ...], Scope] = {}
        self.counter: Counter = Counter()
        self.taken: set[str] = set()
        self.counted: set[str] = set()
        self.steps = 0

    def graph(self, network: Network, inputs: Mapping[str, Wire], outputs: Mapping[str, Wire], networks: Mapping[str, Graph],
              weights: WeightsPlan | None) -> Graph:
        called = {node.network for node in self.nodes if node.what == "network"}
        return Graph(self.name, inputs, outputs, tuple(self.nodes), self.layers, self.scopes,
                     {name: graph for name, graph in networks.items() if name in called}, network.span, weights)

    def input(self, item: Input, spec: TensorSpec) -> Wire:
        return self.add(Node(0, "input", self.reserve(item.name), item.span, "Input"), (spec,))[0]

    def call(self, step: Step, frame: Frame, recipe: Recipe, inputs: tuple, named: tuple, local: str | None, trainable: bool | None,
             cell: Graph | None = None) -> tuple[Wire, ...] | None:
        """A new layer (or an op, which has no weights) and its one call; `cell` is the graph of one step of a recurrent layer."""
        outcome = self.inferred(step, frame, recipe, inputs, named, cell)
        if outcome is None:
            return None
        name = self.named(frame, local or self.snake(recipe.name), recipe)
        node = Node(0, recipe.kind, name, step.span, recipe.name, inputs, named, recipe=recipe, scope=frame.path, trail=frame.trail,
                    parameters=outcome.parameters, trainable=0 if trainable is False else outcome.trainable, macs=outcome.macs)
        if recipe.kind == "layer":
            family = (*frame.family, name.rpartition(".")[2] if local or "name" in dict(recipe.args) else f"{self.snake(recipe.name)}#")
            weights = replace(frame.weights, scope=tuple(name.split("."))) if step.weights and frame.weights else frame.weights
            self.layers[name] = Layer(name, recipe, step.span, frame.trail, trainable, weights, family, outcome.inner, cell)
            node = replace(node, layer=name)
        return self.add(node, outcome.outputs)

    def again(self, step: Step, frame: Frame, layer: Layer, inputs: tuple, named: tuple, local: str | None) -> tuple[Wire, ...] | None:
        """Another call of a layer there is: no new weights."""
        outcome = self.inferred(step, frame, layer.recipe, inputs, named, layer.cell)
        if outcome is None:
            return None
        name = self.named(frame, local or layer.name.rpartition(".")[2], layer.recipe)
        node = Node(0, "layer", name, step.span, layer.recipe.name, inputs, named, layer=layer.name, recipe=layer.recipe,
                    scope=frame.path, trail=frame.trail, macs=outcome.macs, again=True)
        return self.add(node, outcome.outputs)

    def equation(self, step: Step, frame: Frame, formula: Formula, wires: Mapping[str, Wire], values: Mapping[str, object],
                 local: str | None) -> tuple[Wire, ...] | None:
        recipe = Recipe("formula", formula.text, tuple(values.items()))
        named = tuple(wires.items())
        outcome = self.inferred(step, frame, recipe, (), named)
        if outcome is None:
            return None
        node = Node(0, "formula", self.named(frame, local or "formula", recipe), step.span, formula.text, (), named, recipe=recipe,
                    formula=formula.text, scope=frame.path, trail=frame.trail, macs=outcome.macs)
        return self.add(node, outcome.outputs)

    def network(self, step: Step, frame: Frame, graph: Graph, inputs: tuple, named: tuple, local: str | None) -> tuple[Wire, ...] | None:
        """A use of a network: its weights count at the first use."""
        given = dict(zip(graph.inputs, inputs)) | dict(named)
        if set(given) != set(graph.inputs) or len(inputs) > len(graph.inputs):
            self.note(Fault("block-inputs", step.span,
                            {"name": graph.name, "inputs": list(graph.inputs), "given": list(named and dict(named)) or [str(len(inputs))]}), frame)
            return None
        for name, wire in given.items():
            if not _fits(wire.spec.shape, graph.inputs[name].spec.shape):
                fault = Fault("network-shape", step.span,
                              {"network": graph.name, "input": name, "wants": graph.inputs[name].spec.shape, "given": wire.spec.shape})
                self.note(fault.also(graph.nodes[graph.inputs[name].node].span, "the input"), frame)
                return None
        first = graph.name not in self.counted
        adding = list(graph.adding(self.counted)) if first else []
        self.counted.add(graph.name)
        node = Node(0, "network", self.named(frame, local or graph.name, None), step.span, graph.name, (), tuple(given.items()), network=graph.name,
                    scope=frame.path, trail=frame.trail, parameters=sum(inner.parameters for inner in adding),
                    trainable=sum(inner.trainable for inner in adding), macs=graph.macs, again=not first)
        return self.add(node, tuple(wire.spec for wire in graph.outputs.values()))

    def add(self, node: Node, outputs: tuple[TensorSpec, ...]) -> tuple[Wire, ...]:
        index = len(self.nodes)
        if index >= MOST_NODES:
            raise self.too_many(node.span, node.trail)
        wires = tuple(Wire(index, port, spec) for port, spec in enumerate(outputs))
        self.nodes.append(replace(node, index=index, outputs=wires))
        return wires

    def spend(self, step: Step, frame: Frame) -> None:
        """Counts a step, laid or not, to end at once what never would end."""
        self.steps += 1
        if self.steps > MOST_STEPS:
            raise self.too_many(step.span, frame.trail)

    def too_many(self, span: Span, trail: tuple[Use, ...]) -> SpecError:
        return SpecError([*self.faults.found, Fault("too-many-bricks", span, {"limit": MOST_NODES}, trail=trail)])

    def inferred(self, step: Step, frame: Frame, recipe: Recipe, inputs: tuple, named: tuple, cell: Graph | None = None):
        """Shapes and counts of a call; None, with the fault noted, where Keras refuses."""
        try:
            if cell is not None:
                return outcome_of(self.catalogue, cell, recipe, (*inputs, dict(named).get("sequences"))[0])
            self.timed(step, frame, recipe, inputs, named)
            return self.catalogue.infer(recipe, _specs(inputs), {name: _specs(value) for name, value in named})
        except Refused as error:
            self.note(refusal(self.catalogue, self.nodes, step, frame.path, recipe, inputs, named, str(error)), frame)
            return None

    def timed(self, step: Step, frame: Frame, recipe: Recipe, inputs: tuple, named: tuple) -> None:
        """Attention takes vectors for what they are not, steps of a sequence: those that a recurrent layer gives as its last step are told.

        Raises:
            SpecError: `needs-time`.
        """
        read = Node(0, "", "", step.span, "", inputs, named).reads() if recipe.name.endswith("Attention") else ()
        vectors = [wire for wire in read if len(wire.spec.shape) == 1]
        last = next(filter(None, (last_only(self.catalogue, self.nodes, (wire,)) for wire in vectors)), None)
        if last is not None:
            raise SpecError([needs_time(recipe.name, last, step.span, frame.path).laid_by(frame.trail)])

    def note(self, fault: Fault, frame: Frame) -> None:
        self.faults.add(fault.laid_by(frame.trail))

    def named(self, frame: Frame, local: str, recipe: Recipe | None) -> str:
        given = dict(recipe.args).get("name") if recipe and recipe.kind == "layer" else None
        return self.reserve(".".join((*frame.path, given if isinstance(given, str) else local)))

    def reserve(self, name: str) -> str:
        """The name, or the name with the first number that is free."""
        found = name
        while found in self.taken:
            self.counter[name] += 1
            found = f"{name}_{self.counter[name] + 1}"
        self.taken.add(found)
        return found

    def unique(self, path: tuple[str, ...], local: str) -> str:
        """A name for a scope, unique beside its siblings."""
        return self.reserve(".".join((*path, local))).rpartition(".")[2]

    def scope(self, path: tuple[str, ...], brick: str, span: Span) -> None:
        self.scopes[path] = Scope(path, brick, span)

    def layer_of(self, wire: Wire) -> Layer | None:
        return self.layers.get(self.nodes[wire.node].layer or "")

    def output_names(self, wires: tuple[Wire, ...], given: Mapping[Wire, str]) -> dict[str, Wire]:
        """Outputs nobody listed: under the names given to their wires, else the local names of their steps."""
        return {given.get(wire) or self.local_name(wire): wire for wire in wires}

    def local_name(self, wire: Wire) -> str:
        return self.nodes[wire.node].name.rpartition(".")[2] + (f"_{wire.port}" if wire.port else "")

    @staticmethod
    def snake(brick: str) -> str:
        """Conv2DTranspose → conv2d_transpose, as Keras does."""
        if brick.startswith("applications."):
            return brick.rpartition(".")[2].lower()
        brick = brick.removeprefix("ops.")
        return re.sub("([a-z])([A-Z])", r"\1_\2", re.sub("(.)([A-Z][a-z]+)", r"\1_\2", brick)).lower()

    def seen(self, kind: str, inputs: tuple) -> Catalogue:
        """The catalogue, an op's first arguments hidden: wires stand for them."""
        return _Wired(self.catalogue, max(len(inputs), 1)) if kind == "op" else self.catalogue

    def block_arguments(self, block: Block, call: Call, values: Mapping[str, object], defaults: Mapping[str, Tree]) -> dict[str, object] | None:
        """The params of a block for one use: what is given, else its defaults, which may read those before."""
        before = len(self.faults.errors)
        given = Binder(self.catalogue, self.faults, values).bound(block_signature(block), call, defaults)
        if len(self.faults.errors) > before:
            return None
        found = worked_out_params(block.home.params)
        for param in block.params:
            found[param.name] = given[param.name] if param.name in given else worked_out(param.default, found)
        return found


def worked_out_params(params) -> dict[str, object]:
    """The params of a block's file that can be worked out; their faults are told where they stand."""
    found: dict[str, object] = {}
    for param in params:
        if param.default is not None:
            found[param.name] = worked_out(param.default, found)
    return found


def block_signature(block: Block) -> Signature:
    """A block is called like any brick."""
    parameters = tuple(Parameter(p.name, REQUIRED if p.default is None else p.default, "choice" if p.name in block.choices else "",
                                 block.choices.get(p.name, ()), none=True) for p in block.params)
    return Signature("block", block.name, parameters, block.help)


class _Wired:
    """A catalogue whose ops lack their first arguments."""

    def __init__(self, catalogue: Catalogue, wires: int):
        self.catalogue, self.wires = catalogue, wires

    def find(self, kind: str, name: str) -> Signature | None:
        found = self.catalogue.find(kind, name)
        return without_wires(found, self.wires) if found and kind == "op" else found

    def __getattr__(self, name: str):
        return getattr(self.catalogue, name)


def _specs(value: object) -> object:
    """A call's inputs as what flows on them."""
    if isinstance(value, tuple):
        return tuple(_specs(item) for item in value)
    return value.spec if isinstance(value, Wire) else value


def _fits(given: tuple, wanted: tuple) -> bool:
    return len(given) == len(wanted) and all(w is None or g is None or g == w for g, w in zip(given, wanted))
