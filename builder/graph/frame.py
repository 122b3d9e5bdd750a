"""What is in reach while a network, block or group is laid: wires by name, values, defaults, the way here."""

from collections import Counter
from collections.abc import Mapping

from builder.diagnostics import Fault, Faults, Span, SpecError, Turn, Use
from builder.graph.arguments import bounded, frozen
from builder.graph.graph import WeightsPlan, Wire
from builder.language.formula import Unread, Wired, evaluate, formula_of
from builder.language.sections import Block, Call, Defaults, Param, Step
from builder.language.tree import Map, Node, Scalar, Seq, plain

Value = Wire | tuple


class Stopped(Unread):
    """A step could not be laid; its fault is noted, and what reads it would only repeat it."""


class _Broken:
    """The output of a step that could not be laid."""

    def __repr__(self) -> str:
        return "broken"


BROKEN = _Broken()


class Frame:
    """One scope of names. A named group sees the names around it; a block sees only its own."""

    def __init__(self, values: Mapping[str, object], defaults: tuple[Defaults, ...], counter: Counter, path: tuple[str, ...] = (),
                 trail: tuple[Use, ...] = (), outer: "Frame | None" = None):
        self.values, self.defaults, self.counter, self.path, self.trail, self.outer = dict(values), defaults, counter, path, trail, outer
        self.names: dict[str, object] = {}
        self.bound: dict[str, Span] = {}
        self.left_out: set[str] = set()  # the names of steps whose `when` does not hold
        self.inner: dict[str, Frame] = {}
        self.input: Value | None = outer.input if outer else None
        self.trainable: bool | None = outer.trainable if outer else None
        self.weights: WeightsPlan | None = outer.weights if outer else None
        self.family: tuple[str, ...] = path  # the path, with the parts that are only counted as `residual#`
        self.sealed: bool = outer.sealed if outer else False  # within a block of the library, which knows no block of the spec's

    @property
    def uses(self) -> tuple[Use, ...]:
        """The blocks this frame is within; the turns of loops do not count."""
        return tuple(use for use in self.trail if not isinstance(use, Turn))

    def look_up(self, name: str) -> object:
        """The wires a name stands for here, `block.name` reaching into a block; None where there are none."""
        if name in self.names:
            return self.names[name]
        head, dot, rest = name.partition(".")
        if dot and head in self.inner:
            return self.inner[head].look_up(rest)
        if name == "input":
            return self.input
        return self.outer.look_up(name) if self.outer else None

    def lacks(self, name: str) -> bool:
        """Whether a name is that of a step which is left out, and of no other one."""
        return name in self.left_out and self.look_up(name) is None

    def reach(self) -> list[str]:
        """Every name in reach, for an error."""
        return [name for name in self.names_in_reach() if name != "previous"]

    def lines(self) -> dict[str, int]:
        """name → the line it was given on."""
        return (self.outer.lines() if self.outer else {}) | {name: span.line for name, span in self.bound.items()}

    def names_in_reach(self) -> list[str]:
        own = list(dict.fromkeys([*self.names, *(f"{head}.{name}" for head, frame in self.inner.items() for name in frame.bound)]))
        return own + [name for name in (self.outer.names_in_reach() if self.outer else []) if name not in own]

    def whole(self, value: object) -> Value:
        """A value that can be read: nothing in it is broken."""
        if value is BROKEN or isinstance(value, tuple) and any(item is BROKEN for item in value):
            raise Stopped
        return value

    def bind(self, name: str, value: object, span: Span, faults: Faults) -> None:
        """Names a value; the same step of a loop may do so again, another step may not."""
        if not name.isidentifier() or name in ("previous", "input"):
            faults.add(Fault("bad-name", span, {"name": name, "what": "a step"}, trail=self.trail))
            raise Stopped
        if name in self.bound and self.bound[name] != span:
            faults.add(Fault("duplicate-name", self.bound[name], {"name": name}, trail=self.trail).also(span, "and again here"))
        self.names[name] = value
        self.bound[name] = span

    def given_names(self) -> dict[Wire, str]:
        """Single wires that `name` or `as` named here, by wire; of several names the last."""
        return {value: name for name, value in self.names.items() if name in self.bound and isinstance(value, Wire)}

    def wires(self) -> dict[str, Wire]:
        """Every single wire that a step at the end could read by a name it was given, `block.name` too."""
        own = {name: value for name, value in self.names.items() if name in self.bound and isinstance(value, Wire)}
        return {f"{head}.{name}": wire for head, frame in self.inner.items() for name, wire in frame.wires().items()} | own

    def visible_values(self) -> Mapping[str, object]:
        """Params and loop variables, and the wires for `shape` and `channels`."""
        wires: dict[str, object] = {}
        frame: Frame | None = self
        while frame is not None:
            wires = {name: self.wired(value) for name, value in frame.names.items()} | wires
            frame = frame.outer
        return {"input": self.wired(self.input), **wires, **self.values}

    def wired(self, value: object) -> Wired:
        def shape() -> tuple:
            whole = self.whole(value)
            if not isinstance(whole, Wire):
                raise ValueError("these are several wires, not one")
            return whole.spec.shape

        return Wired(shape)

    def group(self, name: str | None, step: Step, built) -> "Frame":
        """The frame of a group: its own where it is named, else this one."""
        if name is None:
            return self
        path = (*self.path, built.unique(self.path, name))
        built.scope(path, "", step.span)
        inner = Frame(self.values, self.defaults, self.counter, path, self.trail, outer=self)
        inner.family = (*self.family, path[-1])
        self.inner[name] = inner
        return inner

    def block(self, block: Block, call: Call, name: str | None, given: Mapping[str, object], built) -> "Frame":
        """The frame of one use of a block: its params, its file's defaults, no name from outside."""
        local = name or built.snake(block.name)
        path = (*self.path, built.unique(self.path, local))
        built.scope(path, block.name, call.span)
        inner = Frame(given, (block.home.defaults, block.defaults), self.counter, path, (Use(block.name, call.span), *self.trail))
        inner.trainable, inner.weights = self.trainable, self.weights
        inner.family = (*self.family, path[-1] if name else f"{local}#")
        self.inner[path[-1]] = self.inner[local] = inner
        return inner


def constants(params: tuple[Param, ...], faults: Faults) -> dict[str, object]:
    """The params of a file: each may be a formula on those before it."""
    values: dict[str, object] = {}
    failed: set[str] = set()
    for param in params:
        if param.default is None:
            faults.add(Fault("param-without-value", param.span, {"name": param.name}))
            continue
        try:
            values[param.name] = worked_out(param.default, values)
        except SpecError as error:
            failed.add(param.name)
            faults.extend(fault for fault in error.faults if fault.facts.get("name") not in failed)
    return values


def worked_out(node: Node, values: Mapping[str, object]) -> object:
    """A node as a plain value, its formulas evaluated.

    Raises:
        SpecError: a formula fails.
    """
    match node:
        case Scalar() if node.is_formula:
            return frozen(evaluate(formula_of(node), values))
        case Seq():
            return bounded(tuple(worked_out(item, values) for item in node.items), node)
        case Map():
            return plain(node)
    return node.value


def defaults_for(chain: tuple[Defaults, ...], brick: str) -> dict[str, Node]:
    """The defaults in force for a brick, the inner scope winning."""
    found: dict[str, Node] = {}
    for defaults in chain:
        if brick in defaults:
            found |= {name: node for name, (_, node) in defaults[brick][1].items()}
    return found
