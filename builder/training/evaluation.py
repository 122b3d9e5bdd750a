"""How good a model is on a split: loss and metrics, a report for each output, and what it gets most wrong."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType

from builder.graph.judging import in_batch
from builder.graph.plans import LossPlan, PhasePlan
from builder.training import phases
from builder.training.carry import JUDGING, carry_of, marked, over
from builder.training.continuations import continuations
from builder.training.feed import Feed, wanted
from builder.training.files import write_json
from builder.training.forecasts import forecast
from builder.training.loop import numbers
from builder.training.meaning import Meaning, meaning
from builder.training.mistakes import Mistake, Worst
from builder.training.pictures import draw, draw_plane
from builder.training.reconstructions import Reconstruction, reconstructions
from builder.training.reports import Numbers, report_of
from builder.training.run import Run
from builder.training.sequences import Sequences, sequences

WIDER, WIDE = 32, 1 << 20  # batches, and bytes of inputs and outputs, that are judged at a time


@dataclass(frozen=True)
class Evaluation:
    """`metrics` by name; `outputs` the report of each (see `reports`), `pictures` where they were drawn, `mistakes` the worst
    of each output, the very worst first. Of an ensemble, `members` are the metrics of each by itself, `combine` how they answer together.
    `reconstructions` are the images that wires were compared with, `sequences` those that a model with `generate` made,
    `continuations` what a model of language says after the beginnings of some examples, `samples` what the run keeps of its generator."""

    split: str
    examples: int
    metrics: Mapping[str, float]
    outputs: Mapping[str, dict]
    pictures: tuple[Path, ...] = ()
    mistakes: Mapping[str, tuple[Mistake, ...]] = field(default_factory=dict)
    members: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    combine: str = ""
    reconstructions: Mapping[str, Reconstruction] = field(default_factory=dict)
    sequences: Sequences | None = None
    continuations: tuple[dict, ...] = ()
    samples: Mapping[str, object] = field(default_factory=dict)

    def as_json(self) -> dict:
        outputs = {name: {**report, "mistakes": [mistake.as_json() for mistake in self.mistakes.get(name, ())]}
                   for name, report in self.outputs.items()}
        images = {name: one.as_json() for name, one in self.reconstructions.items()}
        return {"split": self.split, "examples": self.examples, "metrics": dict(self.metrics), "outputs": outputs,
                "pictures": [path.name for path in self.pictures], **({"reconstructions": images} if images else {}),
                **({"sequences": self.sequences.as_json()} if self.sequences else {}),
                **({"continuations": list(self.continuations)} if self.continuations else {}),
                **({"samples": dict(self.samples)} if self.samples else {}),
                **({"combine": self.combine, "members": self.members} if self.members else {})}


def evaluate(model, split, plan: PhasePlan, *, fields: Mapping, batch: int = 32, folder: Path | None = None, wires: Callable | None = None,
             kept: Path | None = None, carries: Sequence[str] = (), beside: Mapping[str, dict] = MappingProxyType({}), **more: object) -> Evaluation:
    """Measures a model on a split of the data, which it sees once and as it is: in order, not augmented.

    Args:
        model: with dicts of inputs and outputs; its weights stay as they are.
        split: of the data (`data.evaluation` is the one to judge by).
        plan: the last phase, for its losses and metrics.
        fields: the data's fields by name, for the names of classes.
        folder: where to write `evaluation.json`, and `confusion.png`, `errors.png` or `embedding.png` for each output.
        wires: for a model, what gives models of its inner wires; a phase of steps is without it judged by its losses of outputs alone.
        carries: the layers that carry their state from batch to batch.
        kept: the file of what a phase of steps is judged by beside the model (`phases.keep`).
        beside: the reports of outputs that are made already.
        more: what else the Evaluation is to hold.
    """
    plan, inside = plan if wires else replace(plan, steps=()), wires and wires(model)
    batch = split.draws.batch if carries and getattr(split, "draws", None) else batch
    judge, answers = phases.judge(model, plan, inside), phases.answers(plan)
    dataset = Feed({split.name: split}, wanted(model), phases.targets(plan), batch).plain(split.name)
    phases.build_measures(judge, dataset.element_spec[1])
    phases.take_up(judge, kept)
    meanings = {loss.output: loss_meaning(model, loss, fields) for loss in phases.trained_losses(plan) if loss.output not in beside}
    reports = {name: report_of(read) for name, read in meanings.items()}
    worst = {name: Worst(read) for name, read in meanings.items()}
    judge.carry = carry_of(marked(model, carries), batch)
    metrics = over(judge, _pass, JUDGING)(judge, dataset, reports, worst, answers)
    pictures = _pictures(reports, beside, folder) if folder else ()
    mistakes = {name: one.found(split, wanted(model)) for name, one in worst.items()}
    outputs = {**{name: {**report.as_json(), **_forecast(model, split, answers[name], name, report)} for name, report in reports.items()}, **beside}
    images = reconstructions(inside, plan, split, batch) if inside and not carries else {}
    made = sequences(inside, plan, split, batch) if inside else None
    said = continuations(inside, split) if inside else ()
    metrics = {**metrics, **(made.metrics if made else {})}
    evaluation = Evaluation(split.name, split.size, metrics, outputs, pictures, mistakes, reconstructions=images, sequences=made, continuations=said, **more)
    if folder:
        write_json(folder / "evaluation.json", evaluation.as_json())
    return evaluation


def evaluate_run(run: Run, data, plan: PhasePlan, *, batch: int | None = None, model=None, wires: Callable | None = None,
                 beside: Mapping[str, dict] = MappingProxyType({}), **more: object) -> Evaluation:
    """Evaluates a finished run on the split to judge by and keeps the result in its folder.

    `model` is the run's where it is in memory already, so that it need not be loaded; `wires`, `beside` and `more` as in `evaluate`.

    Raises:
        SpecError: `no-model`, the run is not finished.
    """
    model = model or run.model
    found = evaluate(model, data.evaluation, plan, fields=data.fields, folder=run.folder,
                     batch=batch or wide(model, plan, run.info.get("batch", 32)), wires=wires, kept=run.folder / phases.KEPT,
                     carries=run.info.get("carries", ()), beside=beside, **more)
    run.update(evaluated=found.split, test=dict(found.metrics), **_verification(run, found))
    return found


def _verification(run: Run, found: Evaluation) -> dict:
    """The distance up to which an output that is an embedding tells pairs alike, where a run keeps none yet."""
    told = {name: report.get("verification") for name, report in found.outputs.items() if report["kind"] == "embedding"}
    name = next((name for name, one in told.items() if one), None)
    return {"verification": {"layer": name, "threshold": told[name]["threshold"]}} if name and not run.info.get("verification") else {}


def wide(model, plan: PhasePlan, batch: int) -> int:
    """Examples to judge at a time: more than are trained on where they are small, for then a batch costs as much as its calls.

    Keras's mean of one of several losses is over batches: it would not be the one that validation gave. Nor would a loss that compares the examples of a batch.
    """
    losses = phases.trained_losses(plan)
    if plan.steps or len(losses) > 1 or any(in_batch(loss.recipe.name) for loss in losses):
        return batch
    example = 4 * sum(math.prod(size or 64 for size in tensor.shape[1:]) for tensor in (*model.input.values(), *model.output.values()))
    return batch * max(1, min(WIDER, WIDE // (example * batch)))


def _forecast(model, split, target: str, output: str, report) -> dict:
    """Numbers that are forecasts of a series are held against what needs no network."""
    return forecast(model, split, target, output, report.sample[1]) if isinstance(report, Numbers) else {}


def loss_meaning(model, loss: LossPlan, fields: Mapping) -> Meaning:
    """How the output of a loss is to be read."""
    shape = tuple(model.output[loss.output].shape[1:])
    field = fields.get(loss.target)
    return meaning(loss.recipe.name, dict(loss.recipe.args), shape, field.classes if field else None, field and vars(field))


def _pass(trained, dataset, reports: Mapping, worst: Mapping[str, Worst], answers: Mapping[str, str]) -> dict[str, float]:
    """One pass over the data: fills what gathers outputs, and gives Keras's own metrics; `answers` are the targets of outputs by name."""
    import numpy as np

    step = _step(trained, dataset.element_spec)
    for inputs, targets in dataset:
        outputs = {name: np.asarray(value) for name, value in step(inputs, targets).items()}
        for name in reports:
            target = np.asarray(targets[answers[name]])
            reports[name].add(target, outputs[name])
            worst[name].add(target, outputs[name])
    return numbers(trained.get_metrics_result())


def _step(trained, spec):
    """What Keras's own test step does, by the same methods, but giving the outputs, so that they need not be computed twice.

    It is traced once, for batches of any size: Keras weighs the losses of several outputs by the size where a trace knows it.
    """
    import tensorflow as tf

    if hasattr(trained, "judge"):
        return tf.function(trained.judge, input_signature=spec, autograph=False).get_concrete_function()
    mean_loss = next(metric for metric in trained.metrics if metric.name == "loss")

    def step(inputs, targets):
        outputs = trained(inputs, training=False)
        loss = trained.compute_loss(inputs, targets, outputs, training=False)
        mean_loss.update_state(loss, sample_weight=tf.shape(next(iter(inputs.values())))[0])
        trained.compute_metrics(inputs, targets, outputs)
        return {name: tf.cast(value, "float32") for name, value in outputs.items()}

    made = tf.function(step, input_signature=spec, autograph=False)
    return made.get_concrete_function()  # else TensorFlow warns of many runs in one process


def _pictures(reports: Mapping, beside: Mapping[str, dict], folder: Path) -> tuple[Path, ...]:
    drawn, alone = [], len(reports) + len(beside) == 1
    for name, report in {**reports, **beside}.items():
        told = report if name in beside else report.as_json()
        stem = {"numbers": "errors", "embedding": "embedding"}.get(told["kind"], "confusion")
        path = folder / (f"{stem}.png" if alone else f"{stem}-{name}.png")
        drawn.append(draw_plane(told["picture"], path, name) if name in beside else draw(report, path, name))
    return tuple(path for path in drawn if path)
