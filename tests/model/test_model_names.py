"""The layers of a model are named after the spec, and keep their names whatever is edited elsewhere."""


PAIR = """
    blocks:
      Pair:
        params: [units]
        layers:
          - Dense: =units
          - Dense: =units
            name: second
    """


def names(model) -> list[str]:
    return [layer.name for layer in model.layers]


def test_names_of_steps_blocks_and_groups(compiled):
    layers = """
    - Dense: 4
      name: stem
    - Pair: 3
      name: left
    - Pair: 3
    - Pair: 3
    - layers:
        - Dense: 2
          name: inner
        - Dense: 2
      name: head
    - Dense: 1
      from: left.second
    """
    model = compiled("x: [4]", layers, PAIR)
    wanted = ["x", "stem", "left.dense", "left.second", "dense"]
    assert names(model) == wanted


def test_names_of_every_layer_laid(compiled):
    layers = """
    - Pair: 3
      name: left
    - Pair: 3
    - Pair: 3
    - layers:
        - Dense: 2
          name: inner
        - Dense: 2
      name: head
    - Dense: 1
    """
    model = compiled("x: [4]", layers, PAIR)
    assert names(model) == ["x", "left.dense", "left.second", "pair.dense", "pair.second", "pair_2.dense", "pair_2.second", "head.inner", "head.dense", "dense"]


def test_a_step_put_in_elsewhere_changes_no_given_name(compiled):
    before = compiled("x: [4]", "- {Dense: 4, name: a}\n- {Dense: 4, name: b}")
    after = compiled("x: [4]", "- {Dense: 4, name: a}\n- Dropout: 0.5\n- {Dense: 4, name: between}\n- {Dense: 4, name: b}")
    assert [name for name in names(after) if name in names(before)] == names(before)


def test_names_made_by_loops(compiled):
    layers = """
    - for: {i: [1, 2], units: [4, 3]}
      layers:
        - Dense: =units
          name: stage{i}
    - Concatenate:
      from: [stage1, stage2]
    """
    assert names(compiled("x: [4]", layers)) == ["x", "stage1", "stage2", "concatenate"]


def test_an_equation_has_the_name_of_its_step(compiled):
    model = compiled("a: [4], b: [4]", "- formula: abs(a - b) * 2\n  name: distance")
    operations = [operation.name for operation in model.operations]
    assert operations[-1] == "distance" and operations[:2] == ["a", "b"]
    assert all(name.startswith("distance.") for name in operations[2:-1])


def test_names_do_not_depend_on_what_was_built_before(compiled):
    layers = "- Dense: 4\n- Dense: 4\n- ops.relu\n- formula: previous * 2"
    first, second = (compiled("x: [4]", layers) for _ in range(2))
    assert [operation.name for operation in first.operations] == [operation.name for operation in second.operations]
