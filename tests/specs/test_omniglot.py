"""Characters of alphabets that training never saw are told from one example each."""

import zipfile

import pytest
from spec_help import SPECS, checked

import builder
from builder.looking import neighbours


def test_it_ranks_two_drawings_of_each_of_64_characters():
    found = checked("omniglot")
    assert (found.data.group, found.data.batch, found.data.sample[0].name) == ("alphabet", 128, "Balanced")
    assert found.graph.outputs.keys() == {"code"} and found.graph.parameters == 9 * 32 + 9 * 32 * 64 + 9 * 64 * 64 + 4 * (32 + 64 + 64) + 64 * (576 + 1)


@pytest.mark.proof
def test_one_shot_within_alphabets_reaches_80(real, tmp_path):
    with zipfile.ZipFile(real / "omniglot/images_background.zip") as archive:
        archive.extractall(tmp_path)
    run = builder.train(SPECS / "omniglot.yaml", {"params.folder": str(tmp_path / "images_background")}, runs=tmp_path / "runs")
    found = neighbours(run, "code", ways=20, groups="alphabet")
    ways = {"trained": found, **found["beside"]}
    print({name: one["one_shot"]["accuracy"] for name, one in ways.items()}, found["classes"], "characters")
    assert found["accuracy"] == {}, "no character of the test is trained on"
    assert found["one_shot"]["accuracy"] >= 0.80 > 0.5 > ways["untrained"]["one_shot"]["accuracy"]
