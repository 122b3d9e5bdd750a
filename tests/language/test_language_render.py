"""A rendered spec stands alone: imports worked in, names kept apart, files found from where the spec first stood."""

import json
from pathlib import Path

import builder
from builder.experiment import load, resolved

LIBRARY = """
code: [inner.py]
params: {width: 7, twice: =width * 2, unread: 1}
defaults: {Dense: {use_bias: false}}
networks:
  encoder: {inputs: {a: [=width]}, layers: [Dense: =twice, {Dense: =width, name: "d{width}"}, {formula: previous * width}]}
"""
SPEC = """
name: whole
imports: [lib/networks.yaml]
params: {width: 9}
model: {inputs: {x: [=width]}, layers: [Dense: 7, {use: encoder}]}
"""
PLAIN = """
import keras

@keras.saving.register_keras_serializable()
class Inner(keras.layers.Layer):
    def call(self, inputs):
        return inputs
"""


def written(folder: Path) -> Path:
    (folder / "lib").mkdir()
    (folder / "lib" / "networks.yaml").write_text(LIBRARY)
    (folder / "lib" / "inner.py").write_text(PLAIN)
    (folder / "spec.yaml").write_text(SPEC)
    return folder / "spec.yaml"


def test_an_imported_network_brings_the_params_of_its_file(tmp_path):
    path = written(tmp_path)
    before = builder.check(path, trust=True)
    (tmp_path / "rendered.yaml").write_text(resolved(before.spec))
    after = builder.check(tmp_path / "rendered.yaml", trust=True)
    assert after.graph.parameters == before.graph.parameters == 9 * 7 + 7 + 7 * 14 + 14 * 7
    assert after.spec.code[0].value == "lib/inner.py"
    assert {param.name for param in after.spec.params} == {"width", "encoder_width", "twice"}


def test_a_runs_spec_finds_its_files_where_it_first_stood(tmp_path, monkeypatch):
    path = written(tmp_path)
    run = tmp_path / "elsewhere" / "run"
    run.mkdir(parents=True)
    (run / "spec.yaml").write_text(resolved(load(path, trust=True)))
    (run / "run.json").write_text(json.dumps({"base": str(tmp_path)}))
    monkeypatch.chdir(run)
    found = builder.check("spec.yaml", trust=True)
    assert found.spec.base == tmp_path and found.graph.parameters
