"""Trained weights for a built model: the files that a spec's names mean, and the report told."""

from pathlib import Path

from builder.diagnostics import Faults, SpecError, fail
from builder.graph import Graph, WeightsPlan
from builder.language.sections import Spec


def weighted(model, graph: Graph, *, spec: Spec, runs: str | Path, reporter=None) -> tuple:
    """The model with the weights that its spec names, and a `Loaded` for each `weights:`.

    Args:
        runs: where runs are looked for.
        reporter: hears a sentence of each, and its warnings.

    Raises:
        SpecError: `no-run`, `no-model`, or what `load_weights` finds.
    """
    from builder.model import load_weights, plans

    faults = Faults()
    files = {plan.source: faults.attempt(_file, plan, spec.base, Path(runs)) for plan in plans(graph)}
    faults.check()
    loaded = load_weights(model, graph, files)
    for one in loaded if reporter else ():
        reporter.note(one.sentence)
        for warning in one.warnings:
            reporter.warning(warning)
    return model, loaded


def goes_on(run) -> bool:
    """Whether a run (or None) has a checkpoint, which brings all weights there are."""
    return run is not None and any(run.folder.glob("checkpoints/step-*.npz"))


def _file(plan: WeightsPlan, base: Path, runs: Path) -> Path:
    """The file a spec means: as it is named, beside the spec, or the model that a run has kept."""
    from builder.model import is_file_of_weights

    if is_file_of_weights(plan.source) or (base / plan.source).is_file():
        return base / plan.source
    from builder.training.run import MODEL, find_run

    beside = base / plan.source
    try:
        run = find_run(beside if beside.is_dir() else plan.source, runs, trained=True)
    except SpecError as error:
        raise SpecError([fault.at(plan.span) for fault in error.faults]) from None
    if not (run.folder / MODEL).is_file():
        raise fail("no-model", plan.span, run=run.name, state=run.state)
    return run.folder / MODEL
