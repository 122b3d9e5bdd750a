"""The proof of the signature `generate`: reloaded in a fresh process, it must say what the model says."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from builder.diagnostics import SpecError, fail
from builder.export.formats import FORMATS, Source, Written
from builder.export.proof import Case, coarseness, difference, on_the_cpu, told, unloadable
from builder.model.generate import SCORE, TOKENS

GENERATE = "generate"


@dataclass(frozen=True)
class Proved:
    """How many sequences of an export were compared with the model's, and the greatest difference of a score; of those that are `drawn`
    by chance the model was asked for the scores of what the export said."""

    count: int
    greatest_difference: float
    drawn: bool

    @property
    def told(self) -> str:
        """It as a sentence."""
        same = f"its {self.count} sequences, drawn, have the scores that the model gives them" if self.drawn else f"its {self.count} sequences are the model's"
        return f"{same}; greatest difference of a score: {self.greatest_difference:.2g}"


@dataclass(frozen=True)
class Sequences:
    """What is compared: examples and what the model says for them, and the job of the process that reloads the export."""

    source: Source
    case: Case
    job: dict

    @property
    def drawn(self) -> bool:
        """Whether sequences come out by chance, so that two calls give two: the model must then give those of the export their scores."""
        return self.source.generator.how.search == "sample"

    def proved(self, said: str) -> Proved:
        """How they were compared; `said` is what the process wrote.

        Raises:
            SpecError: `export-unloadable`, `export-differs`.
        """
        (_, path), = self.job["cases"]
        if not Path(path).exists():
            raise SpecError([unloadable(GENERATE, told(self.job) or said)])
        with np.load(path) as arrays:
            got = dict(zip(self.job["outputs"], (arrays[key] for key in arrays.files)))
        found = list(self.compared(got))
        for output, distance, allowed in found:
            if not distance <= allowed:
                raise fail("export-differs", None, format=GENERATE, output=output, difference=distance, allowed=allowed)
        return Proved(len(got[TOKENS]), max(distance for _, distance, _ in found), self.drawn)

    def compared(self, got: Mapping[str, np.ndarray]) -> Iterator[tuple[str, float, float]]:
        """For each output of the signature: its name, the difference, and the most allowed."""
        rough = coarseness(self.source.generator.model)
        allowed = max(FORMATS["saved_model"].tolerance, rough) * max(1.0, float(np.abs(got[SCORE]).max(initial=0.0)))
        if self.drawn:
            yield TOKENS, 0.0 if got[TOKENS].shape == self.case.outputs[TOKENS].shape else float("inf"), 0.0
            yield SCORE, difference(self.scores(got[TOKENS]), got[SCORE]), allowed
            return
        for output, wanted in self.case.outputs.items():
            if output == SCORE or not rough:  # in half precision two sequences may be as likely as each other
                yield output, difference(wanted, got[output]), allowed if output == SCORE else 0.0

    def scores(self, tokens: np.ndarray) -> np.ndarray:
        """How likely the model finds sequences that the export made."""
        import tensorflow as tf

        generator = self.source.generator
        return on_the_cpu(generator.model, lambda given: {SCORE: generator.scored(given, tf.constant(tokens))}, self.case.inputs)[SCORE]


def sequences(source: Source, written: Mapping[str, Written], folder: Path) -> Sequences | None:
    """What there is to prove; None where nothing that was written makes sequences."""
    if source.generator is None or "saved_model" not in written:
        return None
    ports = [port for port in source.ports.inputs if port.name in source.generator.plan.needs]
    case = _case(source, {port.name: source.examples[port.name] for port in ports})
    given, got = (str(folder / f"{GENERATE}.{name}.npz") for name in ("given", "got"))
    np.savez(given, *case.inputs.values())
    return Sequences(source, case, {
        "format": GENERATE, "path": str(written["saved_model"].path), "rowwise": False, "cases": [[given, got]], "modules": [],
        "inputs": [[port.name, port.key] for port in ports], "outputs": list(case.outputs), "error": str(folder / f"{GENERATE}.error"),
    })


def _case(source: Source, inputs: Mapping[str, np.ndarray]) -> Case:
    """Examples, and what the model itself makes of them."""
    import tensorflow as tf

    return Case(GENERATE, inputs, on_the_cpu(source.generator.model, tf.function(source.generator), inputs))
