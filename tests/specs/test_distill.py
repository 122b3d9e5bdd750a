"""A small network that a larger one teaches, frozen, against the same one by the labels alone."""

from textwrap import dedent

import pytest
from spec_help import SPECS, checked

import builder

TEXT = (SPECS / "distill.yaml").read_text()
SECOND = dedent(TEXT[TEXT.index("  - data: {limit") : TEXT.index("export:")])
ALONE = "\n".join(line for line in SECOND.split("\n") if "KLDivergence" not in line)


def test_the_teacher_is_not_updated_while_it_teaches():
    first, second = checked("distill").phases
    assert [step.update for phase in (first, second) for step in phase.steps] == [("teacher",), ("student",)]
    divergence, labels = second.steps[0].terms
    assert (divergence.wires[0][1], divergence.target.value, divergence.weight) == ("learned", "said", pytest.approx(0.9 * 16))
    assert (labels.target.kind, labels.target.value, second.data.limit, first.data) == ("field", "label", 2000, None)


@pytest.mark.proof
def test_taught_beats_alone(real, tmp_path):
    """Both see the same 2,000 images as often; the teacher of the first seed teaches the second one too."""
    data = {"data.source": f"{{Idx: {real / 'mnist'}}}"}
    ended = lambda changes: builder.train(SPECS / "distill.yaml", data | changes, runs=tmp_path).info["test"]["accuracy"]
    first = builder.train(SPECS / "distill.yaml", data, runs=tmp_path)
    taught, gains = {"networks.teacher.weights": f"{first.folder / 'model.keras'}#teacher"}, []
    for seed in (1, 2):
        again = f"  seed: {seed}"
        found = {"taught": first.info["test"]["accuracy"] if seed == 1 else ended(taught | {"train": SECOND + again}),
                 "alone": ended({"train": ALONE + again, "params.hard": 1})}
        print(f"seed {seed}:", found, flush=True)
        gains.append(found["taught"] - found["alone"])
    assert min(gains) > 0 and sum(gains) / 2 >= 0.01
