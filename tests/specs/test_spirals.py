"""The spirals: what no straight line parts is learned, and the boundary is worth watching."""


import builder


def test_counts():
    assert counted("spirals") == (2 * 32 + 32 + 2 * (32 * 32 + 32) + 32 * 3 + 3,) * 2


def test_the_arms_follow_the_param():
    assert checked("spirals", classes=5).graph.outputs["label"].spec.shape == (5,)


def test_it_parts_the_arms(tmp_path):
    run = builder.train("spirals", runs=tmp_path)
    assert run.history["val_accuracy"][-1] >= 0.98
    assert run.history["val_accuracy"][0] < 0.7
