"""A model that makes something of noise, and of a class where it is told one: samples of it, without any file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from builder.diagnostics import fail, near
from builder.model.part import part
from builder.training.examples import Example
from builder.training.noise import drawn, noises
from builder.training.prediction import Prediction, meanings_of, outputs_of
from builder.training.run import Run

COUNT = 16  # samples where nobody says how many; of a few classes two of each
BATCH = 256


@dataclass(frozen=True, eq=False)
class Generator:
    """An output with the part of the model that makes it. `asked` is the input that tells a class, one of `classes`; empty where there is none."""

    output: str
    model: object
    asked: str = ""
    classes: Sequence[str] = ()


def generator(run: Run) -> Generator | None:
    """The first output of a run that depends on noise, and else on a class at most; None where there is none."""
    info = run.info
    given = noises(info)
    for output in info["outputs"] if given else ():
        made = part(run.model.input, {output: run.model.output[output]}, "samples")
        asked = [name for name in made.input if name not in given]
        if len(asked) < min(2, len(made.input)) and all(_classes(info, name) for name in asked):
            return Generator(output, made, *((asked[0], _classes(info, asked[0])) if asked else ()))
    return None


def _classes(info: Mapping, name: str) -> Sequence[str]:
    """The classes of a field that is one; none of any other."""
    field = info["fields"].get(name) or {}
    return field.get("classes") or () if list(field.get("shape", ())) in ([], [1]) else ()


def samples(run: Run, count: int | None = None, seed: int | None = None, of: str | None = None) -> list[Prediction]:
    """What a generator makes of noise; where it is told a class, of all classes in turn, or of one. Nothing where the run has no generator.

    Args:
        count: how many.
        seed: other noise for another one; left out, the noise of the report.
        of: the class to ask for.

    Raises:
        SpecError: `no-model`; `generator-untold`, it is told no class; `no-such-class`.
    """
    found = generator(run)
    if found is None:
        return []
    wanted = _wanted(found, of, str(run.name))
    count = count or (2 * len(wanted) if 1 < len(wanted) <= COUNT else COUNT)
    noise = {name: values for name, values in drawn(run.info, count, seed).items() if name in found.model.input}
    numbers = [wanted[number % len(wanted)] for number in range(count)] if wanted else []
    examples = [Example(f"sample {number + 1}", {name: values[number] for name, values in noise.items()} | _told(found, numbers, number))
                for number in range(count)]
    meaning = meanings_of(run.info)[found.output]
    return [Prediction(example.source, _named(found, numbers, number) | {found.output: meaning.told(raw[found.output])}, raw)
            for number, (example, raw) in enumerate(zip(examples, outputs_of(found.model, examples, BATCH)))]


def _wanted(found: Generator, of: str | None, run: str) -> list[int]:
    """The numbers of the classes to ask for."""
    if of is None:
        return list(range(len(found.classes)))
    if not found.classes:
        raise fail("generator-untold", run=run, output=found.output, of=of)
    if of not in found.classes:
        raise fail("no-such-class", None, name=of, near=tuple(near(of, found.classes)), classes=tuple(found.classes))
    return [list(found.classes).index(of)]


def _told(found: Generator, numbers: Sequence[int], number: int) -> dict:
    """The class of a sample as the model takes it."""
    shape = found.model.input[found.asked].shape[1:] if numbers else ()
    return {found.asked: np.full(shape, numbers[number])} if numbers else {}


def _named(found: Generator, numbers: Sequence[int], number: int) -> dict:
    """The class of a sample by its name."""
    return {found.asked: {"asked": found.classes[numbers[number]]}} if numbers else {}
