"""The faults that a spec shows before anything is laid: names, arguments, formulas; Keras is not imported."""

import re
from collections.abc import Mapping

from builder.diagnostics import Fault, Faults, SpecError, near
from builder.graph.arguments import Binder, cut_formula, unknown_brick
from builder.graph.catalogue import Catalogue
from builder.graph.cells import BOTH_WAYS, RECURRENT, Run, cell_of, run_of, without
from builder.graph.moulds import GRADIENT, check_mould, formula_at, mould_signature, unknown_functions
from builder.graph.nodes import block_signature
from builder.graph.reading import takes_list, without_wires
from builder.language.formula import FUNCTIONS, WIRE_FUNCTIONS, Formula, formula_of
from builder.language.sections import (
    Block, Branches, Call, DataSection, Defaults, Equation, From, Group, Home, Loop, LossDef, MetricDef, Network, Phase, Spec, Step, Term, Use,
)
from builder.language.training import METRIC_WORDS
from builder.language.tree import Map, Node, Scalar, Seq

_HOLE = re.compile(r"\{[^{}]*\}")


def check(spec: Spec, catalogue: Catalogue, library: Mapping[str, Block]) -> list[Fault]:
    """Walks everything written, laid or not; gives back the warnings.

    Raises:
        SpecError: with every fault found.
    """
    faults = Faults()
    checker = _Checker(spec, catalogue, {**library, **spec.blocks}, faults)
    checker.params(spec)
    for block in spec.blocks.values():
        checker.block(block)
    for network in (*spec.networks.values(), *([spec.model] if spec.model else [])):
        checker.network(network)
    for mould in spec.losses.values():
        faults.extend(check_mould(mould, catalogue))
    checker.sections(spec)
    faults.check()
    return faults.warnings


class _Names:
    """What a step may read at one place: wires (some under patterns, from `{expr}` names) and values."""

    def __init__(self, wires: Mapping[str, int], values: list[str]):
        self.wires, self.values = dict(wires), list(values)
        self.steps: tuple[Step, ...] = ()  # among which the place is
        self.patterns: list[str] = []

    def knows(self, name: str) -> bool:
        head = name.partition(".")[0]
        if name in self.wires or head in self.wires or head in ("previous", "input"):
            return True
        return any(_matches(wire, head) or _matches(wire, name) for wire in self.patterns)

    def below(self, name: str) -> int | None:
        """The line of a step hereafter that bears a name, or None."""
        return next((text.span.line for step in self.steps for text in (step.name, *step.outs) if text is not None and text.value == name), None)

    def add(self, text: Scalar) -> None:
        self.wires[str(text.value)] = text.span.line
        if "{" in str(text.value):
            self.patterns.append(str(text.value))


def _matches(pattern: str, name: str) -> bool:
    """Whether a name may be what a pattern with `{expr}` in it becomes: something stands for each."""
    first, *rest = _HOLE.split(pattern)
    if not rest:
        return name == first
    *middle, last = rest
    at = len(first)
    for part in middle:
        found = name.find(part, at + 1)
        if found < 0:
            return False
        at = found + len(part)
    return name.startswith(first) and name.endswith(last) and at < len(name) - len(last)


class _Checker:
    """One method a thing written."""

    def __init__(self, spec: Spec, catalogue: Catalogue, blocks: Mapping[str, Block], faults: Faults):
        self.spec, self.catalogue, self.blocks, self.faults = spec, catalogue, blocks, faults
        self.binder = Binder(catalogue, faults, None)

    def params(self, spec: Spec) -> None:
        for index, param in enumerate(spec.params):
            if param.default is None:
                self.faults.add(Fault("param-without-value", param.span, {"name": param.name}))
            else:
                self.formulas(param.default, [p.name for p in spec.params[:index]])

    def block(self, block: Block) -> None:
        values = [p.name for p in block.home.params]
        for param in block.params:
            if param.default is not None:
                self.formulas(param.default, values)
            values.append(param.name)
        inputs = {str(text.value): text.span.line for text in block.inputs} or {"input": block.span.line}
        names = _Names(inputs, values)
        self.defaults(block.defaults, values)
        self.steps(block.steps, names)
        for _, text in block.outputs.pairs if block.outputs else ():
            self.wire(text, names, "output")

    def network(self, network: Network) -> None:
        home: Home = network.home
        values = [p.name for p in home.params]
        for item in network.inputs:
            if item.shape is not None:
                self.formulas(item.shape, values)
        names = _Names({item.name: item.span.line for item in network.inputs}, values)
        for node in network.weights.nodes if network.weights else ():
            self.formulas(node, values)
        self.defaults(network.defaults, values)
        self.defaults(home.defaults, values)
        self.steps(network.steps, names)
        for _, text in network.outputs.pairs if network.outputs else ():
            self.wire(text, names, "output")

    def defaults(self, defaults: Defaults, values: list[str]) -> None:
        for brick, (span, given) in defaults.items():
            signature = self.signature(brick)
            if signature is None:
                self.faults.add(unknown_brick(self.catalogue, "layer", Call(brick, span), self.blocks))
                continue
            takes = [p.name for p in signature.parameters]
            for name, (key, node) in given.items():
                if name not in takes:
                    self.faults.add(key.error("unknown-argument", brick=brick, name=name, near=near(name, takes), takes=takes))
                self.formulas(node, values)

    def signature(self, name: str):
        block = self.blocks.get(name)
        return block_signature(block) if block else self.catalogue.find("layer", name)

    def steps(self, steps: tuple[Step, ...], names: _Names) -> None:
        for step in steps:
            names.steps = steps
            self.step(step, names)

    def step(self, step: Step, names: _Names) -> None:
        for node in (step.repeat, step.when, step.trainable, *(step.weights.nodes if step.weights else ())):
            if node is not None:
                self.formulas(node, names.values, names)
        if step.source is not None:
            self.source(step.source, names)
            self.input_names(step)
        self.what(step, names)
        self.steps(step.otherwise, names)
        for text in (*step.outs, *([step.name] if step.name else [])):
            names.add(text)

    def what(self, step: Step, names: _Names) -> None:
        what = step.what
        if isinstance(what, Call):
            self.call(what, names, step)
        elif isinstance(what, Equation):
            self.equation(what, names)
        elif isinstance(what, Use):
            known = [*self.spec.networks, *names.wires]
            if not any(_matches(name, _HOLE.sub("x", str(what.target.value))) for name in known):
                self.faults.add(what.target.error("unknown-network", name=str(what.target.value), near=near(what.target.value, known),
                                                  networks=list(self.spec.networks)))
        elif isinstance(what, Group):
            self.steps(what.steps, names)
        elif isinstance(what, Loop):
            for _, node in what.variables:
                self.formulas(node, names.values, names)
            inner = _Names(names.wires, [*names.values, *(str(key.value) for key, _ in what.variables)])
            inner.wires, inner.patterns = names.wires, names.patterns
            self.steps(what.steps, inner)
        elif isinstance(what, Branches):
            for branch in what.branches:
                self.steps(branch, names)
            if what.merge is not None:
                self.call(what.merge, names, Step(what.merge, what.merge.span))

    def call(self, call: Call, names: _Names, step: Step) -> None:
        """A brick or block with its arguments, without working its formulas out."""
        self.formulas_in(call.value, names)
        if call.name in self.blocks:
            given = self.given_defaults(call.name)
            self.binder.bound(block_signature(self.blocks[call.name]), call, given)
            return
        if run := run_of(self.catalogue, call, self.faults):
            self.recurrent(run)
            return
        kind = "op" if call.name.startswith("ops.") else "layer"
        signature = self.catalogue.find(kind, call.name)
        if signature is None:
            self.faults.add(unknown_brick(self.catalogue, kind, call, self.blocks))
        elif kind == "op":
            wires = 1 if step.source is None or step.source.one or takes_list(signature) else len(step.source.many or (0,))
            if not (step.source and step.source.named):
                self.binder.bound(without_wires(signature, wires), call, {})
        else:
            self.binder.bound(signature, call, self.given_defaults(call.name))

    def recurrent(self, run: Run) -> None:
        """`Recurrent`, the block that is its cell and what is around it, each with its arguments."""
        signature, cell, rest = cell_of(self.catalogue, run.call, self.blocks, self.faults)
        self.binder.bound(signature, rest, self.given_defaults(RECURRENT))
        if run.around is not None:
            self.binder.bound(without(self.catalogue.find("layer", BOTH_WAYS), "layer"), run.around, self.given_defaults(BOTH_WAYS))
        if cell is not None:
            self.binder.bound(block_signature(self.blocks[cell.name]), cell, self.given_defaults(cell.name))

    def given_defaults(self, brick: str) -> dict[str, Node]:
        """Anything a default may give counts as given here; laying knows which one is in force."""
        places = [self.spec.defaults, *(b.defaults for b in self.blocks.values()), *(b.home.defaults for b in self.blocks.values())]
        places += [n.defaults for n in (*self.spec.networks.values(), *([self.spec.model] if self.spec.model else []))]
        return {name: node for defaults in places if brick in defaults for name, (_, node) in defaults[brick][1].items()}

    def equation(self, what: Equation, names: _Names) -> None:
        formula = self.parsed(lambda: equation_formula(what))
        if formula is None:
            return
        for name in formula.names:
            if not names.knows(name) and name not in names.values:
                reach = [*names.wires, *names.values]
                self.faults.add(formula.error("unknown-name", formula.name_node(name), name=name, near=near(name, reach), reach=reach))
        self.faults.extend(unknown_functions(formula, self.catalogue))

    def parsed(self, read) -> Formula | None:
        try:
            return read()
        except SpecError as error:
            self.faults.extend(error.faults)
            return None

    def source(self, source: From, names: _Names) -> None:
        for text in (*([source.one] if source.one else []), *(source.many or ())):
            self.wire(text, names)
        for _, inner in source.named:
            self.source(inner, names)

    def input_names(self, step: Step) -> None:
        """`from: {query: a}` names what the call of a Keras layer or operation takes; blocks are asked when they are laid."""
        what = step.what
        if not isinstance(what, Call) or what.name in self.blocks:
            return
        signature = self.catalogue.find("op" if what.name.startswith("ops.") else "layer", what.name)
        if signature is None or not signature.call or not signature.module.startswith("keras"):
            return
        takes = [name for name in signature.call if name != "training"]
        takes += [p.name for p in signature.parameters if signature.kind == "op" and p.name not in takes]
        for key, _ in step.source.named or ():
            if key.value not in takes:
                self.faults.add(key.error("unknown-input", brick=what.name, name=str(key.value), near=near(key.value, takes), takes=takes))

    def wire(self, text: Scalar, names: _Names, reader: str = "step") -> None:
        name = str(text.value)
        if not names.knows(_HOLE.sub("0", name)) and not _HOLE.search(name):
            reach = list(names.wires)
            self.faults.add(text.error("undefined-name", name=name, near=near(name, reach), reach=reach, lines=dict(names.wires), reader=reader,
                                       left_out=False, below=names.below(name)))

    def formulas_in(self, node: Node | None, names: _Names) -> None:
        if node is not None:
            self.formulas(node, names.values, names, cut=True)

    def formulas(self, node: Node, values: list[str], names: _Names | None = None, cut: bool = False) -> None:
        """Every formula in a value: its syntax (unless the binder tells that) and its names."""
        if isinstance(node, Scalar) and node.is_formula:
            try:
                formula = formula_of(node)
            except SpecError as error:
                comma = cut_formula(node)
                self.faults.extend(() if cut else [comma] if comma else error.faults)
                return
            self.formula(formula, values, names)
        for inner in node.items if isinstance(node, Seq) else [e.value for e in node] if isinstance(node, Map) else ():
            self.formulas(inner, values, names, cut)

    def formula(self, formula: Formula, values: list[str], names: _Names | None) -> None:
        for name in formula.calls:
            known = [*FUNCTIONS, *WIRE_FUNCTIONS]
            if name not in known:
                self.faults.add(formula.error("unknown-function", formula.name_node(name), name=name, near=near(name, known), known=known))
        for name in formula.names:
            if name not in values and not (names and names.knows(name)):
                self.faults.add(formula.error("unknown-name", formula.name_node(name), name=name, near=near(name, values), reach=list(values)))

    def sections(self, spec: Spec) -> None:
        """Losses, optimizers, metrics, callbacks and sources by name and argument."""
        values = [p.name for p in spec.params]
        for phase in spec.train:
            self.phase(phase, values)
        for section in filter(None, (spec.data, *(phase.data for phase in spec.train))):
            self.data(section, values)

    def data(self, section: DataSection, values: list[str]) -> None:
        shares = [("source", value) for value in (section.source, section.validation, section.test) if isinstance(value, Call)]
        for kind, call in [*shares, *(("layer", call) for call in section.augment), *(("sampler", call) for call in section.sample)]:
            self.bound(kind, call, values)
        chosen = [node for _, nodes in section.only for node in nodes]
        for node in (*section.settings.values(), *chosen, *(v for v in (section.validation, section.test) if isinstance(v, Node))):
            self.formulas(node, values)

    def phase(self, phase: Phase, values: list[str]) -> None:
        for item in (*(phase.losses or ()), *(item for step in phase.steps or () for item in step.losses or ())):
            self.term(item, item.call, "loss", values)
        for call in filter(None, (phase.optimizer, *(step.optimizer for step in phase.steps or ()))):
            self.bound("optimizer", call, values)
        for item in phase.metrics or ():
            self.term(item, item.call if isinstance(item, Term) else item.metric, "metric", values)
        for call in phase.callbacks or ():
            self.bound("callback", call, values)
        weights = [node for item in phase.class_weight or () for _, node in item.weights]
        for node in (*phase.settings.values(), *weights, *(node for _, node in phase.rate_multipliers or ())):
            self.formulas(node, values)

    def term(self, item: LossDef | MetricDef | Term, call: Call | None, kind: str, values: list[str]) -> None:
        """A loss or metric: a brick of the kind, or a loss definition; the functions of a formula."""
        mould = self.spec.losses.get(call.name) if isinstance(call, Call) else None
        if isinstance(item, Term) and item.formula is not None:
            formula = self.parsed(lambda: formula_at(item.formula))
            self.faults.extend(unknown_functions(formula, self.catalogue, (GRADIENT,)) if formula else ())
        elif isinstance(call, Call) and call.name in METRIC_WORDS:
            return  # it is known by that name
        elif isinstance(call, Call) and mould is None:
            loss = kind == "metric" and isinstance(item, Term) and not self.catalogue.find("metric", call.name)
            self.bound("loss" if loss else kind, call, values)
        elif mould is not None:
            self.formulas(call.value, values, cut=True) if call.value is not None else None
            self.binder.bound(mould_signature(mould), call, {})

    def bound(self, kind: str, call: Call, values: list[str]) -> None:
        if call.value is not None:
            self.formulas(call.value, values, cut=True)
        self.binder.recipe(kind, call)


def equation_formula(what: Equation) -> Formula:
    """The formula of a `formula:` step."""
    return formula_at(what.text)
