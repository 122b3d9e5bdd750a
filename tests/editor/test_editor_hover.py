"""Hovers in yaml-language-server: Keras's own help, and that of the language's words."""

import pytest
from corpus import right
from editor_help import layers


@pytest.mark.parametrize("text, said", [
    ("- Conv|2D: [32, 3]", ["#### Conv2D", "```python\nConv2D(filters, kernel_size, strides=(1, 1)", "2D convolution layer"]),
    ("- Resid|ual: 32", ["#### Residual", "Residual(filters, strides=1", "two 3x3 convolutions"]),
    ("- ops.me|an: [axis: 1]", ["#### ops.mean", "mean"]),
    ("- Conv2D: [32, 3, pad|ding: same]", ["#### padding", "one of `valid`, `same`", "`valid` unless given"]),
    ("- Dense:\n    uni|ts: 3", ["#### units", "whole number; must be given", "dimensionality of the output space"]),
    ("- Conv2D: [3|2, 3]", ["#### filters of Conv2D", "number of filters"]),
    ("- Dropout: 0.|5", ["#### Dropout", "Applies dropout to the input"]),
    ("- Dense: 10\n  na|me: label", ["#### name", "Names the step's output", "```yaml\n- Dense: 10\n  name: label"]),
    ("- bran|ches: [[Flatten], []]\n  merge: Add", ["#### branches", "side by side"]),
])
def test_steps(editor, text, said):
    shown = editor.hover(layers(text))
    assert [part for part in said if part not in shown] == [], shown


@pytest.mark.parametrize("text, said", [
    ("tra|in: {loss: MeanSquaredError}", ["#### train", "phases run in order", "```yaml\ntrain:"]),
    ("train: {lo|ss: MeanSquaredError}", ["#### loss", "null for an output that is not trained"]),
    ("train: {loss: x, optimizer: {Ad|am: 1e-3}}", ["#### Adam", "Optimizer that implements the Adam algorithm"]),
    ("train: {loss: x, optimizer: {Adam: {learning|_rate: 1e-3}}}", ["learning\\_rate", "`0.001` unless given"]),
    ("data: {source: {Image|Folder: photos/}}", ["#### ImageFolder", "each folder is a class"]),
    ("data: {source: Digits, ba|tch: 3}", ["#### batch", "Examples in a batch"]),
    ("model:\n  inp|uts: {x: [3]}\n  layers: [Flatten]", ["#### inputs", "without the batch"]),
])
def test_sections(editor, text, said):
    shown = editor.hover(text)
    assert [part for part in said if part not in shown] == [], shown


def test_no_hover_is_garbled(editor):
    """Wherever a person may point in the first specs: one title, no alternatives run together."""
    for name, text in list(right().items())[:4]:
        editor.put(text + "|")
        for row, words in enumerate(text.splitlines(), 1):
            for column in range(len(words) - len(words.lstrip()), len(words), 4):
                shown = editor.server.hover(editor.path, row, column)
                assert "||" not in shown and shown.count("####") <= 1, f"{name}:{row}:{column}\n{shown}"
