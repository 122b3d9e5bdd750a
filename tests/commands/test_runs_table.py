"""The table of runs keeps to the width of the terminal."""

from builder.commands.runs_ import _fitting

ROW = {"run": "s2s/20261121-180109", "state": "finished", "epochs": 2, "loss": 6.57, "val_loss": 6.4, "accuracy": 0.5, "val_accuracy": 0.4,
       "test_loss": 6.4, "test_accuracy": 0.41}


def test_what_has_no_room_is_left_out_the_least_telling_first():
    names = list(ROW)
    assert _fitting(names, [ROW], 200, None) == names
    assert _fitting(names, [ROW], 60, None) == ["run", "state", "epochs", "test_accuracy"]
    assert _fitting(names, [ROW], 60, "val_loss") == ["run", "state", "epochs", "loss", "val_loss"]
    assert _fitting(names, [ROW], 10, None) == ["run", "state", "epochs"]
