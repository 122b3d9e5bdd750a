"""Data: sources read, dealt into splits and given as batches; imports NumPy, and TensorFlow only when asked for batches."""

from builder.data.adapt import adapt_layers
from builder.data.cache import cache_folder
from builder.data.check import Target, check_fields, missing_values
from builder.data.data import Data, Split, open_data, open_phases
from builder.data.madeup import made_up
from builder.data.source import Place, source
from builder.data.table import Column, Field, Table
from builder.data.weighting import class_weights, weigh

__all__ = [
    "Column", "Data", "Field", "Place", "Split", "Table", "Target", "adapt_layers", "cache_folder", "check_fields", "class_weights", "made_up",
    "missing_values", "open_data", "open_phases", "source", "weigh",
]
