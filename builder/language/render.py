"""Spec → YAML: imports and overrides worked in, so that what a run keeps stands alone."""

import yaml

from builder.language.scalars import resolve
from builder.language.sections import Block, Network, Spec
from builder.language.tree import plain


def render(spec: Spec) -> str:
    """The spec as one YAML text without imports; it reads back as the same spec."""
    tree = {key: value for key, value in plain(spec.tree).items() if key != "imports"}
    blocks = {name: _block(block) for name, block in spec.blocks.items() if name not in (tree.get("blocks") or {})}
    networks = {name: _at_home(network) for name, network in spec.networks.items() if name not in (tree.get("networks") or {})}
    if blocks:
        tree["blocks"] = {**blocks, **(tree.get("blocks") or {})}
    if networks:
        tree["networks"] = {**networks, **(tree.get("networks") or {})}
    if spec.code:
        tree["code"] = [text.value for text in spec.code]
    return yaml.dump({"name": spec.name, **tree}, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=120, default_flow_style=None)


def _at_home(item: Block | Network) -> dict:
    """The text of an imported block with the defaults of its file made its own."""
    text = plain(item.node)
    home = {brick: {name: plain(node) for name, (_, node) in given.items()} for brick, (_, given) in item.home.defaults.items()}
    own = text.get("defaults") or {}
    defaults = {brick: {**home.get(brick, {}), **own.get(brick, {})} for brick in {**home, **own}}
    return {**text, "defaults": defaults} if defaults else text


def _block(block: Block) -> dict:
    """An imported block also takes the params of its file, at their values there."""
    own = {param.name for param in block.params}
    params = [param.name if param.default is None else {param.name: plain(param.default)} for param in block.params]
    params += [{param.name: plain(param.default)} for param in block.home.params if param.name not in own and param.default]
    text = _at_home(block)
    return {**text, "params": params} if params else text


class _Dumper(yaml.SafeDumper):
    """Quotes by the rules of YAML 1.2, by which specs are read."""

    def ignore_aliases(self, data: object) -> bool:
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    quoted = not isinstance(resolve(text), str)
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style='"' if quoted else None)


_Dumper.add_representer(str, _text)
