"""What is legal but nearly always wrong: outputs nobody reads, softmax applied twice or never, names nobody uses."""

import re
from collections.abc import Iterable, Iterator, Sequence

from builder.diagnostics import Fault, Faults, Turn, near
from builder.graph.graph import Graph, Node, Recipe, Wire
from builder.graph.masks import lost_masks
from builder.graph.patterns import fits
from builder.graph.plans import OF_NUMBERS, LossPlan, PhasePlan
from builder.graph.wires import Wires, weighted
from builder.language.sections import Spec
from builder.language.tree import Entry, Map, Scalar, Seq
from builder.language.tree import Node as Tree

CROSSENTROPIES = {
    "BinaryCrossentropy": "sigmoid", "BinaryFocalCrossentropy": "sigmoid", "CategoricalCrossentropy": "softmax",
    "CategoricalFocalCrossentropy": "softmax", "SparseCategoricalCrossentropy": "softmax",
}
COUNTED = ("accuracy", "acc", "Accuracy")
PROBABILITIES = ("softmax", "sigmoid")
LOGITS = ("linear", "relu", "tanh", "leaky_relu", "gelu", "elu", "selu")
LINEAR = ("Dense", "EinsumDense", "Conv1D", "Conv2D", "Conv3D")
PASSING = ("Reshape", "Flatten", "Identity", "Permute", "Dropout")
WORD = re.compile(r"[^\W\d]\w*")


def about(graph: Graph, phases: Sequence[PhasePlan] | None = ()) -> list[Fault]:
    """The warnings of a laid graph and of what trains it."""
    faults = Faults()
    for network in (graph, *graph.networks.values()):
        faults.extend(fault.as_warning() for fault in (*_unread(network), *lost_masks(network)))
    faults.extend(fault.as_warning() for fault in _idle_outputs(graph, phases or ()))
    for phase in phases or ():
        faults.extend(fault.as_warning() for fault in _idle(graph, phase))
        faults.extend(fault.as_warning() for fault in _counted(graph, phase))
        for loss in (*phase.losses.values(), *_judged(graph, phase)):
            if loss.recipe is not None and loss.output in graph.outputs:
                faults.extend(fault.as_warning() for fault in _against(graph, loss))
    return faults.found


def _idle_outputs(graph: Graph, phases: Sequence[PhasePlan]) -> Iterator[Fault]:
    """Outputs with weights of their own that no term in long form depends on, in no phase; in short form `null` says that this is meant."""
    idle = [(name, phase) for phase in phases for name in _unnamed(graph, phase)]
    if not idle:
        return
    wires = Wires(graph)
    trained = set().union(*(_trained(wires, phase) for phase in phases))
    for name, phase in idle:
        still = [*phase.freeze, *(pattern for step in phase.steps if step.follow for pattern in step.update)]
        meant = {layer for layer in weighted(graph, "trainable") if not any(fits(layer, pattern) for pattern in still)} - trained
        if wires.before(wires.of_output(name)) & meant:
            yield Fault("idle-output", graph.nodes[graph.outputs[name].node].span, {"name": name})


def _unnamed(graph: Graph, phase: PhasePlan) -> list[str]:
    """The outputs that a phase with terms may have forgotten."""
    return list(graph.listed) if phase.steps else [name for name, loss in phase.losses.items() if loss.recipe is None and loss.span is None]


def _trained(wires: Wires, phase: PhasePlan) -> set[str]:
    """The layers that the loss of a phase depends on."""
    terms = [wire for step in phase.steps for term in step.terms for _, wire in term.wires]
    terms = terms or [wires.of_output(name).name for name, loss in phase.losses.items() if loss.recipe]
    return set().union(*(wires.before(wires.taps[wire]) for wire in terms))


def _judged(graph: Graph, phase: PhasePlan) -> Iterator[LossPlan]:
    """The terms of a program that are a loss on an output, against a number or a wire."""
    wires = Wires(graph)
    for term in (term for step in phase.steps for term in step.terms if isinstance(term.measure, Recipe)):
        output = wires.output(wires.taps[term.wires[0][1]])
        if output and (output not in phase.losses or phase.losses[output].by_equation):
            yield LossPlan(output, term.measure, "", 1.0, term.span)


def stray_patterns(graph: Graph, phases: Sequence[PhasePlan]) -> Iterator[Fault]:
    """The patterns of `freeze` and `unfreeze` that fit no layer: an error, for hours of training would go to what was to stay as it is."""
    names = _layer_names(graph) if phases else []
    for phase in phases:
        for key, patterns, spans in (("freeze", phase.freeze, phase.freeze_spans), ("unfreeze", phase.unfreeze, phase.unfreeze_spans)):
            for pattern, span in zip(patterns, spans):
                if not any(fits(name, pattern) for name in names):
                    yield Fault("freeze-nothing", span, {"pattern": pattern, "key": key, "near": tuple(near(pattern, names))})


def _idle(graph: Graph, phase: PhasePlan) -> Iterator[Fault]:
    """The patterns of `rate_multipliers` that fit no layer."""
    names = _layer_names(graph)
    for rate in phase.rate_multipliers:
        if not any(fits(name, rate.pattern) for name in names):
            yield Fault("rate-nothing", rate.span, {"pattern": rate.pattern, "near": tuple(near(rate.pattern, names))})


def _layer_names(graph: Graph) -> list[str]:
    """Every layer of a model by its dotted name; those of a network stand below its name."""
    inner = [f"{one.name}.{name}" for one in graph.networks.values() for name in _layer_names(one)]
    inner += [f"{layer.name}.{name}" for layer in graph.layers.values() for name in layer.inner]
    return [*(node.name for node in graph.nodes if node.what != "network"), *inner]


def unused(spec: Spec) -> list[Fault]:
    """Params and networks of a spec's own file that nothing in it reads."""
    words = set(_words(spec.tree.entries))
    own = spec.tree.get("blocks")
    found = [Fault("unused-param", p.span, {"name": p.name, "where": "this spec"}) for p in spec.params if p.name not in words]
    for name, block in spec.blocks.items():
        node = own.get(name) if isinstance(own, Map) else None
        if isinstance(node, Map):
            defaults = [Entry(Scalar(p.span, p.name), p.default) for p in block.params if p.default is not None]
            read = set(_words([*defaults, *(entry for entry in node if entry.key.value != "params")]))
            found += [Fault("unused-param", p.span, {"name": p.name, "where": f"the block `{name}`"}) for p in block.params if p.name not in read]
    found += [Fault("unused-network", network.span, {"name": name}) for name, network in spec.networks.items()
              if network.span.source is spec.source and name not in words]
    return [fault.as_warning() for fault in found]


def _words(entries: Iterable) -> Iterator[str]:
    """Every identifier in a text of the tree; keys do not count as being read."""
    pending: list[Tree] = [entry.value for entry in entries]
    while pending:
        node = pending.pop()
        if isinstance(node, Map):
            pending += [entry.value for entry in node]
            yield from (word for entry in node if "{" in str(entry.key.value) for word in WORD.findall(entry.key.value))
        elif isinstance(node, Seq):
            pending += node.items
        elif isinstance(node, Scalar) and isinstance(node.value, str):
            yield from WORD.findall(node.value)


def _unread(graph: Graph) -> Iterator[Fault]:
    read = {wire.node for node in graph.nodes for wire in node.reads()} | {wire.node for wire in graph.outputs.values()}
    for node in graph.nodes:
        if node.index not in read and node.what == "input":
            yield Fault("unread-input", node.span, {"name": node.name})
        elif node.index not in read:
            yield _unread_step(graph, node)


def _unread_step(graph: Graph, node: Node) -> Fault:
    """Told at the use of a block where it is the block's own output that is not read."""
    name, span, trail, depth = node.name.rpartition(".")[2], node.span, node.trail, len(node.scope)
    while depth and _ends(graph, node, node.scope[:depth]):
        use = next((use for use in trail if not isinstance(use, Turn)), None)
        if use and graph.scopes[node.scope[:depth]].brick:
            name, span, trail = use.block, use.span, trail[trail.index(use) + 1 :]
        depth -= 1
    return Fault("unread-step", span, {"name": name}, trail=trail)


def _ends(graph: Graph, node: Node, scope: tuple[str, ...]) -> bool:
    """Whether a node is the last one of a box."""
    following = graph.nodes[node.index + 1] if node.index + 1 < len(graph.nodes) else None
    return following is None or following.scope[: len(scope)] != scope


def ends_in(graph: Graph, wire: Wire) -> str | None:
    """The activation that a wire has; None where nothing is known of it."""
    end = _end(graph, wire)
    return end and _activation(end)


def _counted(graph: Graph, phase: PhasePlan) -> Iterator[Fault]:
    """Metrics that count right answers where an output is a number, which is hardly ever met to the last digit."""
    for output, metrics in phase.metrics.items():
        loss = phase.losses.get(output)
        end = _end(graph, graph.outputs[output]) if output in graph.outputs else None
        if loss is None or loss.recipe is None or loss.recipe.name not in OF_NUMBERS or end is None or _activation(end) != "linear":
            continue
        for metric in metrics:
            if end.outputs[0].spec.shape[-1:] == (1,) and getattr(metric.metric, "name", metric.metric) in COUNTED:
                yield Fault("accuracy-of-number", metric.span, {"output": output, "loss": loss.recipe.name})


def _against(graph: Graph, loss: LossPlan) -> Iterator[Fault]:
    """What the last activation and the loss do not agree on."""
    wanted = CROSSENTROPIES.get(loss.recipe.name)
    end = _end(graph, graph.outputs[loss.output])
    if wanted is None or end is None:
        return
    activation, from_logits = _activation(end), bool(dict(loss.recipe.args).get("from_logits", False))
    facts = {"output": loss.output, "loss": loss.recipe.name, "activation": activation}
    units = end.outputs[0].spec.shape[-1:]
    if from_logits and activation in PROBABILITIES:
        yield Fault("softmax-twice", loss.span, facts).also(end.span, f"{activation} here")
    elif not from_logits and activation in LOGITS:
        yield Fault("logits-unsaid", loss.span, {**facts, "wanted": wanted}).also(end.span, "no activation" if activation == "linear" else f"{activation} here")
    elif activation == "softmax" and units == (1,):
        yield Fault("softmax-of-one", end.span, {"output": loss.output})


def _end(graph: Graph, wire: Wire) -> Node | None:
    """The node whose activation an output has: through networks, and past what only reshapes."""
    node = graph.nodes[wire.node]
    if node.what == "network":
        inner = graph.networks[node.network]
        return _end(inner, list(inner.outputs.values())[wire.port])
    if node.brick in PASSING and len(node.reads()) == 1:
        return _end(graph, node.reads()[0])
    return node


def _activation(node: Node) -> str | None:
    """The activation of a node's output; None where nothing is known of it."""
    if node.what in ("op", "formula"):
        head = node.brick.removeprefix("ops.").partition("(")[0]
        return head if head in PROBABILITIES else None
    args = dict(node.recipe.args) if node.recipe else {}
    if node.brick in ("Softmax", "ReLU"):
        return node.brick.lower()
    given = args.get("activation")
    if given is None:
        return "linear" if node.brick in LINEAR else None
    return given.name.lower() if isinstance(given, Recipe) else str(given)
