"""Graph → keras.Model, and trained weights into it by name."""

from builder.model.build import build
from builder.model.files import is_file_of_weights
from builder.model.loaded import Loaded
from builder.model.weights import load_weights, plans

__all__ = ["Loaded", "build", "is_file_of_weights", "load_weights", "plans"]
