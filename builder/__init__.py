"""keras-bricks: neural networks as YAML bricks, compiled to Keras."""

import sys
from types import ModuleType

from builder.diagnostics import SpecError
from builder.experiment import check, compile, draw, evaluate, export, load, predict, train
from builder.looking import embed, look_inside, neighbours

__all__ = ["SpecError", "check", "compile", "draw", "embed", "evaluate", "export", "load", "look_inside", "neighbours", "predict", "train"]
__version__ = "0.1.0"


class _Package(ModuleType):
    """`draw` and `export` are rooms too; importing a room must not put it in the place of the function of its name."""

    def __setattr__(self, name: str, value: object) -> None:
        if not (name in __all__ and isinstance(value, ModuleType)):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package
