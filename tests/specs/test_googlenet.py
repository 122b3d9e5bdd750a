"""GoogLeNet with both auxiliary heads: the counts of each block, and a loss of three parts."""

from spec_help import SPECS, checked, compiled, counted, scope_counts

import builder

BLOCKS = {"3a": 163_696, "3b": 388_736, "4a": 376_176, "4b": 449_160, "4c": 510_104, "4d": 605_376, "4e": 868_352, "5a": 1_043_456, "5b": 1_444_080}


def test_counts():
    assert counted("googlenet") == (13_378_280, 13_378_280)


def test_counts_of_the_blocks():
    found = scope_counts(checked("googlenet").graph)
    assert found.pop("aux1") == 3_188_840 and found.pop("aux2") == 3_190_888
    assert found == {f"inception{name}": count for name, count in BLOCKS.items()}


def test_widths_are_those_of_table_1():
    graph = checked("googlenet").graph
    widths = [node.outputs[0].spec.shape for node in graph.nodes if node.brick == "Concatenate"]
    assert widths == [(28, 28, 256), (28, 28, 480), *[(14, 14, w) for w in (512, 512, 512, 528, 832)], (7, 7, 832), (7, 7, 1024)]


def test_the_loss_is_main_and_three_tenths_of_the_others():
    losses = checked("googlenet").phases[0].losses
    assert {name: (loss.target, loss.weight) for name, loss in losses.items()} == {"label": ("label", 1), "aux1": ("label", 0.3), "aux2": ("label", 0.3)}


def test_what_is_exported_has_no_heads():
    from builder.export.interface import plain_model

    found = checked("googlenet")
    assert found.exported == ("label",)
    assert plain_model(compiled("googlenet"), found.exported).count_params() == 6_998_552


def test_without_the_heads_it_is_the_inference_network():
    """The outputs that a user leaves out take their weights with them."""
    text = (SPECS / "googlenet.yaml").read_text()
    lines = [line for line in text.splitlines() if "AuxiliaryHead: =classes" not in line and "aux2:" not in line and "aux1:" not in line]
    graph = builder.check("\n".join(lines).replace("outputs: [label, aux1, aux2]", "outputs: label")).graph
    assert graph.parameters == 6_998_552
