"""Training, evaluating and predicting, and the run folder that keeps it all."""

from builder.training.devices import devices, fix_seeds, on_device
from builder.training.interrupt import Interrupted
from builder.training.reporter import Reporter, Silent, Started
from builder.training.run import History, Run, compare, create, find_run, list_runs
from builder.training.trainer import train

__all__ = [
    "History", "Interrupted", "Reporter", "Run", "Silent", "Started", "compare", "create", "devices", "find_run",
    "fix_seeds", "list_runs", "on_device", "train",
]
