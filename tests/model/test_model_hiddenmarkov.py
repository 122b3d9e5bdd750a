"""The hidden Markov layer against enumeration, numpy's forward algorithm and a published example."""

import itertools

import numpy as np
import pytest

ICE_CREAM = {"start": [0.8, 0.2], "transition": [[0.6, 0.4], [0.5, 0.5]], "emission": [[0.2, 0.4, 0.4], [0.5, 0.4, 0.1]]}


@pytest.fixture(scope="module")
def layer():
    """Jurafsky and Martin's ice creams: states hot and cold, one to three of them a day."""
    return made(**ICE_CREAM)


def made(**tables):
    from builder.catalog.layers.hiddenmarkov import HiddenMarkov

    layer = HiddenMarkov(*np.shape(tables["emission"]), return_path=True)
    layer.build((None, None))
    layer.set_weights([np.log(tables[name]) for name in ("start", "transition", "emission")])
    return layer


def joint(states, symbols, start, transition, emission) -> float:
    """The probability of states and symbols together, in float64."""
    moves = np.prod([transition[a][b] for a, b in itertools.pairwise(states)])
    return start[states[0]] * moves * np.prod([emission[state][symbol] for state, symbol in zip(states, symbols)])


def test_the_published_example(layer):
    likelihood, path = layer(np.array([[2, 0, 2]]))
    assert np.exp(float(likelihood[0, 0])) == pytest.approx(0.028562, abs=1e-7) and path.numpy().tolist() == [[0, 1, 0]]
    assert joint([0, 1, 0], [2, 0, 2], **ICE_CREAM) == pytest.approx(0.0128)


def test_all_ways_of_states_are_summed_and_the_best_is_found():
    random = np.random.default_rng(0)
    tables = {"start": random.dirichlet(np.ones(3)), "transition": random.dirichlet(np.ones(3), 3), "emission": random.dirichlet(np.ones(4), 3)}
    symbols = random.integers(0, 4, (5, 6))
    likelihood, path = (np.asarray(one) for one in made(**tables)(symbols))
    for row, seen in enumerate(symbols):
        ways = {states: joint(states, seen, **tables) for states in itertools.product(range(3), repeat=6)}
        assert likelihood[row, 0] == pytest.approx(np.log(sum(ways.values())), abs=1e-5)
        assert tuple(path[row]) == max(ways, key=ways.get)


def test_steps_that_a_mask_leaves_out_change_nothing(layer):
    padded = layer(np.array([[2, 0, 2, 1, 1]]), mask=np.array([[True, True, True, False, False]]))
    alone = layer(np.array([[2, 0, 2]]))
    assert np.allclose(padded[0], alone[0]) and padded[1].numpy().tolist() == [[0, 1, 0, -1, -1]]


def test_it_is_saved_and_long_sequences_do_not_underflow(tmp_path, layer):
    import keras

    inputs = keras.Input((2000,), dtype="int32")
    model = keras.Model(inputs, layer(inputs))
    symbols = np.random.default_rng(1).integers(0, 3, (2, 2000))
    model.save(tmp_path / "m.keras")
    again = keras.models.load_model(tmp_path / "m.keras").predict(symbols, verbose=0)
    forward = np.array(ICE_CREAM["start"])[None] * np.array(ICE_CREAM["emission"])[:, symbols[:, 0]].T
    logs = np.zeros(2)
    for step in range(1, 2000):
        forward = forward @ ICE_CREAM["transition"] * np.array(ICE_CREAM["emission"])[:, symbols[:, step]].T
        logs, forward = logs + np.log(forward.sum(1)), forward / forward.sum(1, keepdims=True)
    assert np.allclose(again[0][:, 0], logs, rtol=1e-5) and np.isfinite(logs).all()
