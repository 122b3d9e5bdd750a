"""A phase's plan lowered to a compiled Keras model and its callbacks."""

import csv
import warnings as python_warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from builder.data import class_weights
from builder.diagnostics import Fault, Faults, Span, fail, near
from builder.graph.graph import Recipe
from builder.graph.plans import LossPlan, PhasePlan, Target
from builder.training import freeze
from builder.training.files import write_text, write_whole
from builder.training.making import made, optimizer_of, scaled
from builder.training.rates import multiplied

KEPT = "program.npz"  # in the run folder
# What of a callback's arguments is a path; a relative one is meant to lie in the run folder.
PATHS = ("filepath", "filename", "log_dir")
# Callbacks that need a package of an extra, which bears the package's name.
EXTRAS = {"TensorBoard": "tensorboard", "MLflow": "mlflow"}
REFUSED = {"BackupAndRestore": "a run saves and resumes by itself, and more exactly"}


@dataclass(frozen=True)
class Prepared:
    """A phase compiled: the model of the trained outputs and the data field of each; `spread` are its steps on several devices."""

    plan: PhasePlan
    model: object
    targets: Mapping[str, str]
    spread: object = None


def prepare(model, plan: PhasePlan, flags: Mapping[str, bool], wires=None, epoch: int = 1) -> Prepared:
    """Freezes and compiles; `build_state` and `callbacks` make it ready to run.

    `flags` are the spec's own trainable flags (`freeze.trainable_flags`), from which every phase starts. `wires` gives models of
    inner wires, and `epoch` is the count of its batches, for a phase of steps.

    Raises:
        SpecError: `nothing-trained`, `frozen-all`, or what Keras refuses of a loss, metric or optimizer.
    """
    freeze.apply(model, flags, plan.freeze, plan.unfreeze)
    if plan.steps:
        return Prepared(plan, programmed(model, plan, wires, epoch), targets(plan))
    trained = trained_part(model, plan)
    if not trained.trainable_variables:
        raise fail("frozen-all", plan.span, frozen=plan.freeze)
    compile_phase(trained, plan)
    return Prepared(plan, trained, targets(plan))


def programmed(model, plan: PhasePlan, wires, epoch: int = 1):
    """The program of a phase of steps; it alone needs TensorFlow to be thought of."""
    from builder.training.program import Program

    return Program(model, plan, wires, epoch)


def judge(model, plan: PhasePlan, wires=None):
    """A model that judges by a phase's losses and metrics."""
    if plan.steps:
        return programmed(model, plan, wires)
    trained = trained_part(model, plan)
    compile_phase(trained, plan)
    return trained


def keep(trained, file: Path) -> None:
    """Keeps what a phase of steps is judged by beside the model: the state of its losses, and where weights that move have come to."""
    if hasattr(trained, "judging"):
        write_whole(file, lambda temporary: np.savez(temporary, **{name: np.asarray(one.value) for name, one in trained.judging().items()}))


def take_up(judge, file: Path | None) -> None:
    """Gives a model that judges what `keep` has kept for it."""
    if file is not None and hasattr(judge, "judging") and file.is_file():
        with np.load(file, allow_pickle=False) as arrays:
            for name, variable in judge.judging().items():
                variable.assign(arrays[name])


def answers(plan: PhasePlan) -> dict[str, str]:
    """Under which name the target of each judged output is among the targets."""
    return {loss.output: loss.target if plan.steps else loss.output for loss in trained_losses(plan)}


def class_weights_of(plan: PhasePlan, data) -> dict:
    """The weights of classes, under the names of the targets that they are of."""
    found, names = class_weights(data, plan.class_weight, {loss.output: loss.target for loss in trained_losses(plan)}), answers(plan)
    return {names[output]: each for output, each in found.items()}


def trained_losses(plan: PhasePlan) -> list[LossPlan]:
    """The losses that train something."""
    return [loss for loss in plan.losses.values() if loss.recipe is not None]


def targets(plan: PhasePlan) -> dict[str, str]:
    """The data field each trained output is compared with; of a phase of steps each field that it reads, under its own name."""
    if plan.steps:
        from builder.training.terms import fields_of

        return {name: name for name in fields_of((*(term for step in plan.steps for term in step.terms), *plan.measures))}
    return {loss.output: loss.target for loss in trained_losses(plan)}


def compared(plan: PhasePlan, inside) -> Iterator[tuple[Recipe, str, Target]]:
    """Each loss on one wire that has a target: the loss, the wire's name and the target. `inside` knows the wires of outputs."""
    for term in (term for step in plan.steps for term in step.terms):
        if isinstance(term.measure, Recipe) and term.target is not None and len(term.wires) == 1:
            yield term.measure, term.wires[0][1], term.target
    for loss in trained_losses(plan) if not plan.steps else ():
        yield loss.recipe, inside.name(loss.output), Target("field", loss.target)


def trained_part(model, plan: PhasePlan):
    """A model of the same layers with the outputs that have a loss.

    Keras asks a target of every output of a model it trains, so those without a loss are left out. It is
    a model of its own even where all have one: the whole model then stays free of optimizer and losses,
    and what is saved of it loads without them.

    Raises:
        SpecError: `nothing-trained`, no output has a loss.
    """
    import keras

    names = targets(plan)
    if not names:
        raise fail("nothing-trained", plan.span, outputs=tuple(model.output))
    outputs = {name: tensor for name, tensor in model.output.items() if name in names}
    return keras.Model(model.input, outputs, name=model.name)


def compile_phase(trained, plan: PhasePlan) -> None:
    """`keras.Model.compile` with the plan's losses, weights, metrics and optimizer.

    Raises:
        SpecError: `recipe-refused`, for each of them that Keras refuses.
    """
    faults = Faults()
    losses = {name: _loss(faults, plan.losses[name]) for name in targets(plan)}
    metrics = {
        name: [_metric(faults, item) for item in items]
        for name, items in plan.metrics.items() if name in losses and items
    }
    optimizer = optimizer_of(faults, plan)
    faults.check()
    optimizer = multiplied(optimizer, trained, plan.rate_multipliers, trained.trainable_variables)
    trained.compile(
        optimizer=scaled(optimizer, plan.precision),
        loss=losses,
        loss_weights=weights(plan),
        metrics=metrics or None,
        auto_scale_loss=False,
    )


def _loss(faults: Faults, loss: LossPlan):
    """A loss for `compile`; an equation is one where it reads nothing but the output, as that of an ensemble's members does, else None."""
    if not loss.by_equation:
        return made(faults, loss.recipe, loss.span)
    from builder.training.terms import EquationLoss

    term = dict(loss.recipe.args).get("term")
    return term and EquationLoss(term)


def build_state(trained, truths: Mapping) -> None:
    """Makes the variables of optimizer, losses and metrics, on zeros of one example.

    `fit` would make them in its first trace and then trace again: twice the wait for the first step.
    `truths` are the targets' shapes and dtypes with the batch dimension, by output; `accuracy`
    becomes one class or another by them.
    """
    if hasattr(trained, "build_state"):
        trained.build_state(truths)
        return
    trained.optimizer.build(trained.trainable_variables)
    build_measures(trained, truths)


def build_measures(trained, truths: Mapping) -> None:
    """Makes the variables of losses and metrics alone, for a model that is judged and not trained."""
    if hasattr(trained, "build_measures"):
        trained.build_measures(truths)
        return
    predicted = zeros(trained.output)
    truth = zeros({name: truths[name] for name in predicted})
    with python_warnings.catch_warnings():
        python_warnings.simplefilter("ignore")
        trained.compute_loss(None, truth, predicted)
        trained.compute_metrics(None, truth, predicted)
    trained.reset_metrics()


def zeros(tensors: Mapping) -> dict:
    """One example of zeros of each, by name; sizes that are free are 1."""
    import keras

    shapes = {name: [1, *(1 if size is None else size for size in one.shape[1:])] for name, one in tensors.items()}
    return {name: keras.ops.zeros(shapes[name], keras.backend.standardize_dtype(one.dtype)) for name, one in tensors.items()}


def callbacks(plan: PhasePlan, trained, folder: Path, validated: bool) -> tuple:
    """The phase's callbacks, their files within the run folder and their monitors known to exist.

    Raises:
        SpecError: `recipe-refused`, `callback-refused`, `unknown-monitor`, `monitor-direction`,
            `schedule-and-plateau`.
    """
    faults = Faults()
    spans = plan.callback_spans or (plan.span,) * len(plan.callbacks)
    found = [_callback(faults, recipe, plan, folder, span) for recipe, span in zip(plan.callbacks, spans)]
    faults.check()
    logs = log_names(trained, validated)
    for callback, span in zip(found, spans):
        _check_monitor(faults, callback, trained, logs, span)
    faults.check()
    return tuple(found)


def log_names(trained, validated: bool) -> tuple[str, ...]:
    """Every name an epoch's logs will have."""
    names = tuple(trained.get_metrics_result())
    return (*names, *(f"val_{name}" for name in names)) if validated else names


def place(callbacks: tuple, folder: Path, position) -> None:
    """Tells callbacks of ours the run's folder and the epochs of earlier phases; TensorBoard, which counts from 0, gets a log for each phase."""
    for callback in callbacks:
        if hasattr(callback, "keep_in"):
            callback.keep_in(folder, position.epochs - position.epoch)
        elif type(callback).__name__ == "TensorBoard" and position.phase:
            callback.log_dir = str(Path(callback.log_dir) / f"phase{position.phase + 1}")


def go_on_with_files(callbacks: tuple, epochs: int) -> None:
    """Before a resumed phase: logs written by callbacks are kept up to the epochs that count, and appended to."""
    for callback in callbacks:
        if type(callback).__name__ == "CSVLogger" and not callback.append:
            callback.append = True
            _keep_rows(Path(callback.filename), epochs, callback.sep)


def _keep_rows(path: Path, epochs: int, separator: str) -> None:
    if not path.exists():
        return
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    rows = csv.reader(lines, delimiter=separator)
    kept = [line for index, (line, row) in enumerate(zip(lines, rows)) if index == 0 or int(row[0]) < epochs]
    write_text(path, "".join(kept))


def _metric(faults: Faults, item):
    """A name stays a name (Keras fits `accuracy` to the loss); a recipe keeps one column in every phase."""
    if isinstance(item.metric, str):
        return item.metric
    metric = made(faults, item.metric, item.span)
    if metric is not None and "name" not in dict(item.metric.args):
        # Keras numbers the second metric of a kind in a process: `auc_1` would be a column of its own.
        head, _, tail = metric.name.rpartition("_")
        metric.name = head if head and tail.isdigit() else metric.name
    return metric


def weights(plan: PhasePlan) -> dict[str, float] | None:
    """The weight of each output's loss; None where all are 1."""
    found = {loss.output: float(loss.weight) for loss in trained_losses(plan)}
    return None if all(weight == 1.0 for weight in found.values()) else found


def _callback(faults: Faults, recipe: Recipe, plan: PhasePlan, folder: Path, span: Span | None):
    if recipe.name in REFUSED:
        faults.add(Fault("callback-refused", span, {"name": recipe.name, "reason": REFUSED[recipe.name]}))
        return None
    if recipe.name in EXTRAS and find_spec(EXTRAS[recipe.name]) is None:
        faults.add(Fault("missing-extra", span, {"feature": f"`{recipe.name}`", "extra": EXTRAS[recipe.name]}))
        return None
    if recipe.name == "ReduceLROnPlateau" and isinstance(dict(plan.optimizer.args).get("learning_rate"), Recipe):
        schedule = dict(plan.optimizer.args)["learning_rate"].name
        faults.add(Fault("schedule-and-plateau", span, {"schedule": schedule}))
        return None
    return made(faults, _within(recipe, folder), span)


def _within(recipe: Recipe, folder: Path) -> Recipe:
    given = {**({"log_dir": "logs"} if recipe.name == "TensorBoard" else {}), **dict(recipe.args)}
    args = tuple((name, str(folder / value) if name in PATHS and isinstance(value, str) else value) for name, value in given.items())
    return Recipe(recipe.kind, recipe.name, args)


def _check_monitor(faults: Faults, callback, trained, logs: tuple[str, ...], span: Span | None) -> None:
    """Keras would only warn of a monitor that never comes, an epoch late, and then do nothing."""
    monitor = getattr(callback, "monitor", None)
    if monitor is None or (type(callback).__name__ == "ModelCheckpoint" and not callback.save_best_only):
        return
    name = type(callback).__name__
    if monitor not in logs:
        facts = {"callback": name, "monitor": monitor, "logs": logs, "near": tuple(near(monitor, logs))}
        faults.add(Fault("unknown-monitor", span, facts))
        return
    callback.set_model(trained)
    # Keras looks for a direction among what `compile` was given alone.
    if callback.mode == "auto":
        callback.mode = getattr(trained, "directions", {}).get(monitor.removeprefix("val_"), "auto")
    try:
        # Set now, for it turns the sign of `min_delta`, which a resumed run restores afterwards.
        callback._set_monitor_op()
    except ValueError:
        faults.add(Fault("monitor-direction", span, {"callback": name, "monitor": monitor}))
