"""What a run was made with: versions, device, threads, seed, the state of git, a hash of the data."""

import os
import platform
import subprocess
from importlib import metadata
from pathlib import Path

from builder.training.devices import strategy

PACKAGES = ("keras-bricks", "keras", "tensorflow", "numpy", "scikit-learn")
# These change the bits of what is computed.
VARIABLES = ("TF_ENABLE_ONEDNN_OPTS", "TF_XLA_FLAGS", "XLA_FLAGS", "TF_DETERMINISTIC_OPS", "KERAS_BACKEND",
             "OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "CUDA_VISIBLE_DEVICES")


def environment(*, seed: int, device: str | None = None, data: str | None = None, spec: Path | None = None) -> dict:
    """Everything outside the spec that a run's numbers depend on, as plain values."""
    return {
        "python": platform.python_version(),
        "platform": platform.platform(),
        "versions": {name: version for name in PACKAGES if (version := _version(name))},
        "compute": compute(device),
        "seed": seed,
        "variables": {name: os.environ[name] for name in VARIABLES if name in os.environ},
        "git": git_state(spec.parent if spec else Path.cwd()),
        "data": data,
    }


def compute(device: str | None) -> dict:
    """What the bits of a result depend on: device, its kind, how many share a batch, threads and the determinism flag."""
    import tensorflow as tf
    from tensorflow.python.framework.config import is_op_determinism_enabled

    gpus = tf.config.list_physical_devices("GPU")
    return {
        "device": device or ("gpu" if gpus else "cpu"),
        "gpus": [tf.config.experimental.get_device_details(gpu).get("device_name", gpu.name) for gpu in gpus],
        **_replicas(device),
        "cpus": os.cpu_count(),
        "threads": {"intra": tf.config.threading.get_intra_op_parallelism_threads(),
                    "inter": tf.config.threading.get_inter_op_parallelism_threads()},
        "deterministic": is_op_determinism_enabled(),
    }


def _replicas(device: str | None) -> dict:
    """Nothing on one device: runs from before there were several have no such entry."""
    spread = strategy(device)
    return {} if spread is None else {"replicas": spread.num_replicas_in_sync}


def git_state(folder: Path) -> dict | None:
    """The commit a folder stands at and whether it has been changed since; None outside git."""
    commit = _git(folder, "rev-parse", "HEAD")
    if not commit:
        return None
    return {"commit": commit, "changed": bool(_git(folder, "status", "--porcelain", "--untracked-files=no"))}


def _git(folder: Path, *words: str) -> str | None:
    try:
        done = subprocess.run(["git", "-C", str(folder), *words], capture_output=True, text=True, timeout=10, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None
