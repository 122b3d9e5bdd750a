"""Whether the data fits the model: fields against inputs, targets against outputs and their losses."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from builder.data.augment import mixable, mixed_shape
from builder.data.data import Data
from builder.data.pipeline import given_shape
from builder.data.table import Field
from builder.diagnostics import Fault, Faults, Span, near
from builder.graph.graph import TensorSpec
from builder.graph.judging import by_number
from builder.graph.plans import OF_NUMBERS, mixing


@dataclass(frozen=True)
class Target:
    """What an output is compared with: a field, by a loss of this name (None: one we know nothing of).

    Of a term that is no loss of an output, `misfit` tells what is wrong with a field of some shape, or None. `ignored` is the class that
    the loss leaves out; `known`, how many classes it has something kept for, such as a centre each; `last` the brick and the name of the
    recurrent layer whose last step alone the output comes from.
    """

    output: str
    field: str
    spec: TensorSpec
    loss: str | None = None
    span: Span | None = None
    misfit: Callable[[TensorSpec], str | None] | None = None
    ignored: int | None = None
    known: int | None = None
    last: tuple[str, str] | None = None

    @property
    def sparse(self) -> bool:
        """Whether the loss compares class indices with a score for each class."""
        return by_number(self.loss or "")

    @property
    def classes(self) -> int | None:
        """How many classes the output or the loss can tell apart, where it is known that it does."""
        if self.known:
            return self.known
        last = self.spec.shape[-1] if self.spec.shape else 1
        if self.sparse:
            return last
        return 2 if (self.loss or "").startswith("Binary") and last == 1 else None


def check_fields(data: Data, inputs: Mapping[str, TensorSpec], targets: Iterable[Target] = (), *,
                 spans: Mapping[str, Span] | None = None) -> None:
    """Raises everything about the data that does not fit the model.

    Args:
        data: the data of the run.
        inputs: the model's inputs; each reads the field of its name.
        targets: what the outputs are compared with.
        spans: where each input is written.

    Raises:
        SpecError: `missing-field`, `data-shape`, `data-dtype`, `target-shape`, `term-field`, `text-target`, `target-gaps`,
            `one-class`, `class-as-number`, `label-range`, `loss-classes`, `mix-input`, `mix-target`.
    """
    faults = Faults()
    for name, spec in inputs.items():
        faults.extend(_input_faults(data, name, spec, (spans or {}).get(name)))
        faults.extend(_mixed_input(data, name, (spans or {}).get(name)))
    for target in targets:
        faults.extend(_target_faults(data, target, inputs))
    faults.check()


def _input_faults(data: Data, name: str, spec: TensorSpec, span: Span | None) -> Iterator[Fault]:
    field = data.fields.get(name)
    if field is None:
        yield _missing(data, name, "input", name, span)
        return
    if not fits(field.shape, spec):
        facts = {"name": name, "shape": field.shape, "wanted": spec.shape, "at_input": span is not None}
        yield _beside(data, Fault("data-shape", span or data.span, facts), field.shape)
    elif why := _unfit(data, field, spec.dtype):
        facts = {"name": name, "dtype": field.dtype, "wanted": spec.dtype, "why": why}
        yield Fault("data-dtype", span or data.span, facts)


def _missing(data: Data, field: str, role: str, name: str, span: Span | None, taken: Iterable[str] = ()) -> Fault:
    """A field that is not there; where no name is near, those that nothing reads yet are: for outputs classes first."""
    there = list(data.fields)
    spare = sorted((one for one in there if one not in taken), key=lambda one: bool(data.fields[one].classes) == (role == "input"))
    facts = {"field": field, "role": role, "name": name, "fields": there, "near": near(field, there) or spare}
    return Fault("missing-field", span or data.span, facts)


def _beside(data: Data, fault: Fault, shape: tuple) -> Fault:
    """The fault with the source marked as the other place, where the two differ."""
    if data.span is None or fault.span in (None, data.span):
        return fault
    return fault.also(data.span, f"the data has {_plain(shape)}, {data.splits['train'].size} examples")


def _plain(shape: tuple) -> str:
    return str(tuple("?" if n is None else n for n in shape)).replace("'", "") if shape else "one value"


def fits(shape: tuple, spec: TensorSpec) -> bool:
    """Whether values of a shape can be given where a spec is wanted."""
    given = given_shape(shape, spec)
    return len(given) == len(spec.shape) and all(w in (None, g) for g, w in zip(given, spec.shape, strict=True))


def _unfit(data: Data, field: Field, wanted: str) -> str:
    """Why values of a field cannot be cast to a dtype; empty where they can."""
    if (field.dtype == "string") != (wanted == "string"):
        return "text" if field.dtype == "string" else "numbers"
    whole = wanted.startswith(("int", "uint", "bool"))
    if not whole or not field.dtype.startswith("float"):
        return ""
    column = data.splits["train"].columns[field.name]
    if any(np.isnan(values).any() for values in column.chunks()):
        return "missing values"
    return "" if all(np.array_equal(values, np.round(values)) for values in column.chunks()) else "fractions"


def _mixed_input(data: Data, name: str, span: Span | None) -> Iterator[Fault]:
    """Where examples are mixed, every input must be: Keras mixes images."""
    field, mix = data.fields.get(name), mixing(data.splits["train"].augment)
    if mix and field is not None and len(field.shape) != 3:
        yield Fault("mix-input", span or data.span, {"mix": mix, "name": name, "shape": field.shape})


def _target_faults(data: Data, target: Target, inputs: Iterable[str]) -> Iterator[Fault]:
    field = data.fields.get(target.field)
    if field is None:
        yield _missing(data, target.field, "term" if target.misfit else "output", target.output, target.span, inputs)
        return
    facts, mix = {"output": target.output, "field": field.name, "loss": target.loss}, mixing(data.splits["train"].augment)
    shape = mixed_shape(field, mix is not None)
    if field.dtype == "string":
        yield Fault("text-target", target.span or data.span, facts)
    elif mix and not mixable(field):
        yield Fault("mix-target", target.span or data.span, facts | {"mix": mix, "shape": field.shape})
    elif target.loss and not _comparable(shape, target):
        steps = target.last if len(shape) > len(target.spec.shape) - target.sparse else None
        facts |= {"shape": shape, "wanted": target.spec.shape, "classes": field.classes and shape == field.shape and len(field.classes), "last": steps}
        yield _beside(data, Fault("target-shape", target.span or data.span, facts), shape)
    elif why := target.misfit and target.misfit(TensorSpec(shape, field.dtype)):
        yield _beside(data, Fault("term-field", target.span or data.span, {"term": target.output, "field": field.name, "shape": shape, "problem": why}), shape)
    elif missing := missing_values(data, field):
        yield Fault("target-gaps", target.span or data.span, facts | {"missing": missing})
    elif field.classes and len(field.classes) == 1 != target.classes:
        yield Fault("one-class", target.span or data.span, {"output": target.output, "field": field.name, "name": field.classes[0]})
    elif target.loss in OF_NUMBERS and _renumbered(field):
        yield Fault("class-as-number", target.span or data.span, {"loss": target.loss, "field": field.name, "classes": field.classes})
    elif target.classes:
        yield from _range_faults(data, field, target, facts)


def _renumbered(field: Field) -> bool:
    """Whether a field's values were numbers, and now are the places of those numbers among its classes."""
    names = field.classes or ()
    return len(names) > 2 and all(name.lstrip("-").isdecimal() for name in names) and names != tuple(map(str, range(len(names))))


def missing_values(data: Data, field: Field) -> int:
    """How many numbers of a field are not there; one of them makes the whole loss not-a-number."""
    if not field.dtype.startswith("float"):
        return 0
    return sum(int(np.isnan(values).sum()) for split in data.splits.values() for values in split.columns[field.name].chunks())


def _comparable(shape: tuple, target: Target) -> bool:
    """Whether the loss can compare a field of this shape with its output; Keras forgives a last axis of one."""
    output = target.spec.shape
    wanted = output[:-1] if target.sparse else output
    near_enough = {wanted, (*wanted, 1), wanted[:-1] if wanted[-1:] == (1,) else wanted}
    return any(len(shape) == len(w) and all(n in (None, g) for g, n in zip(shape, w, strict=True)) for w in near_enough)


def _range_faults(data: Data, field: Field, target: Target, facts: dict) -> Iterator[Fault]:
    """Labels the output has no unit for, in any split."""
    for name, split in data.splits.items():
        counted = (values[values != target.ignored] for values in split.columns[field.name].chunks())
        ends = [(values.min(), values.max()) for values in counted if values.size]
        low, high = min((low for low, _ in ends), default=0), max((high for _, high in ends), default=0)
        if low < 0 or high >= target.classes:
            wrong = low if low < 0 else high
            facts |= {"split": name, "value": _number(wrong), "low": _number(low), "classes": field.classes and len(field.classes)}
            told = {"known": target.known} if target.known else {"units": target.classes}
            yield Fault("loss-classes" if target.known else "label-range", target.span or data.span, facts | told)
            return


def _number(value) -> int | float:
    return int(value) if float(value).is_integer() else float(value)
