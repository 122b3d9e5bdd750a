"""An output whose step is left out by `when` is left out too, with its losses, its metrics and its export."""

import pytest

import builder
from builder.diagnostics import SpecError

SPEC = """
name: heads
params: {more: false}
data: {source: Digits}
model:
  inputs: {image: [8, 8, 1]}
  outputs: [label, aux]
  layers:
    - Flatten
    - {Dense: 16, name: body}
    - {when: =more, Dense: 10, from: body, name: aux}
    - {Dense: 10, from: body, name: label}
train:
  loss:
    label: {SparseCategoricalCrossentropy: [from_logits: true]}
    aux: {SparseCategoricalCrossentropy: [from_logits: true], target: label}
  metrics: {label: accuracy, aux: accuracy}
export: {outputs: label}
"""


@pytest.mark.parametrize("more, outputs", [("true", ["label", "aux"]), ("false", ["label"])])
def test_what_belongs_to_it_goes_with_it(more, outputs):
    checked = builder.check(SPEC, {"params.more": more})
    assert list(checked.graph.outputs) == list(checked.phases[0].losses) == list(checked.phases[0].metrics) == outputs
    assert checked.exported == ("label",) and not checked.warnings


def kinds(text: str) -> list[str]:
    with pytest.raises(SpecError) as told:
        builder.check(text)
    return [fault.kind for fault in told.value.faults]


def test_what_is_nowhere_stays_an_error():
    assert kinds(SPEC.replace("outputs: [label, aux]", "outputs: [label, auks]")) == ["undefined-name"]
    assert kinds(SPEC.replace("    aux: {", "    auks: {")) == ["unknown-output"]
    assert kinds(SPEC.replace("outputs: label}", "outputs: lable}")) == ["unknown-output"]


def test_a_step_cannot_read_what_is_left_out():
    assert kinds(SPEC.replace("from: body, name: label", "from: aux, name: label")) == ["undefined-name"]


def test_a_model_keeps_one_output():
    assert kinds(SPEC.replace("outputs: [label, aux]", "outputs: [aux]")) == ["undefined-name"]


def test_of_two_steps_of_one_name_the_laid_one_counts():
    both = SPEC.replace("    - {Dense: 10, from: body, name: label}",
                        "    - {when: =not more, Dense: 10, from: body, name: aux}\n    - {Dense: 10, from: body, name: label}")
    assert list(builder.check(both).graph.outputs) == ["label", "aux"]


def test_only_the_exported_outputs_are_exported(tmp_path):
    import keras

    (done,) = builder.export(SPEC, "keras", tmp_path, set={"params.more": True})
    model = keras.models.load_model(done.path)
    assert list(model.output) == ["label"] and "aux" not in [layer.name for layer in model.layers]
