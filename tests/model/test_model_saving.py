"""A model of Keras bricks is plain Keras: its file gives the same outputs where this project is not installed."""

import subprocess
import sys

import numpy as np
import pytest

LOAD = """
import sys
sys.modules["builder"] = None
import keras, numpy as np
for folder in sys.argv[1:]:
    model = keras.models.load_model(folder + "/model.keras")
    given = np.load(folder + "/given.npz", allow_pickle=False)
    found = model.predict({name: given[name] for name in given.files}, verbose=0)
    np.savez(folder + "/found.npz", **found)
"""

CASES = {
    "convolutions": ("image: [8, 8, 3]", """
        - Residual: [4, strides: 2]
        - SqueezeExcite: [ratio: 2]
        - Inception: [1, 2, 3, 4, 5, 6]
        - Dropout: 0.5
        - GlobalAveragePooling2D
        - {Dense: [3, activation: softmax], name: label}
        """, ""),
    "twins": ("left: [6], right: [6]", """
        - {use: encoder, from: left, name: a}
        - {use: encoder, from: right, name: b}
        - {SiameseHead: {}, from: [a, b], name: same}
        """, "networks:\n  encoder: {inputs: {x: [6]}, layers: [Dense: 4, {Dense: 3, name: code}]}"),
    "states": ("source: [4, 3], target: [5, 3]", """
        - {LSTM: [6, return_state: true], from: source, as: [last, h, c]}
        - {LSTM: [6, return_sequences: true], from: {sequences: target, initial_state: [h, c]}}
        - {MultiHeadAttention: [2, 4], from: {query: previous, value: source}}
        - {Bidirectional: [GRU: 4], name: y}
        """, ""),
    "equations": ("x: [6]", """
        - {Dense: 6, name: z}
        - ops.softmax: [axis: -1]
        - {formula: (1 - previous) * x + sin(z) / 2, name: y}
        - {use: z, name: again}
        """, ""),
}


def saved(compiled, case: str, folder):
    inputs, layers, above = CASES[case]
    model = compiled(inputs, layers, above)
    random = np.random.default_rng(0)
    given = {name: random.normal(size=(3, *wire.shape[1:])).astype("float32") for name, wire in model.input.items()}
    model.set_weights([random.uniform(0.1, 0.9, w.shape) if "seed" not in w.path else w.numpy() for w in model.weights])
    model.save(folder / "model.keras")
    np.savez(folder / "given.npz", **given)
    return model, given


@pytest.mark.parametrize("case", CASES)
def test_reloaded_here(compiled, case, tmp_path):
    import keras

    model, given = saved(compiled, case, tmp_path)
    again = keras.models.load_model(tmp_path / "model.keras")
    for name, value in model(given).items():
        assert np.array_equal(value, again(given)[name])
    assert [layer.name for layer in again.layers] == [layer.name for layer in model.layers]


def test_loads_in_plain_keras(compiled, tmp_path):
    folders = [tmp_path / case for case in CASES]
    for folder in folders:
        folder.mkdir()
    made = [saved(compiled, folder.name, folder) for folder in folders]
    done = subprocess.run([sys.executable, "-c", LOAD, *map(str, folders)], check=False, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    for folder, (model, given) in zip(folders, made):
        with np.load(folder / "found.npz") as found:
            for name, value in model.predict(given, verbose=0).items():
                assert np.array_equal(value, found[name]), (folder.name, name)
