"""The networks of keras.applications as bricks: made for the image they are given, with weights by Keras's own loading code."""

import contextlib
import re
import sys
import warnings
from collections.abc import Iterator

from builder.catalog.importing import import_keras
from builder.catalog.make import brick, plain, told
from builder.graph.catalogue import Refused
from builder.graph.graph import Recipe

PREFIX = "applications."
FAILED = re.compile(r"URL fetch failure on (\S+): (.*)", re.DOTALL)


class Unavailable(Exception):
    """Weights that Keras cannot download; `url` is where it looks for them, `folder` where it looks first."""

    def __init__(self, url: str, folder: str, reason: str):
        super().__init__(reason)
        self.url, self.folder, self.reason = url, folder, reason


def is_application(recipe: Recipe) -> bool:
    return recipe.name.startswith(PREFIX)


def application(recipe: Recipe, name: str, shape: tuple[int | None, ...], fetched: bool = True):
    """The `keras.Model` of a recipe, its layers named the same in every process.

    Args:
        name: what the model is called.
        shape: of the image it is given, without the batch; a recipe's own `input_shape` wins.
        fetched: whether it gets the weights that the recipe names.

    Raises:
        Refused: Keras does not take these arguments.
        Unavailable: the weights are not on this machine and cannot be downloaded.
    """
    arguments = {"input_shape": tuple(shape), **{key: plain(value) for key, value in recipe.args if key != "name"}}
    if arguments.get("weights", "imagenet") not in ("imagenet", None):
        raise Refused(f"`weights` is imagenet or null; a file or a run stands beside the brick: `weights: {arguments['weights']}`")
    arguments |= {} if fetched else {"weights": None}
    try:
        with _counted_anew(), contextlib.redirect_stdout(sys.stderr), warnings.catch_warnings():  # a download tells of its progress
            warnings.simplefilter("ignore")
            model = brick("layer", recipe.name)(**arguments)
    except Exception as error:
        if failed := FAILED.search(str(error)):
            raise Unavailable(failed[1], _folder(), failed[2].strip()) from None
        raise Refused(told(error)) from None
    model.name = name  # only now: some networks look up their weights by their own name
    return model


@contextlib.contextmanager
def never_downloading() -> Iterator[None]:
    """Weights are neither fetched nor read within: Keras checks all arguments and makes the network, and that is all.

    With `weights=None` it would not check what only matters with weights, such as the number of classes.
    """
    keras = import_keras()
    from keras.src.utils import file_utils

    fetch, load = file_utils.get_file, keras.Model.load_weights
    file_utils.get_file, keras.Model.load_weights = (lambda *args, **named: ""), (lambda *args, **named: None)
    try:
        yield
    finally:
        file_utils.get_file, keras.Model.load_weights = fetch, load


@contextlib.contextmanager
def _counted_anew() -> Iterator[None]:
    """Keras counts the layers that nobody names through a whole process; here from the beginning, so that weights find them by name."""
    from keras.src.backend.common import global_state

    before = global_state.get_global_attribute("object_name_uids")
    global_state.set_global_attribute("object_name_uids", None)
    try:
        yield
    finally:
        global_state.set_global_attribute("object_name_uids", before)


def _folder() -> str:
    from keras.src.backend.config import keras_home

    return f"{keras_home()}/models"


def freeze(model) -> None:
    """Freezes every layer; the model itself stays as it is, so that a phase of training may thaw some of them."""
    for layer in model._flatten_layers(include_self=False):
        layer.trainable = False
