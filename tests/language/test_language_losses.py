"""Losses as equations: imported, kept with a run, told by the catalogue, known to the schema; what terms become when they are read."""

import pytest

from builder.diagnostics import SpecError
from builder.language import load
from builder.language.render import render
from builder.language.tree import plain

FAR = "params: {k: 3}\nlosses:\n  Far:\n    params: [margin: 1.0]\n    inputs: [a, b]\n    formula: k * maximum(margin - square(a - b), 0)\n"
USE = """
imports: [far.yaml]
model: {inputs: {x: [4]}, layers: [{Dense: 2, name: a}, {Dense: 2, name: b, from: x}], outputs: [a, b]}
train:
  loss:
    - {Far: [margin: 2], from: [a, b]}
    - {formula: mean(square(a)), weight: 0.1, name: small}
  metrics: [{MeanSquaredError: {}, from: a, target: b}]
"""


def far(tmp_path, text: str = FAR, name: str = "far.yaml"):
    (tmp_path / name).write_text(text)
    (tmp_path / "main.yaml").write_text(USE.lstrip())
    return tmp_path / "main.yaml"


def test_losses_are_imported_and_kept_with_a_run(tmp_path):
    from builder.experiment import check

    spec = load(far(tmp_path))
    again = load(render(spec))
    assert list(spec.losses) == ["Far"] and not again.imports
    assert [plain(item.default) for item in again.losses["Far"].params] == [1.0, 3]
    first, second = (check(one).phases[0].steps[0].terms[0] for one in (spec, again))
    assert first.measure.constants == second.measure.constants == (("k", 3), ("margin", 2)) and first.measure.formula == second.measure.formula


def test_two_files_that_define_one_loss(tmp_path):
    path = far(tmp_path)
    far(tmp_path, FAR, "further.yaml")
    path.write_text(path.read_text().replace("[far.yaml]", "[far.yaml, further.yaml]"))
    with pytest.raises(SpecError) as error:
        load(path)
    assert [fault.kind for fault in error.value.faults] == ["import-clash"]


def test_a_spec_s_own_loss_goes_before_the_library_s():
    from builder.experiment import check

    text = USE.replace("imports: [far.yaml]", "losses: {Contrastive: {inputs: [u, v], formula: u * v}}").replace("Far: [margin: 2]", "Contrastive: {}")
    assert check(text).phases[0].steps[0].terms[0].measure.formula == "u * v"


def test_the_library_s_losses_are_told():
    from click.testing import CliRunner

    from builder.catalog.describe import listing
    from builder.catalog.library import moulds
    from builder.commands.describe_ import command

    assert moulds() and set(moulds()) <= {name for name, _ in listing("loss")}
    for name, loss in moulds().items():
        told = CliRunner().invoke(command, [name])
        assert told.exit_code == 0 and loss.help.strip() and f"  {name}:\n" in told.output and loss.formula.value.split("\n")[0] in told.output


VALID = (USE.replace("imports: [far.yaml]", FAR.removeprefix("params: {k: 3}\n").replace("k * ", "")),
         USE.replace("imports: [far.yaml]", "").replace("  loss:\n    - {Far: [margin: 2], from: [a, b]}\n    "
                                                        "- {formula: mean(square(a)), weight: 0.1, name: small}\n",
                                                        "  steps:\n    - {update: a, every: 2, loss: {formula: mean(square(a))}}\n    "
                                                        "- {name: two, update: b, shared: true, clip: 1, optimizer: SGD, loss: {b: MeanSquaredError}}\n"))
INVALID = (("name: small", "nam: small"), ("formula: mean(square(a))", "formula: [1]"), ("weight: 0.1", "weight: heavy"),
           ("from: a, target: b", "from: a, target: [b]"), ("inputs: [a, b]", "input: [a, b]"))


@pytest.mark.parametrize("text", VALID)
def test_the_schema_knows_the_long_form(text):
    from jsonschema import Draft7Validator

    from builder.catalog.own import own_of
    from builder.catalog.schema import json_schema

    spec = load(text)
    schemas = [Draft7Validator(json_schema()), Draft7Validator(json_schema(own=own_of(spec)))]
    assert [error.message for schema in schemas for error in schema.iter_errors(plain(spec.tree))] == []
    for right, wrong in INVALID if "losses" in text else (("every: 2", "evry: 2"), ("shared: true", "shared: [1]"), ("update: a", "update: {a: 1}")):
        import yaml

        assert right in text and list(schemas[1].iter_errors(yaml.safe_load(text.replace(right, wrong)))), wrong
