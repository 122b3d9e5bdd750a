"""The wording of every kind of fault: a registry that the files of `wording/` fill."""

import importlib
import pkgutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from builder.diagnostics.fault import Fault


@dataclass(frozen=True)
class Words:
    """A fault in words: one sentence, what stands beside the caret, a line to paste, the facts."""

    title: str
    label: str = ""
    help: str = ""
    notes: tuple[str, ...] = ()


_WORDING: dict[str, Callable[..., Words]] = {}


def worded(kind: str) -> Callable:
    """Registers the function that words `kind`; its parameters are the fault's facts."""

    def register(function: Callable[..., Words]) -> Callable[..., Words]:
        assert kind not in _WORDING, f"{kind} is worded twice"
        _WORDING[kind] = function
        return function

    return register


def kinds() -> dict[str, Callable[..., Words]]:
    """Every kind there is, with the function that words it."""
    if not _WORDING:
        from builder.diagnostics import wording

        for module in pkgutil.iter_modules(wording.__path__):
            importlib.import_module(f"{wording.__name__}.{module.name}")
    return _WORDING


def words(fault: Fault) -> Words:
    """The wording of a fault.

    Raises:
        KeyError: the kind has no wording, which a test rules out.
    """
    return kinds()[fault.kind](**fault.facts)


def did_you_mean(near: Iterable[str]) -> str:
    """The help line for a misspelt name, or nothing where no name is near."""
    near = list(near)
    if not near:
        return ""
    also = ", ".join(f"`{name}`" for name in near[1:])
    return f"did you mean `{near[0]}`?" + (f" (also close: {also})" if also else "")


def listed(names: Iterable[object], most: int = 12) -> str:
    """Names as a readable list, cut after `most`."""
    names = [str(name) for name in names]
    return ", ".join(names[:most]) + (", ..." if len(names) > most else "") or "none"


def ordinal(number: int) -> str:
    """1 -> first ... 12 -> 12th."""
    names = ["first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth"]
    return names[number - 1] if 0 < number <= len(names) else f"{number}th"


def dims(shape: Iterable[int | None] | None) -> str:
    """A shape as people read it: `(batch, 28, 28, 1)`, unknown sizes as `?`."""
    if shape is None:
        return "(unknown)"
    return "(" + ", ".join(["batch", *("?" if size is None else str(size) for size in shape)]) + ")"


def tupled(shape: Iterable[int | None]) -> str:
    """A shape of data as Python writes it: `(28, 28)`, `(3,)`, unknown sizes as `?`."""
    sizes = ["?" if size is None else str(size) for size in shape]
    return "(" + ", ".join(sizes) + ("," if len(sizes) == 1 else "") + ")"


def plural(count: int, what: str) -> str:
    """1 file, 2 files."""
    return f"{count} {what}" + ("" if count == 1 else "s")
