"""What is said of training: phases, resuming, and what stops a run."""

import re

from builder.diagnostics.words import Words, did_you_mean, dims, listed, plural, worded


@worded("carry-devices")
def carry_devices(layers: list) -> Words:
    return Words(f"{listed([f'`{name}`' for name in layers])} carries its state from batch to batch, which works on one device only",
                 help="train on one: leave `--device` out, or take `stateful` and `carry` out of the spec")


@worded("nothing-trained")
def nothing_trained(outputs: tuple[str, ...]) -> Words:
    return Words(
        "no output has a loss, so there is nothing to train",
        help=f"give one of them a loss: `loss: {{{outputs[0]}: MeanSquaredError}}`",
        notes=(f"outputs: {listed(outputs)}",),
    )


@worded("frozen-all")
def frozen_all(frozen: tuple[str, ...]) -> Words:
    if not frozen:
        return Words("this would train nothing, for no weights lead to what the loss reads, or none that are trained",
                     help="let a term read a wire that layers with weights lead to")
    return Words(
        "this phase would train nothing, for every weight it could change is frozen",
        help="leave some layers out of `freeze`, or add them to `unfreeze`",
        notes=(f"`freeze` leaves no weights to train: {listed(frozen)}",),
    )


@worded("step-without-gradient")
def step_without_gradient(step: str, update: tuple[str, ...]) -> Words:
    what = f"of {listed(f'`{name}`' for name in update)}" if update else "that it could update"
    return Words(
        f"the loss of step `{step}` has no gradient by any weight {what}",
        help="let a term read a wire that these weights lead to, by functions that have a derivative",
        notes=("`argmax`, `round`, `stop_gradient`, comparisons and casts to whole numbers pass no gradient on",),
    )


@worded("step-never")
def step_never(step: str, every: int, batches: int) -> Words:
    return Words(
        f"the step `{step}` is never run: it waits for each {every}th batch, and the phase has {batches}",
        help=f"train for more epochs, or say `every: {max(1, batches // 2)}`",
    )


@worded("follow-misfit")
def follow_misfit(target: str, source: str, weights: int, others: int) -> Words:
    return Words(
        f"`{target}` cannot follow `{source}`: they are not the same networks",
        help="give both the same layers",
        notes=(f"`{target}` has {weights} weights and `{source}` has {others}, and each must have the shape of its twin",),
    )


@worded("freeze-nothing")
def freeze_nothing(pattern: str, key: str, near: tuple[str, ...]) -> Words:
    return Words(
        f"`{key}: {pattern}` fits no layer",
        help=did_you_mean(near),
        notes=("a pattern fits a layer's name or a box it stands in; `build check` lists the names",),
    )


@worded("rate-nothing")
def rate_nothing(pattern: str, near: tuple[str, ...]) -> Words:
    return Words(
        f"`{pattern}` of `rate_multipliers` fits no layer, so all learn at the whole rate",
        help=did_you_mean(near),
        notes=("a pattern fits a layer's name or a box it stands in; `build check` lists the names",),
    )


@worded("metric-nowhere")
def metric_nowhere(name: str, outputs: list[str]) -> Words:
    output = outputs[0] if outputs else "label"
    return Words(
        f"`{name}` compares an output with a data field, and no term of the loss does so",
        help=f"say where it measures: `metrics: {{{output}: [{name}]}}`, or a formula: `metrics: [{{formula: mean({output}), name: level}}]`",
        notes=(f"outputs: {listed(outputs)}",),
    )


@worded("class-weight-program")
def class_weight_program() -> Words:
    return Words(
        "`class_weight` weighs examples where an output alone is compared with a field, one value an example, and no term of this phase is so",
        help="draw uneven classes equally often in its place: `balance: true` in `data`",
    )


@worded("recipe-refused")
def recipe_refused(name: str, kind: str, reason: str) -> Words:
    return Words(f"Keras refuses the {kind} `{name}`: {reason}", help=f"see what it takes: `build describe {name}`")


@worded("callback-refused")
def callback_refused(name: str, reason: str) -> Words:
    return Words(f"the callback `{name}` cannot be used here: {reason}", help=f"remove `{name}` from `callbacks`")


@worded("schedule-and-plateau")
def schedule_and_plateau(schedule: str) -> Words:
    return Words(
        f"`ReduceLROnPlateau` cannot lower a learning rate that `{schedule}` already sets at every step",
        help="give the optimizer a number as its learning rate, or remove the callback",
    )


@worded("unknown-monitor")
def unknown_monitor(callback: str, monitor: str, logs: tuple[str, ...], near: tuple[str, ...]) -> Words:
    validated = any(name.startswith("val_") for name in logs)
    lacking = monitor.startswith("val_") and not validated
    return Words(
        f"`{callback}` watches `{monitor}`, which is never measured",
        help="set some data aside: `validation: 0.1` in `data`" if lacking else did_you_mean(near),
        notes=(f"measured after each epoch: {listed(logs)}",),
    )


@worded("monitor-direction")
def monitor_direction(callback: str, monitor: str) -> Words:
    return Words(
        f"`{callback}` cannot tell whether a good `{monitor}` is a great or a small one",
        help=f"add `mode: max` (or `mode: min`): `{callback}: {{monitor: {monitor}, mode: max}}`",
    )


@worded("bad-loss")
def bad_loss(loss: float, epoch: int, step: int, outputs: tuple[str, ...], rate: float, fields: tuple[str, ...],
             clip: float | None) -> Words:
    what = "infinite" if loss in (float("inf"), float("-inf")) else "not a number"
    if fields:
        advice = f"mend {listed(f'`{name}`' for name in fields)}: these values of the batch are themselves not numbers"
    elif step == 1:
        advice = "bring the inputs near 1 by `- Normalization`, and numbers to be learned by a formula under `fields`"
    else:
        advice = f"try a smaller learning rate: `learning_rate: {rate / 10:.3g}`" + ("" if clip else ", or `clip: 1.0`")
    return Words(
        f"the loss of {listed(f'`{name}`' for name in outputs)} became {what} at step {step}, in epoch {epoch}",
        help=advice,
        notes=("no weight had been changed by then: the values themselves are too large" if step == 1 and not fields else f"the learning rate was {rate:.6g}",),
    )


@worded("out-of-memory")
def out_of_memory(batch: int, epochs: int) -> Words:
    return Words(
        f"there is not enough memory for a training step on {batch} examples",
        help=f"make the batch smaller: `batch: {max(1, batch // 2)}` in `data`",
        notes=(_kept(epochs),),
    )


@worded("disk-full")
def disk_full(folder: object, epochs: int) -> Words:
    return Words(
        f"the disk that holds {folder} is full",
        help="free some space, then go on with `--resume`",
        notes=(_kept(epochs),),
    )


@worded("step-refused")
def step_refused(reason: str, epochs: int) -> Words:
    help = "compare the number of classes in the data with the units of the last layer" if "label" in reason else _room(reason)
    return Words(f"TensorFlow refuses a training step: {reason}", help=help, notes=(_kept(epochs),))


def _room(reason: str) -> str:
    """How sequences are kept as short as a model can take."""
    places = re.search(r"there are (\d+) positions", reason)
    return f"cut texts where they become numbers, `output_sequence_length: {places[1]}`, or give the model more positions" if places else ""


@worded("predict-refused")
def predict_refused(sources: list, reason: str) -> Words:
    return Words(f"TensorFlow refuses {listed(sources, 6)}: {reason}", help=_room(reason))


def _kept(epochs: int) -> str:
    if epochs == 0:
        return "no epoch had been finished"
    return "the one finished epoch is saved" if epochs == 1 else f"all {epochs} finished epochs are saved"


@worded("corrupt-checkpoint")
def corrupt_checkpoint(path: object, reason: str) -> Words:
    return Words(
        f"the checkpoint {getattr(path, 'name', path)} is damaged, so the one before it is used",
        notes=(f"{path}: {reason}",),
    )


@worded("checkpoints-unreadable")
def checkpoints_unreadable(folder: object, count: int) -> Words:
    return Words(
        f"none of the {count} checkpoints in {folder} can be read",
        help="train anew, without `--resume`",
    )


@worded("checkpoint-misfit")
def checkpoint_misfit(names: list[str], saved: object, here: object) -> Words:
    return Words(
        "the checkpoint does not fit this model or its optimizer",
        help="train anew, without `--resume`",
        notes=(f"`{names[0]}` was saved as {saved}, and is {here} here", f"variables that differ: {listed(names, 6)}"),
    )


@worded("run-changed")
def run_changed(run: str, changes: tuple[tuple[str, object, object], ...]) -> Words:
    told = [f"{path or 'all'}: {_short(before)} -> {_short(after)}" for path, before, after in changes[:8]]
    more = [f"and {len(changes) - 8} more"] if len(changes) > 8 else []
    return Words(
        f"the run {run} cannot be resumed, for what it trains has changed since",
        help="undo the change, or train anew without `--resume`",
        notes=("\n".join(["changed: " + told[0], *told[1:], *more]),),
    )


def _short(value: object) -> str:
    text = "nothing" if value is None else str(value)
    return text if len(text) <= 60 else text[:57] + "..."


@worded("run-finished")
def run_finished(run: str, epochs: int) -> Words:
    return Words(
        f"the run {run} is already finished, after {epochs} epochs",
        help=f"train it for longer: `--epochs {epochs + 5}`; or look at it: `build evaluate {run}`",
    )


@worded("environment-changed")
def environment_changed(changes: tuple[tuple[str, object, object], ...]) -> Words:
    told = listed(f"{path}: {_short(before)} -> {_short(after)}" for path, before, after in changes)
    return Words(
        "this run goes on in other circumstances, so its numbers may differ in their last digits",
        notes=(f"changed: {told}",),
    )


@worded("no-run")
def no_run(which: str, runs: str, names: tuple[str, ...], near: tuple[str, ...]) -> Words:
    if not names:
        return Words(f"there are no runs in {runs}", help="train one: `build train lenet5`")
    return Words(
        f"there is no run `{which}` in {runs}",
        help=did_you_mean(near),
        notes=(f"runs, newest first: {listed(names, 6)}",),
    )


@worded("no-model")
def no_model(run: str, state: str) -> Words:
    return Words(
        f"the run {run} has no finished model ({state})",
        help="finish it: `build train SPEC --resume`",
    )


@worded("predict-unreadable")
def predict_unreadable(file: str, reason: str) -> Words:
    return Words(f"{file} cannot be read: {reason}")


@worded("predict-missing")
def predict_missing(sources: list, inputs: list) -> Words:
    more = len(sources) - 1
    notes = (f"so {'has' if more == 1 else 'have'} {more} more example{'' if more == 1 else 's'}: {listed(sources[1:])}",) if more else ()
    return Words(
        f"`{sources[0]}` has no number for {listed([f'`{name}`' for name in inputs])}, and the model gives no answer without it",
        help="give the number, or train a model that fills gaps: `- FillMissing: median` behind its inputs", notes=notes)


@worded("predict-long")
def predict_long(source: str, count: int, most: int) -> Words:
    return Words(f"{source} has {plural(count, 'token')}, and the model goes on from at most {most}", help=f"give its last {most}")


@worded("predict-misfit")
def predict_misfit(source: str, what: str, inputs: dict) -> Words:
    told = listed(f"{name}: {dims(shape)} {dtype}" for name, (shape, dtype) in inputs.items())
    return Words(
        f"the model does not take {what} as {source} gives",
        help="give a CSV file with a column for each input" if len(inputs) > 1 else "",
        notes=(f"its inputs: {told}",),
    )


@worded("generator-untold")
def generator_untold(run: str, output: str, of: str) -> Words:
    return Words(f"`{output}` of the run {run} is made of noise alone, so no class can be asked for", help=f"leave out `--of {of}`")


@worded("predict-columns")
def predict_columns(file: str, lacking: list[str], columns: list[str]) -> Words:
    return Words(
        f"{file} lacks {listed(f'`{name}`' for name in lacking)}, which the model takes",
        help="name the columns in the first row",
        notes=(f"it has: {listed(columns)}",),
    )
