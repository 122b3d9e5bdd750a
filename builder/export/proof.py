"""The proof of an export: reloaded in a fresh process, it must give what the model gives."""

import contextlib
import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from builder.diagnostics import Fault
from builder.export.formats import FORMATS, Source, Written
from builder.export.graphs import class_names
from builder.export.interface import Interface, layers, portable_kernels
from builder.export.processes import reason, run
from builder.export.prove import as_plain

# Two roundings of the same number may differ by some units of its last digit.
COARSE = {"bfloat16": 3e-2, "float16": 4e-3}
ANY = 1e300  # of a model that draws, only shapes can be compared
ROOT = Path(__file__).parents[2]
Arrays = Mapping[str, np.ndarray]


@dataclass(frozen=True)
class Case:
    """Inputs and what the model gives for them, by name."""

    name: str
    inputs: Arrays
    outputs: Arrays


@dataclass(frozen=True)
class Verdict:
    """The greatest difference of a reloaded export's outputs, not a number where a model draws; and its faults."""

    difference: float
    faults: tuple[Fault, ...] = ()


def cases(source: Source) -> tuple[Case, ...]:
    """All examples at once, and the first alone: the batch must be free.

    Raises:
        Exception: whatever Keras or TensorFlow raises for these inputs.
    """
    first = {name: values[:1] for name, values in source.examples.items()}
    return tuple(Case(name, inputs, _outputs(source.model, inputs))
                 for name, inputs in (("all", source.examples), ("first", first)))


def draws(source: Source) -> bool:
    """Whether the model gives something else each time it is called, as a variational autoencoder does."""
    if not _seeds(source.model):
        return False
    with _kept_seeds(source.model):
        once, again = (on_the_cpu(source.model, partial(source.model, training=False), source.examples) for _ in range(2))
    return any(difference(once[name], again[name]) > 0 for name in once)


def _outputs(model, inputs: Arrays) -> Arrays:
    with _kept_seeds(model):
        return on_the_cpu(model, partial(model, training=False), inputs)


def on_the_cpu(model, call: Callable[[Mapping], Mapping], inputs: Arrays) -> Arrays:
    """What a call of a model gives, computed on the CPU as the fresh process does."""
    import tensorflow as tf

    with portable_kernels(model), tf.device("/CPU:0"):
        given = call({name: tf.constant(values) for name, values in inputs.items()})
    return {name: as_plain(np.asarray(values)) for name, values in given.items()}


def _seeds(model) -> list:
    return [variable for variable in model.variables if variable.name == "seed_generator_state"]


@contextlib.contextmanager
def _kept_seeds(model) -> Iterator[None]:
    """A model that draws at inference moves its seeds on at each call; they are put back."""
    before = [(seed, np.asarray(seed.value)) for seed in _seeds(model)]
    try:
        yield
    finally:
        for seed, value in before:
            seed.assign(value)


def prove(source: Source, written: Mapping[str, Written], proofs: Sequence[Case], folder: Path, more: Sequence[dict] = ()) -> tuple[dict[str, Verdict], str]:
    """Reloads what was written in one fresh process and judges each; `folder` holds what passes between them.

    `more` are jobs that the process does beside, for others to judge, who are given what it wrote.
    """
    random = draws(source)
    jobs = [_job(source, format, one, proofs, folder) for format, one in written.items()]
    said = _fresh_process([*jobs, *more], folder)
    return {job["format"]: _judged(source, job, proofs, said, random) for job in jobs}, said


def _fresh_process(jobs: list[dict], folder: Path) -> str:
    """Does the jobs; gives what the process wrote, which only matters where it died."""
    path = folder / "jobs.json"
    path.write_text(json.dumps(jobs), encoding="utf-8")
    try:
        return run("-P", Path(__file__).with_name("prove.py"), path, path=str(ROOT))
    except subprocess.CalledProcessError as error:
        return error.output


def _job(source: Source, format: str, written: Written, proofs: Sequence[Case], folder: Path) -> dict:
    given = []
    for case in proofs:
        path = folder / f"{case.name}.npz"
        if not path.exists():
            np.savez(path, *(case.inputs[port.name] for port in source.ports.inputs))
        given.append([str(path), str(folder / f"{format}.{case.name}.npz")])
    modules = own_modules(source.model) if format == "keras" else {}
    return {
        "format": format, "path": str(written.path), "rowwise": written.rowwise, "cases": given,
        "inputs": [[port.name, port.key] for port in source.ports.inputs],
        "outputs": _output_keys(source.ports, format),
        "modules": list(modules.items()), "error": str(folder / f"{format}.error"),
    }


def _output_keys(ports: Interface, format: str) -> list[str]:
    keys = [port.name for port in ports.outputs]
    if format == "saved_model":
        keys += [ports.class_key(port) for port in ports.outputs if port.classes]
    return keys


def own_modules(model) -> dict[str, str]:
    """The modules of layers that are not Keras's: name and file, which is empty for those of this project."""
    names = {type(layer).__module__ for layer in layers(model)}
    own = sorted(name for name in names if name.partition(".")[0] not in ("keras", "__main__"))
    return {name: "" if name.startswith("builder.") else getattr(sys.modules.get(name), "__file__", "") for name in own}


def _judged(source: Source, job: dict, proofs: Sequence[Case], said: str, random: bool) -> Verdict:
    format = job["format"]
    allowed = ANY if random else max(FORMATS[format].tolerance, coarseness(source.model))
    found: list[tuple[float, float, str]] = []
    for case, (_, path) in zip(proofs, job["cases"]):
        if not Path(path).exists():
            return Verdict(float("inf"), (unloadable(format, told(job) or said),))
        found += _differences(source, job, case, path, allowed)
    greatest = max(distance for distance, _, _ in found)
    wrong = [_differs(format, output, distance, most) for distance, most, output in found if not distance <= most]
    if random and not wrong:
        return Verdict(float("nan"), (Fault("export-random", None, {"format": format}, severity="warning"),))
    return Verdict(greatest, tuple(wrong[:1]))


def _differences(source: Source, job: dict, case: Case, path: str, allowed: float):
    """For each output: the difference, the most allowed, its name."""
    with np.load(path) as arrays:
        got = dict(zip(job["outputs"], (arrays[key] for key in arrays.files)))
    for port in source.ports.outputs:
        wanted = case.outputs[port.name]
        yield difference(wanted, got[port.name]), allowed * _scale(wanted), port.name
        key = source.ports.class_key(port)
        if key in job["outputs"]:
            names = as_plain(np.asarray(class_names(source.model, port, got[port.name])))
            yield difference(names, got[key]), allowed, key


def told(job: dict) -> str:
    """What the process tells of a job that it could not do."""
    error = Path(job["error"])
    return error.read_text(encoding="utf-8") if error.exists() else ""


def unloadable(format: str, said: str) -> Fault:
    """The fault of an export that could not be run."""
    return Fault("export-unloadable", None, {"format": format, "reason": reason(said)})


def _differs(format: str, output: str, found: float, allowed: float) -> Fault:
    return Fault("export-differs", None, {"format": format, "output": output, "difference": found, "allowed": allowed})


def difference(wanted: np.ndarray, got: np.ndarray) -> float:
    """The greatest difference of two arrays; infinite where shapes, texts or not-a-numbers do not agree."""
    if wanted.shape != got.shape:
        return float("inf")
    if wanted.dtype.kind == "U" or got.dtype.kind == "U":
        return 0.0 if np.array_equal(wanted, got) else float("inf")
    wanted, got = wanted.astype("float64"), got.astype("float64")
    same = (wanted == got) | (np.isnan(wanted) & np.isnan(got))
    if same.all():
        return 0.0
    distance = np.abs(wanted[~same] - got[~same])
    return float("inf") if np.isnan(distance).any() else float(distance.max())


def _scale(wanted: np.ndarray) -> float:
    """Differences are told in units of the greatest output, and of 1 where all are smaller."""
    if wanted.dtype.kind not in "fiub" or not wanted.size:
        return 1.0
    finite = np.abs(wanted[np.isfinite(wanted)].astype("float64"))
    return max(1.0, float(finite.max(initial=0.0)))


def coarseness(model) -> float:
    """How far half precision lets outputs differ."""
    return max((COARSE.get(layer.compute_dtype, 0.0) for layer in layers(model)), default=0.0)
