"""A spec to a keras.Model against keras.applications building the same; and `check`, which makes no weights."""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import gc

from side_by_side import ratio, timed

# every network of keras.applications that a spec of ours is: its name there, the spec, overrides
PEERS = (
    ("VGG16", "vgg16", {}), ("VGG19", "vgg19", {}), ("InceptionV3", "inception_v3", {}), ("ResNet50", "resnet50", {}),
    *((f"ResNet{depth}", "resnet", {"params.depth": depth}) for depth in (101, 152)),
    *((f"ResNet{depth}V2", "resnet", {"params.depth": depth, "params.version": 2}) for depth in (50, 101, 152)),
)


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
    for name, spec, params in PEERS:
        build = lambda: fresh(lambda: getattr(keras.applications, name)(weights=None))  # noqa: B023
        build()
        ratio(f"compiling {name}", "`keras.applications` building it", lambda: fresh(lambda: builder.compile(spec, set=params)), build, rounds)  # noqa: B023
    build = lambda: fresh(lambda: keras.applications.ResNet152(weights=None))
    ratio("`build check` of ResNet-152, after importing Keras", "building it", lambda: fresh(lambda: builder.check("resnet", {"params.depth": 152})), build,
          rounds)


if __name__ == "__main__":
    main()
