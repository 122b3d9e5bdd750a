"""Formulas: Python's expression grammar, an allow-list walk over its tree, bounded values."""

import ast
import keyword
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from builder.diagnostics import Fault, Span, SpecError, near
from builder.language.tree import Scalar

LONGEST, DEEPEST, LARGEST, MOST_ITEMS = 1000, 40, 10**18, 10_000
FUNCTIONS: Mapping[str, Callable] = {
    "min": min, "max": max, "abs": abs, "round": round, "int": int, "float": float, "len": len, "sum": sum,
    "range": lambda *bounds: list(_bounded_range(*bounds)), "floor": math.floor, "ceil": math.ceil, "sqrt": math.sqrt,
    "log": math.log, "log2": math.log2, "exp": math.exp,
}
WIRE_FUNCTIONS = ("shape", "channels")
CONSTANTS = {"True": True, "False": False, "None": None, "true": True, "false": False, "null": None, "pi": math.pi}
_ALLOWED = (
    ast.Expression, ast.BinOp, ast.UnaryOp, ast.BoolOp, ast.Compare, ast.IfExp, ast.List, ast.Tuple, ast.Subscript,
    ast.Slice, ast.Dict, ast.Name, ast.Load, ast.Constant, ast.Call, ast.keyword, ast.operator, ast.unaryop, ast.boolop, ast.cmpop,
)
_REFUSED_OPERATORS = (ast.LShift, ast.RShift, ast.BitAnd, ast.BitOr, ast.BitXor, ast.Invert)


def nameable(text: object) -> bool:
    """Whether formulas can read a value by this name: a word that means nothing else in them."""
    return isinstance(text, str) and text.isidentifier() and not keyword.iskeyword(text) and text not in CONSTANTS


@dataclass(frozen=True)
class Formula:
    """A parsed formula: its tree, the names it reads, the functions it calls, and its place."""

    text: str
    body: ast.expr = field(compare=False, repr=False)
    span: Span = field(compare=False)
    offset: int = field(compare=False, default=0)
    names: tuple[str, ...] = ()
    calls: tuple[str, ...] = ()

    def at(self, node: ast.AST) -> Span:
        """The place of one part of the formula in the spec."""
        if "\n" in self.text:
            return self.span
        start, end = (len(self.text.encode()[:offset].decode()) for offset in (node.col_offset, node.end_col_offset))
        return self.span.within(self.offset + start, end - start)

    def error(self, kind: str, node: ast.AST | None = None, **facts: object) -> Fault:
        return Fault(kind, self.at(node) if node is not None else self.span, facts)

    def name_node(self, name: str) -> ast.AST:
        return next(n for n in ast.walk(self.body) if isinstance(n, ast.Name) and n.id == name)


@lru_cache(maxsize=4096)
def parse(text: str, span: Span, offset: int = 0) -> Formula:
    """Reads a formula; `offset` is where it begins within its span.

    Raises:
        SpecError: it is too long, does not parse, or uses what formulas do not have.
    """
    stripped = text.strip()
    offset += len(text) - len(text.lstrip())
    if not stripped:
        raise _fault("bad-formula", span, problem="this formula is empty", help="")
    if len(stripped) > LONGEST:
        raise _fault("formula-limit", span, what="characters", limit=LONGEST)
    try:
        body = ast.parse(stripped.replace("\n", " "), mode="eval").body
    except SyntaxError as error:
        raise _syntax(stripped, span, offset, error) from None
    except (RecursionError, MemoryError, ValueError):
        raise _fault("formula-limit", span, what="levels", limit=DEEPEST) from None
    formula = Formula(stripped, body, span, offset)
    _allowed(formula, body)
    return Formula(stripped, body, span, offset, *_reads(body))


def _reads(body: ast.expr) -> tuple[tuple[str, ...], tuple[str, ...]]:
    calls = {n.func.id: None for n in ast.walk(body) if isinstance(n, ast.Call)}
    called = {id(n.func) for n in ast.walk(body) if isinstance(n, ast.Call)}
    names = {n.id: None for n in ast.walk(body) if isinstance(n, ast.Name) and id(n) not in called and n.id not in CONSTANTS}
    return tuple(names), tuple(calls)


def _allowed(formula: Formula, root: ast.expr) -> None:
    pending: list[tuple[ast.AST, int, ast.AST]] = [(root, 1, root)]
    picked = {id(node.value) for node in ast.walk(root) if isinstance(node, ast.Subscript)}
    while pending:
        node, depth, where = pending.pop()
        if depth > DEEPEST:
            raise _fault("formula-limit", formula.span, what="levels", limit=DEEPEST)
        stray = isinstance(node, ast.Dict) and (id(node) not in picked or None in node.keys)
        if stray or not isinstance(node, _ALLOWED) or isinstance(node, _REFUSED_OPERATORS):
            raise SpecError([formula.error("formula-not-allowed", where, what=_called(node), wire=_dotted(node))])
        if isinstance(node, ast.Constant) and not isinstance(node.value, (int, float, str, bool, type(None))):
            raise SpecError([formula.error("formula-not-allowed", where, what="numbers or texts of this kind")])
        if isinstance(node, ast.Call) and (not isinstance(node.func, ast.Name) or any(k.arg is None for k in node.keywords)):
            method = ast.unparse(node) if isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Name) else ""
            raise SpecError([formula.error("formula-not-allowed", where, what="calls of anything but a function by its name", method=method)])
        pending += [(child, depth + 1, child if hasattr(child, "col_offset") else node) for child in ast.iter_child_nodes(node)]


def _dotted(node: ast.AST) -> str:
    """`a.hidden`, as wires within boxes are called; empty for anything else, and for what arrays have in Python."""
    inner = node.value if isinstance(node, ast.Attribute) and node.attr not in ("shape", "dtype", "T") and not node.attr.startswith("_") else None
    before = inner.id if isinstance(inner, ast.Name) else _dotted(inner) if inner else ""
    return before and f"{before}.{node.attr}"


def _called(node: ast.AST) -> str:
    names = {
        "Attribute": "attributes (`.`)", "Lambda": "`lambda`", "Dict": "a mapping that nothing is picked from, as `{18: 2, 50: 3}[depth]` does,",
        "JoinedStr": "f-strings",
        "Starred": "unpacking (`*`)", "ListComp": "comprehensions", "GeneratorExp": "comprehensions", "NamedExpr": "`:=`",
        "Set": "sets", "SetComp": "comprehensions", "DictComp": "comprehensions", "Await": "`await`", "Yield": "`yield`",
        "LShift": "operator `<<`", "RShift": "operator `>>`", "BitAnd": "operator `&`", "BitOr": "operator `|`",
        "BitXor": "operator `^`", "Invert": "operator `~`",
    }
    return names.get(type(node).__name__, f"`{type(node).__name__}`")


def _syntax(text: str, span: Span, offset: int, error: SyntaxError) -> SpecError:
    opened = _unclosed(text)
    if opened is not None:
        closers = {"(": ")", "[": "]", "{": "}"}
        mended = text + closers[text[opened]]
        return _fault("bad-formula", span.within(offset + opened, 1), problem=f"this `{text[opened]}` is never closed", help=f"write `={mended}`")
    if "too many nested" in error.msg:
        return _fault("formula-limit", span, what="levels", limit=DEEPEST)
    if not error.offset:
        return _fault("bad-formula", span.within(offset + len(text) - 1, 1), problem="this formula ends too early", help="")
    column, word = error.offset - 1, re.match(r"\w+", text[error.offset - 1 :])
    if word and keyword.iskeyword(word[0]):
        return _fault("bad-formula", span.within(offset + column, len(word[0])),
                      problem=f"`{word[0]}` means something else in a formula, so it cannot be a name here", help="")
    said = error.msg.partition(" (detected")[0]
    problem = "this formula cannot be read here" + (f": {said}" if said != "invalid syntax" else "")
    return _fault("bad-formula", span.within(offset + column, 1), problem=problem, help="")


def _unclosed(text: str) -> int | None:
    stack = []
    for i, c in enumerate(text):
        if c in "([{":
            stack.append(i)
        elif c in ")]}" and stack:
            stack.pop()
    return stack[-1] if stack else None


def _fault(kind: str, span: Span, **facts: object) -> SpecError:
    return SpecError([Fault(kind, span, facts)])


class Unread(Exception):
    """A formula asks for the shape of a wire that could not be laid; that fault is told already."""


@dataclass(frozen=True)
class Wired:
    """Stands for a wire among the names of a formula on values: only `shape` and `channels` may read it."""

    shape: Callable[[], tuple[int | None, ...]]


def evaluate(formula: Formula, names: Mapping[str, object], functions: Mapping[str, Callable] | None = None) -> object:
    """The value of a formula; on wires where `functions` of its own (keras.ops) are given.

    Raises:
        SpecError: an unknown name or function, or an operation that cannot be done.
    """
    return _Evaluator(formula, names, functions).value(formula.body)


class _Evaluator:
    """Walks a formula's tree over plain values; every result is bounded."""

    def __init__(self, formula: Formula, names: Mapping[str, object], functions: Mapping[str, Callable] | None):
        self.formula, self.names, self.functions = formula, names, functions

    def fail(self, kind: str, node: ast.AST, **facts: object) -> SpecError:
        return SpecError([self.formula.error(kind, node, **facts)])

    def value(self, node: ast.expr) -> object:
        try:
            result = getattr(self, f"_{type(node).__name__}")(node)
        except (SpecError, Unread):
            raise
        except Exception as error:
            raise self.fail("formula-failed", node, problem=_problem(error, node)) from None
        if isinstance(result, (int, float)) and not isinstance(result, bool) and abs(result) > LARGEST and result != math.inf:
            raise self.fail("formula-limit", node, what="in size", limit=LARGEST)
        if not isinstance(node, (ast.Name, ast.Constant)) and larger(result, MOST_ITEMS):
            raise self.fail("formula-limit", node, what="items", limit=MOST_ITEMS)
        return result

    def _Constant(self, node):
        return node.value

    def _Name(self, node):
        if node.id in self.names:
            return self.names[node.id]
        if node.id in CONSTANTS:
            return CONSTANTS[node.id]
        raise self.fail("unknown-name", node, name=node.id, near=near(node.id, self.names), reach=[name for name in self.names if name != "previous"])

    def _List(self, node):
        return [self.value(item) for item in node.elts]

    _Tuple = _List

    def _IfExp(self, node):
        return self.value(node.body if self.value(node.test) else node.orelse)

    def _BoolOp(self, node):
        result = None
        for part in node.values:
            result = self.value(part)
            if bool(result) == isinstance(node.op, ast.Or):
                return result
        return result

    def _UnaryOp(self, node):
        value = self.value(node.operand)
        return {ast.Not: lambda v: not v, ast.USub: lambda v: -v, ast.UAdd: lambda v: +v}[type(node.op)](value)

    def _Compare(self, node):
        left = self.value(node.left)
        if len(node.ops) == 1:
            return self.compared(node.ops[0], left, self.value(node.comparators[0]))
        for op, part in zip(node.ops, node.comparators):
            right = self.value(part)
            if not self.compared(op, left, right):
                return False
            left = right
        return True

    def compared(self, op: ast.cmpop, left, right):
        """Tensors have no `==` of their own: it would ask whether they are one object, and answer no."""
        if type(op) in _ON_TENSORS and self.tensors(left, right):
            return self.functions[_ON_TENSORS[type(op)]](left, right)
        return _COMPARE[type(op)](left, right)

    def tensors(self, left, right) -> bool:
        """Whether Keras is to combine them: TensorFlow's own operators refuse tensors of two kinds of numbers."""
        return self.functions is not None and not (_plain(left) and _plain(right))

    def _BinOp(self, node):
        left, right = self.value(node.left), self.value(node.right)
        if self.tensors(left, right):
            return self.functions[_ON_TENSORS[type(node.op)]](left, right)
        self.bounded(node, left, right)
        return _BINARY[type(node.op)](left, right)

    def bounded(self, node, left, right) -> None:
        """Refuses before computing what would be huge."""
        sized = isinstance(left, (str, list)) or isinstance(right, (str, list))
        numbers = isinstance(left, (int, float)) and isinstance(right, (int, float))
        if isinstance(node.op, ast.Pow) and numbers and left and abs(right) * max(math.log10(abs(left)), 0) > 18:
            raise self.fail("formula-limit", node, what="in size", limit=LARGEST)
        if isinstance(node.op, ast.Mult) and sized:
            count = left if isinstance(left, int) else right
            items = right if count is left else left
            if isinstance(count, int) and count * len(items) > MOST_ITEMS:
                raise self.fail("formula-limit", node, what="items", limit=MOST_ITEMS)
        if isinstance(node.op, ast.Mod) and isinstance(left, str):
            raise self.fail("formula-not-allowed", node, what="formatting with `%`")

    def _Subscript(self, node):
        return self.picked(node) if isinstance(node.value, ast.Dict) else self.value(node.value)[self.index(node.slice)]

    def picked(self, node: ast.Subscript) -> object:
        """One value of a mapping; the others are not worked out."""
        key, keys = self.value(node.slice), [self.value(key) for key in node.value.keys]
        if key not in keys:
            raise self.fail("formula-key", node.slice, key=key, keys=keys, near=near(key, map(str, keys)) if isinstance(key, str) else [])
        return self.value(node.value.values[keys.index(key)])

    def index(self, node: ast.expr) -> object:
        """What stands in brackets: an index, a slice, or a tuple of them for the axes of a tensor."""
        if isinstance(node, ast.Tuple):
            return tuple(self.index(part) for part in node.elts)
        if isinstance(node, ast.Slice):
            return slice(*(self.value(part) if part else None for part in (node.lower, node.upper, node.step)))
        return self.value(node)

    def _Call(self, node):
        name = node.func.id
        if self.functions is not None:
            named = {k.arg: self.value(k.value) for k in node.keywords}
            return self.functions[name](*(self.value(argument) for argument in node.args), **named)
        if name in WIRE_FUNCTIONS:
            return self.wire_shape(node, name)
        if name not in FUNCTIONS:
            known = [*FUNCTIONS, *WIRE_FUNCTIONS]
            raise self.fail("unknown-function", node.func, name=name, near=near(name, known), known=known)
        if node.keywords:
            raise self.fail("formula-not-allowed", node, what=f"arguments by name in `{name}`")
        return FUNCTIONS[name](*(self.value(argument) for argument in node.args))

    def wire_shape(self, node, name: str):
        wire = self.value(node.args[0]) if len(node.args) == 1 else None
        if not isinstance(wire, Wired):
            raise self.fail("formula-failed", node, problem=f"`{name}` takes the name of one step")
        shape = wire.shape()
        if name == "shape":
            return list(shape)
        if not shape or shape[-1] is None:
            raise self.fail("formula-failed", node, problem="its last dimension is not known")
        return shape[-1]


def _plain(value: object) -> bool:
    return value is None or isinstance(value, (int, float, str, list, tuple))


def larger(value: object, most: int) -> bool:
    """Whether a text or a list, with the lists in it, has more than so many items; it looks no further."""
    if isinstance(value, str):
        return len(value) > most
    pending, count = [value], 0
    while pending and count <= most:
        item = pending.pop()
        if isinstance(item, (list, tuple)):
            count += len(item)
            pending += item[: most + 1]
    return count > most


def _problem(error: Exception, node: ast.expr) -> str:
    if isinstance(error, ZeroDivisionError):
        return "it divides by zero"
    if isinstance(error, IndexError):
        product = isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult)
        return "`@` multiplies matrices; a number is multiplied by `*`" if product else "the index is beyond the end of the list"
    if isinstance(error, TypeError) and "Wired" in str(error):
        return "a wire is not a number here; `channels(wire)` and `shape(wire)` are"
    said = str(error).split("\n")[0] or type(error).__name__
    if combined := re.search(r"(?:unsupported operand|not supported between).*: ?'(\w+)' and '(\w+)'|between instances of '(\w+)' and '(\w+)'", said):
        left, right = (_KINDS.get(name, name) for name in combined.groups() if name)
        return f"{left} and {right} cannot be combined so"
    return next((words for sign, words in _SAID.items() if sign in said), said)


_KINDS = {"int": "a number", "float": "a number", "str": "a text", "list": "a list", "NoneType": "null", "bool": "a truth value"}
_SAID = {
    "can't multiply sequence": "a text or a list can only be multiplied by a whole number", "can only concatenate": "only values of one kind can be joined",
    "math domain error": "it is not defined for this number", "invalid literal": "this text is no number", "could not convert": "this text is no number",
    "indices must be integers": "an index must be a whole number", "not subscriptable": "this is not a list, so it has no entries",
}


def _bounded_range(*bounds: int) -> range:
    found = range(*bounds)
    if len(found) > MOST_ITEMS:
        raise ValueError(f"it has more than {MOST_ITEMS} items")
    return found


_BINARY = {
    ast.Add: lambda a, b: a + b, ast.Sub: lambda a, b: a - b, ast.Mult: lambda a, b: a * b, ast.Div: lambda a, b: a / b,
    ast.FloorDiv: lambda a, b: a // b, ast.Mod: lambda a, b: a % b, ast.Pow: lambda a, b: a**b, ast.MatMult: lambda a, b: a @ b,
}
_ON_TENSORS = {
    ast.Add: "add", ast.Sub: "subtract", ast.Mult: "multiply", ast.Div: "divide", ast.FloorDiv: "floor_divide", ast.Mod: "mod", ast.Pow: "power",
    ast.MatMult: "matmul", ast.Eq: "equal", ast.NotEq: "not_equal", ast.Lt: "less", ast.LtE: "less_equal", ast.Gt: "greater", ast.GtE: "greater_equal",
}
_COMPARE = {
    ast.Eq: lambda a, b: a == b, ast.NotEq: lambda a, b: a != b, ast.Lt: lambda a, b: a < b, ast.LtE: lambda a, b: a <= b,
    ast.Gt: lambda a, b: a > b, ast.GtE: lambda a, b: a >= b, ast.In: lambda a, b: a in b, ast.NotIn: lambda a, b: a not in b,
    ast.Is: lambda a, b: a is b, ast.IsNot: lambda a, b: a is not b,
}


def formula_of(node: Scalar) -> Formula:
    """The formula written as a scalar that begins with `=`."""
    return parse(node.value[1:], node.span, 1 if node.plain else 2)
