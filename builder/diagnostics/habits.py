"""What people write by habit, from Python or in haste, as the spec writes it: lines for the help of a fault."""

import ast
import functools
import re

BRICKS = {  # what strings Keras and its users call losses and optimizers by
    "mse": "MeanSquaredError", "mean_squared_error": "MeanSquaredError", "mae": "MeanAbsoluteError", "mean_absolute_error": "MeanAbsoluteError",
    "bce": "BinaryCrossentropy", "binary_crossentropy": "BinaryCrossentropy", "categorical_crossentropy": "CategoricalCrossentropy",
    "huber": "Huber", "hinge": "Hinge", "kl_divergence": "KLDivergence", "cosine_similarity": "CosineSimilarity",
    "sgd": "SGD", "adamw": "AdamW", "rmsprop": "RMSprop", "adagrad": "Adagrad", "nadam": "Nadam",
}


def as_call(text: str) -> str:
    """`Conv2D(32, strides=2)` → `Conv2D: [32, strides: 2]`; empty where it is no call."""
    found = re.fullmatch(r"(\w+)\((.*)\)", text.strip())
    if not found:
        return ""
    inside = ", ".join(as_keyword(part) or part.strip() for part in found[2].split(","))
    return f"{found[1]}: [{inside}]" if inside else found[1]


def as_keyword(text: str) -> str:
    """`activation='relu'` → `activation: relu`; empty where it is no argument by name."""
    found = re.fullmatch(r"\s*([A-Za-z_]\w*)\s*=\s*([^=].*?)\s*", text)
    return f"{found[1]}: " + found[2].strip("'\"") if found else ""


def as_list(text: str) -> str:
    """`32, 3` and `(32, 3)` → `[32, 3]`; empty where it is no list."""
    inside = text.strip().removeprefix("(").removesuffix(")")
    return f"[{', '.join(as_keyword(part) or part.strip() for part in inside.split(','))}]" if "," in inside else ""


def as_number(text: str) -> str:
    """`"32"` → `32`, `50%` → `0.5`; empty where it is no number."""
    text, share = text.strip(), text.strip().endswith("%")
    try:
        number = float(text.removesuffix("%"))
    except ValueError:
        return ""
    return (f"{number / 100:g}" if share else text) if len(text) < 20 else ""


def by_number(equation: str) -> str:
    """`x if x > 0 else y` → `where(x > 0, x, y)`, `not x` → `logical_not(x)`; empty where it asks for no truth.

    Python's words are for one truth, those of keras.ops for many.
    """
    try:
        tree = ast.parse(equation, mode="eval")
    except SyntaxError:
        return ""
    before = ast.unparse(tree)
    after = ast.unparse(_ByNumber().visit(tree))
    return after if after != before else ""


class _ByNumber(ast.NodeTransformer):
    """Puts functions of keras.ops for `if`, `not`, `and`, `or` and chains of comparisons."""

    def visit_IfExp(self, node: ast.IfExp) -> ast.expr:
        self.generic_visit(node)
        return _call("where", node.test, node.body, node.orelse)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.expr:
        self.generic_visit(node)
        return _call("logical_not", node.operand) if isinstance(node.op, ast.Not) else node

    def visit_BoolOp(self, node: ast.BoolOp) -> ast.expr:
        self.generic_visit(node)
        return functools.reduce(functools.partial(_call, "logical_and" if isinstance(node.op, ast.And) else "logical_or"), node.values)

    def visit_Compare(self, node: ast.Compare) -> ast.expr:
        self.generic_visit(node)
        sides = [node.left, *node.comparators]
        pairs = [ast.Compare(left, [op], [right]) for left, op, right in zip(sides, node.ops, sides[1:])]
        return functools.reduce(functools.partial(_call, "logical_and"), pairs)


def _call(name: str, *arguments: ast.expr) -> ast.expr:
    return ast.Call(ast.Name(name, ast.Load()), list(arguments), [])


def as_function(method: str) -> str:
    """`x.mean(axis=1)` → `mean(x, axis=1)`, as keras.ops has it; `ops.mean(x)` and the like without the module."""
    wire, _, rest = method.partition(".")
    name, _, inside = rest.partition("(")
    if wire in ("ops", "np", "tf", "keras", "math", "K"):
        return rest
    return f"{name}({wire}{', ' * (inside != ')')}{inside}"


def as_brick(text: str, example: str) -> str:
    """`loss: SparseCategoricalCrossentropy`, an example, with the brick that a text such as `mse` stands for; as it is where none is known."""
    brick = BRICKS.get(text.strip().lower())
    return re.sub(r"[A-Z]\w+", brick, example, count=1) if brick else example


def as_step(line: str) -> str:
    """`- Dense: 10, activation: relu` → `- Dense: [10, activation: relu]`; `- TimeDistributed: Dense: 10`, `- Conv2D: filters: 8` with braces; else empty."""
    found = re.fullmatch(r"\s*(-\s+[A-Z]\w*):\s+([^\[{].*?)\s*", line)
    if not found:
        return ""
    if re.match(r"\w+:\s", found[2]):
        return f"{found[1]}: {{{found[2]}}}"
    return f"{found[1]}: [{found[2]}]" if "," in found[2] else ""
