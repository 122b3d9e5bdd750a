"""Signatures of every brick, read from the sources of the installed Keras and from our own; nothing is imported."""

import ast
import importlib.metadata
import re
from dataclasses import replace
from pathlib import Path

from builder.catalog.docs import parse_doc
from builder.catalog.guess import annotated, guess_choices, guess_type, may_be_none
from builder.catalog.scan import Found, Module, Sources, Unknown, class_values, decorators, package_folder
from builder.graph.catalogue import REQUIRED, Parameter, Signature

HOME = Path(__file__).resolve().parents[1]
KINDS = {
    "layer": "keras.layers", "loss": "keras.losses", "metric": "keras.metrics", "optimizer": "keras.optimizers",
    "schedule": "keras.optimizers.schedules", "initializer": "keras.initializers", "regularizer": "keras.regularizers",
    "constraint": "keras.constraints", "callback": "keras.callbacks",
}
FUNCTIONS = {"activation": ("keras.activations", ""), "op": ("keras.ops", "ops.")}
OWN = {"layer": "catalog/layers", "loss": "catalog/losses", "callback": "catalog/callbacks", "schedule": "catalog/schedules", "source": "data/sources",
       "sampler": "data/samplers"}
MARKS = {kind: "register_keras_serializable" for kind in OWN} | {"callback": "callback", "source": "source", "sampler": "sampler"}

# Base classes, and what takes a Python function or object that no spec can write or that would bring code with it.
NOT_BRICKS = {
    "Layer", "Wrapper", "InputLayer", "InputSpec", "Lambda", "FlaxLayer", "JaxLayer", "TorchModuleWrapper", "TFSMLayer",
    "Loss", "Metric", "MeanMetricWrapper", "Optimizer", "MultiOptimizer", "OptimizerMap", "LearningRateSchedule",
    "Initializer", "Regularizer", "Constraint", "Callback", "CallbackList", "LambdaCallback",
}
NOT_OPERATIONS = {
    "associative_scan", "cond", "convert_to_numpy", "custom_gradient", "fori_loop", "is_tensor", "map", "scan",
    "switch", "vectorized_map", "while_loop", "vectorize", "get", "serialize", "deserialize",
}
LAYER_ARGUMENTS = (
    Parameter("name", None, "str", (), "Name of the layer.", True, True),
    Parameter("dtype", None, "str", (), "The dtype of the layer's computations and weights, or a policy such as "
              '`"mixed_bfloat16"`. None: the policy of the run.', True, True),
    Parameter("trainable", True, "bool", (), "Whether the layer's weights are trained.", True),
    Parameter("autocast", True, "bool", (), "Whether inputs are cast to the layer's compute dtype.", True),
    Parameter("activity_regularizer", None, "regularizer", (), "Regularizer applied to the layer's output.", True,
              True),
)
COMMON_HELP = {parameter.name: parameter.help for parameter in LAYER_ARGUMENTS} | {
    "data_format": 'Either `"channels_last"` or `"channels_first"`. None: what the Keras configuration says.',
    "seed": "Integer. Used to make the random behaviour deterministic.",
}


def scan_all() -> dict[str, dict[str, Signature]]:
    """Every brick there is, by kind and name."""
    sources = keras_sources()
    found = {kind: _classes(kind, sources) for kind in KINDS}
    found |= {kind: _functions(kind, sources) for kind in FUNCTIONS}
    found["layer"] |= _applications(sources)
    for kind, folder in OWN.items():
        found[kind] = found.get(kind, {}) | _own(kind, HOME / folder)
    return found


def scan_texts() -> dict[str, tuple[str, ...]]:
    """The names besides its bricks' that Keras takes in place of an object, such as `he_normal` or `accuracy`."""
    sources = keras_sources()
    found = {kind: _texts(kind, sources) for kind in ("initializer", "regularizer", "constraint", "metric")}
    found["metric"] += ("accuracy", "acc", "crossentropy", "ce")
    found["activation"] = tuple(_functions("activation", sources))
    return found


def _texts(kind: str, sources: Sources) -> tuple[str, ...]:
    """Keras keeps its classes under their snake-case names, and some more names in a table."""
    module = sources.module(KINDS[kind].replace("keras.", "keras.src.", 1))
    classes = set(_classes(kind, sources))
    tables = [node for node in ast.walk(module.tree) if isinstance(node, ast.Dict)]
    pairs = [pair for table in tables for pair in zip(table.keys, table.values, strict=True)]
    table = {key.value for key, value in pairs if isinstance(key, ast.Constant) and isinstance(value, ast.Name)}
    proper = {found.module.rpartition(":")[2] for found in _classes(kind, sources).values()}
    return tuple(sorted((table | {_snake(name) for name in proper}) - classes))


def _snake(name: str) -> str:
    """As Keras does it: `L1L2` is `l1_l2`, `HeNormal` is `he_normal`."""
    return re.sub("([a-z])([A-Z])", r"\1_\2", re.sub("(.)([A-Z][a-z]+)", r"\1_\2", name)).lower()


def scan_file(path: Path, kind: str) -> dict[str, Signature]:
    """The bricks of one Python file: its capital names that carry the decorator of their kind."""
    sources = keras_sources()
    name = _module_name(path)
    module = Module(name, path, sources)
    sources.known[name] = module
    nodes = [n for n in module.definitions.values() if n.name[0].isupper() and _marked(n, MARKS[kind])]
    return {node.name: signature(kind, node.name, Found(module, node)) for node in nodes}


def ancestors(path: Path, name: str) -> set[str]:
    """The names of all base classes of a class in a Python file."""
    sources = keras_sources()
    module = Module(_module_name(path), path, sources)
    line = sources.bases(Found(module, module.definitions[name]))
    return {found.node.name for found in line[1:]}


def keras_sources() -> Sources:
    return Sources({"keras": package_folder("keras"), "builder": HOME})


def keras_version() -> str:
    return importlib.metadata.version("keras")


def signature(kind: str, name: str, found: Found) -> Signature:
    """The signature of one class or function."""
    reader = _Reader(kind, found)
    parameters, varargs = reader.parameters()
    return Signature(kind, name, parameters, reader.doc.text, varargs, reader.call(), found.address, reader.stateful())


def _classes(kind: str, sources: Sources) -> dict[str, Signature]:
    module = sources.module(KINDS[kind])
    found = {name: module.find(name) for name in module.imports if name[0].isupper() and name not in NOT_BRICKS}
    return {name: signature(kind, name, f) for name, f in sorted(found.items()) if _is(f, ast.ClassDef)}


def _functions(kind: str, sources: Sources) -> dict[str, Signature]:
    """Functions by name; those of a submodule (`ops.image.resize`) that the module itself lacks, by their path."""
    module, prefix = FUNCTIONS[kind]
    found = _exported(sources.module(module), prefix)
    if kind == "op":
        flat = {f.address for f in found.values()}
        image = _exported(sources.module(f"{module}.image"), f"{prefix}image.")
        found |= {name: f for name, f in image.items() if f.address not in flat}
    return {name: signature(kind, name, f) for name, f in sorted(found.items())}


def _applications(sources: Sources) -> dict[str, Signature]:
    """The networks of keras.applications. A spec gives them wires, so that it cannot give a tensor, and files of weights beside the brick."""
    module = sources.module("keras.applications")
    found = {name: f for name in module.imports if name[0].isupper() and _is(f := module.find(name), ast.FunctionDef)}
    signatures = {f"applications.{name}": signature("layer", f"applications.{name}", f) for name, f in sorted(found.items())}
    return {name: replace(one, parameters=tuple(_of_spec(p) for p in one.parameters if p.name != "input_tensor")) for name, one in signatures.items()}


def _of_spec(parameter: Parameter) -> Parameter:
    """A parameter as a spec may give it."""
    if parameter.name != "weights":
        return parameter
    return Parameter("weights", parameter.default, "str", ("imagenet",), "`imagenet`: trained on ImageNet, downloaded by Keras; null: fresh.", none=True)


def _exported(module: Module, prefix: str) -> dict[str, Found]:
    names = [n for n in module.imports if n[0].islower() and n not in NOT_OPERATIONS]
    return {prefix + n: f for n in names if _is(f := module.find(n), ast.FunctionDef)}


def _own(kind: str, folder: Path) -> dict[str, Signature]:
    files = sorted(folder.glob("*.py")) if folder.is_dir() else []
    return {name: one for path in files for name, one in scan_file(path, kind).items()}


def _is(found: object, type: type) -> bool:
    return isinstance(found, Found) and isinstance(found.node, type)


def _marked(node: ast.AST, mark: str) -> bool:
    return any(name.rpartition(".")[2] == mark for name in decorators(node))


def _module_name(path: Path) -> str:
    path = path.resolve()
    if path.is_relative_to(HOME):
        return ".".join(("builder", *path.relative_to(HOME).with_suffix("").parts))
    return path.stem


class _Reader:
    """Reads the signature of one brick: parameters, help and what its call takes."""

    def __init__(self, kind: str, found: Found):
        self.kind, self.found, self.sources = kind, found, found.module.sources
        self.lineage = self.sources.bases(found) if isinstance(found.node, ast.ClassDef) else [found]
        self.doc = parse_doc(_docstring(found))

    def parameters(self) -> tuple[tuple[Parameter, ...], bool]:
        if isinstance(self.found.node, ast.ClassDef) and _marked(self.found.node, "dataclass"):
            return self.fields(), False
        owner, function = self.constructor()
        if function is None:
            return (), False
        own = self.arguments(owner, function.args)
        if self.kind == "layer" and function.args.kwarg:
            own += tuple(p for p in LAYER_ARGUMENTS if p.name not in {q.name for q in own})
        return own, function.args.vararg is not None

    def constructor(self) -> tuple[Found, ast.FunctionDef | None]:
        if isinstance(self.found.node, ast.FunctionDef):
            return self.found, self.found.node
        return self.sources.method(self.found, "__init__") or (self.found, None)

    def arguments(self, owner: Found, args: ast.arguments) -> tuple[Parameter, ...]:
        positional = [*args.posonlyargs, *args.args]
        defaults = [None] * (len(positional) - len(args.defaults)) + args.defaults
        both = [(a, d, False) for a, d in zip(positional, defaults, strict=True)]
        both += [(a, d, True) for a, d in zip(args.kwonlyargs, args.kw_defaults, strict=True)]
        both = both[1:] if isinstance(owner.node, ast.ClassDef) else both
        return tuple(self.parameter(owner, a.arg, a.annotation, d, only) for a, d, only in both)

    def fields(self) -> tuple[Parameter, ...]:
        lines = [n for n in self.found.node.body if isinstance(n, ast.AnnAssign) and isinstance(n.target, ast.Name)]
        return tuple(self.parameter(self.found, n.target.id, n.annotation, n.value, False) for n in lines)

    def parameter(self, owner: Found, name: str, annotation: ast.expr | None, default: ast.expr | None,
                  keyword_only: bool) -> Parameter:
        value = REQUIRED if default is None else _value(owner, default)
        help = self.help(name)
        if annotation is not None:
            type, choices, none = annotated(annotation)
        elif self.kind == "op" and name in self.call():
            type, choices, none = "", (), value is None
        else:
            type, none = guess_type(name, value, help, self.kind), may_be_none(value, help)
            choices = guess_choices(help, value) if type in ("str", "") else ()
        return Parameter(name, value, type, choices, help, keyword_only, none)

    def help(self, name: str) -> str:
        """The class's own help of an argument, or that of its nearest base class which has one."""
        if name in self.doc.arguments:
            return self.doc.arguments[name]
        docs = (parse_doc(_docstring(found)).arguments for found in self.lineage[1:])
        inherited = next((doc[name] for doc in docs if name in doc), "")
        return inherited or (COMMON_HELP.get(name, "") if self.kind == "layer" else "")

    def call(self) -> tuple[str, ...]:
        """A layer's call arguments; the tensors among an operation's arguments."""
        if self.kind == "op":
            return _tensors(self.found.node)
        method = self.sources.method(self.found, "call") if self.kind == "layer" and isinstance(self.found.node, ast.ClassDef) else None
        if method is None:
            return ()
        args = method[1].args
        return tuple(a.arg for a in [*args.posonlyargs, *args.args, *args.kwonlyargs][1:])

    def stateful(self) -> bool:
        """Whether a loss has an `update`, by which its state moves after each step."""
        return self.kind == "loss" and isinstance(self.found.node, ast.ClassDef) and self.sources.method(self.found, "update") is not None


def _docstring(found: Found) -> str:
    """The docstring, with the text that Keras puts in at import time (`{{base_optimizer_keyword_args}}`)."""
    text = ast.get_docstring(found.node, clean=False) or ""
    text = text if "Args:" in text else text + _shared_help(found)
    for name in re.findall(r"\{\{(\w+)\}\}", text):
        home = found.module.sources.module(f"keras.src.optimizers.{name.partition('_keyword')[0]}")
        filled = home.value(home.values[name]) if home and name in home.values else ""
        text = text.replace("{{" + name + "}}", filled)
    return text


def _shared_help(found: Found) -> str:
    """What keras.applications says of all networks of a module, and adds to their docstrings at import time."""
    shared = next((found.module.values[name] for name in ("DOC", "BASE_DOCSTRING") if name in found.module.values), None)
    if shared is None or not found.module.name.startswith("keras.src.applications."):
        return ""
    return found.module.value(shared).replace("{name}", found.node.name)


def _value(owner: Found, node: ast.expr) -> object:
    """A default as a plain value; where it is not a constant, its text."""
    names = class_values(owner.node) if isinstance(owner.node, ast.ClassDef) else {}
    try:
        return _frozen(owner.module.value(node, names))
    except Unknown:
        return ast.unparse(node)


def _frozen(value: object) -> object:
    return tuple(_frozen(part) for part in value) if isinstance(value, list | tuple) else value


def _tensors(node: ast.FunctionDef) -> tuple[str, ...]:
    """The arguments that Keras itself asks `any_symbolic_tensors` about; else the first one."""
    names = [a.arg for a in [*node.args.posonlyargs, *node.args.args]]
    for call in ast.walk(node):
        if isinstance(call, ast.Call) and ast.unparse(call.func).endswith("any_symbolic_tensors") and call.args:
            asked = {n.id for n in ast.walk(call.args[0]) if isinstance(n, ast.Name)}
            return tuple(name for name in names if name in asked)
    return tuple(names[:1])

