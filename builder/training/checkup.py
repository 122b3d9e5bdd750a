"""What there is to train with on this machine, and whether it works: what `build doctor` tells."""

import os
import platform
import re
import sys
import time
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from builder.diagnostics import Fault, SpecError
from builder.training.cluster import CONFIG, cluster
from builder.training.devices import has_driver, why_no_gpu
from builder.training.environment import PACKAGES, VARIABLES

NAME = "keras-bricks"
EXTRA = re.compile(r"""extra\s*==\s*['"]([^'"]+)['"]""")
# Any of these brings the module `tensorflow`; two of them overwrite each other's files.
WHEELS = ("tensorflow", "tensorflow-cpu", "tensorflow-gpu", "tensorflow-intel", "tensorflow-macos", "intel-tensorflow")


@dataclass(frozen=True)
class Extra:
    """An extra of this package: its requirements that are there, with their versions, and those that are not."""

    name: str
    found: dict[str, str]
    missing: tuple[str, ...]

    @property
    def installed(self) -> bool:
        return not self.missing


def versions() -> dict[str, str]:
    """Of Python and of the packages that numbers depend on, whichever are installed."""
    found = {name: version for name in (*PACKAGES, *WHEELS[1:], "tf_keras") if (version := _version(name))}
    return {"python": platform.python_version(), **found}


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def machine() -> dict:
    """The system, its cores, those that this process may use, and the memory in bytes."""
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") if hasattr(os, "sysconf") else None
    return {"platform": platform.platform(), "cpus": os.cpu_count(), "usable": usable, "memory": memory}


def extras() -> tuple[Extra, ...]:
    """The extras that the package itself declares, where it is installed; in a checkout those of its `pyproject.toml`."""
    return tuple(_extra(name, wanted) for name, wanted in _declared().items())


def _declared() -> dict[str, list[str]]:
    try:
        declared: dict[str, list[str]] = {name: [] for name in metadata.metadata(NAME).get_all("Provides-Extra") or ()}
        for line in metadata.requires(NAME) or ():
            requirement, _, marker = line.partition(";")
            if found := EXTRA.search(marker):
                declared.setdefault(found[1], []).append(requirement.strip())
        return declared
    except metadata.PackageNotFoundError:
        project = Path(__file__).parents[2] / "pyproject.toml"
        return tomllib.loads(project.read_text(encoding="utf-8"))["project"]["optional-dependencies"] if project.is_file() else {}


def _extra(name: str, wanted: list[str]) -> Extra:
    from packaging.requirements import Requirement

    found, missing = {}, []
    for requirement in map(Requirement, wanted):
        version = _version(requirement.name)
        if version and requirement.specifier.contains(version, prereleases=True):
            found[requirement.name] = version
        else:
            missing.append(str(requirement))
    return Extra(name, found, tuple(missing))


def folders() -> list[dict]:
    """Where things are kept between runs: what for, the path, its bytes, whether it can be written."""
    from builder.catalog.cache import cache_folder as programs
    from builder.data import cache_folder

    kept = {"decoded data": cache_folder(), "signatures of bricks": programs(), "downloaded data sets": _keras_home() / "datasets"}
    return [{"what": what, "path": str(path), "bytes": _size(path, [other for other in kept.values() if other != path]), "writable": _writable(path)}
            for what, path in kept.items()]


def _keras_home() -> Path:
    return Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras")


def _size(folder: Path, others: list[Path]) -> int:
    """Bytes of all files below, less those that another folder of the list counts."""
    total = 0
    for root, subfolders, files in os.walk(folder):
        subfolders[:] = [name for name in subfolders if Path(root) / name not in others]
        total += sum(path.lstat().st_size for name in files if (path := Path(root) / name).exists())
    return total


def _writable(path: Path) -> bool:
    """Whether it is there to write to, or can be made."""
    there = next((folder for folder in (path, *path.parents) if folder.exists()), path)
    return there.is_dir() and os.access(there, os.W_OK)


def variables() -> dict[str, str]:
    """The environment's variables that change results or where they are computed."""
    return {name: os.environ[name] for name in (*VARIABLES, CONFIG, "BRICKS_CACHE", "KERAS_HOME") if name in os.environ}


def early_faults() -> Iterator[Fault]:
    """What can be told without importing TensorFlow."""
    if (backend := os.environ.get("KERAS_BACKEND", "tensorflow")) != "tensorflow":
        yield Fault("wrong-backend", None, {"backend": backend})
    wheels = [name for name in WHEELS if _version(name)]
    if len(wheels) > 1:
        yield Fault("two-tensorflows", None, {"wheels": tuple(wheels)}, severity="warning")
    if not wheels:
        yield Fault("no-tensorflow", None, {})
    if os.environ.get("TF_ENABLE_ONEDNN_OPTS") == "0":
        yield Fault("slow-onednn", None, {}, severity="warning")
    for folder in folders():
        if not folder["writable"]:
            yield Fault("folder-closed", None, {"what": folder["what"], "path": folder["path"]}, severity="warning")
    yield from _cluster_faults()


def _cluster_faults() -> Iterator[Fault]:
    if os.environ.get(CONFIG, "").strip():
        try:
            cluster()
        except SpecError as error:
            yield from (fault.as_warning() for fault in error.faults)


@dataclass(frozen=True)
class Device:
    """A device that was tried: milliseconds for a product of two matrices of 512, and for a step of training, which first took `first`."""

    name: str
    what: str
    product: float | None = None
    step: float | None = None
    first: float | None = None
    problem: str | None = None

    def as_json(self) -> dict:
        return dict(vars(self))


def tried_devices() -> list[Device]:
    """Each device of TensorFlow after a small computation on it; the first call imports TensorFlow.

    Raises:
        SpecError: `tensorflow-broken`, it cannot be imported.
    """
    try:
        from builder.catalog import import_keras

        import_keras()
        import tensorflow as tf
    except Exception as error:
        raise SpecError([Fault("tensorflow-broken", None, {"reason": f"{type(error).__name__}: {error}"})]) from error
    return [_tried(device) for device in tf.config.list_logical_devices() if device.device_type in ("CPU", "GPU", "TPU")]


def _tried(device) -> Device:
    short = device.name.split("device:")[-1].lower()
    name = "cpu" if short == "cpu:0" else short
    try:
        first, step = _seconds_of_training(device.name)
        return Device(name, _described(device), 1e3 * _seconds_of_product(device.name), 1e3 * step, 1e3 * first)
    except Exception as error:
        return Device(name, _described(device), problem=f"{type(error).__name__}: {str(error).splitlines()[0]}")


def _described(device) -> str:
    import tensorflow as tf

    if device.device_type != "GPU":
        return platform.processor() or platform.machine()
    number = int(device.name.rpartition(":")[2])
    details = tf.config.experimental.get_device_details(tf.config.list_physical_devices("GPU")[number])
    return str(details.get("device_name", "GPU"))


def _seconds_of_product(device: str) -> float:
    import tensorflow as tf

    with tf.device(device):
        a = tf.random.stateless_uniform((512, 512), seed=(1, 2))
        tf.linalg.matmul(a, a).numpy()
        began = time.perf_counter()
        tf.linalg.matmul(a, a).numpy()
    return time.perf_counter() - began


def _seconds_of_training(device: str) -> tuple[float, float]:
    """Of the first and of a later step of a small convolutional network; a loss that is no number raises."""
    import keras
    import numpy as np
    import tensorflow as tf

    with tf.device(device):
        layers = [keras.layers.Conv2D(8, 3, activation="relu"), keras.layers.Flatten(), keras.layers.Dense(10)]
        model = keras.Sequential([keras.Input((16, 16, 1)), *layers])
        model.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
        x, y, taken = np.zeros((32, 16, 16, 1), "float32"), np.arange(32) % 10, []
        for _ in range(3):
            began = time.perf_counter()
            loss = float(model.train_on_batch(x, y))
            taken.append(time.perf_counter() - began)
    if not np.isfinite(loss):
        raise ArithmeticError(f"the loss of a trial step is {loss}")
    return taken[0], min(taken[1:])


def late_faults(devices: list[Device]) -> Iterator[Fault]:
    """What TensorFlow itself shows: devices that fail, a card that is not used."""
    for device in devices:
        if device.problem:
            yield Fault("device-fails", None, {"device": device.name, "reason": device.problem})
    if has_driver() and not any(device.name.startswith("gpu") for device in devices):
        yield Fault("no-gpu", None, {"device": "gpu", "reason": why_no_gpu()}, severity="warning")


def browser() -> str | None:
    """What opens the live page: the system's browser, or a command; None where there is none."""
    import webbrowser

    if sys.platform in ("win32", "darwin"):
        return "the system's"
    if not any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER")):
        return None
    try:
        return getattr(webbrowser.get(), "name", "the system's")
    except webbrowser.Error:
        return None
