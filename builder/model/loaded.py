"""What a `weights:` did: the report, and the faults of what it did not do."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from builder.diagnostics import Fault, near
from builder.graph import WeightsPlan

SKIPPED, SEVERAL = "as `skip` says", "its name is only counted, and there are several ways to pair it: name the step"


@dataclass(frozen=True)
class Loaded:
    """Names in the file by ours, ours that got none with the reason, ours that are not in the file, and what of the file is left over."""

    file: str
    loaded: Mapping[str, str] = field(default_factory=dict)
    skipped: Mapping[str, str] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    unused: tuple[str, ...] = ()
    warnings: tuple[Fault, ...] = ()

    @property
    def sentence(self) -> str:
        """The report in a line."""
        asked = len(self.loaded) + len(self.skipped) + len(self.missing)
        rest = ((len(self.skipped), "skipped"), (len(self.missing), "not in the file"), (len(self.unused), "left over in the file"))
        return f"weights: {len(self.loaded)} of {asked} layers from {self.file}" + "".join(f", {count} {what}" for count, what in rest if count)

    def plain(self) -> dict:
        """For `run.json`."""
        return {"file": str(Path(self.file).resolve()), "loaded": dict(self.loaded), "skipped": dict(self.skipped), "missing": list(self.missing),
                "unused": list(self.unused)}


def faults_of(plan: WeightsPlan, found: Loaded, idle: tuple[str, ...]) -> tuple[Fault, ...]:
    """What is to be told of a loading; errors where there may be no gap, or where nothing was loaded at all.

    Args:
        idle: patterns of `map` and `skip` that fit nothing.
    """
    faults = [_idle(plan, found, pattern) for pattern in idle]
    other = {name: why for name, why in found.skipped.items() if why != SKIPPED}
    if not found.loaded and (other or found.missing or not found.skipped):
        return (*(fault.as_warning() for fault in faults), _nothing(plan, found, other))
    if other or found.missing:
        faults.append(_fault(plan, "weights-gap", file=found.file, missing=list(found.missing), skipped=other, near=_near(found)))
    return tuple(faults if plan.strict else (fault.as_warning() for fault in faults))


def _idle(plan: WeightsPlan, found: Loaded, pattern: str) -> Fault:
    names = (*found.unused, *found.missing, *found.loaded)
    facts = {"pattern": pattern, "near": near(pattern.replace(".*", ""), dict.fromkeys(part for name in names for part in (name, name.partition(".")[0])))}
    return Fault("weights-pattern", dict(plan.places).get(pattern, plan.span), facts, trail=plan.trail)


def _nothing(plan: WeightsPlan, found: Loaded, other: Mapping[str, str]) -> Fault:
    if len(found.missing) == 1 and not other:
        return _fault(plan, "weights-layer", layer=plan.part or found.missing[0], near=near(plan.part or found.missing[0], found.unused),
                      layers=list(found.unused))
    if len(other) == 1 and not found.missing:
        return _fault(plan, "weights-shape", layer=next(iter(other)), why=next(iter(other.values())))
    return _fault(plan, "weights-nothing", file=found.file, layers=[*found.missing, *other], theirs=list(found.unused))


def _near(found: Loaded) -> dict[str, list[str]]:
    """For each missing name those of the file that nobody took and that are close to it."""
    close = {name: near(name, found.unused) for name in found.missing}
    return {name: names for name, names in close.items() if names}


def _fault(plan: WeightsPlan, kind: str, **facts: object) -> Fault:
    return Fault(kind, plan.span, facts, trail=plan.trail)
