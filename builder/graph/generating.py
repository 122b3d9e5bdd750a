"""`generate:` worked out: which network says the next token, what it reads of the sentence so far, and how a sentence is searched for."""

from collections.abc import Mapping
from dataclasses import dataclass

from builder.diagnostics import Faults, Span, fail, near
from builder.graph.frame import constants, worked_out
from builder.graph.graph import Graph, Wire
from builder.graph.warnings import ends_in
from builder.language.sections import Spec

SEARCHES = ("greedy", "sample", "beam")
PROBABILITIES = ("softmax",)
VOCABULARIES = ("TextVectorization", "CharacterVectorization", "SubwordVectorization", "StringLookup")


@dataclass(frozen=True)
class Search:
    """How a sequence is searched for; `start` and `end` are tokens by number. `width` is 1 unless it is a beam."""

    length: int
    end: int | None = None
    search: str = "greedy"
    width: int = 1
    temperature: float = 1.0
    top_k: int | None = None
    top_p: float | None = None
    length_penalty: float = 0.0


@dataclass(frozen=True)
class GeneratePlan:
    """`network` says what comes next (None: the model itself): it reads `tokens` and `states` and gives `output` and the states anew.

    A network without states is given all tokens so far, one with states only the last. `start` and `end` are numbers, or texts
    of the vocabulary that the layer `vocabulary` keeps. `needs` are the model's inputs that are still read; `prompt` is whether
    what the model's tokens begin with is gone on with.
    """

    network: str | None
    tokens: str
    output: str
    states: tuple[str, ...]
    search: Search
    start: int | str | None
    end: int | str | None
    vocabulary: str | None
    needs: tuple[str, ...]
    prompt: bool
    positions: int | None
    probabilities: bool
    span: Span | None = None
    spans: Mapping[str, Span] | None = None


def plan_generate(spec: Spec, graph: Graph) -> GeneratePlan:
    """What `generate:` asks for of a laid model.

    Raises:
        SpecError: with every fault of the section.
    """
    faults = Faults()
    plan = faults.attempt(_Planner(spec, graph, faults).plan)
    faults.check()
    return plan


def places(graph: Graph) -> int | None:
    """The most steps that a network can tell apart by their places; None where it is said of none."""
    return min((dict(layer.recipe.args)["positions"] for layer in graph.layers.values() if layer.recipe.name == "PositionEmbedding"), default=None)


class _Planner:
    def __init__(self, spec: Spec, graph: Graph, faults: Faults):
        self.spec, self.graph, self.section = spec, graph, spec.generate
        self.values = constants(spec.params, faults)

    def value(self, key: str, default: object = None) -> object:
        node = self.section.settings.get(key)
        return default if node is None else worked_out(node, self.values)

    def chosen(self, key: str, names: list[str], what: str) -> str:
        """The name given under a key; left out, the only one there is."""
        node = self.section.settings.get(key)
        if node is None and len(names) == 1:
            return names[0]
        name = self.value(key)
        if name not in names:
            span = node.span if node is not None else self.section.span
            raise fail("generate-name", span, key=key, name=name, what=what, near=near(name, names) if isinstance(name, str) else [], names=names)
        return name

    def plan(self) -> GeneratePlan:
        uses = [node for node in self.graph.nodes if node.network and node.index in self.graph.reached]
        network = self.chosen("network", list(dict.fromkeys(node.network for node in uses)),
                              "a network that the model uses") if "network" in self.section.settings else None
        inner = self.graph.networks[network] if network else self.graph
        states = tuple(name for name in inner.inputs if name in inner.outputs) if network else ()
        tokens = self.chosen("tokens", self.readable(inner, states), "an input")
        output = self.chosen("output", [name for name in inner.outputs if name not in states], "an output")
        spec, wire = inner.inputs[tokens].spec, inner.outputs[output]
        positions = spec.shape[0] if spec.shape and spec.shape[0] is not None else places(inner)
        if len(spec.shape) != 1 or "int" not in spec.dtype:
            raise fail("generate-tokens", self.spans("tokens"), name=tokens, shape=spec.shape, dtype=spec.dtype)
        given = {name: wire for node in uses if node.network == network for name, wire in node.named}
        needs = self.inputs([wire for name, wire in given.items() if name != tokens]) if network else [name for name in inner.inputs if name != tokens]
        prompt = not needs
        return GeneratePlan(network, tokens, output, states, self.search(positions, wire), self.value("start"), self.value("end"), self.vocabulary(),
                            tuple(needs or (self.inputs([given[tokens]]) if network else [tokens])), prompt, positions,
                            ends_in(inner, wire) in PROBABILITIES, self.section.span, {key: node.span for key, node in self.section.settings.items()})

    def readable(self, inner: Graph, states: tuple[str, ...]) -> list[str]:
        """The inputs that tokens may go to; where none is named, those that are lists of whole numbers, if there are."""
        others = [name for name in inner.inputs if name not in states]
        fitting = [name for name in others if len(inner.inputs[name].spec.shape) == 1 and "int" in inner.inputs[name].spec.dtype]
        return others if "tokens" in self.section.settings else fitting or others

    def inputs(self, wires: list[Wire]) -> list[str]:
        """The model's inputs that some wires depend on."""
        return self.graph.read_by(wire.node for wire in wires)

    def spans(self, key: str) -> Span:
        return self.section.settings[key].span if key in self.section.settings else self.section.span

    def vocabulary(self) -> str | None:
        if "vocabulary" not in self.section.settings:
            return None
        return self.chosen("vocabulary", [layer.name for layer in self.graph.layers.values() if layer.recipe.name in VOCABULARIES],
                           "a `TextVectorization`, `CharacterVectorization`, `SubwordVectorization` or `StringLookup` of the model")

    def search(self, positions: int | None, wire: Wire) -> Search:
        words = wire.spec.shape[-1]
        kind = self.value("search", "beam" if "width" in self.section.settings else "sample" if self.drawing() else "greedy")
        if kind not in SEARCHES:
            raise fail("unknown-choice", self.spans("search"), name=str(kind), what="a kind of search", near=near(str(kind), SEARCHES), choices=list(SEARCHES))
        stray = [key for key in ("width", "length_penalty") if key in self.section.settings and kind != "beam"] + (self.drawing() if kind != "sample" else [])
        if stray:
            raise fail("generate-stray", self.spans(stray[0]), key=stray[0], search=kind)
        number = {key: self.number(key, *rest) for key, *rest in (
            ("length", 40, 1, 10_000, int), ("width", 4 if kind == "beam" else 1, 1, 1000, int), ("temperature", 1.0, 1e-3, 1e3, float),
            ("top_k", None, 1, words or 10**6, int), ("top_p", None, 1e-6, 1.0, float), ("length_penalty", 1.0 if kind == "beam" else 0.0, 0.0, 10.0, float))}
        if positions is not None and number["length"] > positions:
            raise fail("generate-length", self.spans("length"), length=number["length"], positions=positions)
        for mark in ("start", "end"):
            value = self.value(mark)
            if value is not None and not isinstance(value, str):
                self.number(mark, None, 0, (words or 10**9) - 1, int)
            elif isinstance(value, str) and "vocabulary" not in self.section.settings:
                raise fail("generate-text", self.spans(mark), key=mark, text=value)
        return Search(search=kind, **number)

    def drawing(self) -> list[str]:
        return [key for key in ("temperature", "top_k", "top_p") if key in self.section.settings]

    def number(self, key: str, default: object, lowest: float, highest: float, type_: type) -> object:
        value = self.value(key, default)
        whole = isinstance(value, int) and not isinstance(value, bool)
        fits = value is None and default is None or (whole or type_ is float and isinstance(value, float)) and lowest <= value <= highest
        if not fits:
            raise fail("out-of-range", self.spans(key), name=key, value=value, lowest=lowest, highest=highest)
        return value
