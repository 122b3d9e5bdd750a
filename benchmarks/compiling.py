"""A spec to a keras.Model against keras.applications building the same; and `check`, which makes no weights."""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import gc

from side_by_side import ratio, timed


def fresh(work) -> float:
    """Seconds of one call that finds nothing remembered from the round before."""
    import keras

    from builder.catalog import catalogue

    catalogue().known.clear()
    keras.backend.clear_session()
    gc.collect()
    return timed(work)


def main(quick: bool = False) -> None:
    import keras

    import builder

    rounds = 2 if quick else 5
    for name, spec, peer in (("ResNet-50", "resnet50", keras.applications.ResNet50), ("ResNet-152", "resnet152", keras.applications.ResNet152)):
        build = lambda: fresh(lambda: peer(weights=None))  # noqa: B023
        build()
        ratio(f"compiling {name}", "`keras.applications` building it", lambda: fresh(lambda: builder.compile(spec)), build, rounds)  # noqa: B023
    ratio("`build check` of ResNet-152, after importing Keras", "building it", lambda: fresh(lambda: builder.check("resnet152")), build, rounds)


if __name__ == "__main__":
    main()
