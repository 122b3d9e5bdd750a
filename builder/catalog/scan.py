"""Python sources read without importing them: modules, their classes and functions, and where a name comes from."""

import ast
import importlib.util
import operator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

ARITHMETIC = {ast.Pow: operator.pow, ast.Mult: operator.mul, ast.Div: operator.truediv, ast.Sub: operator.sub}
Definition = ast.ClassDef | ast.FunctionDef


class Unknown(Exception):
    """The value of an expression cannot be told from the source."""


@dataclass(frozen=True)
class Found:
    """A class or a function, and the module that defines it."""

    module: "Module"
    node: Definition

    @property
    def address(self) -> str:
        return f"{self.module.name}:{self.node.name}"


@dataclass
class Module:
    """One source file: what it defines and what it imports."""

    name: str
    path: Path
    sources: "Sources"

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.path.read_text(encoding="utf-8"))

    @cached_property
    def definitions(self) -> dict[str, Definition]:
        return {node.name: node for node in self.tree.body if isinstance(node, Definition)}

    @cached_property
    def values(self) -> dict[str, ast.expr]:
        return _assigned(self.tree.body)

    @cached_property
    def imports(self) -> dict[str, tuple[str, str]]:
        """Local name -> (module, name there); the name is empty where a module itself is imported."""
        found = {}
        for node in self.tree.body:
            if isinstance(node, ast.ImportFrom) and node.module and not node.level:
                found |= {alias.asname or alias.name: (node.module, alias.name) for alias in node.names}
            elif isinstance(node, ast.Import):
                found |= {a.asname or a.name.partition(".")[0]: (a.name if a.asname else a.name.partition(".")[0], "")
                          for a in node.names}
        return found

    def find(self, name: str) -> "Found | Module | None":
        """What a dotted name of this module stands for; None where it leads out of the sources."""
        head, _, rest = name.partition(".")
        here = self._own(head)
        if not rest or here is None:
            return here
        return here.find(rest) if isinstance(here, Module) else None

    def _own(self, name: str) -> "Found | Module | None":
        if name in self.definitions:
            return Found(self, self.definitions[name])
        module, original = self.imports.get(name, (self.name, name))
        if module == self.name:  # a package imports its own modules by name
            return self.sources.module(f"{self.name}.{original}")
        origin = self.sources.module(module)
        return origin if origin is None or not original else origin.find(original)

    def value(self, node: ast.expr, names: dict[str, ast.expr] | None = None) -> object:
        """What a constant expression is worth, names looked up in `names` and in the module.

        Raises:
            Unknown: it is not a constant.
        """
        try:
            return ast.literal_eval(node)
        except (ValueError, TypeError):
            return self._named(node, {**self.values, **(names or {})})

    def _named(self, node: ast.expr, names: dict[str, ast.expr]) -> object:
        if isinstance(node, ast.BinOp) and type(node.op) in ARITHMETIC:
            return ARITHMETIC[type(node.op)](self.value(node.left, names), self.value(node.right, names))
        if isinstance(node, ast.Name) and node.id in names:
            return self.value(names[node.id])
        if isinstance(node, ast.Name) and node.id in self.imports:
            module, original = self.imports[node.id]
            origin = self.sources.module(module)
            if origin and original in origin.values:
                return origin.value(origin.values[original])
        raise Unknown(ast.unparse(node))


@dataclass
class Sources:
    """The packages that are read, each by the folder it lies in."""

    roots: dict[str, Path]
    known: dict[str, Module | None] = field(default_factory=dict)

    def module(self, name: str) -> Module | None:
        if name not in self.known:
            self.known[name] = self._load(name)
        return self.known[name]

    def _load(self, name: str) -> Module | None:
        head, *rest = name.split(".")
        if head not in self.roots:
            return None
        place = self.roots[head].joinpath(*rest)
        for path in (place / "__init__.py", place.with_suffix(".py")):
            if path.is_file():
                return Module(name, path, self)
        return None

    def bases(self, found: Found) -> list[Found]:
        """The class and its base classes, nearest first, as far as the sources go."""
        line, waiting = [], [found]
        while waiting:
            here = waiting.pop(0)
            if here not in line:
                line.append(here)
                over = [here.module.find(ast.unparse(base)) for base in here.node.bases]
                waiting = [base for base in over if isinstance(base, Found)] + waiting
        return line

    def method(self, found: Found, name: str) -> tuple[Found, ast.FunctionDef] | None:
        """The method as the class has it: its own, or of the nearest base class."""
        for owner in self.bases(found):
            for node in owner.node.body:
                if isinstance(node, ast.FunctionDef) and node.name == name:
                    return owner, node
        return None


def package_folder(name: str) -> Path:
    """Where a top-level package lies; it is not imported.

    Raises:
        ModuleNotFoundError: it is not installed.
    """
    spec = importlib.util.find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError(f"No module named {name!r}", name=name)
    return Path(spec.submodule_search_locations[0])


def class_values(node: ast.ClassDef) -> dict[str, ast.expr]:
    """The constants of a class's body, which its methods' defaults may name."""
    return _assigned(node.body)


def decorators(node: Definition) -> set[str]:
    """The decorators' names, without their arguments."""
    return {ast.unparse(d.func if isinstance(d, ast.Call) else d) for d in node.decorator_list}


def _assigned(body: list[ast.stmt]) -> dict[str, ast.expr]:
    found = {}
    for node in body:
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            found[node.targets[0].id] = node.value
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value:
            found[node.target.id] = node.value
    return found
