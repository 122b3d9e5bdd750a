"""The whole state of training, taken out of live objects and put back into them."""

import contextlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass

import numpy as np

from builder.diagnostics import fail
from builder.training.checkpoints import Checkpoint

# Their state is a file, which `phases` sees to, or kept where they log.
STATELESS = ("CSVLogger", "MLflow")


@dataclass
class Position:
    """Where training stands: the phase, whole epochs in it, batches of the next one, and totals.

    `stopped` tells that a callback has ended the phase. Counts begin at 0.
    """

    phase: int = 0
    epoch: int = 0
    batch: int = 0
    epochs: int = 0
    step: int = 0
    stopped: bool = False


def gather(model, trained, callbacks: Iterable, position: Position, rows: list[dict]) -> Checkpoint:
    """Everything a later process needs to go on as if nothing had happened.

    `model` is the whole model (seed generators are among its variables), `trained` the model of the
    outputs that are trained, whose optimizer and metrics hold the rest.
    """
    arrays = {name: np.asarray(variable.value.numpy()) for name, variable in _variables(model, trained).items()}
    states = []
    for index, callback in enumerate(callbacks):
        plain, own = _callback_state(callback)
        arrays |= {f"callback/{index}/{name}": array for name, array in own.items()}
        states.append({"name": type(callback).__name__, "plain": plain})
    return Checkpoint(arrays, {"position": asdict(position), "callbacks": states, "rows": rows})


def restore(checkpoint: Checkpoint, model, trained, callbacks: Iterable) -> None:
    """Puts a checkpoint's arrays and callbacks' fields back; `on_train_begin` must have been called.

    Raises:
        SpecError: `checkpoint-misfit`, the model or the optimizer has other variables than were saved.
    """
    variables = _variables(model, trained)
    _check_fit(checkpoint, variables)
    for name, variable in variables.items():
        variable.assign(checkpoint.arrays[name])
    for index, (callback, state) in enumerate(zip(callbacks, checkpoint.state["callbacks"], strict=True)):
        _restore_callback(callback, state["plain"], _below(checkpoint.arrays, f"callback/{index}/"))


@contextlib.contextmanager
def untouched(model, trained) -> Iterator[None]:
    """Whatever is trained inside, every variable has its value back afterwards."""
    before = [(variable, np.array(variable.value)) for variable in _variables(model, trained).values()]
    try:
        yield
    finally:
        for variable, value in before:
            variable.assign(value)


def _variables(model, trained) -> dict:
    """Every variable by its owner and its place there; paths would not do, Keras numbers them by process."""
    kept = trained.kept() if hasattr(trained, "kept") else {"optimizer": trained.optimizer.variables}
    owners = {"model": model.variables, **kept, "metric": trained.metrics_variables}
    if getattr(trained, "carry", None) is not None:
        owners["carry"] = trained.carry.variables
    return {f"{owner}/{index}": variable for owner, all_of in owners.items() for index, variable in enumerate(all_of)}


def _check_fit(checkpoint: Checkpoint, variables: Mapping) -> None:
    saved = {name: array.shape for name, array in checkpoint.arrays.items() if not name.startswith("callback/")}
    here = {name: tuple(variable.shape) for name, variable in variables.items()}
    wrong = [name for name in {**here, **saved} if saved.get(name) != here.get(name)]
    if wrong:
        names = tuple(variables[name].path if name in variables else name for name in wrong)
        raise fail("checkpoint-misfit", None, names=names, saved=saved.get(wrong[0]), here=here.get(wrong[0]))


def _below(arrays: Mapping[str, np.ndarray], prefix: str) -> dict[str, np.ndarray]:
    return {name.removeprefix(prefix): array for name, array in arrays.items() if name.startswith(prefix)}


def _callback_state(callback) -> tuple[dict, dict[str, np.ndarray]]:
    """A callback's own fields: those that JSON can hold, and lists of arrays (such as best weights).

    Texts are settings or paths, never state: a run folder may have been moved since.
    """
    plain, arrays = {}, {}
    if type(callback).__name__ in STATELESS:
        return plain, arrays
    for name, value in vars(callback).items():
        if name in ("params", "_model") or isinstance(value, str):
            continue
        if _is_arrays(value):
            arrays |= {f"{name}/{index}": np.asarray(array) for index, array in enumerate(value)}
        elif _is_plain(value):
            plain[name] = _bare(value)
    return plain, arrays


def _restore_callback(callback, plain: Mapping, arrays: Mapping[str, np.ndarray]) -> None:
    for name, value in plain.items():
        setattr(callback, name, value)
    lists: dict[str, list] = {}
    for key in sorted(arrays, key=lambda key: int(key.rpartition("/")[2])):
        lists.setdefault(key.rpartition("/")[0], []).append(arrays[key])
    for name, value in lists.items():
        setattr(callback, name, value)


def _is_arrays(value: object) -> bool:
    if not isinstance(value, list) or not any(isinstance(item, np.ndarray) for item in value):
        return False
    return all(isinstance(item, np.ndarray | np.generic) for item in value)


def _is_plain(value: object) -> bool:
    if isinstance(value, dict):
        return all(isinstance(key, str) and _is_plain(item) for key, item in value.items())
    if isinstance(value, list):
        return all(_is_plain(item) for item in value)
    return value is None or isinstance(value, bool | int | float | str | np.generic)


def _bare(value: object) -> object:
    """Numpy's scalars as Python's, within dicts and lists too; a float keeps every bit."""
    if isinstance(value, dict):
        return {key: _bare(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_bare(item) for item in value]
    return value.item() if isinstance(value, np.generic) else value
