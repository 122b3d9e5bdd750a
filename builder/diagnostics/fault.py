"""A fault as facts: what kind, where, and what is known about it; no wording here."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from builder.diagnostics.span import Span


@dataclass(frozen=True)
class Mark:
    """Another place that belongs to a fault, with the few words that stand beside its caret."""

    span: Span
    label: str = ""


@dataclass(frozen=True)
class Use:
    """One link of the chain of uses that laid the faulty step: a block and where it was used."""

    block: str
    span: Span


class Turn(Use):
    """One turn of a loop in such a chain; `block` says which: `for filters = 64`."""


@dataclass(frozen=True)
class Fault:
    """One error or warning; `kind` is the slug that names its wording and its test pair."""

    kind: str
    span: Span | None
    facts: Mapping[str, object] = field(default_factory=dict)
    marks: tuple[Mark, ...] = ()
    trail: tuple[Use, ...] = ()
    severity: str = "error"

    def at(self, span: Span) -> "Fault":
        return replace(self, span=span)

    def laid_by(self, trail: tuple[Use, ...]) -> "Fault":
        return replace(self, trail=trail)

    def again(self, other: "Fault") -> bool:
        """Whether another fault is this one met again, on another way to the same step."""
        return self.span is not None and (self.kind, self.span) == (other.kind, other.span) and self.trail != other.trail

    def as_warning(self) -> "Fault":
        return replace(self, severity="warning")

    def also(self, span: Span, label: str) -> "Fault":
        return replace(self, marks=(*self.marks, Mark(span, label)))


class SpecError(Exception):
    """What the user can mend: the spec, its data or its files are at fault. Carries every fault found."""

    def __init__(self, faults: Iterable[Fault]):
        self.faults = tuple(faults)
        super().__init__(", ".join(f"{fault.kind} at {fault.span}" for fault in self.faults))


def fail(kind: str, span: Span | None = None, **facts: object) -> SpecError:
    """A SpecError of one fault, to be raised where nothing more can be found out."""
    return SpecError([Fault(kind, span, facts)])


MOST = 100


class Faults:
    """Gathers the faults of a stage, so that all of them are told at once, up to `MOST`."""

    def __init__(self) -> None:
        self.found: list[Fault] = []

    def add(self, fault: Fault) -> None:
        """Notes a fault, once: a block laid ten times has its faults told for the first use.

        Raises:
            SpecError: there are so many errors already that nobody would read on.
        """
        if any(known == fault or known.again(fault) for known in self.found):
            return
        self.found.append(fault)
        if len(self.errors) >= MOST:
            raise SpecError(self.found)

    def extend(self, faults: Iterable[Fault]) -> None:
        for fault in faults:
            self.add(fault)

    def attempt(self, work, *args):
        """What `work(*args)` gives; its faults are gathered, and None is given in its place."""
        try:
            return work(*args)
        except SpecError as error:
            self.extend(error.faults)
            return None

    @property
    def errors(self) -> list[Fault]:
        return [fault for fault in self.found if fault.severity == "error"]

    @property
    def warnings(self) -> list[Fault]:
        return [fault for fault in self.found if fault.severity == "warning"]

    def check(self) -> None:
        """End the stage: raise all faults if one of them is an error."""
        if self.errors:
            raise SpecError(self.found)
