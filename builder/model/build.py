"""Graph → keras.Model: a plain functional model, its layers named after the spec."""

import sys
from collections.abc import Mapping

from builder.catalog import import_keras, make
from builder.catalog.applications import Unavailable, application, freeze, is_application
from builder.catalog.equation import apply
from builder.catalog.make import operate, told
from builder.diagnostics import Fault, SpecError
from builder.graph import Graph, Layer, Node, Wire
from builder.graph.catalogue import Refused


def build(graph: Graph, precision: str | None = None, pretrained: bool = True, networks: Mapping[str, object] | None = None):
    """The keras.Model of a graph, with fresh weights, dict inputs and dict outputs by name.

    Args:
        graph: a laid graph.
        precision: a Keras dtype policy such as `mixed_bfloat16`; None leaves the policy alone.
        pretrained: whether networks of keras.applications are given the weights they name; not where all weights come from a checkpoint.
        networks: models there are, by the names of the networks in whose place they stand.

    Raises:
        SpecError: what only Keras can refuse, at the line of the spec.
    """
    keras = import_keras()
    before = keras.config.dtype_policy()
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(max(limit, 10 * len(graph.nodes) + 1000))
    try:
        if precision:
            keras.config.set_dtype_policy(precision)
        return _Builder(keras, dict(networks or {}), pretrained).model(graph)
    finally:
        keras.config.set_dtype_policy(before)
        sys.setrecursionlimit(limit)


class _Builder:
    """Builds one graph and the networks it uses; a layer is made once and called as often as it is used."""

    def __init__(self, keras, networks: dict[str, object], pretrained: bool):
        self.keras, self.networks, self.pretrained = keras, networks, pretrained
        self.layers: dict[str, object] = {}
        self.tensors: list[tuple] = []

    def model(self, graph: Graph):
        inputs, outputs = self.laid(graph)
        return self.keras.Model(inputs, outputs, name=graph.name)

    def cell(self, graph: Graph):
        """One step of a recurrent layer: states are kept in the dtype that is computed in, and outputs come in their order."""
        inputs, outputs = _CellBuilder(self.keras, self.networks, self.pretrained).laid(graph)
        return self.keras.Model(list(inputs.values()), list(outputs.values()), name=graph.name)

    def laid(self, graph: Graph) -> tuple[dict, dict]:
        """The inputs and outputs of a graph, as symbolic tensors."""
        for name, inner in graph.networks.items():
            if name not in self.networks:
                self.networks[name] = _Builder(self.keras, self.networks, self.pretrained).model(inner)
        for node in graph.nodes:
            self.tensors.append(self.outputs(graph, node) if node.index in graph.reached else ())
        inputs = {name: self.read(wire) for name, wire in graph.inputs.items()}
        outputs = {name: self.read(wire) for name, wire in graph.outputs.items()}
        return inputs, outputs

    def read(self, value: object) -> object:
        if isinstance(value, Wire):
            return self.tensors[value.node][value.port]
        return [self.read(part) for part in value] if isinstance(value, tuple) else value

    def outputs(self, graph: Graph, node: Node) -> tuple:
        """What a node gives, as symbolic tensors."""
        if node.what == "input":
            return (self.input(node),)
        try:
            return tuple(self.keras.tree.flatten(self.called(graph, node)))
        except Refused as error:
            raise _refused(node, str(error)) from None
        except Unavailable as error:
            facts = {"brick": node.brick, "url": error.url, "folder": error.folder, "reason": error.reason}
            raise SpecError([Fault("weights-download", node.span, facts, trail=node.trail)]) from None

    def input(self, node: Node):
        spec = node.outputs[0].spec
        return self.keras.Input(spec.shape, dtype=spec.dtype, name=node.name)

    def called(self, graph: Graph, node: Node) -> object:
        inputs = [self.read(value) for value in node.inputs]
        named = {name: self.read(value) for name, value in node.named}
        if node.what == "network":
            return _in_order(graph.networks[node.network], self.networks[node.network](named))
        if node.what == "layer":
            return _call(self.layer(graph.layers[node.layer], node), inputs, named)
        if node.what == "formula":
            return renamed(apply(node.formula, {**dict(node.recipe.args), **named}), named.values(), node.name)
        return renamed(operate(node.recipe, inputs, named), [*inputs, *named.values()], node.name)

    def layer(self, layer: Layer, node: Node):
        """The Keras layer, made at its first call."""
        if layer.name not in self.layers:
            extra = {} if layer.trainable is None else {"trainable": layer.trainable}
            if layer.cell is not None:
                extra |= self.running(layer)
            self.layers[layer.name] = self.application(layer, node) if is_application(layer.recipe) else make(layer.recipe, name=layer.name, **extra)
        return self.layers[layer.name]

    def running(self, layer: Layer) -> dict:
        """What a layer that runs a cell is given: the cell, or, where it runs it both ways, the layer of one way."""
        cell, one_way = self.cell(layer.cell), dict(layer.recipe.args).get("layer")
        return {"cell": cell} if one_way is None else {"layer": make(one_way, cell=cell)}

    def application(self, layer: Layer, node: Node):
        """A network of keras.applications; where a step names weights of its own, Keras's are not fetched unless they are asked for too."""
        fetched = self.pretrained and (layer.weights is None or "weights" in dict(layer.recipe.args))
        model = application(layer.recipe, layer.name, node.reads()[0].spec.shape, fetched)
        if layer.trainable is False:
            freeze(model)
        return model


class _CellBuilder(_Builder):
    """Builds one step of a recurrent layer."""

    def input(self, node: Node):
        spec = node.outputs[0].spec
        dtype = self.keras.config.dtype_policy().compute_dtype if spec.dtype == "float32" else spec.dtype
        return self.keras.Input(spec.shape, dtype=dtype, name=node.name)


def _call(layer, inputs: list, named: Mapping[str, object]) -> object:
    """A call of a layer; what Keras or TensorFlow cannot do is the spec's to mend.

    Raises:
        Refused: weights too large for the memory, a dtype that a layer cannot take, and the like.
    """
    try:
        return layer(*inputs, **named)
    except Exception as error:
        raise Refused(told(error)) from error


def _in_order(graph: Graph, outputs: Mapping[str, object]) -> list:
    return [outputs[name] for name in graph.outputs]


def renamed(result, sources, name: str):
    """Gives the operations of an equation names that depend on the spec alone: the last one bears the step's."""
    known = {id(part) for source in sources for part in (source if isinstance(source, list) else [source])}
    pending, seen, count = [result] if not isinstance(result, (list, tuple)) else list(result), set(), 0
    while pending:
        tensor = pending.pop(0)
        history = getattr(tensor, "_keras_history", None)
        if history is None or id(tensor) in known or id(history.operation) in seen:
            continue
        seen.add(id(history.operation))
        history.operation.name = name if count == 0 else f"{name}.{count}"
        count += 1
        pending += history.operation._inbound_nodes[-1].input_tensors
    return result


def _refused(node: Node, message: str) -> SpecError:
    return SpecError([Fault("refused", node.span, {"brick": node.brick, "made": [], "message": message}, trail=node.trail)])
