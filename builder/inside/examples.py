"""The one example that is looked at: a file read as the run's own were, or one of a split."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from builder.data import Split
from builder.diagnostics import Faults, fail
from builder.training.examples import Example, Reading, examples


def example_of_files(info: Mapping, files: Sequence[str | Path]) -> Example:
    """The first example that files hold: an image for each input that takes one, or rows, texts, arrays.

    Raises:
        SpecError: `predict-unreadable`, `predict-misfit`, `predict-columns`; `no-example`, they hold none.
    """
    faults = Faults()
    found = list(examples(files, (), Reading(info), faults))
    faults.check()
    if not found:
        raise fail("no-example", files=[str(file) for file in files])
    return found[0]


def example_of_split(split: Split, inputs, number: int) -> Example:
    """An example of a split by its number, from 0.

    Args:
        inputs: the model's inputs as TensorSpecs by name.

    Raises:
        SpecError: `no-such-example`.
    """
    if not 0 <= number < split.size:
        raise fail("no-such-example", number=number, split=split.name, size=split.size)
    batch, _ = next(iter(split.dataset(inputs, (), 1, start_batch=number, augment=False)))
    return Example(f"example {number} of the {split.name} split", {name: value[0].numpy() for name, value in batch.items()})


def true_class(split: Split, field: str | None, number: int, classes: Sequence[str]) -> str | None:
    """The name of an example's class, where its field holds one: its index, or a 1 among zeros."""
    if field not in split.columns:
        return None
    value = np.asarray(split.rows(field, [number])[0])
    index = int(value.argmax()) if value.size > 1 else int(value.item())
    return classes[index] if 0 <= index < len(classes) else None


def spans_of(info: Mapping) -> dict[str, tuple[float, float]]:
    """The values of black and white of each field, by the range of its numbers."""
    fields = info.get("fields", {})
    ranges = {name: field["range"] for name, field in fields.items() if field.get("range")}
    return {name: (0.0, 255.0) for name, field in fields.items() if field.get("dtype") == "uint8"} | {name: tuple(ends) for name, ends in ranges.items()}
