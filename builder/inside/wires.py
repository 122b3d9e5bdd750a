"""Every inner wire of a trained model by its dotted name in the spec, and plain Keras models that give some of them."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from builder.catalog.applications import is_application
from builder.catalog.equation import apply
from builder.catalog.make import operate
from builder.diagnostics import fail, near
from builder.graph import Graph, Node, Wire
from builder.graph.generating import GeneratePlan
from builder.graph.wires import aliases, ports
from builder.model.build import renamed


@dataclass(frozen=True, eq=False)
class Spot:
    """Where a wire leaves: the step, its graph, and the Keras layer that it calls (None for operations and equations).

    `shape` is what flows, without the batch; `step` the number of the model's own step that the wire belongs to.
    """

    graph: Graph
    node: Node
    layer: object
    shape: tuple[int | None, ...]
    step: int

    @property
    def spatial(self) -> bool:
        """Whether maps flow: (height, width, channels), more than a point."""
        return len(self.shape) == 3 and 1 not in self.shape[:2]


@dataclass(frozen=True, eq=False)
class Inside:
    """A model together with the graph that it was built from, so that what has a name in the spec has it here; `generate` is how it makes sequences."""

    graph: Graph
    model: object
    generate: GeneratePlan | None = None

    @cached_property
    def spots(self) -> dict[str, Spot]:
        """Every wire by name, in the order of the model: `conv2d`, `block.conv1`, `a.dense` of the network that step `a` uses,
        `resnet50.conv1_conv` of a network of keras.applications, `lstm.1` for the second output of a step."""
        return dict(_spots(self.graph, self.model))

    @cached_property
    def aliases(self) -> dict[str, str]:
        """What else a wire may be called: the box that it ends, an output, the name of a network that is used once."""
        return dict(aliases(self.graph, ""))

    def name(self, given: str) -> str:
        """The name of the wire that a person means.

        Raises:
            SpecError: `no-such-layer`, with the nearest names.
        """
        for name in (given, self._through_network(given)):
            name = name if name in self.spots else self.aliases.get(name)
            if name:
                return name
        network, _, rest = given.partition(".")
        uses = [name for use in self._uses(network) if (name := f"{use}.{rest}".rstrip(".")) in self.spots or name in self.aliases]
        raise fail("no-such-layer", name=given, near=tuple(uses or near(given, dict.fromkeys([*self.spots, *self.aliases]))), names=tuple(self.spots))

    def layer(self, given: str):
        """The Keras layer behind a name; None for an operation or an equation."""
        return self.spots[self.name(given)].layer

    def before(self, output: str) -> list[str]:
        """The wires that an output of the model depends on, in the order of the model."""
        found = self.graph.before([self.graph.outputs[output].node])
        return [name for name, spot in self.spots.items() if spot.step in found]

    def reads(self, given: str) -> tuple[str, ...]:
        """The inputs of the model that a wire depends on, as far as the model's own steps tell."""
        return tuple(self.graph.read_by([self.spots[self.name(given)].step]))

    def taps(self, names: Iterable[str]):
        """A Keras model of the same inputs and weights that gives these wires, by their names in `spots`, and computes nothing else."""
        from builder.inside.taps import tapped

        return tapped(self.graph, self.model, list(names), self.model.name)

    def _uses(self, network: str) -> list[str]:
        return [node.name for node in self.graph.nodes if node.network == network and node.index in self.graph.reached]

    def _through_network(self, given: str) -> str | None:
        """`encoder.conv` stands for `a.conv` where `a` is the only use of the network `encoder`."""
        network, _, rest = given.partition(".")
        uses = self._uses(network)
        return ".".join([uses[0], rest]).rstrip(".") if len(uses) == 1 else None


@dataclass(eq=False)
class Walk:
    """One way through the graph with the trained layers: the tensor on each wire, and what each step reads.

    Networks are entered, so that their wires lie on the same way from the inputs to the outputs as all others.
    """

    wanted: frozenset[str]
    inputs: dict = field(default_factory=dict)
    values: dict = field(default_factory=dict)
    reads: dict = field(default_factory=dict)

    @classmethod
    def over(cls, inside: Inside, names: Iterable[str] = ()) -> "Walk":
        import keras

        walk = cls(frozenset(names))
        walk.inputs = {name: keras.Input(tensor.shape[1:], dtype=tensor.dtype, name=name) for name, tensor in inside.model.input.items()}
        walk.follow(inside.graph, inside.model, walk.inputs, "")
        return walk

    def follow(self, graph: Graph, model, given: Mapping[str, object], prefix: str) -> list:
        """The outputs of a graph, in their order, for the inputs given."""
        found = self.laid([node for node in graph.nodes if node.index in graph.reached], graph, model, given, prefix)
        return [_Reader(found)(wire) for wire in graph.outputs.values()]

    def laid(self, nodes: Iterable[Node], graph: Graph, model, given: Mapping[str, object], prefix: str) -> dict[int, list]:
        """What some steps of a graph give, by their numbers; each stands after those that it reads."""
        layers, found = {layer.name: layer for layer in model.layers}, {}
        for node in nodes:
            read = _Reader(found)
            outputs = [given[node.name]] if node.what == "input" else self.called(graph, node, layers, read, f"{prefix}{node.name}")
            found[node.index] = outputs
            self.reads[f"{prefix}{node.name}"] = [read(wire) for wire in node.reads()]
            self.values |= {f"{prefix}{name}": value for name, value in zip(ports(node), outputs)}
        return found

    def called(self, graph: Graph, node: Node, layers: Mapping, read, name: str) -> list:
        """What a step gives, as flat tensors."""
        import keras

        inputs, named = [read(value) for value in node.inputs], {key: read(value) for key, value in node.named}
        if node.what == "network":
            return self.network(graph.networks[node.network], layers[node.network], named, name)
        if node.what == "layer" and is_application(node.recipe):
            return [self.application(layers[node.layer], inputs[0], name)]
        if node.what == "layer":
            return keras.tree.flatten(layers[node.layer](*inputs, **named))
        if node.what == "formula":
            return keras.tree.flatten(renamed(apply(node.formula, {**dict(node.recipe.args), **named}), named.values(), name))
        return keras.tree.flatten(renamed(operate(node.recipe, inputs, named), [*inputs, *named.values()], name))

    def network(self, graph: Graph, model, named: Mapping, name: str) -> list:
        """What a network gives that the step of this name uses."""
        return self.follow(graph, model, named, f"{name}.")

    def application(self, model, given, name: str):
        """A network of keras.applications: its inner layers that are wanted leave it beside its output."""
        import keras

        inner = {f"{name}.{layer.name}": layer.output for layer in model.layers if f"{name}.{layer.name}" in self.wanted}
        outputs = keras.Model(model.inputs, {**inner, name: model.output}, name=model.name)(given)
        self.values |= {key: outputs[key] for key in inner}
        return outputs[name]


@dataclass(frozen=True)
class _Reader:
    """Finds the tensors of wires among those made before."""

    found: Mapping[int, list]

    def __call__(self, value: object) -> object:
        if isinstance(value, Wire):
            return self.found[value.node][value.port]
        return [self(part) for part in value] if isinstance(value, tuple) else value


def _spots(graph: Graph, model, prefix: str = "", step: int | None = None) -> Iterator[tuple[str, Spot]]:
    layers = {layer.name: layer for layer in model.layers}
    for node in (node for node in graph.nodes if node.index in graph.reached):
        layer, own = layers.get(node.layer), node.index if step is None else step
        if node.what == "network":
            yield from _spots(graph.networks[node.network], layers[node.network], f"{prefix}{node.name}.", own)
        if layer is not None and is_application(node.recipe):
            inner = [one for one in layer.layers if not _is_input(one)]
            yield from ((f"{prefix}{node.name}.{one.name}", Spot(graph, node, one, tuple(one.output.shape[1:]), own)) for one in inner)
        if node.what != "input" or not prefix:
            yield from ((f"{prefix}{name}", Spot(graph, node, layer, wire.spec.shape, own)) for name, wire in zip(ports(node), node.outputs))


def _is_input(layer) -> bool:
    import keras

    return isinstance(layer, keras.layers.InputLayer)
