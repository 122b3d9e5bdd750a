"""Shared by the tests of the model: a quiet TensorFlow, and models compiled from a few lines."""

import os
import textwrap

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_NUM_INTRAOP_THREADS", "1")

import pytest


@pytest.fixture
def compiled():
    """The Keras model of a text: `inputs`, then what stands under `layers` (and after it). Its counts are those of the graph."""
    import builder

    def compile(inputs: str, layers: str, above: str = "", outputs: str = ""):
        steps = textwrap.indent(textwrap.dedent(layers).strip("\n"), "    ")
        text = f"name: tested\n{textwrap.dedent(above)}\nmodel:\n  inputs: {{{inputs}}}\n{outputs and f'  outputs: {outputs}'}\n  layers:\n{steps}\n"
        graph, model = builder.check(text).graph, builder.compile(text)
        trained = sum(weight.shape.num_elements() for weight in (weight.value for weight in model.trainable_weights))
        assert (graph.parameters, graph.trainable) == (model.count_params(), trained)
        assert {name: wire.spec.shape for name, wire in graph.outputs.items()} == {name: wire.shape[1:] for name, wire in model.output.items()}
        return model

    return compile
