"""The way of an export: checked, written aside, proved in a fresh process, and only then put in its place."""

import contextlib
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from builder.catalog import import_keras
from builder.diagnostics import Fault, Faults, SpecError, fail, near
from builder.export.card import write_beside
from builder.export.examples import examples
from builder.export.formats import FORMATS, Source, Written
from builder.export.generated import Proved, sequences
from builder.export.interface import interface, learners, plain_model
from builder.export.processes import reason
from builder.export.proof import Case, Verdict, cases, prove
from builder.graph.generating import GeneratePlan
from builder.model.generate import Generator
from builder.model.names import layers_by_name
from builder.training.files import is_full, sync_folder

NOTHING_LEARNED = 2  # a vocabulary of padding and what stands for unknown words


@dataclass(frozen=True)
class Exported:
    """One export that was proved: its format, where it lies, the greatest difference from the model's outputs
    (not a number where the model draws at random, so that nothing can be compared), and how its sequences were proved, if it makes any."""

    format: str
    path: Path
    greatest_difference: float
    warnings: tuple[Fault, ...] = ()
    sequences: Proved | None = None


def export(model, formats: str | Sequence[str], folder: Path | str, *, spec_text: str | None = None,
           name: str = "model", outputs: Sequence[str] | None = None, classes: Mapping[str, Sequence[str] | None] | None = None,
           metrics: Mapping | None = None, samples: Mapping[str, np.ndarray] | None = None,
           info: Mapping | None = None, generate: GeneratePlan | None = None, tell: Callable[[str], object] = lambda step: None) -> list[Exported]:
    """Exports a model to one format or several, each proved equal to the model in a fresh process.

    An export that cannot be proved is not left behind, and what lay there before it stays.

    Args:
        model: a functional `keras.Model`; its weights, seeds and compiled state are left as they are.
        formats: of `saved_model`, `keras`, `onnx`, `litert`.
        folder: where the exports go, with `model_card.json`; made if it is not there.
        spec_text: the resolved spec, whose hash stands on the card.
        name: the name the files and the served model bear.
        outputs: the outputs that are exported; None or none are all.
        classes: class names by output; the SavedModel then gives `<output>_class` too.
        metrics: what the model achieved, for the card.
        samples: real inputs by name, batch first; those lacking are made up.
        info: more for the card (the run, the data's hash).
        generate: how the model makes sequences; the SavedModel then has the signature `generate` too.
        tell: called with `write FORMAT` and `prove` as the work goes on.

    Raises:
        SpecError: `unknown-format`, `missing-extra`, `export-text`, `export-collision`, `export-examples`,
            `export-unadapted`, `export-operations`, `export-refused`, `export-unloadable`, `export-differs`,
            `export-folder`, `export-full`.
    """
    wanted = _known([formats] if isinstance(formats, str) else formats)
    source = _source(model, name, classes, samples, outputs, generate)
    _check(source, wanted)
    proofs = _cases(source, real=bool(samples))
    with _explained(Path(folder)), _staging(Path(folder)) as staging:
        written = _written(source, wanted, staging, tell)
        tell("prove")
        verdicts, made = _proved(source, written, proofs, staging)
        done = [Exported(format, _placed(one.path, Path(folder)), verdicts[format].difference, (*one.warnings, *verdicts[format].faults), made.get(format))
                for format, one in written.items()]
        write_beside(Path(folder), source, done, spec_text=spec_text, metrics=metrics, info=info, real=bool(samples))
    return done


def _known(formats: Sequence[str]) -> list[str]:
    """The formats asked for, each once, in the order of `FORMATS`."""
    faults = Faults()
    for format in formats:
        if format not in FORMATS:
            facts = {"format": format, "near": tuple(near(format, FORMATS)), "formats": tuple(FORMATS)}
            faults.add(Fault("unknown-format", None, facts))
    faults.check()
    return [format for format in FORMATS if format in formats]


def _source(model, name: str, classes, samples, outputs, generate: GeneratePlan | None) -> Source:
    import_keras()
    generator = _generator(model, generate) if generate else None
    model = plain_model(model, outputs)
    ports = interface(model, classes)
    return Source(model, ports, examples(model, ports, samples), re.sub(r"[^\w.-]+", "_", name).strip(".") or "model", generator)


def _generator(model, plan: GeneratePlan) -> Generator:
    """What makes sequences with a model, whose vocabulary must be there by now."""
    if plan.vocabulary is not None and len(dict(layers_by_name(model))[plan.vocabulary].get_vocabulary()) <= NOTHING_LEARNED:
        raise fail("export-unadapted", None, layers=(plan.vocabulary,))
    return Generator(model, plan)


def _check(source: Source, formats: Sequence[str]) -> None:
    faults = Faults()
    for format in formats:
        faults.extend(FORMATS[format].check(source))
    faults.check()


def _written(source: Source, formats: Sequence[str], staging: Path, tell) -> dict[str, Written]:
    """Every format written below `staging`; all that are refused are told at once."""
    faults, written = Faults(), {}
    for format in formats:
        tell(f"write {format}")
        try:
            written[format] = FORMATS[format].write(source, staging)
        except SpecError as error:
            faults.extend(error.faults)
    faults.check()
    return written


def _cases(source: Source, real: bool) -> tuple[Case, ...]:
    """What the model itself gives, before anything is written."""
    try:
        return cases(source)
    except Exception as error:  # whatever Keras or TensorFlow raises
        failure = error
    unlearned = tuple(layer.name for layer in learners(source.model))
    if unlearned and re.search("not initialized|adapt", str(failure)):
        raise fail("export-unadapted", None, layers=unlearned)
    raise fail("export-examples", None, reason=reason(str(failure)), real=real)


def _proved(source: Source, written: Mapping[str, Written], proofs: Sequence[Case], staging: Path) -> tuple[dict[str, Verdict], dict[str, Proved]]:
    """The verdict on each format, and how the sequences of those that make any were proved; raises the faults of all."""
    (staging / "proof").mkdir()
    made = sequences(source, written, staging / "proof")
    verdicts, said = prove(source, written, proofs, staging / "proof", [made.job] if made else [])
    faults = Faults()
    for verdict in verdicts.values():
        faults.extend(verdict.faults)
    faults.check()
    return verdicts, {"saved_model": made.proved(said)} if made else {}


@contextlib.contextmanager
def _staging(folder: Path) -> Iterator[Path]:
    """A folder beside the exports that is gone afterwards, whatever happens."""
    folder.mkdir(parents=True, exist_ok=True)
    staging = Path(tempfile.mkdtemp(prefix=".tmp.export.", dir=folder))
    try:
        yield staging
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _placed(path: Path, folder: Path) -> Path:
    """Moves a finished export to its place; what lay there goes to the staging folder, to vanish with it."""
    target = folder / path.name
    _flush(path)
    if target.exists():
        os.replace(target, path.with_name(f"old.{path.name}"))
    os.replace(path, target)
    sync_folder(folder)
    return target


def _flush(path: Path) -> None:
    """The disk has every byte before the rename, so that a power cut leaves the old export or the new one."""
    for file in [path] if path.is_file() else [part for part in path.rglob("*") if part.is_file()]:
        with open(file, "rb+") as bytes_of:
            os.fsync(bytes_of.fileno())


@contextlib.contextmanager
def _explained(folder: Path) -> Iterator[None]:
    """A full disk and a folder that cannot be written to are the user's to mend."""
    try:
        yield
    except SpecError:
        raise
    except Exception as error:
        if is_full(error):
            raise fail("export-full", None, folder=str(folder)) from None
        if isinstance(error, OSError):
            raise fail("export-folder", None, folder=str(folder), reason=error.strerror or str(error)) from None
        raise
