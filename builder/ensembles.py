"""Ensembles: several networks that answer together. Their members found and checked, trained in turn, composed, and judged one by one and whole."""

import contextlib
import os
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from builder.diagnostics import Fault, Faults, Span, SpecError, fail, near
from builder.graph import PhasePlan
from builder.language import sections
from builder.language.sections import Spec
from builder.language.tree import Entry, Map, Node, Scalar
from builder.language.tree import plain as plain_tree
from builder.opening import Checked, catalogue_of, spec_of

FOLDER = "members"
KEPT = ("inputs", "outputs", "fields", "targets", "batch")  # what a run tells of its model and data, and an ensemble with it


@dataclass(frozen=True)
class Member:
    """One network of an ensemble: its name, where it is written, its own checked spec, and its run where it has been trained elsewhere."""

    name: str
    span: Span
    checked: Checked
    run: object = None

    @property
    def classes(self) -> Mapping[str, tuple[str, ...]]:
        """The names of classes that a trained member knows, by output."""
        return self.run.classes if self.run else {}


@dataclass(frozen=True)
class Together:
    """What makes one network of the members; `combine` is mean, vote or weighted, and without `weights` these are learned."""

    members: tuple[Member, ...]
    combine: str
    weights: tuple[float, ...] | None
    outputs: Mapping[str, object] = field(default_factory=dict)

    @property
    def learns(self) -> bool:
        return self.combine == "weighted" and self.weights is None


def check_ensemble(spec: Spec, check: Callable, trust: bool = False, runs: str | Path = "runs") -> Checked:
    """A spec with `ensemble:` without faults: its graph is that of the members side by side, their outputs combined.

    Args:
        check: `experiment.check`, for the specs of the members.
        runs: where runs are looked for that it names.

    Raises:
        SpecError: with the faults of the members, or of what they do not have in common.
    """
    from builder.catalog.library import library
    from builder.graph.ensemble import check_agreement, lay_ensemble

    finder = _Finder(spec, check, trust, Path(runs))
    members = finder.members()
    base = finder.own or members[0].checked
    outputs = _outputs(spec, base)
    _check_judged(base, outputs)
    graphs = {member.name: replace(member.checked.graph, name=member.name) for member in members}
    check_agreement(graphs, outputs, {member.name: member.span for member in members}, {member.name: member.classes for member in members})
    written = spec.ensemble
    combine = written.combine.value if written.combine else "mean"
    voices = {name: _voice(base, name, combine, written.combine) for name in outputs}
    graph = lay_ensemble(spec, graphs, voices, combine, written.weights, catalogue_of(spec, trust), library(),
                         {member.name: member.checked.spec.model for member in members})
    warnings = tuple(dict.fromkeys(warning for member in members[:1] for warning in member.checked.warnings))
    return Checked(replace(spec, model=spec.model or base.spec.model), graph, base.data, tuple(_only(phase, outputs) for phase in base.phases), warnings,
                   outputs, Together(members, combine, written.weights, voices))


def _outputs(spec: Spec, base: Checked) -> tuple[str, ...]:
    """The outputs that are combined: those that `of` names, else those that are exported."""
    for text in spec.ensemble.of:
        if text.value not in base.graph.outputs:
            raise SpecError([text.error("unknown-output", name=text.value, near=near(text.value, base.graph.outputs), outputs=list(base.graph.outputs))])
    return tuple(dict.fromkeys(text.value for text in spec.ensemble.of)) or base.exported


def _check_judged(base: Checked, outputs: tuple[str, ...]) -> None:
    """Members are judged, alone and together, by the losses of these outputs: each needs one that reads the output and nothing else."""
    losses = base.phases[-1].losses if base.phases else {}
    for name in outputs if base.phases else ():
        loss = losses.get(name)
        if loss is not None and loss.by_equation and "term" not in dict(loss.recipe.args):
            raise SpecError([Fault("ensemble-loss", loss.span, {"output": name, "before": True})])
    if base.phases and not any(losses[name].recipe for name in outputs if name in losses):
        raise SpecError([Fault("ensemble-loss", base.phases[-1].span, {"output": outputs[0], "before": False})])


def _voice(base: Checked, output: str, combine: str, written: Scalar | None):
    """How an output is read, by its loss: a vote is of classes."""
    from builder.graph.ensemble import Voice
    from builder.training.meaning import meaning

    loss = base.phases[-1].losses.get(output) if base.phases else None
    recipe = loss.recipe if loss else None
    shape = base.graph.outputs[output].spec.shape
    read = meaning(recipe and recipe.name, dict(recipe.args) if recipe else {}, shape, None)
    if combine == "vote" and base.phases and read.kind in ("number", "embedding"):
        raise SpecError([written.error("ensemble-numbers", output=output, loss=recipe.name if recipe else None)])
    return Voice(read.kind, read.logits)


def _only(phase: PhasePlan, outputs: tuple[str, ...]) -> PhasePlan:
    """A phase by which these outputs alone are judged."""
    losses = {name: loss for name, loss in phase.losses.items() if name in outputs}
    return replace(phase, losses=losses, metrics={name: metrics for name, metrics in phase.metrics.items() if name in outputs}, steps=(), measures=())


class _Finder:
    """Finds the members that a spec names, each with the data and the split of the whole and a seed of its own."""

    def __init__(self, spec: Spec, check: Callable, trust: bool, runs: Path):
        self.spec, self.check, self.trust, self.runs = spec, check, trust, runs
        self.kept = _kept(spec)
        self.own = check(_without(spec), trust=trust) if spec.model else None
        self.taken = {item.name for item in spec.model.inputs} | set(self.own.graph.outputs) if self.own else set()

    def members(self) -> tuple[Member, ...]:
        faults, found = Faults(), []
        for place, written in enumerate(self.spec.ensemble.members):
            found.append(faults.attempt(self.member, place, written, found))
        faults.check()
        return tuple(found)

    def member(self, place: int, written: sections.Member, before: list) -> Member:
        if written.source is None:
            if self.spec.model is None:
                facts = {"key": "model", "where": "an ensemble of the spec's own model", "example": "model:\n  inputs: {image: [28, 28, 1]}\n  layers: [...]"}
                raise SpecError([Fault("missing-key", written.span, facts)])
            return self.trained(place, written, _without(self.spec), "member", before)
        if place in self.kept:
            return self.again(written, *self.kept[place])
        run = self.run(written)
        if run is not None:
            return self.again(written, run, False)
        spec = self.read(written)
        return self.trained(place, written, spec, spec.name, before)

    def again(self, written: sections.Member, run, ours: bool) -> Member:
        """A member that there is: trained for this ensemble (`ours`) or elsewhere."""
        from builder.training.run import MODEL

        if not ours and not (run.folder / MODEL).is_file():
            raise SpecError([Fault("no-model", written.source.span, {"run": run.name, "state": run.state})])
        return Member(self.name(run.info.get("name", "run")), written.span, self.check(spec_of(run), trust=self.trust), None if ours else run)

    def name(self, wanted: str) -> str:
        """A name for a step: numbered where it is taken."""
        plain = re.sub(r"\W", "_", wanted)
        names = (plain if number == 1 and plain != "member" else f"{plain}_{number}" for number in range(1, 10**6))
        found = next(name for name in names if name not in self.taken)
        self.taken.add(found)
        return found

    def run(self, written: sections.Member):
        """The run that is meant; None where it is a spec."""
        from builder.language.load import shipped
        from builder.training.run import list_runs

        source = str(written.source.value)
        if written.kind == "spec" or not written.kind and ((self.spec.base / source).is_file() or source in shipped()):
            return None
        run = self.found(source)
        if run is None:
            names = [found.name for found in list_runs(self.runs)]
            close = near(source, [*({} if written.kind else shipped()), *names])
            raise SpecError([written.source.error("unknown-member", name=source, meant=written.kind, near=tuple(close), runs=str(self.runs))])
        return run

    def found(self, source: str):
        from builder.training.run import find_run

        for which in (self.spec.base / source, source):
            with contextlib.suppress(SpecError):
                return find_run(which, self.runs, trained=True)
        return None

    def read(self, written: sections.Member) -> Spec:
        from builder.language import load
        from builder.language.load import shipped

        source = str(written.source.value)
        path = self.spec.base / source
        if not path.is_file() and source not in shipped():
            raise SpecError([written.source.error("unknown-member", name=source, meant="spec", near=tuple(near(source, shipped())), runs="")])
        spec = load(path if path.is_file() else source)
        if spec.ensemble:
            raise SpecError([written.source.error("ensemble-nested", name=source)])
        return spec

    def trained(self, place: int, written: sections.Member, spec: Spec, wanted: str, before: list) -> Member:
        """A member that is trained for the ensemble."""
        from builder.language import load

        name, base = self.name(wanted), self.own or next((member.checked for member in before if member), None)
        changes = {path: plain_tree(node) for path, node in written.changes.items()}
        if base is not None and base.data and (self.own is None or written.source):
            spec = replace(spec, tree=_with(spec.tree, "data", base.spec.tree.get("data")), path=base.spec.path)
        spec = load(spec, {"name": name, **changes}) if changes or spec.name != name or "data" in spec.tree else spec
        checked = self.check(spec, trust=self.trust)
        seeds = _seeds(checked, base or checked, place, changes)
        return Member(name, written.span, self.check(load(spec, seeds), trust=self.trust) if seeds else checked)


def _seeds(checked: Checked, base: Checked, place: int, changes: Mapping[str, object]) -> dict[str, object]:
    """Another seed for each member, but one for the splits of the data."""
    found: dict[str, object] = {"data.seed": base.data.seed} if checked.data else {}
    for number, (phase, written) in enumerate(zip(checked.phases, checked.spec.train, strict=True)):
        path = "train.seed" if isinstance(checked.spec.tree.get("train"), Map) else f"train.{number}.seed"
        if (number == 0 or "seed" in written.settings) and path not in changes:
            found[path] = (phase.seed or 0) + place
    return found


def _kept(spec: Spec) -> dict[int, tuple]:
    """The run of each member and whether it was trained for it, where the spec is one that a run keeps."""
    from builder.training.files import read_json
    from builder.training.run import FILE, Run

    folder = Path(spec.source.name).parent
    about = read_json(folder / FILE, {}) if (folder / FILE).is_file() else {}
    places = {place: (Run(folder / member["run"]), member["ours"]) for place, member in enumerate(about.get("members", [])) if member.get("run")}
    return {place: (run, ours) for place, (run, ours) in places.items() if (run.folder / FILE).is_file()}


def _without(spec: Spec) -> Spec:
    """The spec of one network: without its ensemble."""
    return replace(spec, ensemble=None, tree=Map(spec.tree.span, tuple(entry for entry in spec.tree if entry.key.value != "ensemble")))


def _with(tree: Map, key: str, value: Node) -> Map:
    entry = Entry(tree.key(key) if key in tree else Scalar(value.span, key, True, key), value)
    return Map(tree.span, (*(old for old in tree if old.key.value != key), entry))


def compose(checked: Checked, models: Mapping[str, object]):
    """The keras.Model of an ensemble: the models of its members under their names, combined.

    Args:
        models: by the members' names.
    """
    import keras

    from builder.model import build

    inner = {name: keras.Model(model.input, model.output, name=name) for name, model in models.items()}
    return build(checked.graph, checked.phases[0].precision if checked.phases else None, networks=inner)


def train_members(checked: Checked, run, train: Callable, reporter, data, changes: Mapping[str, object]):
    """Trains the members of an ensemble one after the other, each in a run of its own below the ensemble's, and composes them there.

    Args:
        train: takes a spec, `runs` and `resume` as `experiment.train` does, and gives back the run.
        data: opened, to learn weights on and to judge by.
        changes: overrides of a run that goes on, for the members at work; what has been trained stays where there are none.

    Raises:
        SpecError: as `train` does; `ensemble-unvalidated`, weights that are to be learned without validation data.
        Interrupted: the user asked to stop; a run that goes on begins with the member at work.
    """
    together = checked.ensemble
    if together.learns and "validation" not in data.splits:
        raise fail("ensemble-unvalidated", checked.spec.ensemble.combine.span, members=len(together.members))
    if run.state == "finished" and not changes:
        raise fail("run-finished", None, run=run.name, epochs=sum(len(one.history.rows) for one in _runs(run, together) if one))
    with _stated(run):
        done = []
        for number, member in enumerate(together.members, 1):
            reporter.member(member.name, number, len(together.members))
            done.append(member.run or _trained(run, member, train, changes))
            run.update(members=_told(run, together, done))
        model = compose(checked, {member.name: one.model for member, one in zip(together.members, done, strict=True)})
        _weigh(checked, model, data)
        _keep(run, checked, model, done)
    return model


def _trained(run, member: Member, train: Callable, changes: Mapping[str, object]):
    """The finished run of a member: that of before, gone on with or begun."""
    from builder.training.run import list_runs

    folder = run.folder / FOLDER
    before = next(reversed(list_runs(folder, member.name)), None)
    if before is not None and before.state == "finished" and not changes:
        return before
    inner = {path: value for path, value in changes.items() if before and path.partition(".")[0] != "ensemble"}
    return train(member.checked.spec, inner, runs=folder, resume=before and before.folder)


def _runs(run, together: Together) -> list:
    """The run of each member so far."""
    from builder.training.run import list_runs

    return [member.run or next(reversed(list_runs(run.folder / FOLDER, member.name)), None) for member in together.members]


def _told(run, together: Together, done: list) -> list[dict]:
    """What the folder keeps of each member; its run by the way from there, so that the folder can be moved whole."""
    ways = [None if one is None else os.path.relpath(one.folder, run.folder) for one in [*done, *[None] * (len(together.members) - len(done))]]
    seeds = [member.checked.phases[0].seed if member.checked.phases and member.run is None else None for member in together.members]
    return [{"name": member.name, "run": way, "seed": seed, "ours": member.run is None} for member, way,
            seed in zip(together.members, ways, seeds, strict=True)]


@contextlib.contextmanager
def _stated(run) -> Iterator[None]:
    """The run says how it stands, also where it is stopped or fails."""
    from builder.training import Interrupted
    from builder.training.run import told

    run.at_work()
    try:
        yield
    except Interrupted:
        run.update(state="interrupted")
        raise
    except Exception as error:
        run.update(state="failed", faults=told(error))
        raise
    run.update(state="finished")


def _weigh(checked: Checked, model, data) -> None:
    """Weights that are learned are those by which the members together explain the validation data best."""
    from builder.training.shares import learned

    if not checked.ensemble.learns:
        return
    members = {member.name: model.get_layer(member.name) for member in checked.ensemble.members}
    for output, voice in checked.ensemble.outputs.items():
        layer = model.get_layer(f"{output}_probability" if voice.logits else output)
        layer.shares.assign(learned(members, data.splits["validation"], checked.phases[-1].losses.get(output), output, data.fields, data.batch))


def _keep(run, checked: Checked, model, done: list) -> None:
    """The model and what its run tells of it, as of any run."""
    from builder.training import plain
    from builder.training.files import write_whole
    from builder.training.run import MODEL

    info = done[0].info
    about = {key: info[key] for key in KEPT if key in info}
    outputs = {name: info["outputs"][name] for name in checked.ensemble.outputs}
    write_whole(run.folder / MODEL, model.save)
    run.update(**{**about, "outputs": outputs, "targets": {name: loss.target for name, loss in checked.phases[-1].losses.items()}},
               signature={"train": plain(checked.phases)}, parameters=model.count_params(), combine=checked.ensemble.combine,
               weights_of_members=_shares(checked, model), epochs=sum(len(one.history.rows) for one in done))


def _shares(checked: Checked, model) -> dict[str, list[float]]:
    names = [(output, f"{output}_probability" if voice.logits else output) for output, voice in checked.ensemble.outputs.items()]
    layers = {output: model.get_layer(name) for output, name in names} if checked.ensemble.combine == "weighted" else {}
    return {output: [round(float(share), 6) for share in layer.shares.numpy()] for output, layer in layers.items()}


def evaluate_members(run, checked: Checked, data, model=None):
    """The Evaluation of an ensemble, with the metrics of each member on the same examples; kept in its folder."""
    from builder.training import evaluate, evaluate_run

    model, plan = model or run.model, checked.phases[-1]
    members = {}
    for member in checked.ensemble.members:
        members[member.name] = dict(evaluate(model.get_layer(member.name), data.evaluation, plan, fields=data.fields, batch=data.batch).metrics)
    return evaluate_run(run, data, plan, model=model, members=members, combine=checked.ensemble.combine)


def begin(checked: Checked, runs: Path, **about: object):
    """The run folder of an ensemble."""
    from builder.training import create

    run = create(checked.spec.name, runs, **about)
    run.update(members=_told(run, checked.ensemble, []))
    return run

