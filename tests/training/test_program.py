"""A program of steps trains as the same thing written by hand does."""

from dataclasses import replace

import numpy as np
import program_training as small
import pytest
import tiny_training as tiny

from builder import training
from builder.graph.plans import MetricPlan, TermPlan


@pytest.fixture
def trained(tmp_path):
    """Trains a spec by a plan and gives the model, and the run's last row."""
    count = iter(range(100))

    def train(text, plan, data, batch=8, **how):
        built, wires = small.made(text)
        folder = training.create("small", tmp_path / f"runs{next(count)}", spec="name: small\n", graph="<svg/>").folder
        training.fix_seeds(1)
        run = training.train(built, (plan,), data, folder, batch=batch, wires=wires, **how)
        return built, run.history.rows

    return train


def test_two_terms_are_what_compile_trains(trained):
    data = tiny.data()
    plan = tiny.plan(losses={"label": tiny.LABEL, "total": tiny.TOTAL}, callbacks=(), epochs=2, metrics={"label": (MetricPlan("accuracy"),)})
    terms = (small.term("label_loss", tiny.LABEL.recipe, "label", target="label"),
             small.term("total_loss", tiny.TOTAL.recipe, "total", target="total", weight=0.5))
    measures = (TermPlan("label_accuracy", "accuracy", (("y_pred", "label"),), terms[0].target),)
    steps = (small.step("all", *terms, optimizer=plan.optimizer, clip=1.0),)
    (plainly, log), (program, rows) = (trained(small.TWO, one, data) for one in (plan, replace(plan, steps=steps, measures=measures)))
    for one, other in zip(plainly.weights, program.weights):
        np.testing.assert_allclose(one.numpy(), other.numpy(), atol=1e-6)
    assert set(rows[-1]) == set(log[-1])
    for name in set(log[-1]) - {"seconds", "waited"}:
        assert rows[-1][name] == pytest.approx(log[-1][name], abs=1e-5), name
