"""Completion in yaml-language-server: bricks, arguments, values, words, wherever they can stand."""

import time

import pytest
from editor_help import layers


@pytest.mark.parametrize("text, wanted", [
    ("- Con|", {"Conv2D", "Conv2DTranspose", "Concatenate"}),
    ("- Flatten\n- Den|\n- ReLU", {"Dense"}),
    ("- Resid|", {"Residual"}),
    ("- ops.me|", {"ops.mean"}),
    ("- bra|", {"branches"}), ("- rep|", {"repeat"}), ("- fo|", {"for", "formula"}), ("- us|", {"use"}), ("- wh|", {"when"}),
    ("- Dense: 10\n  na|", {"name"}), ("- Dense: 10\n  fr|", {"from"}),
    ("- repeat: 2\n  layers:\n    - Con|", {"Conv2D"}),
    ("- branches:\n    - - Con|", {"Conv2D"}),
    ("- branches:\n    - [Flatten]\n  merge: Con|", {"Concatenate"}),
])
def test_steps(editor, text, wanted):
    assert wanted <= set(editor.suggested(layers(text)))


@pytest.mark.parametrize("text, wanted", [
    ("- Conv2D: [32, 3, pad|]", {"padding"}),
    ("- Conv2D: {filters: 32, ker|}", {"kernel_size", "kernel_initializer"}),
    ("- Conv2D:\n    filters: 32\n    stri|", {"strides"}),
    ("- Inception: {re|}", {"reduce3", "reduce5"}),
    ("- ops.mean: [ax|]", {"axis"}),
    ("- Bidirectional: [LS|]", {"LSTM"}),
    ("- TimeDistributed: {Den|}", {"Dense"}),
    ("- Bidirectional: [LSTM: [64, return_|]]", {"return_sequences", "return_state"}),
    ("- Dense:\n    units: 3\n    kernel_regularizer:\n      L|", {"L1", "L2"}),
])
def test_arguments(editor, text, wanted):
    assert wanted <= set(editor.suggested(layers(text)))


@pytest.mark.parametrize("text, wanted", [
    ("- Conv2D: [32, 3, padding: sa|]", {"same"}),
    ("- Conv2D:\n    filters: 32\n    padding: |", {"same", "valid"}),
    ("- Dense: [10, activation: re|]", {"relu", "relu6"}),
    ("- Dense: [10, kernel_initializer: he_|]", {"he_normal", "he_uniform"}),
    ("- Dense: [10, kernel_initializer: Glo|]", {"GlorotUniform"}),
    ("- Dense: [10, use_bias: |]", {"true", "false"}),
    ("- RandomFlip: hor|", {"horizontal"}),
    ("- Activation: ge|", {"gelu"}),
    ("- FillMissing: med|", {"median"}),
    ("- TextVectorization: [output_mode: |]", {"tf_idf", "multi_hot"}),
])
def test_values(editor, text, wanted):
    assert wanted <= set(editor.suggested(layers(text)))


@pytest.mark.parametrize("text, wanted", [
    ("tra|", {"train"}),
    ("train:\n  lo|", {"loss"}), ("train:\n  exec|", {"execution"}),
    ("train:\n  loss: Spar|", {"SparseCategoricalCrossentropy"}),
    ("train:\n  loss: {Mean|}", {"MeanSquaredError"}),
    ("train:\n  loss:\n    label: Mean|", {"MeanSquaredError"}),
    ("train:\n  optimizer: Ad|", {"Adam", "AdamW"}),
    ("train:\n  optimizer: {Ad|}", {"Adam", "AdamW"}),
    ("train:\n  optimizer:\n    Adam:\n      be|", {"beta_1", "beta_2"}),
    ("train:\n  optimizer: {Adam: Cos|}", {"CosineDecay"}),
    ("train:\n  metrics: [acc|]", {"accuracy"}), ("train:\n  metrics:\n    - AU|", {"AUC"}),
    ("train:\n  callbacks: [Early|]", {"EarlyStopping"}),
    ("train:\n  callbacks:\n    - EarlyStopping: [pat|]", {"patience"}),
    ("train:\n  precision: mix|", {"mixed_bfloat16", "mixed_float16"}),
    ("train:\n  execution: |", {"auto"}), ("train:\n  execution:\n    steps|", {"steps_per_execution"}),
    ("data:\n  so|", {"source"}), ("data:\n  source: Im|", {"ImageFolder"}), ("data:\n  source: {ImageFolder: [photos/, si|]}", {"size"}),
    ("data:\n  augment: [RandomF|]", {"RandomFlip"}), ("data:\n  augment:\n    - RandomFlip: ver|", {"vertical"}),
    ("data:\n  validation: Dig|", {"Digits"}),
    ("defaults: {Conv2D: {pad|}}", {"padding"}), ("defaults:\n  Conv2D:\n    padding: sa|", {"same"}), ("defaults:\n  Den|", {"Dense"}),
    ("model:\n  inputs:\n    x: int|", {"int32", "int64"}),
    ("blocks:\n  A:\n    par|", {"params"}), ("blocks:\n  A:\n    layers:\n      - Den|", {"Dense"}),
    ("networks:\n  a:\n    layers:\n      - Den|", {"Dense"}),
    ("export:\n  formats: [on|]", {"onnx"}),
])
def test_sections(editor, text, wanted):
    assert wanted <= set(editor.suggested(text))


@pytest.mark.parametrize("text, label, written", [
    ("- Den|", "Dense", "Dense: ${1:units}"),
    ("- Con|", "Conv2D", "Conv2D: [${1:filters}, ${2:kernel_size}]"),
    ("- Fl|", "Flatten", "Flatten"),
    ("- Res|", "Residual", "Residual: ${1:filters}"),
    ("- Dense: 10\n  na|", "name", "name: "),
    ("- Conv2D:\n    pad|", "padding", "padding: "),
    ("- Conv2D:\n    kernel_ini|", "kernel_initializer", "kernel_initializer: "),
    ("- Dense: [10, activation: Leaky|]", "LeakyReLU", "LeakyReLU"),
])
def test_what_is_written(editor, text, label, written):
    assert editor.completions(layers(text))[label] == written


def test_a_list_of_values_is_not_mixed_with_others(editor):
    """Right after `padding:` only its values are of use, not arguments, bricks or `true`."""
    assert set(editor.completions(layers("- Conv2D: [32, 3, padding: |]"))) == {"valid", "same"}


def test_it_is_quick(editor):
    """A person does not wait for a suggestion: a tenth of a second is felt."""
    text = layers("- Conv2D: [32, 3]\n" * 100 + "- Con|")
    editor.completions(text)
    line, column = editor.put(text)
    start = time.perf_counter()
    assert editor.server.complete(editor.path, line, column)
    assert time.perf_counter() - start < 1.0
