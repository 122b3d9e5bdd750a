"""Terms, losses as equations and steps, planned: what is written in two ways is one plan, what is read is in the model."""

from dataclasses import fields, is_dataclass

import pytest
from graph_fake import Fake
from hypothesis import given, settings
from hypothesis import strategies as st

from builder.diagnostics import SpecError
from builder.graph import Recipe, check, lay, plan_training
from builder.graph.graph import TensorSpec
from builder.graph.plans import EquationPlan, Target
from builder.graph.truths import truth
from builder.graph.updates import updates
from builder.graph.warnings import about
from builder.graph.wires import Wires, weighted
from builder.language import load

TWO = """
model:
  inputs: {x: [4], y: [3]}
  layers:
    - {Dense: 2, from: x, name: a}
    - {Dense: 3, from: x, name: b}
  outputs: [a, b]
"""
GAN = """
networks:
  generator: {inputs: {noise: [4]}, layers: [Dense: 2]}
  discriminator: {inputs: {point: [2]}, layers: [{Dense: 3, name: hidden}, Dense: 1]}
model:
  inputs: {noise: [4], point: [2]}
  layers:
    - {use: generator, from: noise, name: fake}
    - {use: discriminator, from: point, name: real_score}
    - {use: discriminator, from: fake, name: fake_score}
  outputs: [fake]
train:
  steps:
    - update: discriminator
      loss:
        - {MeanSquaredError: {}, from: real_score, target: 1}
        - {MeanSquaredError: {}, from: fake_score, target: 0}
    - {update: generator, every: 2, clip: 1.5, optimizer: {Adam: 0.5}, loss: {MeanSquaredError: {}, from: fake_score, target: 1}}
"""


def planned(text: str):
    """(graph, phases) of a spec."""
    spec = load(text)
    check(spec, Fake(), {})
    graph = lay(spec, Fake(), {})[0]
    return graph, plan_training(spec, Fake(), graph)


def kinds(text: str) -> set[str]:
    with pytest.raises(SpecError) as error:
        planned(text)
    return {fault.kind for fault in error.value.faults}


def bare(value: object) -> object:
    """A plan without the places it was written at."""
    if is_dataclass(value):
        return type(value).__name__, {f.name: bare(getattr(value, f.name)) for f in fields(value) if "span" not in f.name}
    if isinstance(value, dict):
        return {key: bare(part) for key, part in value.items()}
    return [bare(part) for part in value] if isinstance(value, (tuple, list)) else value


SAME = {
    "a list of one": ("loss: {a: MeanSquaredError, b: null}", "loss: [{MeanSquaredError: {}, from: a}]"),
    "arguments": ("loss: {a: {MeanSquaredError: [true]}, b: null}", "loss: {MeanSquaredError: [from_logits: true], from: a}"),
    "target and weight": ("loss: {a: {MeanSquaredError: {}, target: x, weight: 0.75}, b: MeanSquaredError}",
                          "loss:\n    - {MeanSquaredError: {}, from: a, target: x, weight: =0.25 * 3}\n    "
                          "- {MeanSquaredError: {}, from: b, target: {field: b}}"),
    "in a step": ("steps: [loss: {a: {MeanSquaredError: {}, target: x}}]", "steps: [loss: [{MeanSquaredError: {}, from: a, target: x}]]"),
    "an equation": ("loss: [formula: mean(a)]", "loss: {formula: mean(a)}", "loss: {formula: mean(a), from: {a: a}}"),
}


@pytest.mark.parametrize("lines", SAME.values(), ids=SAME)
def test_same_plan(lines):
    first, *others = [bare(planned(f"{TWO}train:\n  {line}\n  metrics: {{a: Accuracy}}\n")[1]) for line in lines]
    assert all(other == first for other in others)


@settings(max_examples=40, deadline=None)
@given(st.permutations("abc"), st.lists(st.tuples(st.sampled_from("xyzq"), st.floats(0.01, 9).map(lambda v: round(v, 3))), min_size=3, max_size=3))
def test_a_term_for_each_output_is_the_short_form(order, facts):
    model = "model:\n  inputs: {x: [4]}\n  layers:\n" + "".join(f"    - {{Dense: 2, from: x, name: {name}}}\n"
                                                                for name in "abc") + "  outputs: [a, b, c]\ntrain:\n  loss:\n"
    rows = list(zip(order, facts))
    short = model + "".join(f"    {name}: {{MeanSquaredError: {{}}, target: {target}, weight: {weight}}}\n" for name, (target, weight) in rows)
    long = model + "".join(f"    - {{MeanSquaredError: {{}}, from: {name}, target: {target}, weight: {weight}}}\n" for name, (target, weight) in rows)
    assert bare(planned(short)[1]) == bare(planned(long)[1]) and not planned(long)[1][0].steps


NOT_PLAIN = ("loss: [{MeanSquaredError: {}, from: a, target: 1}]", "loss: [{MeanSquaredError: {}, from: a, name: far}]",
             "loss: [{MeanSquaredError: {}, from: a, weight: =1 / (1 + epoch)}]",
             "loss: [{MeanSquaredError: {}, from: a}, {MeanSquaredError: {}, from: a, target: x}]", "loss: [formula: mean(a)]",
             "loss: [{MeanSquaredError: {}, from: a, target: {wire: b}}]")


@pytest.mark.parametrize("line", NOT_PLAIN)
def test_what_compile_cannot_say_is_one_step_for_all(line):
    _, (phase,) = planned(f"{TWO}train:\n  {line}\n")
    (step,) = phase.steps
    assert step.update == () and step.optimizer == Recipe("optimizer", "Adam") and step.terms and step.every == 1


def test_a_gan():
    graph, (phase,) = planned(GAN)
    first, second = phase.steps
    assert (first.name, first.update, second.name, second.every, second.clip) == ("discriminator", ("discriminator",), "generator", 2, 1.5)
    assert [(term.name, term.wires, term.target) for term in first.terms] == [
        ("discriminator_real_score_loss", (("y_pred", "real_score"),), Target("number", 1.0)),
        ("discriminator_fake_score_loss", (("y_pred", "fake_score"),), Target("number", 0.0))]
    assert first.optimizer == phase.optimizer != second.optimizer
    assert list(graph.outputs) == ["fake", "fake_score", "real_score"] or set(graph.added) == {"fake_score", "real_score"} and graph.listed == ("fake",)


def test_what_only_a_term_reads_is_part_of_the_model():
    alone = "model: {inputs: {x: [4]}, layers: [{Dense: 2, name: code}, {Dense: 4, name: out}, {Dense: 9, name: side, from: code}], outputs: [out]}\ntrain:\n"
    plain, _ = planned(alone + "  loss: MeanSquaredError\n")
    graph, _ = planned(alone + "  loss: [{MeanSquaredError: {}, from: out}, {formula: mean(side) + mean(code)}]\n")
    assert graph.added == ("side",) and graph.parameters == plain.parameters + 2 * 9
    inner, _ = planned(alone + "  loss: [{MeanSquaredError: {}, from: out}, {formula: mean(code)}]\n")
    assert inner.added == () and inner.outputs.keys() == plain.outputs.keys() and inner.parameters == plain.parameters


def test_a_wire_is_found_by_what_a_step_could_call_it():
    spec = load("blocks:\n  Two: {layers: [{Dense: 3, name: one}, {Dense: 2, name: two}]}\nnetworks:\n  "
                "net: {inputs: {v: [2]}, layers: [{Two: null, name: deep}, Dense: 5]}\n"
                "model:\n  inputs: {x: [4]}\n  layers:\n    - {Two: null, name: box}\n    - {use: net, name: n}\n    - {Halves: null, as: [h, s]}\n    "
                "- {Dense: 5, from: h, name: again, repeat: 2}\n")
    graph = lay(spec, Fake(), {})[0]
    wires = Wires(graph)
    assert {name: wires.find(name).name for name in ("box", "box.one", "n.deep.one", "net.deep.two", "n", "s", "h", "again", "x", "n.deep")} == {
        "box": "box.two", "box.one": "box.one", "n.deep.one": "n.deep.one", "net.deep.two": "n.deep.two", "n": "n", "s": "halves.1", "h": "halves",
        "again": "again_2", "x": "x",
        "n.deep": "n.deep.two"}
    assert wires.find("n.one") is None and wires.near("box.on")[0] == "box.one"


def test_what_a_wire_depends_on():
    graph, _ = planned(GAN)
    wires = Wires(graph)
    assert set(weighted(graph)) == {"generator.dense", "discriminator.hidden", "discriminator.dense"}
    assert wires.before(wires.find("real_score")) == {"discriminator.hidden", "discriminator.dense"}
    assert wires.before(wires.find("fake_score.hidden")) == {"generator.dense", "discriminator.hidden"}
    assert wires.before(wires.find("fake")) == {"generator.dense"} and wires.before(wires.find("noise")) == set()


LOSSES = "losses:\n  Far:\n    params: [k: 2, n: =k * 3]\n    inputs: [p, q]\n    let: {d: p - q}\n    formula: k * maximum(d, n) + y_true\n"


def test_a_use_of_a_definition():
    _, (phase,) = planned(f"{LOSSES}{TWO}train:\n  loss: [{{Far: [k: 5], from: {{p: b, q: y}}, target: same, weight: =0.5 / (1 + step)}}]\n")
    (term,) = phase.steps[0].terms
    assert bare(term.measure) == bare(EquationPlan("k * maximum(d, n) + y_true", (("d", "p - q"),), (("k", 5), ("n", 15)), brick="Far"))
    assert set(term.wires) == {("p", "b"), ("q", "y")} and term.target == Target("field", "same") and term.weight.formula == "0.5 / (1 + step)"
    assert term.name == "b_y_loss"


@pytest.mark.parametrize(("target", "wanted"), [
    ("a", Target("field", "a")), ("x", Target("field", "x")), ("other", Target("field", "other")), ("h", Target("wire", "h")),
    ("{wire: a}", Target("wire", "a")),
    ("{field: h}", Target("field", "h")), ("=1 / 4", Target("number", 0.25)), ("2", Target("number", 2.0))])
def test_what_a_target_means(target, wanted):
    text = "model: {inputs: {x: [4]}, layers: [{Dense: 2, name: h}, {Dense: 2, name: a}, {Dense: 2, name: b}], outputs: [a, b]}\n"
    _, (phase,) = planned(f"{text}train:\n  loss: [{{MeanSquaredError: {{}}, from: b, name: t, target: {target}}}]\n")
    assert phase.steps[0].terms[0].target == wanted


def test_metrics_of_a_program_are_terms():
    _, (phase,) = planned(f"{TWO}train:\n  loss: [{{MeanSquaredError: {{}}, from: a}}, {{formula: mean(b)}}]\n  "
                          f"metrics: [Accuracy, {{formula: mean(a), name: size}}]\n")
    assert [(one.name, one.wires[0][1], one.target) for one in phase.measures] == [("accuracy", "a", Target("field", "a")), ("size", "a", None)]
    assert list(phase.losses) == ["a"] and phase.losses["a"].target == "a"


def test_a_phase_with_a_loss_ends_the_steps_of_the_one_before():
    _, phases = planned(GAN.replace("train:\n  steps:", "train:\n- epochs: 1\n  steps:").rstrip() + "\n- {epochs: 3}\n- loss: MeanSquaredError\n")
    assert [len(phase.steps) for phase in phases] == [2, 2, 0] and phases[1].steps == phases[0].steps and list(phases[2].losses) == ["fake"]


def test_columns_have_names_of_their_own():
    _, (phase,) = planned(f"{TWO}train:\n  loss: [{{formula: mean(a)}}, {{formula: 'maximum(a, 0)'}}, {{MeanSquaredError: {{}}, from: a}}]\n  "
                          f"metrics: [{{formula: mean(a), name: a_loss}}]\n")
    assert [term.name for term in (*phase.steps[0].terms, *phase.measures)] == ["a_loss", "a_loss_2", "a_loss_3", "a_loss_4"]


@pytest.mark.parametrize(("lines", "kind"), [
    ("steps: [{update: a, loss: {MeanSquaredError: {}, from: b, target: 1}}]", "no-path"),
    ("steps: [{update: c, loss: {MeanSquaredError: {}, from: b, target: 1}}]", "update-nothing"),
    ("steps: [{loss: {MeanSquaredError: {}, from: b, target: 1}}, {update: a, loss: {MeanSquaredError: {}, from: a, target: 1}}]", "updated-twice")])
def test_steps_that_cannot_be(lines, kind):
    assert kind in kinds(f"{TWO}train:\n  {lines}\n")


def test_shared_layers_are_said_to_be():
    text = (f"{TWO}train:\n  steps:\n    - loss: {{MeanSquaredError: {{}}, from: b, target: 1}}\n    "
            f"- {{update: a, shared: true, loss: {{MeanSquaredError: {{}}, from: a, target: 1}}}}\n")
    assert [step.update for step in planned(text)[1][0].steps] == [(), ("a",)]


def test_an_output_may_bear_the_name_of_an_input():
    text = ("model: {inputs: {x: [4]}, layers: [{Dense: 3, name: h}, {Dense: 4, name: out}], outputs: {x: out}}\n"
            "train: {loss: [{MeanSquaredError: {}, target: 1}, {formula: mean(x)}], metrics: {x: Accuracy}}\n")
    (term, other), (measure,) = (planned(text.replace("{formula: mean(x)}", "{formula: mean(h)}"))[1][0].steps[0].terms,
                                 planned(text.replace("target: 1", "target: x, name: far"))[1][0].measures)
    assert (term.wires, term.name, measure.wires) == ((("y_pred", "out"),), "x_loss", (("y_pred", "out"),)) and other.wires == (("h", "h"),)


def test_a_term_goes_with_the_step_that_when_leaves_out():
    text = ("params: {n: %d}\nmodel: {inputs: {x: [4]}, layers: [{Dense: 3, name: side, when: =n > 1}, {Dense: 2, name: out, from: x}], outputs: [out, side]}\n"
            "train: {loss: [{MeanSquaredError: {}, from: out}, {formula: mean(v), from: {v: side}}]}\n")
    assert [len(planned(text % n)[1][0].steps) for n in (2, 1)] == [1, 0]


def test_outputs_that_equations_judge_have_the_metrics_that_name_none():
    phase, = planned(f"{TWO}train:\n  loss:\n    - {{formula: mean(y_true - a), from: a, target: code}}\n    - {{formula: mean(b)}}\n  metrics: [mae]\n")[1]
    assert [(one.name, one.measure, one.wires, one.target) for one in phase.measures] == [("mae", "mae", (("y_pred", "a"),), Target("field", "code"))]
    assert kinds(f"{TWO}train: {{loss: {{formula: mean(a)}}, metrics: [mae]}}\n") == {"metric-nowhere"}


def test_metrics_of_several_outputs_bear_their_names():
    phase, = planned(f"{TWO}train: {{loss: [{{formula: mean(b)}}, {{MeanSquaredError: {{}}, from: a}}], metrics: {{a: [mae], b: [mae]}}}}\n")[1]
    assert [one.name for one in phase.measures] == ["a_mae", "b_mae"]


def test_a_word_of_keras_is_a_metric_in_long_form():
    phase, = planned(f"{TWO}train: {{loss: {{a: MeanSquaredError, b: null}}, metrics: [{{mae: {{}}, from: b, target: {{wire: y}}, name: far}}]}}\n")[1]
    assert [(one.name, one.measure, one.target) for one in phase.measures] == [("far", "mae", Target("wire", "y"))]
    assert kinds(f"{TWO}train: {{loss: {{a: MeanSquaredError, b: null}}, metrics: [{{mae: 3, from: b, target: 0}}]}}\n") == {"wrong-shape"}


def test_an_output_that_a_later_phase_trains_is_not_idle():
    first, second = "{loss: [{MeanSquaredError: {}, from: a, target: 0}], epochs: 1}", "{loss: {a: null, b: MeanSquaredError}}"
    for phases, warned in (([first, second], set()), ([first], {"idle-output"})):
        graph, plans = planned(f"{TWO}train: [{', '.join(phases)}]\n")
        assert {fault.kind for fault in about(graph, plans)} - {"unread-input"} == warned


def test_what_steps_update_in_numbers():
    graph, phases = planned(GAN)
    assert [(one.step, one.parameters, one.every, one.optimizer)
            for one in updates(graph, phases)] == [("discriminator", weights(graph, "discriminator"), 1, "Adam"),
                                                   ("generator", weights(graph, "generator"), 2, "Adam")]
    graph, phases = planned(f"{TWO}train: {{loss: {{formula: mean(a) + mean(b)}}, freeze: [a]}}\n")
    assert [one.parameters for one in updates(graph, phases)] == [weights(graph, "b")]
    graph, phases = planned(f"{TWO}train: {{loss: {{formula: mean(a)}}}}\n")
    assert [(one.parameters, one.alone) for one in updates(graph, phases)] == [(weights(graph, "a"), True)]


def weights(graph, name: str) -> int:
    return sum(count for layer, count in weighted(graph).items() if layer.split(".")[0] == name)


def test_an_embedding_is_compared_with_the_number_of_its_class():
    batch, error = Recipe("loss", "TripletMining"), Recipe("loss", "MeanSquaredError")
    assert [truth(one, TensorSpec((8,))) for one in (batch, error, "mae")] == [TensorSpec((), "int64"), TensorSpec((8,)), TensorSpec((8,))]
