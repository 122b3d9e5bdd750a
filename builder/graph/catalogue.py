"""What the graph asks of a catalogue, so that its tests run with a fake of four layers."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from builder.graph.graph import Recipe, TensorSpec

REQUIRED = object()


@dataclass(frozen=True)
class Parameter:
    """One argument of a brick. `type` is what its documentation and default tell: int, float, bool,
    str, ints (a whole number or a list of them), list, dict, a kind of the catalogue (`initializer`,
    `regularizer`, `layer`, ...), "choice" (one of `choices` and nothing else), or "" where nothing is known.
    Else `choices` are texts its documentation lists; others may still be right."""

    name: str
    default: object = REQUIRED
    type: str = ""
    choices: tuple[str, ...] = ()
    help: str = ""
    keyword_only: bool = False
    none: bool = False

    @property
    def required(self) -> bool:
        return self.default is REQUIRED


@dataclass(frozen=True)
class Signature:
    """A brick as it is called: `kind` is layer, op, loss, metric, optimizer, schedule, initializer,
    regularizer, constraint, callback, source or activation. A `stateful` loss is told of each step after it, by its `update`."""

    kind: str
    name: str
    parameters: tuple[Parameter, ...]
    help: str = ""
    varargs: bool = False
    call: tuple[str, ...] = ()
    module: str = ""
    stateful: bool = False

    def parameter(self, name: str) -> Parameter | None:
        return next((p for p in self.parameters if p.name == name), None)


@dataclass(frozen=True)
class Outcome:
    """What a call gives: its outputs, and the weights and work it adds; of a whole network also the names of its layers."""

    outputs: tuple[TensorSpec, ...]
    parameters: int = 0
    trainable: int = 0
    macs: int = 0
    inner: tuple[str, ...] = ()


class Refused(Exception):
    """Keras (or the fake) refuses a recipe or a call of it; the message is for the user."""


class Catalogue(Protocol):
    """Names come without importing Keras; `infer` may import it."""

    def find(self, kind: str, name: str) -> Signature | None: ...

    def names(self, kind: str) -> Iterable[str]: ...

    def infer(self, recipe: Recipe, inputs: tuple, named: Mapping[str, object]) -> Outcome:
        """Shapes and counts of one call; inputs hold TensorSpec where the node has wires. Raises Refused."""
        ...
