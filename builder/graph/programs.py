"""Phases of several steps, or of terms that `compile` cannot say: their steps, what each updates, what is measured."""

from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from builder.diagnostics import Fault, near
from builder.graph.graph import Graph, Recipe
from builder.graph.nodes import NodeBuilder
from builder.graph.patterns import fits
from builder.graph.plans import EQUATION, EquationPlan, FollowPlan, LossPlan, MetricPlan, StepPlan, Target, TermPlan
from builder.graph.terms import TermPlanner, long, texts_of
from builder.graph.truths import by_example
from builder.graph.warnings import ends_in
from builder.graph.wires import owners, weighted
from builder.language.sections import LossDef, MetricDef, Phase, Term, TrainStep
from builder.language.tree import Scalar

Items = Sequence[LossDef | Term]


def is_program(phase: Phase, planner: TermPlanner) -> bool:
    """Whether a phase, in short form or long, is more than a sum of Keras's losses, one each on outputs, against fields, by constant weights."""
    if phase.steps or any(isinstance(item, Term) for item in phase.metrics or ()):
        return True
    plain = [as_short(item, planner) for item in phase.losses or ()]
    outputs = [str(item.output.value) if item.output else None for item in plain if item]
    return None in plain or len(set(outputs)) < len(outputs)


def as_short(item: LossDef | Term, planner: TermPlanner) -> LossDef | None:
    """A loss in short form, where it can be: that of Keras on one output."""
    if isinstance(item, LossDef):
        return item if item.call is None or _plain_loss(item, planner) else None
    source = item.source.one if item.source else None
    tap = planner.wires.find(str(source.value)) if source else None
    output = planner.wires.output(tap) if tap else None
    named = item.target is not None and (item.target.value.is_formula or not isinstance(item.target.value.value, str) or item.target.kind == "wire")
    if item.formula or item.name or named or item.source and output not in planner.graph.listed or not _plain_loss(item, planner):
        return None
    if source is None and len(planner.graph.listed) != 1 or item.target and planner.target(item, planner.read(item)).kind == "wire":
        return None
    return LossDef(Scalar(source.span, output) if source else None, item.call, item.span, item.target and item.target.value, item.weight)


def _plain_loss(item: LossDef | Term, planner: TermPlanner) -> bool:
    signature = planner.catalogue.find("loss", item.call.name)
    return item.call.name not in planner.moulds and not (signature and signature.stateful) and not planner.moves(item.weight)


@dataclass
class Programs:
    """Plans the program of a phase; `setting` and `recipe` are the section planner's: a number within bounds, a brick worked out."""

    planner: TermPlanner
    setting: Callable[..., object]
    recipe: Callable[..., Recipe | None]

    @property
    def graph(self) -> Graph:
        return self.planner.graph

    def note(self, fault: Fault) -> None:
        self.planner.faults.add(fault)

    def steps(self, phase: Phase, optimizer: Recipe | None) -> tuple[StepPlan, ...]:
        """The steps of a phase; one that has only terms is one step that updates all.

        Faults are noted: of terms, of what is updated, of names given twice.
        """
        written = phase.steps or (TrainStep(phase.span, losses=phase.losses or ()),)
        names = self.step_names(written)
        totals = ["loss", *(f"{name}_loss" for name in names)]
        found = [self.step(step, f"{name}_" if len(names) > 1 else "", name, phase, optimizer, totals) for step, name in zip(written, names)]
        self.claims(written, found)
        return tuple(found)

    def step_names(self, steps: Sequence[TrainStep]) -> list[str]:
        """Each step's own name, else that of the first network it updates, else its number."""
        found: list[str] = []
        for number, step in enumerate(steps, start=1):
            name = str(step.name.value) if step.name else str(step.update[0].value).rstrip(".*").replace(".", "_") if step.update else f"step{number}"
            if name in found and step.name:
                self.note(step.name.error("term-twice", name=name, what="step"))
            found.append(free(name, found))
        return found

    def step(self, step: TrainStep, prefix: str, name: str, phase: Phase, optimizer: Recipe | None, taken: list[str]) -> StepPlan:
        """One step; its terms get names that are not `taken` by others, nor by what a step's whole loss is called."""
        settings, before = step.settings, len(self.planner.faults.errors)
        terms = tuple(self.named(item, term, prefix, taken) for item in step.losses or () if (term := self.term(item)))
        own = self.recipe("optimizer", step.optimizer) if step.optimizer else optimizer
        plan = StepPlan(
            name, tuple(str(text.value) for text in step.update), terms, None if step.follow else own,
            self.setting(settings, "every", 1, "a whole number", 1, 10**6),
            self.follow(step), self.setting(settings if "clip" in settings else phase.settings, "clip", None, "a number", 1e-12), step.span,
            (step.optimizer or phase.optimizer or step).span,
        )
        if len(self.planner.faults.errors) == before:
            self.reaches(step, plan)
        return plan

    def term(self, item: LossDef | Term) -> TermPlan | None:
        if isinstance(item, Term):
            return self.planner.term(item)
        if item.call is None:
            return None
        if item.output is not None and str(item.output.value) not in self.graph.outputs:
            outputs = list(self.graph.outputs)
            self.note(item.output.error("unknown-output", name=str(item.output.value), near=near(item.output.value, outputs), outputs=outputs))
            return None
        return self.planner.term(long(item), output=item.output and str(item.output.value))

    def follow(self, step: TrainStep) -> FollowPlan | None:
        """The network that moves and the one it moves toward; they must be laid alike."""
        if step.follow is None or step.follow.target is None or len(step.update) != 1:
            return None
        texts, networks = (step.update[0], step.follow.target), self.graph.networks
        for text in texts:
            if text.value not in networks:
                self.note(text.error("no-network", name=str(text.value), near=near(text.value, networks), networks=list(networks)))
                return None
        mine, theirs = (_weights(networks[text.value]) for text in texts)
        if mine != theirs:
            self.note(Fault("follow-unlike", step.follow.span,
                            {"follower": texts[0].value, "followed": texts[1].value, "weights": (sum(c for _, c in mine), sum(c for _, c in theirs))}))
        rate = self.setting({"rate": step.follow.rate} if step.follow.rate else {}, "rate", 0.01, "a number", 0, 1)
        return FollowPlan(str(texts[0].value), str(texts[1].value), float(rate), step.follow.span)

    def reaches(self, step: TrainStep, plan: StepPlan) -> None:
        """What a step updates must exist, and its terms must depend on it."""
        layers, owner = weighted(self.graph), owners(self.graph)
        known = dict.fromkeys([*self.graph.networks, *layers, *(name.rpartition(".")[0] for name in layers if "." in name)])
        taps = [self.planner.wires.taps[wire] for term in plan.terms for _, wire in term.wires]
        before = {owner[name] for tap in taps for name in self.planner.wires.before(tap)}
        if plan.terms and not before:
            self.note(Fault("frozen-all", plan.terms[0].span or plan.span, {"frozen": ()}))
            return
        for text in step.update:
            mine = [name for name in layers if fits(name, str(text.value))]
            if not mine and str(text.value) not in self.graph.networks:
                self.note(text.error("update-nothing", name=str(text.value), near=near(text.value, known), known=list(known)))
            elif step.follow is None and before.isdisjoint(owner[name] for name in mine):
                facts = {"name": str(text.value), "terms": [term.name for term in plan.terms], "wires": [wire for term in plan.terms for _, wire in term.wires],
                         "weights": bool(mine)}
                fault = Fault("no-path", text.span, facts)
                self.note(fault.also(plan.terms[0].span, "its loss") if mine and plan.terms and plan.terms[0].span else fault)

    def claims(self, written: Sequence[TrainStep], plans: Sequence[StepPlan]) -> None:
        """Two steps that change the same weights must both know it: the later says `shared: true`."""
        owner, claimed = owners(self.graph), {}
        for step, plan in zip(written, plans):
            mine = [name for name in owner if not plan.update or any(fits(name, pattern) for pattern in plan.update)]
            taken = next((name for name in mine if owner[name] in claimed), None)
            shared = self.setting(step.settings, "shared", False, "true or false")
            if taken and not shared:
                other, first = claimed[owner[taken]]
                spans = [text.span for text in step.update] or [step.span]
                fault = Fault("updated-twice", spans[0], {"layer": taken, "first": other, "second": plan.name})
                self.note(fault.also(first, "here already"))
            claimed |= {owner[name]: (plan.name, next(iter(text.span for text in step.update), step.span)) for name in mine if owner[name] not in claimed}

    def named(self, item: LossDef | Term, term: TermPlan, prefix: str, taken: list[str]) -> TermPlan:
        """A term under a name of its own; one that nobody gave begins with its step's where there are several."""
        given = item.name if isinstance(item, Term) else None
        if given and given.value in taken:
            self.note(given.error("term-twice", name=given.value, what="term"))
        name = term.name if given else free(prefix + term.name, taken)
        taken.append(name)
        return replace(term, name=name)

    def losses(self, steps: Iterable[StepPlan]) -> dict[str, LossPlan]:
        """What compares each output with a field, by which it is read and judged: a loss of Keras on the output, else an equation.

        An equation may be on other wires that an output of the field's name is made of, such as its logits.
        """
        found: dict[str, LossPlan] = {}
        for term in self.compared(steps):
            output = self.alone(term) if isinstance(term.measure, Recipe) else None
            if output:
                found.setdefault(output, LossPlan(output, term.measure, str(term.target.value), term.weight if isinstance(term.weight, float) else 1.0,
                                                  term.span))
        for term in self.compared(steps):
            output, field = self.alone(term), str(term.target.value)
            if output or self.leads(term, field):
                found.setdefault(output or field, self.by_equation(term, output or field, bool(output)))
        return found

    def by_equation(self, term: TermPlan, output: str, alone: bool) -> LossPlan:
        """What an output is read by that an equation, or a loss on wires before it, compares with a field."""
        args = (("activation", ends_in(self.graph, self.graph.outputs[output])),
                *([("term", term)] if alone and isinstance(term.measure, EquationPlan) else []))
        return LossPlan(output, Recipe(EQUATION, EQUATION, args), str(term.target.value), term.weight if isinstance(term.weight, float) else 1.0, term.span)

    def weighed(self, losses: Mapping[str, LossPlan]) -> dict[str, LossPlan]:
        """Those that give a value for each example, which the weights of classes can multiply."""
        terms = {name: dict(loss.recipe.args).get("term") for name, loss in losses.items() if loss.by_equation}
        return {name: loss for name, loss in losses.items() if name not in terms or terms[name]
                and by_example(terms[name], self.planner.wires, self.planner.catalogue)}

    @staticmethod
    def compared(steps: Iterable[StepPlan]) -> Iterator[TermPlan]:
        """The terms that have a field for their target."""
        return (term for step in steps for term in step.terms if term.target and term.target.kind == "field")

    def alone(self, term: TermPlan) -> str | None:
        """The output that a term reads and nothing beside it."""
        wires = {wire for _, wire in term.wires}
        return self.planner.wires.output(self.planner.wires.taps[wires.pop()]) if len(wires) == 1 else None

    def leads(self, term: TermPlan, output: str) -> bool:
        """Whether there is an output of that name which depends on a wire that a term reads."""
        wires = self.planner.wires
        return output in self.graph.listed and any(wires.depends(wires.of_output(output), wires.taps[wire]) for _, wire in term.wires)

    def measures(self, phase: Phase, steps: Iterable[StepPlan], truths: Mapping[str, str],
                 metrics: Mapping[str, tuple[MetricPlan, ...]]) -> tuple[TermPlan, ...]:
        """What is measured: the metrics of outputs as terms, and those in long form; `truths` are the fields of outputs."""
        found: list[TermPlan] = []
        for output, plans in metrics.items():
            wire = self.planner.wires.of_output(output).name
            target = Target("field", truths.get(output, output))
            for plan in plans:
                name = _metric_name(plan.metric)
                found.append(TermPlan(f"{output}_{name}" if len({*truths, *metrics}) > 1 else name, plan.metric, (("y_pred", wire),), target, 1.0, plan.span))
        for item in phase.metrics or ():
            plan = self.planner.term(item, "metric") if isinstance(item, Term) else None
            if plan is not None:
                found.append(plan)
        names: list[str] = [term.name for step in steps for term in step.terms]
        for plan in found:
            names.append(free(plan.name, names))
        return tuple(replace(plan, name=name) for plan, name in zip(found, names[-len(found):]))


def as_laid(phase: Phase, planner: TermPlanner, declared: Container[str]) -> Phase:
    """A phase without the terms that read an output whose step `when` leaves out; they go with it."""
    def stays(item: LossDef | MetricDef | Term) -> bool:
        texts = texts_of(item.source) if isinstance(item, Term) else []
        return not any(text.value in declared and planner.wires.find(str(text.value)) is None for text in texts)

    def kept(items: Sequence | None) -> tuple | None:
        return items if items is None else tuple(item for item in items if stays(item))

    steps = phase.steps and tuple(replace(step, losses=kept(step.losses)) for step in phase.steps)
    return replace(phase, losses=kept(phase.losses), metrics=kept(phase.metrics), steps=steps)


def short_losses(phase: Phase, planner: TermPlanner) -> tuple[LossDef, ...]:
    """The losses of a phase that is no program in short form; a list of terms need not name outputs that it does not train."""
    found = [short for item in phase.losses or () if (short := as_short(item, planner))]
    named = [str(item.output.value) if item.output else planner.graph.listed[0] for item in found if item.output or planner.graph.listed]
    rest = [name for name in planner.graph.listed if name not in named] if any(isinstance(item, Term) for item in phase.losses or ()) else []
    return (*found, *(LossDef(Scalar(phase.span, name), None, None) for name in rest))


def short_metrics(phase: Phase) -> tuple[MetricDef, ...]:
    """The metrics that are one of Keras's for an output."""
    return tuple(item for item in phase.metrics or () if isinstance(item, MetricDef))


def _metric_name(metric: str | Recipe) -> str:
    """The column that Keras would give a metric."""
    given = dict(metric.args).get("name") if isinstance(metric, Recipe) else metric
    return str(given) if given else NodeBuilder.snake(metric.name)


def free(name: str, taken: Sequence[str]) -> str:
    """A name, or the name with the first number that is free."""
    found, number = name, 1
    while found in taken:
        number += 1
        found = f"{name}_{number}"
    return found


def _weights(network: Graph) -> list[tuple[str, int]]:
    """The bricks of a network that have weights, in order, each with their number."""
    return [(node.brick, node.parameters) for node in network.adding(set()) if node.parameters]
