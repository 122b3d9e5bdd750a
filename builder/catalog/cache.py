"""The signatures kept between runs: a JSON file in the user's cache folder, written once for each Keras."""

import contextlib
import functools
import hashlib
import json
import os
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

from builder.catalog import signatures
from builder.graph.catalogue import REQUIRED, Parameter, Signature

KEPT = 4


class Store:
    """Signatures by kind and name; each is unpacked when it is first asked for."""

    def __init__(self, packed: dict[str, dict[str, str]], texts: dict[str, list[str]]):
        self.packed, self.texts = packed, texts
        self.unpacked: dict[tuple[str, str], Signature] = {}

    def find(self, kind: str, name: str) -> Signature | None:
        if name not in self.packed.get(kind, ()):
            return None
        if (kind, name) not in self.unpacked:
            self.unpacked[kind, name] = unpack(self.packed[kind][name])
        return self.unpacked[kind, name]

    def names(self, kind: str) -> tuple[str, ...]:
        return tuple(self.packed.get(kind, ()))


def load() -> Store:
    """The store of the installed Keras: from the cache, else scanned and, where possible, cached."""
    path = cache_folder() / f"signatures-{_key()}.json"
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
        return Store(**json.loads(path.read_text(encoding="utf-8")))
    packed = {kind: {name: pack(one) for name, one in found.items()} for kind, found in signatures.scan_all().items()}
    content = {"packed": packed, "texts": {kind: list(names) for kind, names in signatures.scan_texts().items()}}
    with contextlib.suppress(OSError):  # a read-only home only costs the time of the scan
        _write(path, json.dumps(content))
    return Store(**content)


def cache_folder() -> Path:
    """The user's cache folder of this program, as the platform has it."""
    if os.environ.get("XDG_CACHE_HOME"):
        base = Path(os.environ["XDG_CACHE_HOME"])
    elif sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    else:
        base = Path.home() / ("Library/Caches" if sys.platform == "darwin" else ".cache")
    return base / "keras-bricks"


def pack(signature: Signature) -> str:
    """A signature as JSON; what equals a field's default is left out."""
    content = asdict(signature)
    content["parameters"] = [_pack_parameter(p) for p in signature.parameters]
    return json.dumps(content)


def unpack(text: str) -> Signature:
    content = json.loads(text)
    parameters = tuple(_unpack_parameter(p) for p in content.pop("parameters"))
    return Signature(**{**content, "parameters": parameters, "call": tuple(content["call"])})


def _pack_parameter(parameter: Parameter) -> dict:
    usual = Parameter(parameter.name)
    fields = {name: value for name, value in vars(parameter).items() if name == "name" or value != getattr(usual, name)}
    return fields if parameter.required else {**fields, "default": parameter.default}


def _unpack_parameter(fields: dict) -> Parameter:
    default = _tuples(fields.get("default", REQUIRED))
    return Parameter(**{**fields, "default": default, "choices": tuple(fields.get("choices", ()))})


def _tuples(value: object) -> object:
    return tuple(_tuples(part) for part in value) if isinstance(value, list) else value


def _key() -> str:
    """Changes with Keras and with every file of ours that is scanned or scans."""
    home = signatures.HOME
    folders = [home / "catalog", *(home / folder for folder in signatures.OWN.values())]
    files = sorted(path for folder in folders if folder.is_dir() for path in folder.glob("*.py"))
    stamps = [f"{path}:{path.stat().st_mtime_ns}" for path in files]
    place = str(signatures.package_folder("keras"))
    return hashlib.sha256("\n".join([signatures.keras_version(), place, *stamps]).encode()).hexdigest()[:16]


def _write(path: Path, text: str) -> None:
    """Write under another name and rename, so that a reader never meets half a file; forget the oldest ones."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".signatures-")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        os.replace(temporary, path)
    except BaseException:
        _forget(Path(temporary))
        raise
    for old in sorted(path.parent.glob("signatures-*.json"), key=_age)[KEPT:]:
        _forget(old)


def _age(path: Path) -> float:
    with contextlib.suppress(OSError):
        return -path.stat().st_mtime
    return 0.0


def _forget(path: Path) -> None:
    with contextlib.suppress(OSError):
        path.unlink()


@functools.cache
def store() -> Store:
    """The one store of this process."""
    return load()
