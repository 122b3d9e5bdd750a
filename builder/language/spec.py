"""Tree → spec: every section read into its dataclass, all faults of the stage at once."""

from pathlib import Path

from builder.diagnostics import Fault, Faults, Source, Span, near
from builder.language.ensembles import EnsembleReader
from builder.language.formula import nameable
from builder.language.phases import PhaseReader, overridden
from builder.language.reading import is_brick, is_one_of
from builder.language.sections import (
    Block, Call, DataSection, Defaults, Export, FieldDef, Generate, Home, Input, Network, Param, Phase, Spec,
)
from builder.language.training import TrainingReader
from builder.language.tree import Entry, Map, Node, Scalar, Seq

TOP = (
    "name", "description", "params", "imports", "code", "defaults", "blocks", "losses", "networks", "data", "model", "train", "export", "ensemble", "generate",
)
BLOCK = ("description", "params", "choices", "inputs", "outputs", "states", "defaults", "layers")
CHOICES = "choices: {shortcut: [projection, identity]}"
NETWORK = ("inputs", "layers", "outputs", "defaults", "weights")
DATA = ("source", "fields", "validation", "test", "only", "limit", "sample", "augment", "batch", "cache", "skip_bad", "balance", "order", "group", "seed")
PHASE = (
    "loss", "steps", "optimizer", "metrics", "epochs", "freeze", "unfreeze", "callbacks", "precision", "clip", "execution", "seed",
    "data", "class_weight", "rate_multipliers",
)
GENERATE = (
    "network", "tokens", "output", "vocabulary", "start", "end", "length", "search", "width", "length_penalty", "temperature", "top_k", "top_p",
)
EXECUTION = ("steps_per_execution", "jit_compile")
DTYPES = (
    "float32", "int32", "string", "bool", "uint8", "int64", "float16", "bfloat16", "float64", "int8", "int16", "uint16", "uint32", "uint64",
)
FORMATS = ("saved_model", "keras", "onnx", "litert")


def read(tree: Map, source: Source, path: Path | None = None, library: bool = False) -> Spec:
    """The spec written in a tree. A library file has blocks and networks but no model.

    Raises:
        SpecError: with every fault of this stage.
    """
    faults = Faults()
    spec = SpecReader(faults).spec(tree, source, path, library)
    faults.check()
    return spec


class SpecReader(EnsembleReader, TrainingReader, PhaseReader):
    """One short method a section."""

    def spec(self, tree: Map, source: Source, path: Path | None, library: bool) -> Spec:
        there = self.keys(tree, TOP, "a spec")
        if not library and "model" not in there and "ensemble" not in there:
            self.note(tree.error("missing-key", key="model", where="a spec",
                                 example="model:\n  inputs: {image: [28, 28, 1]}\n  layers: [...]").at(_first(tree)))
        name = self.text(tree.get("name"), "`name`, a text", "name: lenet5")
        export = self.mapping(tree.get("export"), "`export`, a mapping", "export: {formats: [saved_model]}")
        self.home = Home(self.params(tree.get("params")), self.defaults(tree.get("defaults")))
        description = self.text(tree.get("description"), "`description`, a text", "description: what it is")
        return Spec(
            name=name.value if name else (path.stem if path else "model"), source=source, tree=tree, path=path,
            description=description.value if description else "",
            params=self.home.params, defaults=self.home.defaults,
            blocks=self.blocks(tree.get("blocks")), losses=self.moulds(tree.get("losses")), networks=self.networks(tree.get("networks")),
            model=self.network("model", tree.key("model").span, tree.get("model")) if "model" in tree else None,
            data=(data := self.data(tree.get("data"))), train=self.train(tree.get("train"), data), export=self.export(export),
            ensemble=self.ensemble(tree.get("ensemble")), generate=self.generate(tree.get("generate")),
            imports=self.texts(tree.get("imports"), "`imports`, a list of files", "imports: [blocks/resnet.yaml]"),
            code=self.texts(tree.get("code"), "`code`, a list of Python files", "code: [my_layers.py]"),
        )

    def params(self, node: Node | None) -> tuple[Param, ...]:
        """`{classes: 10}` or `[filters, size: 3]`."""
        if isinstance(node, Map):
            return tuple(filter(None, (self.param(entry.key, entry.value) for entry in node)))
        found = []
        for item in self.items(node, "`params`, names with or without values", "params: [filters, size: 3]"):
            entries = item.entries if isinstance(item, Map) else ()
            if isinstance(item, Scalar):
                found.append(self.param(item, None))
            elif entries:
                found += [self.param(entry.key, entry.value) for entry in entries]
            else:
                self.expected(item, "a parameter, a name", "params: [filters, size: 3]")
        return tuple(filter(None, found))

    def param(self, key: Scalar, default: Node | None) -> Param | None:
        if not nameable(key.value):
            self.note(key.error("bad-name", name=key.raw or str(key.value), what="a parameter"))
            return None
        return Param(key.value, key.span, default)

    def defaults(self, node: Node | None) -> Defaults:
        example = "defaults: {Conv2D: {padding: same}}"

        def arguments(entry: Entry):
            given = self.mapping(entry.value, f"the defaults of `{entry.key.value}`, arguments by name", example)
            return given and (entry.key.span, {str(e.key.value): (e.key, e.value) for e in given})

        return self.each(self.mapping(node, "`defaults`, bricks with arguments", example), arguments)

    def blocks(self, node: Node | None) -> dict[str, Block]:
        blocks = self.mapping(node, "`blocks`, names with definitions", "blocks:\n  Residual: {params: [filters], layers: [...]}")
        return self.each(blocks, self.block)

    def block(self, entry: Entry) -> Block | None:
        name = entry.key.value
        node = self.mapping(entry.value, f"the block `{name}`, a mapping", "Residual: {params: [filters], layers: [...]}")
        if not is_brick(name):
            self.note(entry.key.error("bad-name", name=str(name), what="a block"))
        if node is None:
            return None
        there = self.keys(node, BLOCK, f"the block `{name}`")
        if "layers" not in there:
            self.note(entry.key.error("missing-key", key="layers", where=f"the block `{name}`", example="layers: [...]"))
        text = self.text(node.get("description"), "`description`, a text", "description: what it is")
        params = self.params(node.get("params"))
        return Block(
            name, entry.key.span, params, self.texts(node.get("inputs"), "`inputs` of a block, a list of names", "inputs: [x, h]"),
            self.outputs(node.get("outputs")), self.steps(node.get("layers")), self.defaults(node.get("defaults")),
            text.value if text else "", self.home, node, self.choices(name, params, node.get("choices")), self.states(name, node),
        )

    def states(self, block: str, node: Map) -> dict[str, Node]:
        """`states: {h: [=units]}`: the shape of every state of a recurrent cell, which are its inputs after the first."""
        given = self.mapping(node.get("states"), f"`states` of the block `{block}`, shapes by name", "states: {h: [=units]}")
        inputs = [str(text.value) for text in self.texts(node.get("inputs"), "`inputs` of a block, a list of names", "inputs: [x, h]")][1:]
        names = self.keys(given, inputs, f"`states` of the block `{block}`") if given is not None else set()
        if given is not None and (lacking := [name for name in inputs if name not in names]):
            self.note(node.key("states").error("missing-key", key=lacking[0], where=f"`states` of the block `{block}`", example=f"{lacking[0]}: [=units]"))
            return {}
        return self.each(given, lambda entry: entry.value)

    def choices(self, block: str, params: tuple[Param, ...], node: Node | None) -> dict[str, tuple[object, ...]]:
        """`choices: {shortcut: [projection, identity]}`: the values a param takes; its default is one of them."""
        given = self.mapping(node, "`choices`, params with the values they take", CHOICES)
        if given is not None:
            self.keys(given, [param.name for param in params], f"`choices` of the block `{block}`")
        found = self.each(given, self.chosen)
        for param in params:
            default, values = param.default, found.get(param.name, ())
            if values and isinstance(default, Scalar) and not default.is_formula and not is_one_of(default.value, values):
                self.note(default.error("unknown-choice", name=str(default.value), what=f"a value that `{param.name}` of `{block}` takes",
                                        near=near(default.value, [value for value in values if isinstance(value, str)]), choices=list(values)))
        return found

    def chosen(self, entry: Entry) -> tuple[object, ...] | None:
        values = entry.value.items if isinstance(entry.value, Seq) else ()
        if values and all(isinstance(value, Scalar) and not value.is_formula for value in values):
            return tuple(value.value for value in values)
        self.expected(entry.value, f"the choices of `{entry.key.value}`, a list of one value or more, without formulas", CHOICES)
        return None

    def networks(self, node: Node | None) -> dict[str, Network]:
        networks = self.mapping(node, "`networks`, names with definitions", "networks:\n  encoder: {inputs: {image: [28, 28, 1]}, layers: [...]}")
        return self.each(networks, lambda entry: self.network(str(entry.key.value), entry.key.span, entry.value))

    def network(self, name: str, span: Span, value: Node) -> Network | None:
        node = self.mapping(value, f"`{name}`, a mapping of inputs and layers", f"{name}:\n  inputs: {{image: [28, 28, 1]}}\n  layers: [...]")
        if node is None:
            return None
        there = self.keys(node, NETWORK, f"`{name}`")
        for key, example in (("inputs", "inputs: {image: [28, 28, 1]}"), ("layers", "layers: [...]")):
            if key not in there:
                self.note(value.error("missing-key", key=key, where=f"`{name}`", example=example).at(span))
        inputs = self.each(self.mapping(node.get("inputs"), "`inputs`, names with shapes", "inputs: {image: [28, 28, 1]}"), self.input)
        return Network(
            name, span, tuple(inputs.values()), self.steps(node.get("layers")), self.outputs(node.get("outputs")), self.defaults(node.get("defaults")),
            self.home, node,
            self.weights(node.get("weights")),
        )

    def input(self, entry: Entry) -> Input | None:
        """A shape, a dtype, or both."""
        name, value = str(entry.key.value), entry.value
        if isinstance(value, Seq) or isinstance(value, Scalar) and value.is_formula:
            return Input(name, value.span, shape=value)
        if isinstance(value, Scalar) and isinstance(value.value, str):
            return Input(name, value.span, dtype=self.dtype(value))
        if isinstance(value, Map):
            self.keys(value, ("shape", "dtype"), f"the input `{name}`")
            return Input(name, value.span, value.get("shape"), self.dtype(self.text(value.get("dtype"), "`dtype`, a text", "dtype: string")))
        self.expected(value, f"the input `{name}`, a shape or a dtype", "inputs: {image: [28, 28, 1], text: string}")
        return None

    def dtype(self, text: Scalar | None) -> Scalar | None:
        if text is not None and text.value not in DTYPES:
            self.note(text.error("unknown-choice", name=text.value, what="a dtype", near=near(text.value, DTYPES), choices=list(DTYPES)))
        return text

    def data(self, value: Node | None, before: DataSection | None = None) -> DataSection | None:
        """The section, or that of a phase over what was there `before`."""
        node = self.mapping(value, "`data`, a mapping", "data: {source: Digits, batch: 32}")
        if node is None:
            return None
        if "source" not in self.keys(node, DATA, "`data`") and before is None:
            self.note(node.error("missing-key", key="source", where="`data`", example="source: Digits").at(_first(node)))
        fields = self.each(self.mapping(node.get("fields"), "`fields`", "fields: {picture: image}"), self.field)
        settings = {key: node.get(key) for key in ("limit", "batch", "cache", "skip_bad", "balance", "order", "group", "seed") if key in node}
        section = DataSection(
            node.span, self.call(node.get("source"), "`source`, where the data comes from", "source: Digits"), tuple(fields.values()),
            self.share(node.get("validation")), self.share(node.get("test")),
            self.calls(node.get("augment"), "`augment`, a list of bricks", "augment: [RandomFlip: horizontal]"), settings, self.only(node.get("only")),
            self.calls(node.get("sample"), "`sample`, a sampler or a list of them", "sample: {Pairs: [by: label]}"),
        )
        return section if before is None else overridden(before, section, node)

    def share(self, node: Node | None) -> Node | Call | None:
        """A share of the data, or a source of its own."""
        if isinstance(node, Scalar) and not is_brick(node.value):
            return node
        return self.call(node, "`validation` or `test`, a share of the data or a source", "validation: 0.1")

    def field(self, entry: Entry) -> FieldDef | None:
        name, value = str(entry.key.value), entry.value
        if isinstance(value, Scalar):
            text = self.text(value, "a field of the source", "fields: {picture: image}")
            return text and FieldDef(name, text)
        node = self.mapping(value, "a field, a name or a mapping", "fields: {image: {reshape: [28, 28, 1]}}")
        if node is None:
            return None
        if "formula" in node:
            self.keys(node, ("formula",), f"the field `{name}`, which a formula gives")
            text = self.text(node.get("formula"), "`formula`, an equation on fields", "formula: label % 2")
            return text and FieldDef(name, None, None, text)
        self.keys(node, ("from", "reshape", "formula"), f"the field `{name}`")
        source = self.text(node.get("from"), "`from`, a field of the source", "from: image") if "from" in node else entry.key
        reshape = node.get("reshape")
        if reshape is not None and not isinstance(reshape, Seq):
            self.expected(reshape, "`reshape`, a shape", "reshape: [28, 28, 1]")
            return None
        return source and FieldDef(name, source, reshape)

    def train(self, value: Node | None, data: DataSection | None) -> tuple[Phase, ...]:
        nodes, phases = value.items if isinstance(value, Seq) else (() if value is None else (value,)), []
        for node in nodes:
            if phase := self.phase(node, data):
                phases.append(phase)
                data = phase.data or data
        if len(phases) > 1 and "epochs" not in phases[0].settings:
            self.note(Fault("missing-key", phases[0].span, {"key": "epochs", "where": "the first of several phases", "example": "epochs: 5"}))
        return tuple(phases)

    def phase(self, value: Node, data: DataSection | None) -> Phase | None:
        node = self.mapping(value, "`train`, a phase or a list of phases", "train: {loss: MeanSquaredError, optimizer: {Adam: 1e-3}, epochs: 10}")
        if node is None:
            return None
        self.keys(node, PHASE, "`train`")
        self.execution(node.get("execution"))
        if "loss" in node and "steps" in node:
            self.note(node.key("loss").error("loss-and-steps").also(node.key("steps").span, "and steps here"))
        patterns = {key: self.texts(node.get(key), f"`{key}`, patterns of names", f"{key}: [encoder.*]") if key in node else None
                    for key in ("freeze", "unfreeze")}
        calls = self.calls(node.get("callbacks"), "`callbacks`, a list of Keras callbacks", "callbacks: [EarlyStopping: [patience: 3]]")
        return Phase(
            node.span, self.losses(node.get("loss")) if "loss" in node else None,
            self.call(node.get("optimizer"), "`optimizer`, a Keras optimizer", "optimizer: {Adam: 1e-3}"),
            self.metrics(node.get("metrics")) if "metrics" in node else None, calls if "callbacks" in node else None,
            settings={key: node.get(key) for key in ("epochs", "precision", "clip", "execution", "seed") if key in node},
            steps=self.train_steps(node.get("steps")) if "steps" in node else None, **patterns,
            data=self.data(node.get("data"), data), class_weight=self.class_weights(node.get("class_weight")) if "class_weight" in node else None,
            rate_multipliers=self.rates(node.get("rate_multipliers")) if "rate_multipliers" in node else None,
        )

    def execution(self, node: Node | None) -> None:
        """`auto`, or what is not to be left to measuring."""
        if isinstance(node, Map):
            self.keys(node, EXECUTION, "`execution`")
        elif node is not None and not (isinstance(node, Scalar) and node.value == "auto"):
            self.expected(node, "`execution`, auto or a mapping", "execution: {steps_per_execution: 16, jit_compile: false}")

    def generate(self, value: Node | None) -> Generate | None:
        node = self.mapping(value, "`generate`, a mapping", "generate: {network: decoder, start: 1, end: 2, length: 40}")
        if node is None:
            return None
        self.keys(node, GENERATE, "`generate`")
        return Generate(_first(node), {entry.key.value: entry.value for entry in node if entry.key.value in GENERATE})

    def export(self, node: Map | None) -> Export:
        if node is None:
            return Export()
        self.keys(node, ("formats", "outputs", "networks"), "`export`")
        formats = self.texts(node.get("formats"), "`formats`, names of formats", "formats: [saved_model, keras]")
        for text in formats:
            if text.value not in FORMATS:
                self.note(text.error("unknown-format", format=text.value, near=near(text.value, FORMATS), formats=FORMATS))
        outputs = self.texts(node.get("outputs"), "`outputs`, names of outputs", "outputs: [label]")
        return Export(formats, outputs, self.texts(node.get("networks"), "`networks`, names of networks", "networks: [generator]"))


def _first(tree: Map) -> Span:
    """The place to point at for something missing in a map: its first key."""
    return tree.entries[0].key.span if tree.entries else tree.span
