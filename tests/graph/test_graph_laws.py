"""Laws of the language: what is written in several ways is one and the same graph."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from laying import laid, model, steps

SAME = {
    "positional is keyword": ("- Dense: [3, relu]", "- Dense: {units: 3, activation: relu}", "- Dense: [3, activation: relu]",
                              "- Dense: [{units: 3}, {activation: relu}]"),
    "a scalar is the first argument": ("- Dense: 3", "- Dense: [3]", "- Dense: {units: 3}", "- Dense:\n    units: 3"),
    "formulas are their values": ("- Dense: 6", "- Dense: =2 * 3", "- Dense: =max([1, 6])", "- Dense: 6.0", "- Dense: =channels(x) - 2",
                                  "- Dense: =shape(x)[0] - 2"),
    "repeat is unrolled": ("- Dense: 3\n  repeat: 3", "- Dense: 3\n- Dense: 3\n- Dense: 3", "- {layers: [Dense: 3], repeat: 3}",
                           "- for: {i: =range(3)}\n  layers: [Dense: 3]"),
    "for is zip": ("- for: {n: [2, 3], k: [1, 2]}\n  layers:\n    - Dense: =n * k", "- Dense: 2\n- Dense: 6"),
    "loops in loops": ("- for: {i: [1, 2]}\n  layers:\n    - for: {j: [1, 2]}\n      layers: [Dense: =10 * i + j]",
                       "- Dense: 11\n- Dense: 12\n- Dense: 21\n- Dense: 22"),
    "repeat 0 is nothing": ("- Dense: 3\n- Dense: 4\n  repeat: 0", "- Dense: 3"),
    "a group is its steps": ("- layers: [Dense: 2, Dense: 3]", "- Dense: 2\n- Dense: 3", "- layers: [{layers: [Dense: 2]}, Dense: 3]\n  name: inner"),
    "when true": ("- Dense: 3\n  when: =1 < 2", "- Dense: 3", "- Dense: 4\n  when: false\n  else: [Dense: 3]", "- Dense: 3\n  when: true\n  else: {Dense: 4}"),
    "when false": ("- Dense: 2\n- Dense: 3\n  when: =2 < 1", "- Dense: 2", "- Dense: 2\n- when: =not 3\n  layers: [Dense: 3]"),
    "from previous": ("- Dense: 2\n- Dense: 3", "- Dense: 2\n- Dense: 3\n  from: previous", "- Dense: 2\n  name: a\n- Dense: 3\n  from: a"),
    "from input": ("- Dense: 2\n  name: a\n- Dense: 3\n  from: x\n- Add:\n  from: [a, a]",
                   "- Dense: 2\n  name: a\n- Dense: 3\n  from: input\n- Add:\n  from: [a, a]"),
    "branches merge": ("- branches: [[Dense: 3], [Dense: 4], []]\n  merge: Concatenate",
                       "- Dense: 3\n  name: a\n- Dense: 4\n  from: x\n  name: b\n- Concatenate:\n  from: [a, b, x]",
                       "- branches: [[Dense: 3], [Dense: 4], []]\n- Concatenate", "- branches: [Dense: 3, Dense: 4, []]\n  merge: {Concatenate: {}}"),
    "names with holes": ("- for: {i: [1, 2]}\n  layers:\n    - Dense: =i\n      name: s{i}\n- Concatenate:\n  from: [s1, s2]",
                         "- Dense: 1\n  name: a\n- Dense: 2\n  name: b\n- Concatenate:\n  from: [a, b]"),
    "as names outputs": ("- Halves:\n  as: [a, b]\n- Dense: 2\n  from: b", "- Halves:\n  as: [u, v]\n- Dense: 2\n  from: v"),
    "ops on wires": ("- ops.mean: [axis: 1]", "- ops.mean: 1", "- ops.mean: {axis: 1}"),
}


@pytest.mark.parametrize("texts", SAME.values(), ids=SAME)
def test_same_graph(texts):
    first, *others = [model(steps(text)) for text in texts]
    assert all(other == first for other in others)


BLOCKS = """
blocks:
  Two:
    params: [n, m: =n + 1]
    layers:
      - Dense: =n
      - Dense: =m
  Level:
    params: [depth]
    layers:
      - Dense: =depth + 1
      - when: =depth > 0
        layers:
          - Level: =depth - 1
  Both:
    inputs: [a, b]
    outputs: [b, a]
    layers: []
  Sum:
    inputs: [a, b]
    layers:
      - Add:
        from: [a, b]
"""
IN_BLOCKS = {
    "a block is its steps": ("- Two: 3", "- Two: {n: 3}", "- Two: [3, 4]", "- Two: [3, m: 4]", "- Dense: 3\n- Dense: 4"),
    "recursion is unrolled": ("- Level: 2", "- Dense: 3\n- Dense: 2\n- Dense: 1"),
    "a block is a mould": ("- Two: 3\n  repeat: 2", "- Two: 3\n- Two: 3"),
    "inputs in order and by name": ("- Dense: 8\n  name: d\n- Sum:\n  from: [d, x]", "- Dense: 8\n  name: d\n- Sum:\n  from: {b: x, a: d}",
                                    "- Dense: 8\n  name: d\n- Add:\n  from: [d, x]"),
    "outputs in order": ("- Dense: 3\n  name: d\n- Both:\n  from: [d, x]\n  as: [p, q]\n- Concatenate:\n  from: [p, q]",
                         "- Dense: 3\n  name: d\n- Concatenate:\n  from: [x, d]"),
}


@pytest.mark.parametrize("texts", IN_BLOCKS.values(), ids=IN_BLOCKS)
def test_same_graph_with_blocks(texts):
    first, *others = [model(steps(text, BLOCKS)) for text in texts]
    assert all(other == first for other in others)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(1, 9), min_size=1, max_size=5))
def test_a_chain_in_five_ways(units):
    plain = "\n".join(f"- Dense: {n}" for n in units)
    keyword = "\n".join(f"- Dense: {{units: {n}}}" for n in units)
    loop = f"- for: {{n: {units}}}\n  layers: [Dense: =n]"
    chain = ("blocks:\n  Chain:\n    params: [all]\n    layers:\n      - Dense: =all[0]\n      - when: =len(all) > 1\n        "
             "layers: [Chain: {all: '=all[1:]'}]\n")
    block = f"- Chain: {{all: {units}}}"
    ways = [steps(plain), steps(keyword), steps(loop), steps(block, chain), steps(plain, "params: {unread: 3}\n")]
    assert all(model(way) == model(ways[0]) for way in ways)


def test_defaults_are_arguments_and_the_inner_scope_wins():
    outer = "defaults: {Dense: {activation: relu, use_bias: false}}\nblocks:\n  B:\n    defaults: {Dense: {activation: tanh}}\n    layers: [Dense: 3]\n"
    written = "- Dense: {units: 3, activation: tanh, use_bias: false}\n- Dense: {units: 2, activation: elu, use_bias: false}"
    assert model(steps("- B\n- Dense: [2, elu]", outer)) == model(steps(written))


def test_an_inserted_step_leaves_the_names_of_the_others():
    names = lambda text: [node.name for node in steps(text).nodes]
    before = names("- Dense: 3\n  name: a\n- Dense: 4\n  name: b")
    after = names("- Dense: 3\n  name: a\n- Add:\n  from: [x, x]\n- Dense: 4\n  name: b\n  from: a")
    assert set(before) < set(after)


def test_a_network_has_its_weights_once_a_block_each_time():
    shared = "networks:\n  n: {inputs: {v: [8]}, layers: [Dense: 8]}\n"
    assert steps("- use: n\n- use: n", shared).parameters == 64
    assert steps("- Dense: 8\n  name: d\n- use: d").parameters == 64
    assert steps("- Dense: 8\n  repeat: 2").parameters == 128


def test_outputs_in_three_forms():
    head = "model:\n  inputs: {x: [8]}\n  layers:\n    - Dense: 3\n      name: a\n"
    forms = [laid(head + f"  outputs: {outputs}") for outputs in ("a", "[a]", "{a: a}")] + [laid(head)]
    assert all(model(form, named=True) == model(forms[0], named=True) for form in forms)


def test_imports_are_what_they_bring(tmp_path):
    from graph_fake import Fake

    from builder.graph import lay
    from builder.language import load

    (tmp_path / "parts.yaml").write_text(BLOCKS.strip())
    main = "model:\n  inputs: {x: [8]}\n  layers:\n    - Two: 3\n"
    (tmp_path / "main.yaml").write_text("imports: [parts.yaml]\n" + main)
    assert model(lay(load(tmp_path / "main.yaml"), Fake(), {})[0], named=True) == model(laid(BLOCKS + main), named=True)


def test_an_imported_block_sees_the_params_and_defaults_of_its_own_file(tmp_path):
    from graph_fake import Fake

    from builder.graph import lay
    from builder.language import load

    (tmp_path / "parts.yaml").write_text("params: {width: 5}\ndefaults: {Dense: {activation: relu}}\nblocks:\n  B: {layers: [Dense: =width]}")
    (tmp_path / "main.yaml").write_text("imports: [parts.yaml]\nparams: {width: 7}\nmodel: {inputs: {x: [8]}, layers: [B, Dense: =width]}")
    graph = lay(load(tmp_path / "main.yaml"), Fake(), {})[0]
    assert model(graph) == model(steps("- Dense: [5, relu]\n- Dense: 7"))
