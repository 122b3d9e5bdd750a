"""An epoch's figures in a terminal: all of them where there is room, else the totals, and no figure broken in two."""

from builder.commands.progress import figures, fitted, shortened, totals

GAN = {"epoch": 3, "loss": 2.0, "critic_loss": 1.5, "generator_loss": 0.5, "critic_real_score_loss": 0.75, "critic_made_score_loss": 0.75,
       "generator_made_score_loss": 0.5, "val_loss": 2.0, "val_critic_loss": 1.5, "val_generator_loss": 0.5, "val_critic_made_score_loss": 0.75, "seconds": 1.0}


def test_the_terms_of_steps_are_the_first_to_go():
    assert list(totals(GAN)) == ["epoch", "loss", "critic_loss", "generator_loss", "val_loss", "val_critic_loss", "val_generator_loss", "seconds"]
    assert totals({"loss": 1.0, "label_loss": 0.5, "label_accuracy": 0.9}) == {"loss": 1.0, "label_loss": 0.5, "label_accuracy": 0.9}
    assert fitted(GAN, ["1.0 s"], 400, 14) == "  ".join([*figures(GAN), "1.0 s"])


def test_a_line_keeps_to_the_width_and_no_figure_is_broken():
    for width in (60, 80, 100):
        lines = fitted(GAN, ["1.0 s"], width, 14).split("\n")
        assert len(lines) > 1 and all(len(line) + (14 if number == 0 else 0) <= width for number, line in enumerate(lines))
        assert all(line.startswith(" " * 14) for line in lines[1:])
        assert [one for line in lines for one in line.strip().split("  ")] == [*figures(totals(GAN)), "1.0 s"]


def test_beside_the_bar_stand_as_many_as_there_is_room_for():
    assert shortened(["loss 2", "critic_loss 1.5"], 30) == "loss 2  critic_loss 1.5"
    assert shortened(["loss 2", "critic_loss 1.5"], 20) == "loss 2" == shortened(["loss 2", "critic_loss 1.5"], -5)
