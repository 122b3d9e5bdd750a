"""The phases of an experiment, each a short function: load → check → lay → build → data → train → export."""

import json
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from builder.diagnostics import Fault, Faults, SpecError, fail
from builder.graph import Graph, PhasePlan
from builder.language.sections import Spec
from builder.opening import Checked, at_base, catalogue_of, check_trainable, data_of, datas_of, import_quietly, is_spec, never_run, run_of, spec_of

SAMPLES = 4  # real examples that an export is proved with


def load(spec, set: Mapping[str, object] | None = None, trust: bool = False) -> Spec:
    """A Spec from a path, a shipped name, or a text; `set` overrides values at paths.

    Raises:
        SpecError: with every fault of the first stage that has any.
    """
    from builder.language import load as read

    spec = at_base(read(spec, set))
    catalogue = catalogue_of(spec, trust)
    from builder.catalog.library import library
    from builder.graph import check as names

    names(spec, catalogue, library())
    return spec


def check(spec, set: Mapping[str, object] | None = None, trust: bool = False, *, runs: str | Path = "runs") -> Checked:
    """Everything that can be known without data and without weights.

    Args:
        runs: where runs are looked for that an ensemble names.

    Raises:
        SpecError: with every fault of the first stage that has any.
    """
    from builder.catalog.library import library
    from builder.graph import lay, plan_data, plan_export, plan_networks, plan_training
    from builder.graph.carried import carried
    from builder.graph.generating import plan_generate
    from builder.graph.warnings import about, stray_patterns

    spec = load(spec, set, trust)
    if spec.ensemble:
        from builder.ensembles import check_ensemble

        return check_ensemble(spec, check, trust, runs)
    catalogue = catalogue_of(spec, trust)
    graph, warnings = lay(spec, catalogue, library())
    faults = Faults()
    data = faults.attempt(plan_data, spec, catalogue) if spec.data else None
    phases = faults.attempt(plan_training, spec, catalogue, graph) if spec.train else ()
    exported = faults.attempt(plan_export, spec, graph.outputs)
    networks = faults.attempt(plan_networks, spec, graph)
    generate = faults.attempt(plan_generate, spec, graph) if spec.generate else None
    faults.extend(carried(graph, data))
    faults.extend(stray_patterns(graph, phases or ()))
    faults.check()
    return Checked(spec, graph, data, phases, (*warnings, *about(graph, phases)), exported, networks=networks, generate=generate)


def look(checked: Checked):
    """The Data of a checked spec, and the first training batch as the network will see it.

    Raises:
        SpecError: there is no data section, or the data is at fault.
    """
    import_quietly()
    from builder.report.sheet import first_batch

    if checked.data is None:
        raise fail("missing-key", checked.spec.model.span, key="data", where="a spec whose data are looked at", example="data: {source: Digits}")
    data = datas_of(checked)[0]
    return data, first_batch(data, {name: wire.spec for name, wire in checked.graph.inputs.items()}, checked.phases[:1])


def compile(spec, network: str | None = None, set: Mapping[str, object] | None = None, trust: bool = False, *, runs: str | Path = "runs", reporter=None):
    """The keras.Model of a spec, or of one of its networks, with fresh weights or those that it names.

    Args:
        runs: where runs are looked for that `weights` names.
        reporter: hears what was loaded of such weights, and what was not.

    Raises:
        SpecError: with every fault of the first stage that has any.
    """
    from builder.catalog.library import library
    from builder.diagnostics import near
    from builder.graph import lay
    from builder.model import build
    from builder.pretrained import weighted

    if network is None:
        checked = check(spec, set, trust, runs=runs)
        return weighted(_built(checked), checked.graph, spec=checked.spec, runs=runs, reporter=reporter)[0]
    spec = load(spec, set, trust)
    if network not in spec.networks:
        raise fail("no-such-network", name=network, near=near(network, spec.networks), networks=list(spec.networks))
    graph = lay(spec, catalogue_of(spec, trust), library(), network)[0]
    return weighted(build(graph), graph, spec=spec, runs=runs, reporter=reporter)[0]


def train(spec, set: Mapping[str, object] | None = None, *, runs: str | Path = "runs", resume: str | Path | None = None,
          device: str | None = None, checkpoint_every: int | None = None, reporter=None, trust: bool = False, smoke: bool = False,
          trained: str | Path | None = None):
    """Trains a spec and gives back its Run: `.folder`, `.model`, `.history`.

    Args:
        spec: a path, a shipped name, a text or a Spec; left None where `resume` names a run.
        resume: a run folder (or its name) to go on with.
        device: `cpu`, `gpu:1`, or several: `mirrored`, `multiworker` (see `training.devices`). Of several workers only the first keeps the run.
        smoke: two steps on made-up data of the right shapes.
        trained: where runs are looked for that `weights` names; left out, `runs`.

    Raises:
        SpecError: the spec, the data or the machine is at fault.
        Interrupted: the user asked to stop; all is saved.
    """
    import_quietly()
    from builder.report import conclude, reported
    from builder.training import create, find_run, fix_seeds, is_chief, made_on, on_device, strategy
    from builder.training import train as run_phases

    strategy(device)  # CPUs are split, and workers meet, before TensorFlow does anything else
    chief = is_chief(device)
    run = find_run(resume, Path(runs)) if resume else None
    checked = check(spec_of(run) if run else spec, set, trust, runs=trained or runs)
    check_trainable(checked)
    if checked.ensemble:
        again = partial(train, device=device, checkpoint_every=checkpoint_every, reporter=reporter, trust=trust, smoke=smoke, trained=trained or runs)
        return _train_together(checked, run, again, {} if run is None else set or {}, reporter, smoke, runs=Path(runs) if chief else _aside(),
                               command=_command(spec, set, device, trust))
    reporter, heard = _listeners(reporter, checked)
    phases = _short(checked.phases) if smoke else checked.phases
    datas = datas_of(checked, smoke)
    data = datas[-1]  # that the run is judged by
    _tell(reporter, (*checked.warnings, *(() if smoke else never_run(phases, datas))), data.notes)
    if phases[0].seed is not None:
        fix_seeds(phases[0].seed)
    with made_on(device):
        model, loaded = _made(checked, run, trained or runs, reporter)
    if run is None or not chief:
        run = create(checked.spec.name, Path(runs) if chief else _aside(), spec=resolved(checked.spec), graph=_picture(checked.graph),
                     command=_command(spec, set, device, trust), **_about(checked, data, loaded))
    with reported(run, checked.graph, heard, reporter):
        run_phases(model, phases, datas, run.folder, resume=bool(resume), device=device,
                   checkpoint_every=checkpoint_every, reporter=reporter, wires=_wires(checked))
    if chief and not smoke:
        with on_device(device):
            conclude(run, checked.graph, data, checked.phases[-1], model, heard, reporter, _wires(checked))
    return run


def _train_together(checked: Checked, run, train, changes: Mapping, reporter, smoke: bool, runs: Path, command: str | None):
    """The run of an ensemble: its members trained in turn, composed, and judged one by one and together."""
    from builder.ensembles import begin, evaluate_members, train_members
    from builder.report import close
    from builder.training.files import write_text
    from builder.training.reporter import Silent

    data, reporter = data_of(checked, smoke), reporter or Silent()
    run = run or begin(checked, runs, graph=_picture(checked.graph), command=command, **_about(checked, data, ()))
    write_text(run.folder / "spec.yaml", resolved(checked.spec))
    model = train_members(checked, run, train, reporter, data, changes)
    if not smoke:
        close(run, checked.graph, evaluate_members(run, checked, data, model), reporter.warning, [])
    return run


def _made(checked: Checked, run, runs: str | Path, reporter) -> tuple:
    """The model to train and what was loaded into it; a run that goes on has its own weights."""
    from builder.pretrained import goes_on, weighted

    model = _built(checked, pretrained=not goes_on(run))
    return (model, ()) if goes_on(run) else weighted(model, checked.graph, spec=checked.spec, runs=runs, reporter=reporter)


def _aside() -> Path:
    """A folder for the run of a worker that is not the chief, gone when this process ends."""
    import atexit
    from tempfile import TemporaryDirectory

    folder = TemporaryDirectory(prefix="bricks-worker-")
    atexit.register(folder.cleanup)
    return Path(folder.name)


def evaluate(run="latest", *, runs: str | Path = "runs", trust: bool = False, warn=lambda fault: None):
    """Measures a run on its test split (else its validation split); keeps and gives back the Evaluation, and writes the report anew.

    `warn` is called with a fault where the report cannot be written.

    Raises:
        SpecError: there is no such run, it has no model yet, or its data is gone.
    """
    import_quietly()
    from builder.ensembles import evaluate_members
    from builder.inside import judge_run
    from builder.report import close, with_samples

    run = run_of(run, runs)
    checked = check(spec_of(run), trust=trust)
    check_trainable(checked)
    data = data_of(checked)
    found = evaluate_members(run, checked, data) if checked.ensemble else with_samples(run, judge_run(run, data, checked.phases[-1], wires=_wires(checked)))
    close(run, checked.graph, found, warn)
    return found


def predict(run, files=(), *, texts=(), count: int | None = None, seed: int | None = None, of: str | None = None,
            set: Mapping[str, object] | None = None, runs: str | Path = "runs", trust: bool = False) -> list:
    """Predictions of a run, in the order of the files and texts, by the run's own preprocessing: those of the outputs that it exports.

    Without files and texts a run that makes something of noise gives samples: see `builder.training.generators.samples` for `count` and
    `of`. `seed` draws other noise. `set` changes how sequences are made: `{"generate.temperature": 0.5}`.

    Raises:
        SpecError: there is no such run, or files cannot be read or do not fit.
    """
    import_quietly()
    from builder.training import predict as told
    from builder.training.generators import samples

    run = run_of(run, runs)
    spec = spec_of(run)
    catalogue_of(spec, trust)
    if not files and not texts:
        return samples(run, count, seed, of)
    checked = check(spec, set, trust=trust) if spec.generate or spec.export.outputs or set else None
    return told(run, files, texts=texts, generate=checked and checked.generate, outputs=checked.exported if checked and spec.export.outputs else (), seed=seed)


def export(what, formats=None, folder: str | Path | None = None, *, networks: Sequence[str] | None = None, set: Mapping[str, object] | None = None,
           runs: str | Path = "runs", trust: bool = False, tell=lambda step: None) -> list:
    """Exports a Run (or what names one), or a spec with fresh weights, and proves each export in a fresh process.

    The networks that `export: {networks: ...}` names come after the model, each in a folder of its name.

    Args:
        what: a Run, a run's folder or name, or a spec file.
        formats: of `saved_model`, `keras`, `onnx`, `litert`; None takes the spec's own, else SavedModel.
        folder: where to; None is `export` in the run's folder, or beside a spec in the current one.
        networks: export these networks of the model by themselves, in place of the model.
        tell: called with each step of the work.

    Raises:
        SpecError: there is nothing to export, or an export cannot be made or proved.
    """
    import_quietly()
    from builder.export import export as write
    from builder.export import network_of
    from builder.pretrained import weighted

    run = None if is_spec(what) else run_of(what, runs)
    checked = check(spec_of(run) if run else what, set, trust, runs=runs)
    wanted = formats or [text.value for text in checked.spec.export.formats] or ["saved_model"]
    target = Path(folder) if folder else (run.folder / "export" if run else Path("export") / checked.spec.name)
    model, loaded = (run.model, ()) if run else weighted(_built(checked), checked.graph, spec=checked.spec, runs=runs)
    untrained = {"weights": "; ".join(one.sentence for one in loaded) or "fresh, not trained"}
    about = {"spec_text": resolved(checked.spec), "info": {"run": run.name} if run else untrained, "tell": tell}
    whole = [] if networks else write(model, wanted, target, outputs=checked.exported, name=checked.spec.name, classes=run.classes if run else {},
                                      metrics=_metrics(run), samples=_samples(checked) if run else None, generate=checked.generate, **about)
    inner = {name: network_of(model, name) for name in networks or checked.networks}
    return [*whole, *(one for name, network in inner.items() for one in write(network, wanted, target / name, name=name, **about))]


def _samples(checked: Checked) -> dict | None:
    """A few real inputs to prove exports with; None where the data are not there any more."""
    if checked.data is None:
        return None
    inputs = {name: wire.spec for name, wire in checked.graph.inputs.items()}
    try:
        split = data_of(checked).evaluation
    except (SpecError, OSError):
        return None
    batch, _ = next(iter(split.dataset(inputs, (), min(SAMPLES, split.size), augment=False)))
    return {name: value.numpy() for name, value in batch.items()}


def _metrics(run) -> dict | None:
    """What the run achieved: on the test split if it was evaluated, and in its last epoch."""
    return run and {"test": run.info.get("test"), "last_epoch": dict(run.history.last)}


def resolved(spec: Spec) -> str:
    """The spec with imports and overrides worked in, as YAML that is itself a spec."""
    from builder.language.render import render

    return render(spec)


def draw(spec, path: str | Path, set: Mapping[str, object] | None = None, depth: int | None = None, direction: str = "down") -> Path:
    """Draws a spec's graph into a file; its ending picks the format (svg, dot, mmd).

    Raises:
        SpecError: the spec is at fault, or there is no such format.
    """
    from builder.draw import draw as paint

    return paint(check(spec, set).graph, path, depth=depth, direction=direction)


def _built(checked: Checked, pretrained: bool = True):
    from builder.ensembles import compose
    from builder.model import build

    if checked.ensemble:
        return compose(checked, {member.name: member.run.model if member.run else _built(member.checked, pretrained) for member in checked.ensemble.members})
    return build(checked.graph, _precision(checked.phases), pretrained)


def _precision(phases: tuple[PhasePlan, ...]) -> str | None:
    return phases[0].precision if phases else None


def _wires(checked: Checked):
    """What opens the model of a spec, so that its inner wires can be read by name."""
    from builder.inside.wires import Inside

    return partial(Inside, checked.graph, generate=checked.generate)


def _listeners(reporter, checked: Checked):
    """The reporter of a run, and what keeps for its report what it hears."""
    from builder.report import Heard, Photographer
    from builder.training.reporter import Several, Silent

    heard = Heard(resolved(checked.spec))
    several = Several(reporter or Silent(), heard, Photographer())
    several.checked(checked)
    return several, heard


def _command(spec, set: Mapping[str, object] | None, device: str | None, trust: bool) -> str | None:
    """What to type to train the same again; None where the spec is in no file."""
    if isinstance(spec, Spec) and not spec.path or isinstance(spec, str) and "\n" in spec:
        return None
    changes = [word for path, value in (set or {}).items() for word in ("--set", f"{path}={value if isinstance(value, str) else json.dumps(value)}")]
    options = [*(["--device", device] if device else []), *(["--trust"] if trust else [])]
    return shlex.join(["build", "train", str(spec.path if isinstance(spec, Spec) else spec), *changes, *options])


def _tell(reporter, warnings: tuple[Fault, ...], notes: tuple[str, ...]) -> None:
    """What a person should know before the training begins."""
    for warning in warnings:
        reporter.warning(warning)
    for note in notes:
        reporter.note(note)


def _short(phases: tuple[PhasePlan, ...]) -> tuple[PhasePlan, ...]:
    return tuple(replace(phase, epochs=1, class_weight=()) for phase in phases)  # made-up data have other classes


def _picture(graph: Graph) -> str:
    from builder.draw import drawing

    return drawing(graph, ".svg").decode()


def _about(checked: Checked, data, loaded: tuple) -> dict:
    """What a run's folder keeps of its spec, its data and the weights it begins with."""
    from builder.report import about_data
    from builder.training.plain import plain

    targets = [loss.target for phase in checked.phases for loss in phase.losses.values()]
    return {"source": plain(checked.data), "description": checked.spec.description, "base": str(checked.spec.base.resolve()),
            "data": about_data(data, targets), **({"weights": [one.plain() for one in loaded]} if loaded else {})}


