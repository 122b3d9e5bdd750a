"""The MLflow run that belongs to a run folder: where it is, and what is added to it once the run has ended."""

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

FILE = "mlflow.json"
LEFT_OUT = ("model", "blocks", "networks", "losses", "imports", "code", "description")  # structure, which the kept spec shows
# Retries would hold training up for minutes, and nothing is told to anybody but the store asked for.
QUIET = {"MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true", "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1", "MLFLOW_HTTP_REQUEST_TIMEOUT": "10"}
# MLflow asks who keeps runs in files whether they mean it; the skinny package can keep them nowhere else here.
FILES = {"MLFLOW_ALLOW_FILE_STORE": "true"}


@dataclass(frozen=True)
class Tracked:
    """The MLflow run of a run folder: its store and its id there."""

    uri: str
    run: str

    @staticmethod
    def read(folder: Path) -> "Tracked | None":
        try:
            kept = json.loads((folder / FILE).read_text(encoding="utf-8"))
            return Tracked(kept["uri"], kept["run"])
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def write(self, folder: Path) -> None:
        (folder / FILE).write_text(json.dumps(vars(self)) + "\n", encoding="utf-8")


def client_of(uri: str):
    """An MLflow client of a store; a path without a scheme is a folder.

    Raises:
        Exception: MLflow cannot use it.
    """
    local = "://" not in uri and not uri.startswith(("file:", "databricks"))
    for name, value in {**QUIET, **(FILES if local or uri.startswith("file:") else {})}.items():
        os.environ.setdefault(name, value)
    from mlflow import MlflowClient

    return MlflowClient(tracking_uri=Path(uri).resolve().as_uri() if local else uri)


def attach(folder: Path, status: str, files: Iterable[str], metrics: Mapping[str, float]) -> None:
    """Adds files of a run folder and the figures of its evaluation to its MLflow run, and tells how it ended.

    Args:
        status: FINISHED, FAILED or KILLED.

    Raises:
        Exception: the store does not take them.
    """
    tracked = Tracked.read(folder)
    client = client_of(tracked.uri)
    for name in files:
        if (folder / name).is_file():
            client.log_artifact(tracked.run, str(folder / name))
    for name, value in metrics.items():
        client.log_metric(tracked.run, f"test_{name}", value)
    client.set_terminated(tracked.run, status)


def flattened(path: Path) -> dict[str, object]:
    """The single values of a spec by their dotted paths, without those of its network."""
    from builder.language import load
    from builder.language.tree import plain

    tree = plain(load(path).tree)
    return dict(_leaves({name: section for name, section in tree.items() if name not in LEFT_OUT}, ""))


def _leaves(value: object, path: str) -> Iterator[tuple[str, object]]:
    if isinstance(value, Mapping):
        for name, part in value.items():
            yield from _leaves(part, f"{path}.{name}" if path else str(name))
    elif isinstance(value, list) and any(isinstance(part, Mapping | list) for part in value):
        for index, part in enumerate(value):
            named = isinstance(part, Mapping) and len(part) == 1  # an argument by its name, or a brick
            yield from _leaves(part, path if named else f"{path}.{index}")
    else:
        yield path, value


def short(error: Exception) -> str:
    """What an exception says, in one line."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
