"""What an experiment starts from, opened: a checked spec with its catalogue and its data, a run and the spec it keeps."""

from dataclasses import dataclass, replace
from pathlib import Path

from builder.diagnostics import Fault, fail
from builder.graph import DataPlan, Graph, PhasePlan
from builder.graph.generating import GeneratePlan
from builder.language.sections import Spec
from builder.language.tree import Scalar
from builder.targets import targets_of

SMOKE = 8  # examples in each of the two steps


@dataclass(frozen=True)
class Checked:
    """A spec without faults: its graph, its plans (None where it has no such section), its warnings, the outputs and the
    networks that are exported, its members if it is an ensemble, how it makes sequences."""

    spec: Spec
    graph: Graph
    data: DataPlan | None
    phases: tuple[PhasePlan, ...]
    warnings: tuple[Fault, ...]
    exported: tuple[str, ...] = ()
    ensemble: object = None
    networks: tuple[str, ...] = ()
    generate: GeneratePlan | None = None


def catalogue_of(spec: Spec, trust: bool):
    """The bricks that a spec may name; its own Python files are run where `trust` says so.

    Raises:
        SpecError: `untrusted-code`, `missing-import`, `code-failed`.
    """
    from builder import catalog

    if not spec.code:
        return catalog.catalogue()
    if not trust:
        raise fail("untrusted-code", spec.code[0].span, files=[text.value for text in spec.code])
    paths = [_beside(text) for text in spec.code]
    for text, path in zip(spec.code, paths):
        if not path.is_file():
            raise fail("missing-import", text.span, path=text.value, near=[])
        _run_code(text, path)
    return catalog.catalogue_with(paths)


def _beside(text: Scalar) -> Path:
    """A file named in a spec, relative to the file that names it."""
    return Path(text.span.source.name).parent / text.value


def _run_code(text: Scalar, path: Path) -> None:
    from builder import catalog

    try:
        catalog.trust(path)
    except Exception as error:
        raise fail("code-failed", text.span, path=text.value, problem=f"{type(error).__name__}: {error}") from error


def is_spec(what) -> bool:
    """Whether this is a spec, its text or its file, and not the name of a run."""
    return isinstance(what, Spec) or isinstance(what, (str, Path)) and ("\n" in str(what) or Path(what).is_file())


def check_trainable(checked: Checked) -> None:
    """A spec that is trained needs both sections; what lacks them can only be drawn."""
    for key, section, example in (("data", checked.data, "data: {source: Digits}"), ("train", checked.phases, "train: {loss: MeanSquaredError, epochs: 10}")):
        if not section:
            span = checked.spec.model.span
            raise fail("missing-key", span, key=key, where="a spec that is trained", example=example)


def data_of(checked: Checked, smoke: bool = False):
    """The Data that a spec's model is judged by: those of its last phase, see `datas_of`."""
    return datas_of(checked, smoke)[-1]


def datas_of(checked: Checked, smoke: bool = False) -> tuple:
    """The Data of each phase, held against the model; two batches made up for it where it is only tried.

    Their notes are those of all phases, told in the first and the last.

    Raises:
        SpecError: the data cannot be read, or do not fit.
    """
    from builder.data import made_up, open_phases

    graph, phases = checked.graph, checked.phases or (None,)
    inputs = {name: wire.spec for name, wire in graph.inputs.items()}
    if smoke:
        targets = [target for phase in checked.phases for target in targets_of(graph, phase)]
        return (replace(made_up(inputs, targets, n=2 * SMOKE), batch=SMOKE),) * len(phases)
    datas = open_phases([phase and phase.data or checked.data for phase in phases], inputs)
    for data in dict.fromkeys(datas):
        _check_data(graph, data, [phase for phase, its in zip(phases, datas, strict=True) if phase and its is data])
    notes = _notes(datas)
    told = {data: replace(data, notes=notes) for data in datas}
    return tuple(told[data] for data in datas)


def _check_data(graph: Graph, data, phases: list[PhasePlan]) -> None:
    """Holds data against the model and what the phases that train on it compare, and weights of classes against the classes."""
    from builder.data import check_fields, class_weights

    inputs = {name: wire.spec for name, wire in graph.inputs.items()}
    targets = [target for phase in phases for target in targets_of(graph, phase)]
    check_fields(data, inputs, targets, spans={name: graph.nodes[wire.node].span for name, wire in graph.inputs.items()})
    for phase in phases:
        class_weights(data, phase.class_weight, {target.output: target.field for target in targets_of(graph, phase)})


def never_run(phases: tuple[PhasePlan, ...], datas: tuple) -> list[Fault]:
    """A warning for each step of a phase that waits for more batches than the phase has."""
    found = []
    for phase, data in zip(phases, datas, strict=True):
        batches = phase.epochs * -(-data.splits["train"].size // data.batch)
        found += [Fault("step-never", step.span, {"step": step.name, "every": step.every, "batches": batches}, severity="warning")
                  for step in phase.steps if step.every > batches]
    return found


def _notes(datas: tuple) -> tuple[str, ...]:
    """What was decided about the data of all phases, each thing once."""
    told: dict[str, str] = {note: note for note in datas[0].notes}
    for number, data in enumerate(datas[1:], 2):
        told |= {note: f"phase {number}: {note}" for note in data.notes if note not in told}
    return tuple(told.values())


def import_quietly() -> None:
    """Keras and TensorFlow imported without their talk, before anything else imports them."""
    from builder.catalog import import_keras

    import_keras()


def run_of(run, runs: str | Path):
    """A Run, or the one that a folder or name means."""
    from builder.training import Run, find_run

    return run if isinstance(run, Run) else find_run(run, Path(runs), trained=True)


def spec_of(run) -> Spec:
    """The spec that a run keeps, its paths relative to where it was first read."""
    from builder.language import load as read

    return at_base(read(run.folder / "spec.yaml"))


def at_base(spec: Spec) -> Spec:
    """A spec that lies in a run's folder reads its data and code from where it first stood."""
    about = spec.path and spec.path.parent / "run.json"
    if not about or not about.is_file():
        return spec
    from builder.training.files import read_json

    base = Path(read_json(about, {}).get("base", spec.base))
    return replace(spec, path=base / "spec.yaml", code=tuple(replace(text, value=str(base / text.value)) for text in spec.code))
