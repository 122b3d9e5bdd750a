"""An ensemble is itself a spec: its members as networks side by side on the same inputs, their outputs combined."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import yaml

from builder.diagnostics import Fault, Faults, Source, Span
from builder.graph.catalogue import Catalogue
from builder.graph.graph import Graph, TensorSpec
from builder.graph.lay import lay
from builder.language.sections import Block, Spec
from builder.language.spec import read
from builder.language.text import parse

SURE = 1e-7  # the least probability that is made a score again


@dataclass(frozen=True)
class Voice:
    """How an output of the members is combined: `kind` as in `training.meaning`; `logits`: they are scores, and so is what is made of them."""

    kind: str = "number"
    logits: bool = False


def check_agreement(graphs: Mapping[str, Graph], outputs: tuple[str, ...], spans: Mapping[str, Span], lists: Mapping[str, Mapping[str, tuple]]) -> None:
    """Members read the same inputs, and give the outputs that are combined in the same shapes and classes.

    Args:
        spans: where each member is written.
        lists: the names of classes that a trained member knows, by output.

    Raises:
        SpecError: every member that differs from the first.
    """
    faults = Faults()
    (first, model), *others = graphs.items()
    for name, graph in others:
        for what, ours, theirs in (("inputs", _specs(model.inputs), _specs(graph.inputs)),
                                   ("outputs", _specs(model.outputs, outputs), _specs(graph.outputs, outputs))):
            if ours != theirs and not any(fault.span == spans[name] for fault in faults.found):
                faults.add(Fault("ensemble-disagrees", spans[name], {"member": name, "first": first, "what": what, "ours": theirs, "theirs": ours}))
    known = {output: (name, classes[output]) for name, classes in reversed(lists.items()) for output in classes}
    for name, classes in lists.items():
        for output in (output for output in outputs if classes.get(output, known.get(output, ("", ()))[1]) != known.get(output, ("", ()))[1]):
            facts = {"member": name, "first": known[output][0], "output": output, "ours": classes[output], "theirs": known[output][1]}
            faults.add(Fault("ensemble-classes", spans[name], facts))
    faults.check()


def _specs(wires: Mapping, names=None) -> dict[str, TensorSpec]:
    return {name: wires[name].spec for name in (wires if names is None else names) if name in wires}


def lay_ensemble(spec: Spec, graphs: Mapping[str, Graph], voices: Mapping[str, Voice], combine: str, weights: tuple[float, ...] | None,
                 catalogue: Catalogue, library: Mapping[str, Block], models: Mapping[str, object]) -> Graph:
    """The graph of the whole: the graphs of the members as its networks.

    Args:
        spec: of the ensemble, for its name.
        voices: the outputs that are combined.
        models: the sections that the members' graphs were laid from.
    """
    layers = [_member(name, graph) for name, graph in graphs.items()]
    for output, voice in voices.items():
        wires = [_wire(name, graph, output) for name, graph in graphs.items()]
        layers += _combined(output, wires, voice, combine, weights)
    inputs = {name: {"shape": list(wire.spec.shape), "dtype": wire.spec.dtype} for name, wire in next(iter(graphs.values())).inputs.items()}
    text = yaml.safe_dump({"name": spec.name, "model": {"inputs": inputs, "layers": layers, "outputs": list(voices)}}, sort_keys=False, default_flow_style=None,
                          width=160)
    source = Source(f"{spec.source.name}, its ensemble written out", text)
    whole = read(parse(source), source, spec.path)
    return lay(replace(whole, networks=models), catalogue, library, networks=graphs)[0]


def _member(name: str, graph: Graph) -> dict:
    """The step that applies a member to the inputs."""
    wires = [_wire(name, graph, output) for output in graph.outputs]
    names = {"name": name} if len(wires) == 1 else {"as": wires}
    return {"use": name, "from": list(graph.inputs), **names}


def _wire(name: str, graph: Graph, output: str) -> str:
    return name if len(graph.outputs) == 1 else f"{name}_{output}"


def _combined(output: str, wires: list[str], voice: Voice, combine: str, weights: tuple[float, ...] | None) -> list[dict]:
    """The steps that make one output of the members'; scores become probabilities before and scores again after."""
    brick = {"mean": "Average", "vote": {"MajorityVote": {"labels": True}} if voice.kind == "labels" else "MajorityVote",
             "weighted": {"WeightedAverage": {"weights": list(weights)}} if weights else "WeightedAverage"}[combine]
    brick = brick if isinstance(brick, dict) else {brick: None}
    if not voice.logits:
        return [{**brick, "from": wires, "name": output}]
    shares = "softmax" if voice.kind == "class" else "sigmoid"
    before = [{"Activation": shares, "from": wire, "name": f"{wire}_{output}_probability"} for wire in wires]
    score = f"log(maximum(previous, {SURE:f}))"
    score = score if voice.kind == "class" else f"{score} - log(maximum(1 - previous, {SURE:f}))"
    return [*before, {**brick, "from": [step["name"] for step in before], "name": f"{output}_probability"}, {"formula": score, "name": output}]
