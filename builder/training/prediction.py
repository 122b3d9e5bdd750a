"""What a finished run says of new images, rows or texts, read as its training data were."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from builder.diagnostics import Fault, Faults, fail
from builder.graph.generating import GeneratePlan
from builder.model.generate import Generator
from builder.model.part import part
from builder.training.examples import Example, Reading, examples
from builder.training.health import gist
from builder.training.meaning import Meaning, meaning
from builder.training.noise import drawn, noises
from builder.training.run import Run


@dataclass(frozen=True)
class Prediction:
    """One example: where it came from (`photo.png`, `rows.csv:3`), each output told for a person, and its raw values."""

    source: str
    outputs: Mapping[str, dict]
    raw: Mapping[str, np.ndarray]

    def as_json(self) -> dict:
        return {"source": self.source, **self.outputs}


def predict(run: Run, files: Sequence[str | Path] = (), *, texts: Sequence[str] = (), batch: int = 32, generate: GeneratePlan | None = None,
            outputs: Sequence[str] = (), seed: int | None = None) -> list[Prediction]:
    """Predictions for every example in `files`, and for each of `texts`, in their order.

    Images are resized and scaled as the run's were; rows of CSV are taken by their column names; a text
    file is one example a line, or one example where the run was trained on a text a file. A model of
    several images takes the files in groups, in the order of its inputs. One that makes sequences (`generate`) reads
    what it needs for that, and says the sequence. Where `outputs` are named, only these are told, of the inputs that they depend on.
    Noise that the run's sampler draws is drawn for them, by the seed, unless files of arrays bring it; so are sequences that are drawn.

    Raises:
        SpecError: `no-model`, and for all files at once what cannot be read or does not fit the inputs; `predict-missing`.
    """
    if generate is not None:
        return _sequences(run, files, texts, batch, generate, seed)
    model = part(run.model.input, {name: run.model.output[name] for name in outputs}, run.model.name) if outputs else run.model
    info = {**run.info, "inputs": {name: spec for name, spec in run.info["inputs"].items() if name in model.input}}
    faults = Faults()
    found = list(examples(files, texts, Reading(info, tuple(noises(info))), faults))
    faults.check()
    found = _with_noise(found, info, seed)
    meanings, answers = meanings_of(info), list(outputs_of(model, found, batch))
    _check_answered(found, answers, faults)
    return [Prediction(example.source, {name: meanings[name].told(value) for name, value in raw.items()}, raw)
            for example, raw in zip(found, answers)]


def _with_noise(found: Sequence[Example], info: Mapping, seed: int | None) -> list[Example]:
    """Examples with the noise that they do not bring."""
    noise = drawn(info, len(found), seed)
    return [replace(one, inputs={name: values[number] for name, values in noise.items()} | one.inputs) for number, one in enumerate(found)]


def _sequences(run: Run, files: Sequence[str | Path], texts: Sequence[str], batch: int, plan: GeneratePlan, seed: int | None) -> list[Prediction]:
    """What the model goes on to say for each example."""
    import tensorflow as tf

    if seed is not None:
        tf.random.set_seed(seed)
    faults, generator = Faults(), Generator(run.model, plan)
    info = {**run.info, "inputs": {name: run.info["inputs"][name] for name in plan.needs}}
    found = list(examples(files, texts, Reading(info), faults))
    _check_room(found, generator, faults)
    dtypes = {name: run.model.input[name].dtype for name in plan.needs}
    answers = list(_outputs(generator, dtypes, found, batch))
    return [Prediction(example.source, {plan.output: _said(raw)}, raw) for example, raw in zip(found, answers)]


def _check_room(found: Sequence[Example], generator: Generator, faults: Faults) -> None:
    """What is to be gone on with must be read to its end, and leave room for what follows: `predict-long`."""
    for example in found:
        given = [np.asarray(value).item() for value in example.inputs.values() if np.ndim(value) == 0]
        for count, most in filter(None, (generator.beyond(text) for text in given if isinstance(text, str))):
            faults.add(Fault("predict-long", None, {"source": example.source, "count": count, "most": most}))
    faults.check()


def _said(raw: Mapping[str, np.ndarray]) -> dict:
    """A sequence for a person: its text where there is one, else its tokens."""
    said = {"text": raw["text"].decode()} if "text" in raw else {"tokens": raw["tokens"].tolist()}
    return {**said, "score": float(raw["score"])}


def _check_answered(found: Sequence[Example], answers: Sequence[Mapping[str, np.ndarray]], faults: Faults) -> None:
    """A model that fills no gaps answers one with not-a-number: `predict-missing`."""
    silent = [example for example, raw in zip(found, answers) if any(np.isnan(value).any() for value in raw.values())]
    gaps = [(example.source, lacking) for example in silent if (lacking := _lacking(example))]
    if gaps:
        faults.add(Fault("predict-missing", None, {"sources": [source for source, _ in gaps], "inputs": gaps[0][1]}))
        faults.check()


def _lacking(example: Example) -> list[str]:
    """The inputs of an example that are missing a number."""
    values = {name: np.asarray(value) for name, value in example.inputs.items()}
    return [name for name, value in values.items() if value.dtype.kind == "f" and np.isnan(value).any()]


def meanings_of(info: Mapping) -> dict[str, Meaning]:
    """How to read each output of a run, by what its `run.json` keeps of losses and classes."""
    losses = info["signature"]["train"][-1]["losses"]
    read = {}
    for name, output in info["outputs"].items():
        plan = losses.get(name) or {}
        loss, arguments = next(iter((plan.get("recipe") or {None: {}}).items()))
        field = info["fields"].get(plan.get("target"), {})
        read[name] = meaning(loss, arguments, tuple(output["shape"]), field.get("classes"), field)
    return read


def outputs_of(model, found: Sequence[Example], batch: int) -> Iterator[dict[str, np.ndarray]]:
    """The model's outputs for each example, of a sequence the steps that its mask leaves; neighbours of one shape share a batch."""
    dtypes = {name: tensor.dtype for name, tensor in model.input.items()}
    floats = lambda inputs: {name: _steps_there(value) for name, value in model(inputs, training=False).items()}
    yield from _outputs(floats, dtypes, found, batch)


def _steps_there(value):
    """An output (batch, steps, units) without its padding; any other as it is."""
    import tensorflow as tf
    from keras.src.backend import get_keras_mask

    mask, whole = get_keras_mask(value), tf.cast(value, "float32")
    return whole if mask is None or len(value.shape) != 3 else tf.ragged.boolean_mask(whole, mask)


def _outputs(model: Callable, dtypes: Mapping[str, str], found: Sequence[Example], batch: int) -> Iterator[dict[str, np.ndarray]]:
    import tensorflow as tf

    predict = tf.function(model, reduce_retracing=True)
    for group in _groups(found, batch):
        inputs = {name: _stacked([example.inputs[name] for example in group], dtype) for name, dtype in dtypes.items()}
        try:
            outputs = {name: value.numpy() for name, value in predict(inputs).items()}
        except tf.errors.InvalidArgumentError as error:
            raise fail("predict-refused", None, sources=[example.source for example in group], reason=gist(str(error))) from error
        yield from ({name: value[i] for name, value in outputs.items()} for i in range(len(group)))


def _groups(found: Iterable[Example], batch: int) -> Iterator[list[Example]]:
    group: list[Example] = []
    for example in found:
        if group and (len(group) == batch or example.shapes != group[0].shapes):
            yield group
            group = []
        group.append(example)
    if group:
        yield group


def _stacked(values: list, dtype: str):
    import tensorflow as tf

    if dtype == "string":
        return tf.constant(np.stack(values).tolist(), "string")
    return tf.cast(tf.constant(np.stack(values)), dtype)
