"""The schema of one spec: written beside it, named in its first line, kept up to date by `check`."""

import json

import pytest
from click.testing import CliRunner

from builder.catalog.catalogue import KerasCatalogue
from builder.catalog.flow import flow
from builder.catalog.library import library
from builder.catalog.own import own_of
from builder.commands import cli
from builder.language import load

SPEC = "name: mine\nblocks: {Mine: {params: [n], layers: [Dense: =n]}}\nmodel:\n  inputs: {x: [4]}\n  layers:\n    - Mine: 3\n"


def build(*words):
    found = CliRunner().invoke(cli, words, catch_exceptions=False)
    assert found.exit_code == 0, found.output
    return found.output


@pytest.fixture
def spec(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text(SPEC, encoding="utf-8")
    return path


def blocks(path):
    return {name.partition(":")[2] for name in json.loads(path.read_text(encoding="utf-8"))["definitions"] if name.startswith("block:") and "." not in name}


def test_it_is_written_and_named(spec):
    said = build("schema", str(spec))
    schema = spec.with_name(".mine.schema.json")
    assert str(schema) in said and "first line" in said
    assert spec.read_text(encoding="utf-8") == f"# yaml-language-server: $schema=.mine.schema.json\n{SPEC}"
    assert blocks(schema) == {*library(), "Mine"}
    build("schema", str(spec))
    assert spec.read_text(encoding="utf-8").count("$schema") == 1
    build("check", str(spec))


def test_the_first_line_of_build_new_is_changed(tmp_path):
    path = tmp_path / "new.yaml"
    build("new", str(path))
    assert path.read_text(encoding="utf-8").startswith("# yaml-language-server: $schema=bricks.schema.json\n")
    assert "names it now, not bricks.schema.json" in build("schema", str(path), "-o", str(tmp_path / "sub.json"))
    text = path.read_text(encoding="utf-8")
    assert text.startswith("# yaml-language-server: $schema=sub.json\n") and text.count("$schema") == 1


def test_line_ends_and_the_rest_stay(spec):
    spec.write_bytes(SPEC.replace("\n", "\r\n").encode())
    build("schema", str(spec))
    assert spec.read_bytes() == b"# yaml-language-server: $schema=.mine.schema.json\r\n" + SPEC.replace("\n", "\r\n").encode()


def test_check_brings_it_up_to_date(spec):
    build("check", str(spec))
    assert not spec.with_name(".mine.schema.json").exists()
    build("schema", str(spec))
    spec.write_text(spec.read_text(encoding="utf-8").replace("Mine", "Ours"), encoding="utf-8")
    build("check", str(spec))
    assert blocks(spec.with_name(".mine.schema.json")) == {*library(), "Ours"}


def test_without_a_spec_it_is_printed():
    assert json.loads(build("schema"))["$schema"].startswith("http://json-schema.org/draft-07")


def test_code_is_read_and_not_run(tmp_path):
    (tmp_path / "mine.py").write_text(
        "import keras\nraise SystemExit\n\n@keras.saving.register_keras_serializable()\nclass Doubled(keras.layers.Layer):\n    "
        "def __init__(self, factor=2, **kwargs): ...\n")
    path = tmp_path / "spec.yaml"
    path.write_text("code: [mine.py]\nmodel:\n  inputs: {x: [4]}\n  layers:\n    - Doubled: {factor: 3}\n", encoding="utf-8")
    build("schema", str(path))
    definitions = json.loads(path.with_name(".spec.schema.json").read_text(encoding="utf-8"))["definitions"]
    assert "factor" in definitions["layer:Doubled.named"]["properties"]


def test_a_parameter_is_followed_to_the_argument_it_becomes():
    known = KerasCatalogue()
    goes = {name: (brick, argument.name) for name, (brick, argument) in flow(library()["Residual"], library(), known).items()}
    assert goes["activation"] == ("Activation", "activation")
    assert goes["momentum"] == ("BatchNormalization", "momentum")
    assert goes["filters"] == ("Conv2D", "filters")


def test_a_block_that_calls_itself_is_followed_to_an_end():
    spec = load("blocks: {A: {params: [n, f], layers: [A: [=n, =f], Dense: =f]}}\nmodel: {inputs: {x: [4]}, layers: [Flatten]}\n")
    assert flow(spec.blocks["A"], spec.blocks, KerasCatalogue())["f"][1].name in ("f", "units")


def test_names_of_a_spec():
    own = own_of(load("params: {n: 3}\nmodel:\n  inputs: {x: [4]}\n  layers:\n    - when: =n > 2\n      layers:\n        - Dense: =n\n          "
                      "name: deep\n    - Dense: 1\n      name: y\n"))
    assert own.params == ("n",) and own.outputs == ("y",)
    assert {"x", "deep", "y", "previous", "input"} <= set(own.wires)
