"""What can be laid: Keras by introspection, and our own bricks. Keras is imported only where it is needed."""

import functools
import importlib
import pkgutil
from collections.abc import Sequence
from pathlib import Path

from builder.catalog.catalogue import KerasCatalogue
from builder.catalog.code import read_code, trust
from builder.catalog.importing import import_keras
from builder.catalog.make import make, operation

__all__ = ["KerasCatalogue", "catalogue", "catalogue_with", "import_keras", "make", "operation", "register_own", "trust"]


@functools.cache
def catalogue() -> KerasCatalogue:
    """The catalogue of this process, with its memory of inferred shapes."""
    return KerasCatalogue()


def catalogue_with(code: Sequence[Path]) -> KerasCatalogue:
    """A catalogue that also knows the bricks of Python files; they are read, not run (see `trust`)."""
    more: dict[str, dict] = {}
    for path in code:
        for kind, found in read_code(path).items():
            more.setdefault(kind, {}).update(found)
    return KerasCatalogue(more) if more else catalogue()


def register_own() -> None:
    """Our own layers made known to Keras, which loads a saved model of them only then."""
    from builder.catalog import layers

    for module in pkgutil.iter_modules(layers.__path__):
        importlib.import_module(f"{layers.__name__}.{module.name}")
