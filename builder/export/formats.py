"""The formats a model can be exported to: how each is written and how near its outputs must come."""

import importlib.util
import re
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from builder.catalog.importing import muted
from builder.diagnostics import Fault, fail
from builder.export.graphs import SIGNATURE, write_graph
from builder.export.interface import Interface, learners
from builder.export.processes import reason, run
from builder.model.generate import Generator
from builder.model.saving import save
from builder.training.files import is_full

OPSET = "18"


@dataclass(frozen=True)
class Source:
    """What is exported: a plain model, its ports, examples of its inputs, the name its files bear, and what makes sequences with it."""

    model: object
    ports: Interface
    examples: Mapping[str, np.ndarray]
    name: str
    generator: Generator | None = None


@dataclass(frozen=True)
class Written:
    """A file or folder just written. `rowwise`: it takes one example at a time."""

    path: Path
    warnings: tuple[Fault, ...] = ()
    rowwise: bool = False


@dataclass(frozen=True)
class Format:
    """One format. `tolerance` is the greatest difference allowed, in units of the greatest output (at least 1)."""

    write: Callable[[Source, Path], Written]
    tolerance: float
    check: Callable[[Source], tuple[Fault, ...]] = lambda source: ()


def write_saved_model(source: Source, folder: Path) -> Written:
    """`saved_model/`: a TensorFlow graph with the preprocessing and the names of the classes inside."""
    path = folder / "saved_model"
    _guarded("saved_model", lambda: write_graph(source.model, source.ports, path, generator=source.generator))
    return Written(path, source.ports.renamed)


def write_keras(source: Source, folder: Path) -> Written:
    """`NAME.keras`: the layers and weights, to be loaded by Keras."""
    path = folder / f"{source.name}.keras"
    _guarded("keras", lambda: save(source.model, path))
    return Written(path)


def write_onnx(source: Source, folder: Path) -> Written:
    """`NAME.onnx`, by tf2onnx in a process of its own, over a SavedModel.

    tf2onnx makes the names of inputs small and may mix up their order by that: they are numbered, then named.
    """
    path, named = folder / f"{source.name}.onnx", source.ports.inputs
    numbered = replace(source.ports, inputs=tuple(replace(port, key=f"input_{i:04}") for i, port in enumerate(named)))
    graph = _graph("onnx", replace(source, ports=numbered), folder / "onnx_graph")
    try:
        said = run("-m", "tf2onnx.convert", "--saved-model", graph, "--tag", "serve", "--signature_def", SIGNATURE,
                   "--rename-inputs", ",".join(port.key for port in named), "--output", path, "--opset", OPSET)
    except subprocess.CalledProcessError as error:
        raise _refused("onnx", error.output) from None
    lacking = re.findall(r"Tensorflow op \[\S+: (\w+)\] is not supported", said)
    if lacking:  # tf2onnx writes a file all the same, which nothing can load
        raise fail("export-operations", None, format="onnx", operations=tuple(dict.fromkeys(lacking)))
    return Written(path, source.ports.renamed)


def write_litert(source: Source, folder: Path) -> Written:
    """`NAME.tflite` of built-in operations; where a free batch is too much for them, for one example at a time."""
    path = folder / f"{source.name}.tflite"
    try:
        path.write_bytes(_converted(_graph("litert", source, folder / "litert_graph")))
        return Written(path, source.ports.renamed)
    except _Unconvertible:
        pass
    shapes = {name: (1, *values.shape[1:]) for name, values in source.examples.items()}
    try:
        path.write_bytes(_converted(_graph("litert", source, folder / "fixed_graph", shapes)))
    except _Unconvertible as error:
        raise _lacking(str(error)) from None
    fixed = Fault("export-fixed", None, {"shapes": shapes}, severity="warning")
    return Written(path, (*source.ports.renamed, fixed), rowwise=True)


class _Unconvertible(Exception):
    """LiteRT's converter gives up; its text says why."""


def _converted(graph: Path) -> bytes:
    """A SavedModel as LiteRT, of its built-in operations alone: TensorFlow's own are not in its plain interpreter."""
    import tensorflow as tf

    converter = tf.lite.TFLiteConverter.from_saved_model(str(graph), signature_keys=[SIGNATURE])
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS]
    with muted():
        try:
            return converter.convert()
        except Exception as error:  # the converter has no class of its own for this
            if is_full(error):
                raise
            failure = str(error)
    raise _Unconvertible(failure)


def _lacking(text: str):
    """The fault of a conversion, by the operations it names if it names any."""
    lines = re.findall(r"(?:TF Select|Custom) ops: (.+)", text)
    if not lines:
        return _refused("litert", text)
    operations = tuple(dict.fromkeys(name for line in lines for name in line.split(", ")))
    return fail("export-operations", None, format="litert", operations=operations)


def _graph(format: str, source: Source, folder: Path, shapes: Mapping[str, tuple] | None = None) -> Path:
    """The SavedModel a converter reads, without class names."""
    _guarded(format, lambda: write_graph(source.model, source.ports, folder, named=False, shapes=shapes))
    return folder


def _guarded(format: str, write: Callable[[], object]):
    """What `write` gives; what Keras or TensorFlow refuses is told as a fault, but for a full disk."""
    try:
        return write()
    except Exception as error:
        if is_full(error):
            raise
        raise _refused(format, str(error) or type(error).__name__) from None


def _refused(format: str, text: str):
    return fail("export-refused", None, format=format, reason=reason(text))


def _installed(*modules: str) -> bool:
    return all(importlib.util.find_spec(module) for module in modules)


def check_onnx(source: Source) -> tuple[Fault, ...]:
    """Its packages must be there, and nothing that reads text."""
    if not _installed("tf2onnx", "onnx", "onnxruntime"):
        return (Fault("missing-extra", None, {"feature": "the export to ONNX", "extra": "onnx"}),)
    return _text("onnx", source)


def check_litert(source: Source) -> tuple[Fault, ...]:
    """Its own package must be there, or the interpreter that TensorFlow still brings, and nothing that reads text."""
    import tensorflow as tf

    if not _installed("ai_edge_litert") and not hasattr(tf.lite, "Interpreter"):
        return (Fault("missing-extra", None, {"feature": "the export to LiteRT", "extra": "litert"}),)
    return _text("litert", source)


def _text(format: str, source: Source) -> tuple[Fault, ...]:
    """Neither ONNX nor plain LiteRT has tables of words or numbers, or operations that take text apart."""
    texts = tuple(port.name for port in source.ports.inputs if port.dtype == "string")
    tables = ("TextVectorization", "StringLookup", "IntegerLookup")
    lookups = tuple(layer.name for layer in learners(source.model) if type(layer).__name__ in tables)
    facts = {"format": format, "layers": () if texts else lookups, "inputs": texts}
    return (Fault("export-text", None, facts),) if texts or lookups else ()


FORMATS = {
    "saved_model": Format(write_saved_model, 1e-5),
    "keras": Format(write_keras, 1e-5),
    "onnx": Format(write_onnx, 1e-4, check_onnx),
    "litert": Format(write_litert, 1e-4, check_litert),
}
