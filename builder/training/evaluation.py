"""How good a model is on a split: loss and metrics, and a report for each output."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from builder.graph.plans import LossPlan, PhasePlan
from builder.training import phases
from builder.training.feed import Feed, wanted
from builder.training.files import write_json
from builder.training.loop import test
from builder.training.meaning import Meaning, meaning
from builder.training.pictures import draw
from builder.training.reports import report_of
from builder.training.run import Run


@dataclass(frozen=True)
class Evaluation:
    """`metrics` by name; `outputs` the report of each (see `reports`), `pictures` where they were drawn."""

    split: str
    examples: int
    metrics: Mapping[str, float]
    outputs: Mapping[str, dict]
    pictures: tuple[Path, ...] = ()

    def as_json(self) -> dict:
        return {"split": self.split, "examples": self.examples, "metrics": dict(self.metrics),
                "outputs": dict(self.outputs), "pictures": [path.name for path in self.pictures]}


def evaluate(model, split, plan: PhasePlan, *, fields: Mapping, batch: int = 32, folder: Path | None = None) -> Evaluation:
    """Measures a model on a split of the data, which it sees as it is: in order, not augmented.

    Args:
        model: with dicts of inputs and outputs; its weights stay as they are.
        split: of the data (`data.evaluation` is the one to judge by).
        plan: the last phase, for its losses and metrics.
        fields: the data's fields by name, for the names of classes.
        folder: where to write `evaluation.json`, and `confusion.png` or `errors.png` for each output.
    """
    import keras

    trained = phases.trained_part(model, plan)
    phases.compile_phase(trained, plan)
    feed = Feed({split.name: split}, wanted(model), phases.targets(plan), batch)
    dataset = feed.plain(split.name)
    phases.build_state(trained, dataset.element_spec[1])
    silent = keras.callbacks.CallbackList([], model=trained)
    metrics = test(trained, dataset, feed.batches(split.name), silent)
    meanings = {loss.output: loss_meaning(model, loss, fields) for loss in phases.trained_losses(plan)}
    reports = _reports(trained, dataset, meanings)
    pictures = _pictures(reports, folder) if folder else ()
    outputs = {name: report.as_json() for name, report in reports.items()}
    evaluation = Evaluation(split.name, split.size, metrics, outputs, pictures)
    if folder:
        write_json(folder / "evaluation.json", evaluation.as_json())
    return evaluation


def evaluate_run(run: Run, data, plan: PhasePlan, *, batch: int | None = None) -> Evaluation:
    """Evaluates a finished run on the split to judge by and keeps the result in its folder.

    Raises:
        SpecError: `no-model`, the run is not finished.
    """
    found = evaluate(run.model, data.evaluation, plan, fields=data.fields, folder=run.folder,
                     batch=batch or run.info.get("batch", 32))
    run.update(evaluated=found.split, test=dict(found.metrics))
    return found


def loss_meaning(model, loss: LossPlan, fields: Mapping) -> Meaning:
    """How the output of a loss is to be read."""
    shape = tuple(model.output[loss.output].shape[1:])
    field = fields.get(loss.target)
    return meaning(loss.recipe.name, dict(loss.recipe.args), shape, field.classes if field else None)


def _reports(trained, dataset, meanings: Mapping[str, Meaning]) -> dict:
    """A report for each output, filled from one pass over the data."""
    import numpy as np
    import tensorflow as tf

    predict = tf.function(lambda inputs: trained(inputs, training=False), reduce_retracing=True)
    reports = {name: report_of(read) for name, read in meanings.items()}
    for inputs, targets in dataset:
        outputs = predict(inputs)
        for name, report in reports.items():
            report.add(np.asarray(targets[name]), np.asarray(tf.cast(outputs[name], "float32")))
    return reports


def _pictures(reports: Mapping, folder: Path) -> tuple[Path, ...]:
    drawn = []
    for name, report in reports.items():
        stem = "errors" if report.as_json()["kind"] == "numbers" else "confusion"
        path = folder / (f"{stem}.png" if len(reports) == 1 else f"{stem}-{name}.png")
        drawn.append(draw(report, path, name))
    return tuple(path for path in drawn if path)
