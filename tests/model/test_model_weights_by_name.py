"""`weights:` of steps, blocks, networks and the model: every kind of file, by name, and a report of what did not come."""

import json
import zipfile

import h5py
import numpy as np
import pytest

import builder
from builder.diagnostics import SpecError, render
from builder.training.reporter import Silent

SPEC = """
name: small
networks:
  encoder:
    inputs: {x: [6]}
    layers: [{Dense: 5, name: hidden}, {Dense: 4, name: code}]
blocks:
  Twice:
    params: [units]
    layers: [{Dense: =units, name: first}, BatchNormalization, {Dense: =units, name: second}]
model:
  inputs: {left: [6], right: [6], words: [3, 2]}
  layers:
    - {use: encoder, from: left, name: a}
    - {use: encoder, from: right, name: b}
    - {Bidirectional: [GRU: 2], from: words, name: read}
    - {Concatenate: {}, from: [a, b, previous]}
    - {Twice: 4, name: body}
    - Dropout: 0.1
    - {Dense: 3, name: label}
""".replace("Concatenate: []", "Concatenate: {}")
LAYERS = ["read", "body.first", "body.batch_normalization", "body.second", "label", "encoder.hidden", "encoder.code"]


class Heard(Silent):
    """Keeps what it is told."""

    def __init__(self):
        self.notes, self.warnings = [], []

    def note(self, sentence):
        self.notes.append(sentence)

    def warning(self, fault):
        self.warnings.append(fault)


def asking(weights: str, text: str = SPEC) -> str:
    """The spec with `weights` for the model."""
    return text.replace("\nmodel:\n", f"\nmodel:\n  weights: {weights}\n")


def weights_of(model) -> dict[str, np.ndarray]:
    return {f"{layer}.{weight.path}": weight.numpy() for layer, weight in _weights(model)}


def _weights(model, prefix=""):
    import keras

    for layer in model.layers:
        if isinstance(layer, keras.Model):
            yield from _weights(layer, f"{prefix}{layer.name}.")
        else:
            yield from ((f"{prefix}{layer.name}", weight) for weight in layer.weights)


def same(one, other) -> bool:
    ours, theirs = (list(weights_of(model).values()) for model in (one, other))
    return len(ours) == len(theirs) and all(np.array_equal(a, b) for a, b in zip(ours, theirs, strict=True))


def by_name(model) -> dict[str, np.ndarray]:
    """As one would write them down for another program: layer, then attribute, then variable."""
    found = {}
    for name, weight in _weights(model):
        parts = ("forward_layer.cell." if "forward" in weight.path else "backward_layer.cell.") if name == "read" else ""
        found[f"{name}.{parts}{weight.name}"] = weight.numpy()
    return found


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A model with weights of its own in every kind of file."""
    folder = tmp_path_factory.mktemp("weights")
    model = builder.compile(SPEC)
    random = np.random.default_rng(0)
    model.set_weights([random.uniform(0.5, 1.5, weight.shape) if "seed" not in weight.path else weight.numpy() for weight in model.weights])
    model.save(folder / "old.keras")
    model.save_weights(folder / "old.weights.h5")
    np.savez(folder / "old.npz", **by_name(model))
    return model, folder


@pytest.mark.parametrize("file", ["old.keras", "old.weights.h5", "old.npz", "old.safetensors"])
def test_every_kind_of_file_gives_every_weight(trained, file):
    model, folder = trained
    if file.endswith("safetensors"):
        numpy = pytest.importorskip("safetensors.numpy", reason="safetensors is not installed")
        numpy.save_file(by_name(model), folder / file)
    heard = Heard()
    fresh = builder.compile(asking(folder / file), reporter=heard)
    assert same(fresh, model) and not heard.warnings
    assert heard.notes == [f"weights: 7 of 7 layers from {folder / file}"]


def test_paths_of_variables_are_names_too(tmp_path):
    text = "name: two\nmodel:\n  inputs: {x: [4]}\n  layers: [{Dense: 3, name: first}, {Dense: 2, name: label}]\n"
    model = builder.compile(text)
    np.savez(tmp_path / "w.npz", **{weight.path: weight.numpy() for weight in model.weights})
    assert same(builder.compile(asking(tmp_path / "w.npz", text)), model)


@pytest.mark.parametrize("where", ["networks:\n  encoder:\n", "networks:\n  encoder:\n#"])
def test_a_network_takes_its_part_of_the_file(trained, where):
    model, folder = trained
    fresh = builder.compile(SPEC.replace("    inputs: {x: [6]}", f"    inputs: {{x: [6]}}\n    weights: {folder / 'old.keras'}"))
    ours, theirs = by_name(fresh), by_name(model)
    equal = {name.rpartition(".")[0] for name in ours if np.array_equal(ours[name], theirs[name])}
    assert {"encoder.hidden", "encoder.code"} <= equal and not {"label", "body.first"} & equal


def test_a_network_takes_a_file_that_is_all_its_own(trained, tmp_path):
    model, _ = trained
    model.get_layer("encoder").save(tmp_path / "encoder.keras")
    fresh = builder.compile(SPEC.replace("    inputs: {x: [6]}", f"    inputs: {{x: [6]}}\n    weights: {tmp_path / 'encoder.keras'}"))
    assert same(fresh.get_layer("encoder"), model.get_layer("encoder"))


def test_a_block_takes_its_part_and_another_one_by_its_name(trained):
    model, folder = trained
    other = SPEC.replace("name: body}", f"name: trunk, weights: '{folder / 'old.keras'}#body'}}")
    fresh = builder.compile(other)
    for name in ("first", "batch_normalization", "second"):
        for ours, theirs in zip(fresh.get_layer(f"trunk.{name}").get_weights(), model.get_layer(f"body.{name}").get_weights(), strict=True):
            np.testing.assert_array_equal(ours, theirs)


def test_names_are_mapped(trained):
    model, folder = trained
    other = SPEC.replace("name: body}", "name: trunk}").replace("name: label}", "name: digit}")
    heard = Heard()
    fresh = builder.compile(asking(f"{{from: {folder / 'old.keras'}, map: {{'body.*': 'trunk.*', label: digit}}, strict: true}}", other), reporter=heard)
    assert [np.array_equal(a, b) for a, b in zip(fresh.get_weights(), model.get_weights(), strict=True)].count(False) == 0
    assert not heard.warnings


def test_a_head_of_another_shape_is_told_and_left_fresh(trained):
    _, folder = trained
    heard = Heard()
    builder.compile(asking(folder / "old.keras", SPEC.replace("Dense: 3, name: label", "Dense: 7, name: label")), reporter=heard)
    (warning,) = heard.warnings
    assert warning.kind == "weights-gap" and warning.severity == "warning"
    assert warning.facts["skipped"] == {"label": "other shape: (4, 3) in the file, (4, 7) here"}
    assert heard.notes == [f"weights: 6 of 7 layers from {folder / 'old.keras'}, 1 skipped"]


def test_what_is_skipped_on_purpose_is_no_gap(trained):
    model, folder = trained
    heard = Heard()
    fresh = builder.compile(asking(f"{{from: {folder / 'old.keras'}, skip: [label], strict: true}}"), reporter=heard)
    assert not heard.warnings and not np.array_equal(fresh.get_layer("label").get_weights()[0], model.get_layer("label").get_weights()[0])


@pytest.mark.parametrize("change, said", [
    (("name: label}", "name: labels}"), "`labels` is not in the file; near it: label"),
    (("Dense: 3, name: label", "Dense: 7, name: label"), "`label`: other shape: (4, 3) in the file, (4, 7) here"),
])
def test_strict_makes_a_gap_an_error_at_its_line(trained, change, said):
    _, folder = trained
    with pytest.raises(SpecError) as told:
        builder.compile(asking(f"{{from: {folder / 'old.keras'}, strict: true}}", SPEC.replace(*change)))
    text = render(told.value.faults)
    assert text.startswith("error[weights-gap]: 1 layer did not get weights from") and said in text
    assert told.value.faults[0].span.line == 12


def test_patterns_that_fit_nothing_are_told(trained):
    _, folder = trained
    heard = Heard()
    builder.compile(asking(f"{{from: {folder / 'old.keras'}, map: {{'bodi.*': 'body.*'}}, skip: [lable]}}"), reporter=heard)
    assert [(w.kind, w.facts["pattern"], w.facts["near"][0]) for w in heard.warnings] == [("weights-pattern", "bodi.*", "body"),
                                                                                          ("weights-pattern", "lable", "label")]
    assert heard.warnings[0].span.column < heard.warnings[1].span.column


def test_a_file_of_which_nothing_fits_is_an_error(trained):
    with pytest.raises(SpecError) as told:
        builder.compile(asking(trained[1] / "old.keras", "name: x\nmodel:\n  inputs: {x: [4]}\n  layers: [{Dense: 3, name: one}, {Dense: 2, name: two}]\n"))
    assert [fault.kind for fault in told.value.faults] == ["weights-nothing"]


def test_a_run_is_a_source_and_keeps_the_report(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    text = """
name: first
data: {source: Moons}
model:
  inputs: {point: [2]}
  layers: [{Dense: 4, name: body}, {Dense: [2, activation: softmax], name: label}]
train: {loss: SparseCategoricalCrossentropy, epochs: 1}
"""
    run = builder.train(text)
    for source in (run.name, "first", "latest", run.folder):
        assert same(builder.compile(asking(source, text)), run.model)
    again = builder.train(asking("{from: first, skip: label}", text.replace("name: first", "name: second")))
    (report,) = json.loads((again.folder / "run.json").read_text())["weights"]
    assert report["loaded"] == {"body": "body"} and report["skipped"] == {"label": "as `skip` says"} and report["unused"] == ["label"]
    with pytest.raises(SpecError) as told:
        builder.compile(asking("fisrt", text))
    assert [fault.kind for fault in told.value.faults] == ["no-run"] and told.value.faults[0].span.line == 5
    more = builder.train(None, resume=again.folder, set={"train.epochs": 2})  # what was trained is not loaded over
    assert more.folder == again.folder and len(more.history.rows) == 2


def test_a_run_that_ended_before_its_first_checkpoint_loads_anew(tmp_path, monkeypatch):
    import shutil

    monkeypatch.chdir(tmp_path)
    text = """
name: first
data: {source: Moons}
model:
  inputs: {point: [2]}
  layers: [{Dense: 4, name: body, trainable: false}, {Dense: [2, activation: softmax], name: label}]
train: {loss: SparseCategoricalCrossentropy, epochs: 1}
"""
    first = builder.train(text)
    second = builder.train(asking("first", text.replace("name: first", "name: second")))
    second.update(state="interrupted")
    shutil.rmtree(second.folder / "checkpoints")
    (second.folder / "model.keras").unlink()
    again = builder.train(None, resume=second.folder)
    assert np.array_equal(again.model.get_layer("body").get_weights()[0], first.model.get_layer("body").get_weights()[0])


@pytest.mark.parametrize("weights", ["null", "=start"])
def test_no_weights_may_be_asked_for(weights):
    builder.compile(asking(weights, "name: x\nparams: {start: null}\n" + SPEC.replace("\nname: small\n", "")))


def hostile(kind: str, folder):
    """Files that ask for more than arrays."""
    if kind == "bomb":
        with zipfile.ZipFile(folder / "bomb.keras", "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("model.weights.h5", bytes(10**7))
        return folder / "bomb.keras"
    path = folder / (f"{kind}.npz" if kind == "pickled" else f"{kind}.weights.h5")
    if kind == "pickled":
        np.savez(path, **{"label.kernel": np.array([{}], dtype=object)})
        return path
    if kind == "damaged":
        path.write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(100))
        return path
    with h5py.File(path, "w") as file:
        box = file.create_group("layers/dense/vars")
        box.attrs["name"] = "label"
        if kind == "linked":
            box["0"] = h5py.ExternalLink("/etc/hostname", "x")
        elif kind == "outside":
            box.create_dataset("0", (4, 3), "f4", external=[("/etc/passwd", 0, 48)])
        elif kind == "circle":
            file["layers/dense/again"] = file["layers/dense"]
        elif kind == "nameless":
            del box.attrs["name"]
    return path


@pytest.mark.parametrize("kind", ["pickled", "bomb", "damaged", "linked", "outside", "circle", "nameless"])
def test_hostile_files_are_refused_at_the_line(kind, tmp_path):
    with pytest.raises(SpecError) as told:
        builder.compile(asking(hostile(kind, tmp_path)))
    assert [fault.kind for fault in told.value.faults] == ["weights-file"] and told.value.faults[0].span.line == 12


def test_a_huge_array_is_never_read(tmp_path):
    with h5py.File(tmp_path / "huge.weights.h5", "w") as file:
        box = file.create_group("layers/dense/vars")
        box.attrs["name"] = "label"
        box.create_dataset("0", (10**6, 10**6), "f8", chunks=(10**3, 10**3), compression="gzip")
        box.create_dataset("1", (3,), "f4")
    heard = Heard()
    with pytest.raises(SpecError) as told:
        builder.compile(asking(f"{{from: {tmp_path / 'huge.weights.h5'}, skip: [read, body, encoder]}}"), reporter=heard)
    assert told.value.faults[0].kind == "weights-shape"
