"""Where a run computes: `cpu`, `gpu`, `gpu:1`, `mirrored`, `mirrored:2`, `mirrored:cpu:2`, `multiworker`, and the seeds that make it repeatable."""

import contextlib
import ctypes.util
import functools
import os
import re
from pathlib import Path

from builder.diagnostics import fail
from builder.training.cluster import cluster, resolver

SEVERAL = re.compile(r"mirrored(?::(cpu))?(?::(\d+))?|multiworker")


def devices() -> tuple[str, ...]:
    """The devices TensorFlow sees, as `--device` names them."""
    import tensorflow as tf

    found = [device.name.split("physical_device:")[-1].lower() for device in tf.config.list_physical_devices()]
    return tuple("cpu" if name == "cpu:0" else name for name in found)


def is_several(device: str | None) -> bool:
    """Whether this names several devices at once; a name that only looks like it is told by `choose`."""
    return bool(device) and SEVERAL.fullmatch(device.strip().lower()) is not None


def choose(device: str | None) -> str | None:
    """The device's full name, or None where TensorFlow may choose or several are meant.

    Raises:
        SpecError: `unknown-device`, with those there are; `no-gpu`, with the reason.
    """
    if device is None or is_several(device):
        return None
    there = devices()
    wanted = device.strip().lower()
    if wanted not in there and f"{wanted}:0" not in there:
        _check_gpu(wanted, there)
        raise fail("unknown-device", None, device=device, there=there)
    kind, _, number = wanted.partition(":")
    return f"/{kind.upper()}:{number or 0}"


def _check_gpu(wanted: str, there: tuple[str, ...]) -> None:
    if wanted.split(":")[0] in ("gpu", "mirrored") and not any(name.startswith("gpu") for name in there):
        raise fail("no-gpu", None, device=wanted, reason=why_no_gpu())


def why_no_gpu() -> str:
    """Why TensorFlow has no GPU here: `hidden`, `driver`, `wheel` or `libraries`."""
    import tensorflow as tf

    if os.environ.get("CUDA_VISIBLE_DEVICES", "0").strip() in ("", "-1"):
        return "hidden"
    if not has_driver():
        return "driver"
    return "libraries" if tf.test.is_built_with_cuda() else "wheel"


def has_driver() -> bool:
    """Whether the driver of an NVIDIA card is at work on this machine."""
    return Path("/proc/driver/nvidia/version").exists() or ctypes.util.find_library("cuda") is not None or Path("/dev/nvidia0").exists()


@functools.cache
def strategy(device: str | None):
    """The tf.distribute strategy that a device's name stands for; None for one device. One a process, for each name.

    CPUs are split, and workers meet, before TensorFlow does anything else: call it first.

    Raises:
        SpecError: `no-gpu`, `too-many-devices`, `too-late`, and what `cluster` finds wrong with TF_CONFIG.
    """
    if not is_several(device):
        return None
    if device.strip().lower() == "multiworker":
        return _multiworker()
    cpu, count = SEVERAL.fullmatch(device.strip().lower()).groups()
    import tensorflow as tf

    if cpu:
        return tf.distribute.MirroredStrategy(_split_cpu(device, int(count or 2)), tf.distribute.ReductionToOneDevice())
    return tf.distribute.MirroredStrategy(_gpus(device, count and int(count)))


def _gpus(device: str, count: int | None) -> list[str]:
    there = devices()
    _check_gpu("mirrored", there)
    gpus = [name for name in there if name.startswith("gpu")]
    if count is not None and not 1 <= count <= len(gpus):
        raise fail("too-many-devices", None, device=device, count=count, there=tuple(gpus))
    return gpus[:count]


def _split_cpu(device: str, count: int) -> list[str]:
    """The CPU as so many devices, for trying: they share its cores."""
    import tensorflow as tf

    if not 1 <= count <= 64:
        raise fail("too-many-devices", None, device=device, count=count, there=("cpu",))
    try:
        parts = [tf.config.LogicalDeviceConfiguration()] * count
        tf.config.set_logical_device_configuration(tf.config.list_physical_devices("CPU")[0], parts)
    except (RuntimeError, ValueError):
        if len(tf.config.list_logical_devices("CPU")) < count:
            raise fail("too-late", None, device=device) from None
    return [f"cpu:{number}" for number in range(count)]


def _multiworker():
    """Meets the other workers; waits until all are there.

    Raises:
        SpecError: `no-cluster`, `bad-cluster`, `cluster-failed`.
    """
    import tensorflow as tf

    here = cluster()
    _keep_own_gpus(here)
    try:
        return tf.distribute.MultiWorkerMirroredStrategy(cluster_resolver=resolver(here))
    except RuntimeError:
        raise fail("too-late", None, device="multiworker") from None
    except tf.errors.OpError as error:
        raise fail("cluster-failed", None, address=here.address, reason=str(error).splitlines()[0]) from None


def _keep_own_gpus(here) -> None:
    """Workers that were started on one machine share its GPUs out; those of a cluster have what they see."""
    import tensorflow as tf

    gpus = tf.config.list_physical_devices("GPU")
    if not here.launched or not gpus:
        return
    mine = gpus[here.number:: len(here.workers)]
    if not mine:
        raise fail("too-many-devices", None, device=f"--workers {len(here.workers)}", count=len(here.workers), there=tuple(gpu.name for gpu in gpus))
    tf.config.set_visible_devices(mine, "GPU")


def made_on(device: str | None):
    """A context for making a model: its weights lie on the device, or on each of several."""
    spread = strategy(device)
    return spread.scope() if spread is not None else on_device(device)


@contextlib.contextmanager
def on_device(device: str | None):
    """Everything run inside lies on `device`; None, and several devices, leave the choice to TensorFlow."""
    name = choose(device)
    if name is None:
        yield
        return
    import tensorflow as tf

    with tf.device(name):
        yield


def fix_seeds(seed: int, deterministic: bool = True) -> None:
    """Makes what follows repeatable bit for bit on one CPU: call it before the model is built.

    `deterministic` also asks TensorFlow for operations that give the same bits each time. That costs
    speed on a GPU (and turns XLA off there); an operation without such a form raises on a GPU.
    The count of threads and the versions change the bits too: `environment.json` holds them.
    """
    import keras

    keras.utils.set_random_seed(seed)
    if deterministic:
        import tensorflow as tf

        tf.config.experimental.enable_op_determinism()
