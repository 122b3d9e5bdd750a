"""The batches of one phase: which fields go to which inputs and outputs, and in what order."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from builder.data import weigh
from builder.graph.graph import TensorSpec


@dataclass(frozen=True)
class Feed:
    """Batches for a model: `inputs` are wanted by field name, `targets` the field of each output.

    `weights` are those of an output's classes, in the loss of training batches alone.
    """

    splits: Mapping[str, object]
    inputs: Mapping[str, TensorSpec]
    targets: Mapping[str, str]
    batch: int
    seed: int = 0
    weights: Mapping[str, np.ndarray] = field(default_factory=dict)

    @property
    def steps(self) -> int:
        """Training batches in an epoch."""
        return self.batches("train")

    def batches(self, split: str) -> int:
        """Batches in a split; the last may be a smaller one."""
        return -(-self.splits[split].size // self.batch)

    def training(self, epoch: int, start: int = 0, endless: bool = False):
        """The training batches of `epoch` from batch `start` on, in an order that seed and epoch alone decide.

        They are `(inputs, targets)`, and where classes have weights `(inputs, targets, weights)`, with those of each example by output.
        An `endless` one goes on through all later epochs, which saves setting it up for each.
        """
        found = self.splits["train"].dataset(
            self.inputs, self.targets, self.batch, shuffle_seed=self.seed, epoch=epoch, start_batch=start, repeat=endless)
        return found.map(self.weighed, num_parallel_calls=1) if self.weights else found

    def weighed(self, inputs: Mapping, targets: Mapping) -> tuple:
        """A batch with what each of its examples counts; in the loss of an output without weights all count 1."""
        import tensorflow as tf

        each = {name: weigh(target, self.weights[name]) if name in self.weights else tf.ones(tf.shape(target)[:1]) for name, target in targets.items()}
        return inputs, targets, each

    def plain(self, split: str):
        """All batches of a split in the order of its examples, not augmented."""
        return self.splits[split].dataset(self.inputs, self.targets, self.batch, augment=False)

    def has(self, split: str) -> bool:
        return split in self.splits and self.splits[split].size > 0


def wanted(model) -> dict[str, TensorSpec]:
    """What a model's inputs want of the fields that bear their names."""
    return {name: TensorSpec(tuple(tensor.shape[1:]), str(tensor.dtype)) for name, tensor in model.input.items()}
