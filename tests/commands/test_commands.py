"""The command line as a person uses it: words in, words and exit codes out."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner

from builder.commands import main

ROOT = Path(__file__).parents[2]
VERBS = ("new", "list", "describe", "check", "show", "render", "train", "evaluate", "predict", "export", "schema", "runs", "doctor")


@dataclass(frozen=True)
class Ran:
    """What one call of `build` left."""

    returncode: int
    stdout: str
    stderr: str


def build(*words: str, cwd: Path | None = None) -> Ran:
    """One call of `build` from its words to its exit code, in this process: most of what a process of its own costs is importing TensorFlow."""
    before, said = os.getcwd(), sys.argv
    os.chdir(cwd or ROOT)
    sys.argv = ["build", *words]
    try:
        with CliRunner().isolation() as (out, err, _), pytest.raises(SystemExit) as left:
            main()
        return Ran(left.value.code, out.getvalue().decode(), err.getvalue().decode())
    finally:
        os.chdir(before)
        sys.argv = said


def build_apart(*words: str, cwd: Path | None = None, **env: str) -> subprocess.CompletedProcess:
    """One call of `build` in a process of its own."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "TF_CPP_MIN_LOG_LEVEL": "3", **env}
    return subprocess.run([sys.executable, "-m", "builder", *words], cwd=cwd or ROOT, capture_output=True, text=True, timeout=300, env=environment)


@pytest.fixture(scope="module")
def trained(tmp_path_factory) -> Path:
    """A folder in which LeNet-5 was trained for two epochs."""
    folder = tmp_path_factory.mktemp("trained")
    ran = build_apart("train", "lenet5", "--epochs", "2", cwd=folder)
    assert ran.returncode == 0, ran.stderr
    assert "model.keras" in ran.stdout and "build export" in ran.stdout
    return folder


@pytest.mark.parametrize("verb", VERBS)
def test_each_verb_has_help_with_an_example(verb):
    ran = build(verb, "--help")
    assert ran.returncode == 0
    assert "Example" in ran.stdout and f"build {verb}" in ran.stdout


def test_help_names_every_verb():
    ran = build_apart("--help")
    assert all(f"\n  {verb} " in ran.stdout for verb in VERBS)


def test_a_misspelt_verb_is_wrong_usage():
    ran = build_apart("trian", "lenet5")
    assert ran.returncode == 2
    assert "Did you mean `train`?" in ran.stderr


def test_check_prints_the_steps_and_the_totals():
    ran = build("check", "lenet5")
    assert ran.returncode == 0, ran.stderr
    assert "61,706" in ran.stdout and "pure YAML" in ran.stdout
    assert "\x1b" not in ran.stdout


def test_check_as_json_is_json_alone():
    ran = build("check", "lenet5", "--json")
    told = json.loads(ran.stdout)
    assert told["ok"] and told["parameters"] == 61706
    assert told["outputs"]["label"] == {"shape": [10], "dtype": "float32"}


def test_a_fault_ends_with_one_and_no_traceback(tmp_path):
    spec = tmp_path / "wrong.yaml"
    spec.write_text("model:\n  inputs: {x: [4]}\n  layers:\n    - Dens: 10\n")
    ran = build("check", str(spec))
    assert ran.returncode == 1
    assert "did you mean `Dense`?" in ran.stderr and "Traceback" not in ran.stderr
    told = json.loads(build("check", str(spec), "--json").stdout)
    assert told["faults"][0]["kind"] == "unknown-brick" and told["faults"][0]["places"][0]["line"] == 4


def test_overrides_reach_the_model_and_wrong_paths_are_told():
    assert json.loads(build("check", "lenet5", "--json", "--set", "params.classes=100").stdout)["outputs"]["label"]["shape"] == [100]
    ran = build("check", "lenet5", "--set", "params.clases=100")
    assert ran.returncode == 1 and "classes" in ran.stderr
    assert build("check", "lenet5", "--set", "params.classes").returncode == 2


def test_show_draws_a_tree_and_files(tmp_path):
    assert "Conv2D" in build("show", "lenet5").stdout
    for name in ("net.svg", "net.dot", "net.mmd"):
        assert build("show", "lenet5", "-o", name, cwd=tmp_path).returncode == 0
        assert "Conv2D" in (tmp_path / name).read_text()
    ran = build("show", "lenet5", "-o", "net.svg", cwd=tmp_path)
    assert ran.returncode == 1 and "--force" in ran.stderr


def test_a_pipe_that_closes_is_no_fault():
    ran = subprocess.run(f"{sys.executable} -m builder list bricks | head -1", shell=True, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert ran.returncode == 0 and ran.stderr == ""


def test_what_render_prints_is_the_same_spec(tmp_path):
    resolved = tmp_path / "resolved.yaml"
    resolved.write_text(build("render", "googlenet").stdout)
    first, second = (json.loads(build("check", spec, "--json").stdout) for spec in ("googlenet", str(resolved)))
    strip = lambda told: [(step["name"], step["shape"], step["parameters"]) for step in told["steps"]]  # noqa: E731
    assert strip(first) == strip(second)


def test_new_writes_a_spec_that_checks(tmp_path):
    assert build("new", "mine.yaml", cwd=tmp_path).returncode == 0
    assert (tmp_path / "mine.yaml").read_text().startswith("# yaml-language-server")
    assert build("check", "mine.yaml", cwd=tmp_path).returncode == 0
    ran = build("new", "mine.yaml", cwd=tmp_path)
    assert ran.returncode == 1 and "--force" in ran.stderr


def test_describe_and_list():
    assert "kernel_size" in build("describe", "Conv2D").stdout
    assert "branches" in build("describe", "Inception").stdout
    assert "Inception" in build("list", "blocks").stdout
    ran = build("describe", "Inceptoin")
    assert ran.returncode == 1 and "`Inception`" in ran.stderr


def test_a_run_can_be_evaluated_predicted_with_and_listed(trained):
    told = json.loads(build("evaluate", "lenet5", "--json", cwd=trained).stdout)
    assert told["split"] == "test" and told["metrics"]["accuracy"] > 0.5
    import numpy as np
    from sklearn.datasets import load_digits

    np.savez(trained / "some.npz", image=load_digits().images[:3, ..., None].astype("float32"))
    ran = build("predict", "lenet5", "some.npz", "--format", "jsonl", cwd=trained)
    assert ran.returncode == 0, ran.stderr
    assert len(ran.stdout.splitlines()) == 3 and json.loads(ran.stdout.splitlines()[0])["label.class"] in "0123456789"
    assert "lenet5/" in build("runs", cwd=trained).stdout


def test_the_run_folder_holds_what_it_should(trained):
    run = next((trained / "runs" / "lenet5").iterdir())
    for name in ("spec.yaml", "graph.svg", "log.csv", "log.json", "curves.png", "environment.json", "model.keras", "checkpoints"):
        assert (run / name).exists(), name
    assert build("check", str(run / "spec.yaml")).returncode == 0


def test_resuming_a_finished_run_says_so(trained):
    ran = build("train", "lenet5", "--epochs", "2", "--resume", cwd=trained)
    assert ran.returncode == 1 and "finished" in ran.stderr


@pytest.mark.parametrize("spec", ["lenet5", pytest.param("sentiment_lstm", marks=pytest.mark.slow), pytest.param("wide_deep", marks=pytest.mark.slow)])
def test_smoke_trains_without_data(spec, tmp_path):
    ran = build("train", spec, "--smoke", cwd=tmp_path)
    assert ran.returncode == 0, ran.stderr
    assert "the spec trains" in ran.stdout


def test_a_smoke_leaves_no_run_behind(tmp_path):
    spec = "data: {source: Digits}\nmodel:\n  inputs: {image: [8, 8, 1]}\n  layers: [Flatten, {Dense: [10, activation: softmax], name: label}]\n"
    (tmp_path / "one.yaml").write_text(spec + "train: [{loss: SparseCategoricalCrossentropy, epochs: 7}]\n")
    ran = build("train", "one.yaml", "--smoke", "--epochs", "1", cwd=tmp_path)
    assert ran.returncode == 0, ran.stderr
    assert not (tmp_path / "runs").exists()
    assert build("train", "one.yaml", "--smoke", "--resume", cwd=tmp_path).returncode == 2


def test_a_file_that_cannot_be_written_is_no_bug_of_ours(tmp_path):
    ran = build("show", "mlp", "-o", "nowhere/net.svg", cwd=tmp_path)
    assert ran.returncode == 1 and "`nowhere/net.svg` cannot be written: no such file or directory" in ran.stderr
