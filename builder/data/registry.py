"""What the files of one folder offer by name: sources and samplers are registered so."""

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from functools import cached_property


class Registry:
    """A decorator that registers classes and functions under their own names; `package` is where the files lie that do so."""

    def __init__(self, package: str):
        self.package, self.made = package, {}

    def __call__(self, made: Callable) -> Callable:
        self.made[made.__name__] = made
        return made

    @cached_property
    def known(self) -> Mapping[str, Callable]:
        """All by name; the files, which cost nothing heavy, are imported when this is first asked for."""
        for module in pkgutil.iter_modules(importlib.import_module(self.package).__path__):
            importlib.import_module(f"{self.package}.{module.name}")
        return self.made
