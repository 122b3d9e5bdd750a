"""Small models together with the graphs that they are built from."""

import keras

import builder
from builder.inside import Inside
from builder.training.meaning import Meaning


def inside(layers: str, inputs: str = "{image: [6, 6, 1]}", more: str = "", seed: int = 0, outputs: str = "") -> Inside:
    """A model of these steps with fresh weights; `more` are sections beside it."""
    steps = "\n".join(f"    {line}" for line in layers.strip().splitlines())
    spec = builder.check(f"name: small\n{more}model:\n  inputs: {inputs}\n{f'  outputs: {outputs}' if outputs else ''}\n  layers:\n{steps}\n")
    keras.utils.set_random_seed(seed)
    return Inside(spec.graph, builder.compile(spec.spec))


def classes(*names: str, kind: str = "class", logits: bool = False) -> dict[str, Meaning]:
    """How the output `label` is read."""
    return {"label": Meaning(kind, names or ("a", "b", "c"), logits, True)}
