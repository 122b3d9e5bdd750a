"""The way in: a path, a shipped name or a text becomes a Spec, with imports and overrides worked in."""

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from builder.diagnostics import Fault, Faults, Source, Span, SpecError, fail, near
from builder.language import overrides
from builder.language.sections import Block, LossMould, Network, Spec
from builder.language.spec import read
from builder.language.text import parse
from builder.language.tree import Scalar

DEEPEST_IMPORT = 20
SHIPPED = (Path(__file__).parents[1] / "specs", Path(__file__).parents[2] / "specs")  # installed, checkout


def load(spec: str | Path | Spec, set: Mapping[str, object] | None = None) -> Spec:
    """The Spec of a file, of a shipped name such as `lenet5`, or of a text (with a newline in it).

    Args:
        spec: where it is; a Spec is read again with the overrides, or given back where there are none.
        set: overrides, `{"params.classes": 100}`; values are Python values or YAML texts.

    Raises:
        SpecError: with all faults of the first stage that has any.
    """
    if isinstance(spec, Spec) and not set:
        return spec
    source, path = (spec.source, spec.path) if isinstance(spec, Spec) else _source(spec)
    tree = overrides.apply(spec.tree if isinstance(spec, Spec) else parse(source), set or {})
    return _imported(read(tree, source, path), (path,) if path else ())


def shipped() -> dict[str, Path]:
    """The specs that come with the project, by name."""
    folder = next((folder for folder in SHIPPED if folder.is_dir()), None)
    return {path.stem: path for path in sorted(folder.glob("*.yaml"))} if folder else {}


def _source(spec: str | Path) -> tuple[Source, Path | None]:
    if isinstance(spec, str) and "\n" in spec:
        return Source("spec", spec.removeprefix("\ufeff")), None
    path = Path(spec)
    if not path.exists() and path.suffix == "" and str(spec) in shipped():
        path = shipped()[str(spec)]
    if not path.exists():
        raise fail("no-such-spec", path=str(spec), near=near(path.stem, shipped()), shipped=list(shipped()))
    return read_source(path), path.resolve()


def read_source(path: Path) -> Source:
    """A file as a Source.

    Raises:
        SpecError: it cannot be read, or is not UTF-8 text.
    """
    try:
        return Source(str(path), path.read_bytes().decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise fail("not-utf8", _undecoded(path, error), path=str(path), byte=error.object[error.start]) from None
    except OSError as error:
        raise fail("unreadable-file", path=str(path), problem=error.strerror or str(error)) from None


def _undecoded(path: Path, error: UnicodeDecodeError) -> Span:
    """The place of the first byte that is no text."""
    before = error.object[: error.start].decode("utf-8-sig")
    return Source(str(path), error.object.decode("utf-8-sig", "replace")).at(len(before))


def _imported(spec: Spec, chain: tuple[Path, ...]) -> Spec:
    """The spec with the blocks, losses and networks of its imports; what the spec itself defines wins."""
    faults = Faults()
    blocks, losses, networks, code = {}, {}, {}, list(spec.code)
    for item in spec.imports:
        path = (spec.base / item.value).resolve()
        if path in chain or len(chain) > DEEPEST_IMPORT:
            faults.add(item.error("import-cycle", path=item.value, chain=[p.name for p in chain]))
        elif not path.is_file():
            folder = path.parent
            files = [p.name for p in folder.glob("*.yaml")] if folder.is_dir() else []
            faults.add(item.error("missing-import", path=item.value, near=[Path(item.value).with_name(name).as_posix() for name in near(path.name, files)]))
        else:
            try:
                found = _imported(_library(path, _shown(item)), (*chain, path))
            except SpecError as error:
                faults.extend(error.faults)
                continue
            for mine, theirs, own in ((blocks, found.blocks, spec.blocks), (losses, found.losses, spec.losses), (networks, found.networks, spec.networks)):
                faults.extend(_clash(item, name, mine[name], theirs[name]) for name in mine.keys() & theirs.keys() - own.keys()
                              if mine[name].span != theirs[name].span)
                mine |= theirs
            code += found.code
    faults.check()
    return replace(spec, blocks=blocks | dict(spec.blocks), losses=losses | dict(spec.losses), networks=networks | dict(spec.networks), code=tuple(code))


def _clash(item: Scalar, name: str, first: Block | LossMould | Network, second: Block | LossMould | Network) -> Fault:
    """Two imports that define one name differently: which one holds must not hang on their order."""
    return item.error("import-clash", name=name).also(first.span, "first here").also(second.span, "and again here")


def _shown(item: Scalar) -> str:
    """An imported file by the name the user knows it by: beside the file that imports it."""
    return os.path.normpath(Path(item.span.source.name).parent / item.value)


def _library(path: Path, name: str) -> Spec:
    source = replace(read_source(path), name=name)
    return read(parse(source), source, path, library=True)


