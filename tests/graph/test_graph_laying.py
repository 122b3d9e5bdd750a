"""What is laid: names, boxes, chains of uses, faults told once, warnings, phases that inherit."""

from graph_fake import Fake
from laying import kinds, laid, steps

from builder.diagnostics import SpecError
from builder.graph import check, lay, plan_data, plan_training
from builder.graph.warnings import about
from builder.language import load

NESTED = """
blocks:
  Inner:
    params: [n]
    layers:
      - Dense: =n
        name: core
  Outer:
    params: [n]
    layers:
      - Inner: =n
        name: first
      - Inner: =n + 1
"""


def faults(text: str) -> list:
    try:
        laid(text)
    except SpecError as error:
        return list(error.faults)
    return []


def test_names_and_boxes_of_nested_blocks():
    graph = steps("- Outer: 3\n  name: top\n- Dense: 1\n  from: top.first.core", NESTED)
    assert [node.name for node in graph.nodes][1:3] == ["top.first.core", "top.inner.core"]
    assert [node.scope for node in graph.nodes][1:3] == [("top", "first"), ("top", "inner")]
    assert {path: scope.brick for path, scope in graph.scopes.items()} == {("top",): "Outer", ("top", "first"): "Inner", ("top", "inner"): "Inner"}
    assert graph.nodes[3].inputs == (graph.nodes[1].outputs[0],)


def test_the_chain_of_uses_is_innermost_first():
    node = steps("- Outer: 3", NESTED).nodes[2]
    assert [use.block for use in node.trail] == ["Inner", "Outer"]
    assert [use.span.line for use in node.trail] == [13, 17]


def test_a_fault_in_a_block_is_told_once_with_its_first_use():
    text = "blocks:\n  B: {layers: [{Add: {}, from: [x2, input]}]}\n"
    assert kinds(text + "model: {inputs: {x: [8]}, layers: [B, B, B]}") == ["undefined-name"]
    found = faults("blocks:\n  B:\n    params: [n]\n    layers: [Dense: =1 / n]\nmodel:\n  inputs: {x: [8]}\n  layers: [B: 0, B: 0]")
    assert [(fault.kind, fault.trail[0].span.line) for fault in found] == [("formula-failed", 7)]


def test_a_fault_in_a_loop_says_which_turn():
    found = faults("model:\n  inputs: {x: [8]}\n  layers:\n    - for: {n: [2, 1, 0, 0]}\n      layers: [Dense: =2 // n]")
    assert [fault.trail[0].block for fault in found] == ["for n = 0"]


def test_what_reads_a_faulty_step_is_silent_and_the_rest_is_still_told():
    found = kinds("model:\n  inputs: {x: [8]}\n  layers:\n    - Dense: =1 / 0\n      name: a\n    - Add:\n      from: [a, x]\n    - Dense: =1 // 0\n      "
                  "from: x")
    assert found == ["formula-failed", "formula-failed"]


def test_all_faults_of_the_check_at_once():
    found = kinds("model:\n  inputs: {x: [8]}\n  layers:\n    - Dens: 3\n    - Dense: {unit: 3}\n    - Add:\n      from: [q, x]\n    - Dense: =wide\n    "
                  "- Dense: '3'")
    assert sorted(found) == ["undefined-name", "unknown-argument", "unknown-brick", "unknown-name", "wrong-type"]


def test_a_network_laid_by_itself():
    spec = load("networks:\n  n: {inputs: {v: [4]}, layers: [Dense: 2]}\nmodel: {inputs: {x: [4]}, layers: [use: n]}\n")
    graph, _ = lay(spec, Fake(), {}, "n")
    assert graph.name == "n" and graph.parameters == 8


def test_warnings_of_an_unread_step_and_loss():
    text = ("model:\n  inputs: {x: [8], y: [8]}\n  layers:\n    - Dense: 3\n      from: x\n    - Dense: 2\n      from: x\n      name: out\n"
            "train: {loss: MeanSquaredError, optimizer: Adam}\n")
    spec = load(text)
    graph, _ = lay(spec, Fake(), {})
    found = about(graph, plan_training(spec, Fake(), graph))
    assert [(fault.kind, fault.span.line, fault.severity) for fault in found] == [("unread-input", 2, "warning"), ("unread-step", 4, "warning")]


def test_unread_is_told_where_the_block_is_used():
    spec = load(NESTED.strip() + "\nmodel:\n  inputs: {x: [8]}\n  layers:\n    - Outer: 3\n    - Dense: 3\n      from: x\n")
    graph, _ = lay(spec, Fake(), {})
    found = [(fault.facts["name"], fault.span.line, len(fault.trail)) for fault in about(graph, ())]
    assert found == [("Outer", 16, 0)]


def test_any_number_of_warnings_is_no_error():
    spec = load("model:\n  inputs: {x: [8]}\n  layers:\n" + "    - Dense: 3\n      from: x\n" * 300)
    graph, _ = lay(spec, Fake(), {})
    assert len(about(graph, ())) == 299


def test_unused_names():
    spec = load("params: {a: 1, b: 2}\nblocks:\n  B: {params: [p, q: 1], layers: [Dense: =p]}\nnetworks:\n  n: {inputs: {v: [4]}, layers: [Dense: 2]}\n"
                "model: {inputs: {x: [4]}, layers: [B: =a]}\n")
    _, warnings = lay(spec, Fake(), {})
    assert [(fault.kind, fault.facts["name"]) for fault in warnings] == [("unused-param", "b"), ("unused-param", "q"), ("unused-network", "n")]


def test_a_phase_inherits_what_it_does_not_say():
    spec = load("model: {inputs: {x: [4]}, layers: [{Dense: 2, name: out}]}\ntrain:\n"
                "  - {loss: MeanSquaredError, optimizer: {Adam: 0.1}, epochs: 3, freeze: [o*], clip: 1, seed: 4}\n  - {epochs: 5, freeze: []}\n")
    first, second = plan_training(spec, Fake(), lay(spec, Fake(), {})[0])
    assert (first.epochs, first.freeze, second.epochs, second.freeze) == (3, ("o*",), 5, ())
    assert second.optimizer == first.optimizer and second.losses == first.losses and second.clip == 1 and second.seed == 4


def test_the_data_plan():
    spec = load("params: {n: 8}\ndata: {source: Digits, batch: =n * 2, validation: 0.1, fields: {picture: image, flat: {from: image, reshape: [=n * n]}}}\n"
                "model: {inputs: {x: [4]}, layers: [Dense: 2]}\n")
    check(spec, Fake(), {})
    plan = plan_data(spec, Fake())
    assert (plan.batch, plan.validation, plan.test, plan.source.name) == (16, 0.1, None, "Digits")
    assert plan.fields["flat"].reshape == (64,) and plan.fields["picture"].source == "image"
