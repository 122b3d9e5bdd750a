"""Elman's network finds the one bit in three that can be known."""

import numpy as np
import pytest
from spec_help import SPECS, checked

import builder


def test_it_is_elmans_network_over_a_cell():
    graph = checked("temporal_xor").graph
    assert graph.layers["context"].cell.inputs["h"].spec.shape == (16,)
    assert graph.parameters == 16 * (1 + 16 + 1) + 17


def by_phase(model, seed: int) -> np.ndarray:
    """The squared error of the bit that is foretold, by whether it is the second, the third or a new first one."""
    random = np.random.default_rng(seed)
    pairs = random.integers(0, 2, (500, 11, 2))
    bits = np.concatenate([pairs, pairs[..., :1] ^ pairs[..., 1:]], axis=2).reshape(500, 33, 1)
    found = model.predict({"bit": bits[:, :30].astype("float32")}, verbose=0)["next"]
    return np.square(found - bits[:, 1:31])[..., 0].reshape(500, 10, 3).mean((0, 1))


@pytest.mark.proof
def test_the_third_bit_is_known_and_the_others_are_not(tmp_path):
    run = builder.train(SPECS / "temporal_xor.yaml", runs=tmp_path)
    errors = by_phase(run.model, 7)
    print("squared error of the second, third and first bit:", errors.round(4))
    assert errors[1] < 0.02 and errors[0] > 0.24 and errors[2] > 0.24
