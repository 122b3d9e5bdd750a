"""What is said of devices, of several at once, and of workers."""

from builder.diagnostics.words import Words, listed, worded

SEVERAL = "several at once: `mirrored` (all GPUs), `mirrored:2` (two of them), `mirrored:cpu:2` (the CPU in two parts, for trying), `multiworker`"
NO_GPU = {
    "hidden": ("CUDA_VISIBLE_DEVICES hides every GPU from TensorFlow", "unset CUDA_VISIBLE_DEVICES"),
    "driver": ("no NVIDIA driver is at work on this machine", "train without it: `--device cpu`; or install the card's driver"),
    "wheel": ("this TensorFlow was built without CUDA", "install one with it: `pip install 'tensorflow[and-cuda]'`"),
    "libraries": ("TensorFlow does not find CUDA's libraries, or they do not fit the driver", "install them: `pip install 'tensorflow[and-cuda]'`"),
}


@worded("unknown-device")
def unknown_device(device: str, there: tuple[str, ...]) -> Words:
    return Words(
        f"there is no device `{device}` on this machine",
        help=f"use `--device {there[0]}`",
        notes=(f"devices here: {listed(there)}", SEVERAL),
    )


@worded("no-gpu")
def no_gpu(device: str, reason: str) -> Words:
    why, advice = NO_GPU[reason]
    return Words(
        f"TensorFlow has no GPU here for `--device {device}`: {why}",
        help=advice,
        notes=("`build doctor` tells what there is",),
    )


@worded("too-many-devices")
def too_many_devices(device: str, count: int, there: tuple[str, ...]) -> Words:
    return Words(
        f"`{device}` asks for {count} devices, and there {'is' if len(there) == 1 else 'are'} {len(there)}",
        help=f"ask for no more than {len(there)}",
        notes=(f"devices here: {listed(there)}",),
    )


@worded("too-late")
def too_late(device: str) -> Words:
    return Words(
        f"TensorFlow is already at work in this process, too late for `{device}`",
        help="train in a fresh process, before anything else uses TensorFlow",
    )


@worded("no-cluster")
def no_cluster() -> Words:
    return Words(
        "`--device multiworker` does not know who the other workers are, for TF_CONFIG is not set",
        help="start workers on this machine: `--workers 2`",
        notes=("Kubernetes, Ray and others set TF_CONFIG; Slurm is heard where a step has several tasks",),
    )


@worded("bad-cluster")
def bad_cluster(problem: str, example: str) -> Words:
    return Words(f"TF_CONFIG does not describe a cluster: {problem}", help=f"write it so: `TF_CONFIG='{example}'`")


@worded("cluster-failed")
def cluster_failed(address: str, reason: str) -> Words:
    return Words(
        f"the workers could not meet, seen from {address}",
        help="see that each address is free and can be reached from the others",
        notes=(f"TensorFlow says: {reason}",),
    )


@worded("mirrored-penalty")
def mirrored_penalty(layer: str, norm: str) -> Words:
    return Words(
        f"the CPU in several parts cannot count `activity_regularizer` of `{layer}` rightly beside the batch normalization `{norm}`",
        help="train in several processes instead: `--workers 2`",
    )


@worded("worker-lost")
def worker_lost(workers: int, epochs: int) -> Words:
    saved = "no epoch had been finished" if epochs == 0 else f"{epochs} finished {'epoch is' if epochs == 1 else 'epochs are'} saved"
    return Words(
        f"another of the {workers} workers is gone, so this one has stopped; {saved}",
        help="go on with `--resume`, with as many workers as you like",
    )


@worded("worker-died")
def worker_died(worker: int, workers: int, code: int, epochs: int | None, lines: tuple[str, ...]) -> Words:
    how = f"was ended by signal {-code}" if code < 0 else f"failed with exit code {code}"
    saved = "" if epochs is None else "; no epoch had been finished" if epochs == 0 else f"; what was finished by epoch {epochs} is saved"
    return Words(
        f"worker {worker} of the {workers} (counted from 0) {how}, so all have stopped{saved}",
        help="go on with the same command and `--resume`",
        notes=("\n".join(["its last lines:", *lines]),) if lines else (),
    )


@worded("wrong-backend")
def wrong_backend(backend: str) -> Words:
    return Words(f"KERAS_BACKEND is `{backend}`, and models are trained on TensorFlow", help="unset KERAS_BACKEND, or set it to `tensorflow`")


@worded("no-tensorflow")
def no_tensorflow() -> Words:
    return Words("TensorFlow is not installed", help="install it: `pip install tensorflow`")


@worded("two-tensorflows")
def two_tensorflows(wheels: tuple[str, ...]) -> Words:
    return Words(
        f"{listed(f'`{name}`' for name in wheels)} are installed side by side, and each overwrites the other's files",
        help=f"keep one: `pip uninstall {' '.join(wheels)}`, then `pip install tensorflow`",
    )


@worded("slow-onednn")
def slow_onednn() -> Words:
    return Words("TF_ENABLE_ONEDNN_OPTS=0 makes convolutions on a CPU several times slower", help="unset TF_ENABLE_ONEDNN_OPTS")


@worded("folder-closed")
def folder_closed(what: str, path: str) -> Words:
    return Words(f"{path} cannot be written, so {what} are not kept there")


@worded("tensorflow-broken")
def tensorflow_broken(reason: str) -> Words:
    return Words(
        f"TensorFlow or Keras cannot be imported: {reason.splitlines()[0]}",
        help="install them anew: `pip install --force-reinstall tensorflow keras`",
    )


@worded("device-fails")
def device_fails(device: str, reason: str) -> Words:
    return Words(
        f"a small training step fails on `{device}`: {reason}",
        help="train elsewhere: `--device cpu`" if device != "cpu" else "",
    )
