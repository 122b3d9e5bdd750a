"""The public names stay what they are, whatever has been imported."""

import builder


def test_functions_are_not_replaced_by_the_rooms_of_their_names(tmp_path):
    import builder.draw
    import builder.export
    from builder.draw import tree

    assert callable(tree)
    assert all(callable(getattr(builder, name)) for name in builder.__all__)
    for name in ("one.svg", "two.svg"):
        assert builder.draw("lenet5", tmp_path / name).is_file()


def test_overrides_reach_a_spec_that_was_loaded():
    spec = builder.load("lenet5", set={"params.classes": 7})
    assert builder.load(spec) is spec
    again = builder.load(spec, set={"train.epochs": 1})
    assert builder.check(again).phases[0].epochs == 1
    assert builder.check(again).graph.outputs["label"].spec.shape == (7,)
