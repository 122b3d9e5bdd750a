"""The data and train sections worked out into plans: recipes bound, losses tied to outputs, phases inherited."""

from collections.abc import Mapping
from dataclasses import replace

from builder.diagnostics import Fault, Faults, Span, SpecError, near
from builder.graph.arguments import Binder
from builder.graph.catalogue import Catalogue
from builder.graph.frame import constants, worked_out
from builder.graph.graph import Graph, Recipe
from builder.graph.plan_parts import class_weight_plans, field_plan, only_plans, rate_plans
from builder.graph.plans import IN_ORDER, DataPlan, ExecutionPlan, LossPlan, MetricPlan, PhasePlan, mixing
from builder.graph.programs import Programs, as_laid, is_program, short_losses, short_metrics
from builder.graph.terms import TermPlanner
from builder.language.reading import is_brick
from builder.language.sections import Call, DataSection, LossDef, MetricDef, Phase, Spec
from builder.language.training import METRIC_WORDS
from builder.language.tree import Map, Node, Scalar

INHERITED = ("losses", "optimizer", "metrics", "callbacks", "freeze", "unfreeze", "data", "class_weight", "rate_multipliers", "steps")
PRECISIONS = ("float32", "float16", "bfloat16", "mixed_float16", "mixed_bfloat16")
CACHES = ("memory", "disk")
LARGEST = 10**9


def plan_data(spec: Spec, catalogue: Catalogue) -> DataPlan:
    """What `data:` asks for.

    Raises:
        SpecError: with every fault of the section.
    """
    faults = Faults()
    planner = _Planner(spec, catalogue, faults)
    section = spec.data
    if section is None:
        raise SpecError([Fault("missing-key", spec.model.span if spec.model else None,
                               {"key": "data", "where": "a spec that is trained", "example": "data: {source: Digits, batch: 32}"})])
    plan = planner.data(section)
    faults.check()
    return plan


def plan_training(spec: Spec, catalogue: Catalogue, graph: Graph) -> tuple[PhasePlan, ...]:
    """What `train:` asks for of a laid model, phase by phase.

    Raises:
        SpecError: with every fault of the section.
    """
    faults = Faults()
    planner = _Planner(spec, catalogue, faults)
    if not spec.train:
        raise SpecError([Fault("missing-key", spec.model.span if spec.model else None,
                               {"key": "train", "where": "a spec that is trained", "example": "train: {loss: MeanSquaredError, optimizer: Adam, epochs: 10}"})])
    phases, before = [], None
    for phase in spec.train:
        before, planner.written = planner.inherit(phase, before), phase
        phases.append(planner.phase(before, graph))
    faults.check()
    return tuple(phases)


def plan_export(spec: Spec, outputs: Mapping[str, object]) -> tuple[str, ...]:
    """The outputs that are exported: those named, so far as they are laid; all where none are.

    Raises:
        SpecError: a name that is no output.
    """
    faults = Faults()
    planner = _Planner(spec, None, faults)
    named = [planner.output(text, list(outputs), text) for text in spec.export.outputs]
    faults.check()
    return tuple(dict.fromkeys(name for name in named if name)) or tuple(outputs)


def plan_networks(spec: Spec, graph: Graph) -> tuple[str, ...]:
    """The networks that are exported beside the model, each as a model of its own.

    Raises:
        SpecError: a name that is no network, or one that the model does not use and so never trained.
    """
    faults, used = Faults(), list(graph.networks)
    for text in spec.export.networks:
        if text.value not in used:
            faults.add(text.error("network-unused" if text.value in spec.networks else "no-such-network", name=text.value, near=near(text.value, used),
                                  networks=used))
    faults.check()
    return tuple(dict.fromkeys(text.value for text in spec.export.networks))


class _Planner:
    """Works out one spec's sections with its params."""

    def __init__(self, spec: Spec, catalogue: Catalogue, faults: Faults):
        self.spec, self.catalogue, self.faults = spec, catalogue, faults
        self.values = constants(spec.params, faults)
        self.section = spec.data  # of the phase that is planned
        self.written: Phase | None = None  # that phase, without what it inherits
        self.declared = {str(name.value) for name, _ in spec.model.outputs.pairs} if spec.model and spec.model.outputs else set()

    def recipe(self, kind: str, call: Call | None) -> Recipe | None:
        return call and Binder(self.catalogue, self.faults, self.values).recipe(kind, call)

    def setting(self, settings: Mapping[str, Node], name: str, default: object, wanted: str, lowest: float = 0, highest: float = LARGEST):
        """A number or flag of a section, within its bounds."""
        node = settings.get(name)
        if node is None or isinstance(node, Scalar) and node.value is None:
            return default
        try:
            value = worked_out(node, self.values)
        except SpecError as error:
            self.faults.extend(error.faults)
            return default
        kinds = {"a whole number": int, "a number": (int, float), "true or false": bool}
        if not isinstance(value, kinds[wanted]) or isinstance(value, bool) != (wanted == "true or false"):
            self.faults.add(node.error("wrong-shape", what=f"`{name}`, {wanted}", found=node.described,
                                       example=f"{name}: {str(default).lower() if default is not None else 1}"))
            return default
        if not isinstance(value, bool) and not lowest <= value <= highest:
            self.faults.add(node.error("out-of-range", name=name, value=value, lowest=lowest, highest=highest))
            return default
        return value

    def data(self, section: DataSection) -> DataPlan:
        settings = section.settings
        samples = [(recipe, call.span) for call in section.sample if (recipe := self.recipe("sampler", call))]
        seed = settings.get("seed") or (self.spec.train[0].settings.get("seed") if self.spec.train else None)
        return DataPlan(
            source=self.recipe("source", section.source), base=self.spec.base, span=section.source.span if section.source else section.span,
            fields={item.name: plan for item in section.fields if (plan := field_plan(item, self.values, self.catalogue, self.faults))},
            validation=self.share("validation", section.validation), test=self.share("test", section.test),
            augment=tuple(filter(None, (self.recipe("layer", call) for call in section.augment))),
            batch=self.setting(settings, "batch", 32, "a whole number", 1, 10**7), cache=self.cache(settings.get("cache")),
            skip_bad=self.setting(settings, "skip_bad", False, "true or false"), balance=self.setting(settings, "balance", False, "true or false"),
            seed=self.setting({"seed": seed} if seed else {}, "seed", 0, "a whole number"),
            order=self.field_name(settings, "order") or any(recipe.name in IN_ORDER for recipe, _ in samples), group=self.field_name(settings, "group"),
            only=only_plans(section, self.values, self.faults), limit=self.setting(settings, "limit", None, "a whole number", 1),
            limit_span=settings["limit"].span if "limit" in settings else None,
            sample=tuple(recipe for recipe, _ in samples), sample_spans=tuple(span for _, span in samples),
        )

    def field_name(self, settings: Mapping[str, Node], name: str) -> str | bool | None:
        """The field that a setting names; `order` may be true, for the rows as they stand."""
        node = settings.get(name)
        value = node.value if isinstance(node, Scalar) else node
        if value is None or isinstance(value, str) or name == "order" and isinstance(value, bool):
            return value
        self.faults.add(node.error("wrong-shape", what=f"`{name}`, the name of a field", found=node.described,
                                   example=f"{name}: {'Date' if name == 'order' else 'person'}"))
        return None

    def cache(self, node: Node | None) -> bool | str:
        """Where decoded examples are kept: `memory` or `disk`, true for what fits, false for neither."""
        if node is None or isinstance(node, Scalar) and node.value is None:
            return True
        try:
            value = worked_out(node, self.values)
        except SpecError as error:
            self.faults.extend(error.faults)
            return True
        if not isinstance(value, bool) and value not in CACHES:
            self.faults.add(node.error("unknown-choice", name=str(value), what="a cache", near=near(value, CACHES), choices=["true", "false", *CACHES]))
        return value

    def share(self, name: str, value: Node | Call | None) -> float | Recipe | None:
        if isinstance(value, Call):
            return self.recipe("source", value)
        share = self.setting({name: value} if value else {}, name, None, "a number", 0, 1)
        if share is not None and not 0 < share < 1:
            self.faults.add(value.error("out-of-range", name=name, value=share, lowest="more than 0", highest="less than 1"))
        return share

    def inherit(self, phase: Phase, before: Phase | None) -> Phase:
        """The phase with what it leaves out taken from the one before it."""
        if before is None:
            return phase
        if phase.steps is not None or phase.losses is not None:
            before = replace(before, losses=None, steps=None)
        taken = {name: getattr(phase, name) if getattr(phase, name) is not None else getattr(before, name) for name in INHERITED}
        return Phase(phase.span, **taken, settings={**before.settings, **phase.settings})

    def phase(self, phase: Phase, graph: Graph) -> PhasePlan:
        self.section = phase.data or self.spec.data
        settings, terms, outputs = phase.settings, TermPlanner(self.spec, self.catalogue, self.faults, self.values, graph), list(graph.listed)
        phase, optimizer = as_laid(phase, terms, self.declared), self.recipe("optimizer", phase.optimizer or Call("Adam", phase.span))
        programs = Programs(terms, self.setting, self.recipe) if is_program(phase, terms) else None
        steps = programs.steps(phase, optimizer) if programs else ()
        losses = programs.losses(steps) if programs else self.losses(replace(phase, losses=short_losses(phase, terms)), outputs)
        truths = {name: loss.target for name, loss in losses.items() if loss.recipe}
        metrics = self.metrics(phase, list(truths), outputs)
        callbacks = [(recipe, call.span) for call in phase.callbacks or () if (recipe := self.recipe("callback", call))]
        return PhasePlan(
            losses=losses, optimizer=optimizer, metrics=metrics, epochs=self.setting(settings, "epochs", 1, "a whole number", 1, 10**6),
            callbacks=tuple(recipe for recipe, _ in callbacks), callback_spans=tuple(span for _, span in callbacks),
            freeze=tuple(text.value for text in phase.freeze or ()), unfreeze=tuple(text.value for text in phase.unfreeze or ()),
            freeze_spans=tuple(text.span for text in phase.freeze or ()), unfreeze_spans=tuple(text.span for text in phase.unfreeze or ()),
            optimizer_span=phase.optimizer.span if phase.optimizer else phase.span,
            precision=self.precision(settings.get("precision")), clip=self.setting(settings, "clip", None, "a number", 1e-12),
            execution=self.execution(settings.get("execution")),
            seed=self.setting(settings, "seed", None, "a whole number", 0, 2**31), span=phase.span,
            steps=steps, measures=programs.measures(phase, steps, truths, metrics) if programs else (),
            data=self.data(phase.data) if phase.data else None,
            class_weight=class_weight_plans(phase, programs.weighed(losses) if programs else losses, self.declared, self.faults, self.setting, bool(programs)),
            rate_multipliers=rate_plans(phase, self.setting),
        )

    def precision(self, node: Node | None) -> str | None:
        if node is None:
            return None
        value = node.value if isinstance(node, Scalar) else None
        if value not in PRECISIONS:
            self.faults.add(node.error("unknown-choice", name=str(value), what="a precision", near=near(value, PRECISIONS), choices=list(PRECISIONS)))
        return value

    def execution(self, node: Node | None) -> ExecutionPlan:
        """`auto`, or a mapping of what is not to be chosen by measuring."""
        if not isinstance(node, Map):
            return ExecutionPlan()
        settings = {str(entry.key.value): entry.value for entry in node}
        steps = self.setting(settings, "steps_per_execution", None, "a whole number", 1, 10**6)
        return ExecutionPlan(steps, self.setting(settings, "jit_compile", None, "true or false"))

    def losses(self, phase: Phase, outputs: list[str]) -> dict[str, LossPlan]:
        found: dict[str, LossPlan] = {}
        if not phase.losses:
            self.faults.add(Fault("missing-key", phase.span, {"key": "loss", "where": "`train`", "example": "loss: SparseCategoricalCrossentropy"}))
            return found
        for item in phase.losses:
            name = self.output(item.output, outputs, item)
            if name is not None:
                found[name] = self.loss(name, item)
        if found and not any(item.call for item in phase.losses):
            self.faults.add(Fault("nothing-trained", phase.losses[0].span, {"outputs": list(found)}))
        for name in outputs:
            if name not in found and not self.faults.errors:
                self.unlossed(name, phase, list(found))
        return found

    def unlossed(self, name: str, phase: Phase, given: list[str]) -> None:
        where = self.spec.model.outputs
        span = next((key.span for key, _ in where.pairs if str(key.value) == name), where.span) if where else None
        fault = Fault("missing-loss", span or phase.losses[0].span, {"name": name, "given": given})
        self.faults.add(fault.also(phase.losses[0].span, f"losses are given for: {', '.join(given)}") if span else fault)

    def whole(self, name: str, span: Span) -> None:
        """Where examples are mixed, a fault for a loss or a metric that takes one class an example."""
        mixes = next((call for call in (self.section.augment if self.section else ()) if mixing([call])), None)
        if mixes and name.lower().startswith("sparse"):
            facts = {"mix": mixes.name, "name": name, "instead": name[len("sparse"):].removeprefix("_")}
            self.faults.add(Fault("mix-sparse", span, facts).also(mixes.span, "mixed here"))

    def loss(self, name: str, item: LossDef) -> LossPlan:
        if item.call:
            self.whole(item.call.name, item.call.span)
        weight = self.setting({"weight": item.weight} if item.weight else {}, "weight", 1.0, "a number", -LARGEST)
        return LossPlan(name, self.recipe("loss", item.call), item.target.value if item.target else name, float(weight), item.span)

    def output(self, name: Scalar | None, outputs: list[str], item: LossDef | MetricDef | Scalar) -> str | None:
        """The output a loss or metric belongs to; None where there is none, with its fault, or where its step is left out by `when`."""
        if name is None and len(outputs) == 1:
            return outputs[0]
        if name is None:
            self.faults.add(Fault("which-output", item.span, {"outputs": outputs}))
        elif str(name.value) not in outputs and str(name.value) in self.declared:
            return None
        elif str(name.value) not in outputs:
            self.faults.add(name.error("unknown-output", name=str(name.value), near=near(name.value, outputs), outputs=outputs))
        else:
            return str(name.value)
        return None

    def metrics(self, phase: Phase, compared: list[str], outputs: list[str]) -> dict[str, tuple[MetricPlan, ...]]:
        """The metrics of outputs; one that names none is of all that are `compared` with a field."""
        found: dict[str, list[MetricPlan]] = {}
        for item in short_metrics(phase):
            called = str(item.metric.name if isinstance(item.metric, Call) else item.metric.value)
            if item.output is None and not compared and self.written.metrics and not self.faults.errors:
                self.faults.add(Fault("metric-nowhere", item.metric.span, {"name": called, "outputs": outputs}))
            names = compared if item.output is None else [self.output(item.output, outputs, item)]
            self.whole(called, item.metric.span)
            plan = self.metric(item)
            for name in names:
                if name is not None and plan is not None:
                    found.setdefault(name, []).append(plan)
        return {name: tuple(plans) for name, plans in found.items()}

    def metric(self, item: MetricDef) -> MetricPlan | None:
        if isinstance(item.metric, Call):
            recipe = self.recipe("metric", item.metric)
            return recipe and MetricPlan(recipe, item.metric.span)
        name = item.metric.value
        if is_brick(name):
            return self.metric(MetricDef(item.output, Call(name, item.metric.span)))
        known = [*METRIC_WORDS, *self.catalogue.names("metric")]
        if name not in known and name not in tuple(getattr(self.catalogue, "texts", lambda kind: ())("metric")):
            self.faults.add(item.metric.error("unknown-choice", name=name, what="a metric", near=near(name, known), choices=list(METRIC_WORDS)))
            return None
        return MetricPlan(name, item.metric.span)

