"""keras-bricks: neural networks as YAML bricks, compiled to Keras."""

from builder.diagnostics import SpecError
from builder.experiment import check, compile, draw, evaluate, export, load, predict, train

__all__ = ["SpecError", "check", "compile", "draw", "evaluate", "export", "load", "predict", "train"]
__version__ = "0.1.0"
