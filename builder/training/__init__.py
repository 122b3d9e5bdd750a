"""Training, evaluating and predicting, and the run folder that keeps it all."""

from builder.training.cluster import is_chief
from builder.training.devices import devices, fix_seeds, made_on, on_device, strategy
from builder.training.evaluation import Evaluation, evaluate, evaluate_run
from builder.training.interrupt import Interrupted
from builder.training.plain import plain
from builder.training.prediction import Prediction, predict
from builder.training.reporter import Reporter, Silent, Started
from builder.training.run import History, Run, compare, create, find_run, list_runs
from builder.training.trainer import train

__all__ = [
    "Evaluation", "History", "Interrupted", "Prediction", "Reporter", "Run", "Silent", "Started", "compare", "create",
    "devices", "evaluate", "evaluate_run", "find_run", "fix_seeds", "is_chief", "list_runs", "made_on", "on_device", "plain", "predict", "strategy", "train",
]
