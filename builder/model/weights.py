"""`weights:` of a step, a network or the model: trained weights by name, each layer's all or none."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from builder.diagnostics import Fault, Faults, SpecError
from builder.graph import Graph, Layer, WeightsPlan
from builder.graph.patterns import fits
from builder.model.files import Entries, Unreadable, opened
from builder.model.loaded import SEVERAL, SKIPPED, Loaded, faults_of
from builder.model.names import layers_by_name, variables_by_path
from builder.model.pairing import Name, pair, renamed


@dataclass(frozen=True)
class Wish:
    """A layer of the graph that wants weights: where its names stand in the model, and where in a file they may begin."""

    plan: WeightsPlan
    layer: Layer
    prefix: str
    start: int
    heads: tuple[str, ...]


@dataclass(frozen=True)
class Target:
    """A Keras layer that wants weights: its name, that name below what bears `weights`, its variables by Keras's path in a file."""

    name: str
    below: Name
    variables: Mapping[str, object]

    def keys(self, their: str, entries: Entries) -> tuple[str, ...]:
        """The arrays of a file that are this layer's, in the order of its variables; none unless all are there."""
        found = [next((key for key in _spellings(their, path, variable) if key in entries), None) for path, variable in self.variables.items()]
        return () if None in found else tuple(found)

    def differs(self, keys: tuple[str, ...], entries: Entries) -> str:
        """How the shapes of a file differ from ours, in words; empty where they do not."""
        ours = [tuple(variable.shape) for variable in self.variables.values()]
        theirs = [entries[key].shape for key in keys]
        different = [f"{their} in the file, {our} here" for our, their in zip(ours, theirs, strict=True) if our != their]
        return f"other shape: {different[0]}" if different else ""

    def fits(self, their: str, entries: Entries) -> bool:
        keys = self.keys(their, entries)
        return bool(keys) and not self.differs(keys, entries)


def plans(graph: Graph) -> tuple[WeightsPlan, ...]:
    """Every `weights:` of a graph and of the networks it uses."""
    return tuple({wish.plan.span: wish.plan for wish in _wishes(graph, "", ())}.values())


def load_weights(model, graph: Graph, files: Mapping[str, Path]) -> tuple[Loaded, ...]:
    """Gives the layers of a model the weights that its spec asks for.

    A layer gets all of its weights or none: nothing is resized. What no output reads is not in the model, and not asked.

    Args:
        model: the built Keras model of the graph.
        graph: where steps and networks say which weights they want.
        files: the file of each source that `plans` names.

    Raises:
        SpecError: every file that cannot be read, and every gap where none may be.
    """
    faults = Faults()
    found = [faults.attempt(_load, plan, heads, targets, Path(files[plan.source])) for plan, heads, targets in _targets(model, graph)]
    faults.check()
    return tuple(found)


def _wishes(graph: Graph, prefix: str, around: tuple) -> Iterator[Wish]:
    """Each layer that wants weights; of a step's, its network's and the model's wish the innermost holds."""
    if graph.weights:
        box = prefix.rstrip(".")
        around = (graph.weights, prefix.count("."), _heads(graph.weights, box, graph.name if prefix else ""))
    for layer in graph.layers.values():
        plan = layer.weights
        if plan is not None:
            yield Wish(plan, layer, prefix, prefix.count(".") + len(plan.scope), _heads(plan, prefix + ".".join(plan.scope), ".".join(plan.scope)))
        elif around:
            yield Wish(around[0], layer, prefix, *around[1:])
    for name in dict.fromkeys(node.network for node in graph.nodes if node.network and node.index in graph.reached):
        yield from _wishes(graph.networks[name], f"{prefix}{name}.", around)


def _heads(plan: WeightsPlan, full: str, own: str) -> tuple[str, ...]:
    """Where in a file the names may begin: at `file#part`, else at the full name of what bears `weights`, at its own name, or at once."""
    return (plan.part,) if plan.part else tuple(dict.fromkeys((full, own, "")))


def _targets(model, graph: Graph) -> list[tuple[WeightsPlan, tuple[str, ...], list[Target]]]:
    """The layers of each `weights:`; a shared one once, under its first name."""
    built, seen, found = dict(layers_by_name(model)), set(), {}
    for wish in _wishes(graph, "", ()):
        full = f"{wish.prefix}{wish.layer.name}"
        targets = found.setdefault((wish.plan.span, wish.heads), (wish.plan, wish.heads, []))[2]
        for name, layer in built.items():
            if id(layer) not in seen and (name == full or name.startswith(f"{full}.")):
                seen.add(id(layer))
                targets += _target(name, wish, variables_by_path(layer))
    return list(found.values())


def _target(name: str, wish: Wish, variables: Mapping[str, object]) -> list[Target]:
    """A layer with its family; what lies within a model used as one layer has names of its own, and they do not change."""
    family = (*wish.prefix.split(".")[:-1], *wish.layer.family)
    parts = tuple(name.split("."))
    family += parts[len(family):]
    return [Target(name, Name(parts[wish.start:], family[wish.start:]), variables)] if variables else []


def _load(plan: WeightsPlan, heads: tuple[str, ...], targets: list[Target], path: Path) -> Loaded:
    try:
        with opened(path) as entries:
            found, idle = _taken(plan, heads, targets, str(path), entries)
    except Unreadable as error:
        raise SpecError([Fault("weights-file", plan.span, {"file": str(path), "problem": str(error)}, trail=plan.trail)]) from None
    faults = faults_of(plan, found, idle)
    if any(fault.severity == "error" for fault in faults):
        raise SpecError(faults)
    return replace(found, warnings=faults)


def _taken(plan: WeightsPlan, heads: tuple[str, ...], targets: list[Target], file: str, entries: Entries) -> tuple[Loaded, tuple[str, ...]]:
    """Copies what fits; gives the report, and the patterns that fit nothing."""
    became = {name: renamed(name, dict(plan.renames)) for name in entries}
    origin = {new: name for name, (new, _) in became.items()}
    entries = {new: entries[name] for new, name in origin.items()}
    skipped = {target.name: SKIPPED for target in targets if any(fits(target.name, pattern) for pattern in plan.skip)}
    loaded, missing, used = {}, [], set()
    asked = [target for target in targets if target.name not in skipped]
    for target, their in _paired(asked, heads, entries):
        keys = target.keys(their, entries) if their is not None else ()
        used.update(keys)
        if their is None or keys and (why := target.differs(keys, entries)):
            skipped[target.name] = SEVERAL if their is None else why
        elif not keys:
            missing.append(target.name)
        else:
            _copy(target, keys, entries)
            loaded[target.name] = _layer_of(origin[keys[0]], keys[0], their)
    unused = dict.fromkeys(origin[key].rpartition(".")[0] for key in entries if key not in used)
    fitted = {old for _, old in became.values()} | {p for p in plan.skip if any(fits(target.name, p) for target in targets)}
    return Loaded(file, loaded, skipped, tuple(missing), tuple(unused)), tuple(p for p in (*dict(plan.renames), *plan.skip) if p not in fitted)


def _paired(targets: list[Target], heads: tuple[str, ...], entries: Entries) -> Iterator[tuple[Target, str | None]]:
    """Each layer with its name in the file, after renames."""
    head = next((head for head in heads if not head or any(key.startswith(f"{head}.") for key in entries)), heads[0])
    by_name = {target.below: target for target in targets}
    pairs = pair(by_name, entries, lambda name, their: by_name[name].fits(their, entries), f"{head}." if head else "")
    return ((target, pairs[target.below]) for target in targets)


def _copy(target: Target, keys: tuple[str, ...], entries: Entries) -> None:
    for key, variable in zip(keys, target.variables.values(), strict=True):
        try:
            variable.assign(entries[key].read())
        except Exception as error:  # an array cut short, or of a type that is no number
            raise Unreadable(f"`{key}` cannot be read: {str(error).splitlines()[0]}") from None


def _spellings(their: str, path: str, variable) -> Iterator[str]:
    """How a file may call a variable: counted as Keras does, or by its own name."""
    box, _, number = path.rpartition("vars/")
    inner = f"{their}.{box.replace('/', '.')}"
    yield f"{inner}{number}"
    yield f"{inner}{variable.name}"


def _layer_of(original: str, key: str, their: str) -> str:
    """The file's own name of a layer: what its array was called before renames, without what follows the layer's name."""
    rest = key[len(their):]
    return original.removesuffix(rest)
