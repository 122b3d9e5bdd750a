"""Where a run computes: `cpu`, `gpu`, `gpu:1`, and the seeds that make it repeatable."""

import contextlib

from builder.diagnostics import fail


def devices() -> tuple[str, ...]:
    """The devices TensorFlow sees, as `--device` names them."""
    import tensorflow as tf

    found = [device.name.split("physical_device:")[-1].lower() for device in tf.config.list_physical_devices()]
    return tuple("cpu" if name == "cpu:0" else name for name in found)


def choose(device: str | None) -> str | None:
    """The device's full name, or None where TensorFlow may choose.

    Raises:
        SpecError: `unknown-device`, with those there are.
    """
    if device is None:
        return None
    there = devices()
    wanted = device.strip().lower()
    if wanted not in there and f"{wanted}:0" not in there:
        raise fail("unknown-device", None, device=device, there=there)
    kind, _, number = wanted.partition(":")
    return f"/{kind.upper()}:{number or 0}"


@contextlib.contextmanager
def on_device(device: str | None):
    """Everything made and run inside lies on `device`; None leaves the choice to TensorFlow."""
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
