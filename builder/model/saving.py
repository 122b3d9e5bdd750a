"""A model saved so that Keras can load it, even where it uses a network that another of its networks uses too."""

import json
import shutil
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

CONFIG = "config.json"


def save(model, path: str | Path) -> None:
    """Saves a keras.Model as a `.keras` file, like its own `save`.

    Keras tells the calls of a layer apart by numbers, counted within the model that is saved. It makes all layers before it calls any of them, so
    that a layer which an inner model calls too has been called there by then, and the numbers are of the wrong calls (Keras 3.15). In the file
    they are counted on from those of the inner models.
    """
    model.save(path)
    with zipfile.ZipFile(path) as file:
        config = json.loads(file.read(CONFIG))
    if _counted_on(config):
        _replaced(Path(path), json.dumps(config))


def _replaced(path: Path, config: str) -> None:
    """Puts another configuration into a file, all else as it is."""
    whole = path.with_name(f"{path.name}.whole")
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(whole, "w") as new:
        for entry in old.infolist():
            with old.open(entry) as source, new.open(entry, "w", force_zip64=True) as target:
                shutil.copyfileobj(source, target) if entry.filename != CONFIG else target.write(config.encode())
    whole.replace(path)


def _counted_on(config: Mapping) -> bool:
    """Mends the numbers of calls in a configuration, in place; says whether any was wrong."""
    return _Loading().made(config)


class _Loading:
    """Goes through a configuration as Keras does when it loads it, and counts the calls of layers that several models have."""

    def __init__(self):
        self.calls: Counter[int] = Counter()
        self.there: set[int] = set()

    def made(self, config: object) -> bool:
        """An object is made, with all within it; one that is there already is not made again."""
        if isinstance(config, list):
            return self.each(config)
        shared = config.get("shared_object_id") if isinstance(config, Mapping) else None
        if not isinstance(config, Mapping) or shared in self.there:
            return False
        self.there |= {shared} - {None}
        return self.model(config["config"]) if config.get("class_name") == "Functional" else self.each(config.values())

    def each(self, configs: Iterable[object]) -> bool:
        """All of them are made, whatever the first ones say."""
        said = [self.made(one) for one in configs]
        return any(said)

    def model(self, config: Mapping) -> bool:
        """A model makes its layers first, and then calls them."""
        inner = self.each(config["layers"])
        before = {layer["name"]: self.calls[layer.get("shared_object_id")] for layer in config["layers"] if "shared_object_id" in layer}
        for layer in config["layers"]:
            self.calls[layer.get("shared_object_id")] += len(layer["inbound_nodes"])
        wrong = {name for name, count in before.items() if count}
        for place in _places(config) if wrong else ():
            place[1] += before.get(place[0], 0)
        return bool(wrong) or inner


def _places(config: Mapping) -> Iterator[list]:
    """Where a model says which call of a layer it means: `[layer, call, tensor]`."""
    pending = [config["input_layers"], config["output_layers"], *(layer["inbound_nodes"] for layer in config["layers"])]
    while pending:
        one = pending.pop()
        if isinstance(one, Mapping):
            pending += one.values()
        elif isinstance(one, list):
            if len(one) == 3 and isinstance(one[0], str) and isinstance(one[1], int):
                yield one
            pending += one
