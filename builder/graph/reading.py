"""What `from` gives a call: positional inputs and inputs by name."""

from collections.abc import Callable
from dataclasses import replace

from builder.graph.catalogue import Signature
from builder.language.sections import From
from builder.language.tree import Scalar


def read_from(source: From | None, look_up: Callable[[Scalar], object], previous: Callable[[], object], signature: Signature | None) -> tuple[tuple, tuple]:
    """(positional inputs, named inputs) of a call.

    A list is one argument for a layer that takes a list, and the arguments in order for an op on
    several wires. Arguments by name that leave out the first one leave it to the step before.
    """
    if source is None:
        return _spread(previous(), signature), ()
    if source.one is not None:
        return _spread(look_up(source.one), signature), ()
    if source.many is not None:
        return _spread(tuple(look_up(text) for text in source.many), signature), ()
    named = tuple((str(key.value), _value(value, look_up)) for key, value in source.named)
    first = signature.call[0] if signature and signature.call else None
    if first is None or first in dict(named):
        return (), named
    return (previous(),), named


def _value(source: From, look_up: Callable[[Scalar], object]) -> object:
    if source.one is not None:
        return look_up(source.one)
    return tuple(look_up(text) for text in source.many or ())


def _spread(value: object, signature: Signature | None) -> tuple:
    spreads = signature is None or signature.kind == "op" and not takes_list(signature)
    return value if isinstance(value, tuple) and spreads else (value,)


def takes_list(signature: Signature) -> bool:
    """Whether the first argument of an op is a list of tensors, as its documentation says."""
    help = signature.parameters[0].help.lower() if signature.parameters else ""
    return help.startswith(("a sequence", "sequence", "a list", "list", "the sequence", "the tensors", "a tuple"))


def without_wires(signature: Signature, wires: int) -> Signature:
    """An op as it is called on wires: they stand for its first arguments, or for its `*operands`, which come last."""
    return signature if signature.varargs else replace(signature, parameters=signature.parameters[wires:])
