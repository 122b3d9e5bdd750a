"""Bricks of the user's own Python files: read by anyone, run only once they are trusted."""

import hashlib
import importlib.util
import sys
from pathlib import Path
from types import ModuleType

from builder.catalog import signatures
from builder.catalog.importing import import_keras
from builder.graph.catalogue import Signature

_classes: dict[tuple[str, str], type] = {}
KINDS = ("layer", "loss", "source", "sampler")


def read_code(path: Path) -> dict[str, dict[str, Signature]]:
    """The bricks a Python file registers, by kind and name; nothing of it is run.

    A layer or a loss is a class decorated with `keras.saving.register_keras_serializable`, a source one
    decorated with `source`; a registered class whose bases lead to keras.losses.Loss is a loss.

    Raises:
        OSError, SyntaxError: the file cannot be read or is no Python.
    """
    found = {kind: signatures.scan_file(path, kind) for kind in KINDS}
    losses = {name for name in found["loss"] if "Loss" in signatures.ancestors(path, name)}
    found["loss"] = {name: one for name, one in found["loss"].items() if name in losses}
    found["layer"] = {name: one for name, one in found["layer"].items() if name not in losses}
    return found


def trust(path: Path) -> ModuleType:
    """Run a Python file and let `make` find the bricks it registers.

    Raises:
        Exception: whatever the file raises.
    """
    import_keras()
    found = read_code(path)
    name = f"bricks_code_{hashlib.sha256(str(path.resolve()).encode()).hexdigest()[:12]}"
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    for kind, bricks in found.items():
        _classes.update({(kind, brick): getattr(module, brick) for brick in bricks})
    return module


def trusted(kind: str, name: str) -> type | None:
    """The class of a trusted file, if one of them has it."""
    return _classes.get((kind, name))
