"""Spec → YAML: imports and overrides worked in, so that what a run keeps stands alone."""

import os
import re
from pathlib import Path

import yaml

from builder.language.scalars import resolve
from builder.language.sections import Block, LossMould, Network, Param, Spec
from builder.language.tree import Scalar, plain


def render(spec: Spec) -> str:
    """The spec as one YAML text without imports; it reads back as the same spec."""
    tree = {key: value for key, value in plain(spec.tree).items() if key != "imports"}
    blocks = {name: _block(block) for name, block in spec.blocks.items() if name not in (tree.get("blocks") or {})}
    losses = {name: _loss(loss) for name, loss in spec.losses.items() if name not in (tree.get("losses") or {})}
    params = {param.name: plain(param.default) if param.default else None for param in spec.params}
    own = dict(params)
    networks = {name: _network(network, params) for name, network in spec.networks.items() if name not in (tree.get("networks") or {})}
    if params != own:
        tree["params"] = params
    if blocks:
        tree["blocks"] = {**blocks, **(tree.get("blocks") or {})}
    if losses:
        tree["losses"] = {**losses, **(tree.get("losses") or {})}
    if networks:
        tree["networks"] = {**networks, **(tree.get("networks") or {})}
    if spec.code:
        tree["code"] = [_from(spec.base, text) for text in spec.code]
    return yaml.dump({"name": spec.name, **tree}, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=120, default_flow_style=None)


def _from(base: Path, text: Scalar) -> str:
    """A Python file by its path from the spec's folder, for an imported file named it from its own."""
    return Path(os.path.relpath((Path(text.span.source.name).parent / text.value).resolve(), base.resolve())).as_posix()


def _network(network: Network, params: dict[str, object]) -> dict:
    """An imported network; the params of its file join the spec's own, under another name where theirs is taken."""
    text, names = _at_home(network), {}
    for param in _read(network, text):
        name, value = param.name, _renamed(plain(param.default), names)
        while name in params and params[name] != value:
            name = f"{network.name}_{name}"
        names[param.name], params[name] = name, value
    return _renamed(text, {old: new for old, new in names.items() if old != new})


def _read(network: Network, text: dict) -> list[Param]:
    """The params of its file that a network reads, or that those read."""
    found, said = [], str(text)
    for param in reversed(network.home.params):
        if param.default is not None and re.search(rf"\b{param.name}\b", said):
            found, said = [param, *found], said + str(plain(param.default))
    return found


def _renamed(value: object, names: dict[str, str], equation: bool = False) -> object:
    """A value with other names in its formulas."""
    if not names:
        return value
    if isinstance(value, dict):
        return {key: _renamed(item, names, key == "formula") for key, item in value.items()}
    if isinstance(value, list):
        return [_renamed(item, names) for item in value]
    if not isinstance(value, str):
        return value
    swap = lambda found: re.sub(r"[^\W\d]\w*", lambda word: names.get(word[0], word[0]), found[0])
    return re.sub(r"(?s).+" if equation or value.startswith("=") else r"\{[^{}]*\}", swap, value)


def _at_home(item: Block | Network) -> dict:
    """The text of an imported block with the defaults of its file made its own."""
    text = plain(item.node)
    home = {brick: {name: plain(node) for name, (_, node) in given.items()} for brick, (_, given) in item.home.defaults.items()}
    own = text.get("defaults") or {}
    defaults = {brick: {**home.get(brick, {}), **own.get(brick, {})} for brick in {**home, **own}}
    return {**text, "defaults": defaults} if defaults else text


def _block(block: Block) -> dict:
    """An imported block also takes the params of its file, at their values there."""
    return _with_params(block, _at_home(block))


def _loss(loss: LossMould) -> dict:
    """An imported loss, likewise."""
    return _with_params(loss, plain(loss.node))


def _with_params(item: Block | LossMould, text: dict) -> dict:
    own = {param.name for param in item.params}
    params = [param.name if param.default is None else {param.name: plain(param.default)} for param in item.params]
    params += [{param.name: plain(param.default)} for param in item.home.params if param.name not in own and param.default]
    return {**text, "params": params} if params else text


class _Dumper(yaml.SafeDumper):
    """Quotes by the rules of YAML 1.2, by which specs are read."""

    def ignore_aliases(self, data: object) -> bool:
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    quoted = not isinstance(resolve(text), str)
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style='"' if quoted else None)


_Dumper.add_representer(str, _text)
