"""Who the workers are, and several processes started, heard and ended as one."""

import importlib
import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from builder import training
from builder.diagnostics import SpecError, render
from builder.training import cluster
from builder.training.pace import Pace
from builder.training.workers import LOST, command_of, launch

devices = importlib.import_module("builder.training.devices")  # the room has a function of this name
ROOT = Path(__file__).parents[2]
TWO = {"cluster": {"worker": ["a:1", "b:2"]}, "task": {"type": "worker", "index": 1}}


def described(config: object) -> cluster.Cluster:
    return cluster.cluster({"TF_CONFIG": config if isinstance(config, str) else json.dumps(config)})


def test_tf_config_says_who_is_there():
    assert described(TWO) == cluster.Cluster(("a:1", "b:2"), 1)
    chief = {"cluster": {"chief": ["c:3"], "worker": ["a:1"]}, "task": {"type": "worker", "index": 0}}
    assert described(chief) == cluster.Cluster(("c:3", "a:1"), 1) and not described(chief).chief
    assert described({**chief, "task": {"type": "chief", "index": 0}}).chief


@pytest.mark.parametrize(("config", "said"), [
    ("{", "it is no JSON"),
    ("[]", "needs `cluster` and `task`"),
    ({"cluster": {}, "task": {"type": "worker", "index": 0}}, "list of host:port"),
    ({"cluster": {"worker": "a:1"}, "task": {"type": "worker", "index": 0}}, "list of host:port"),
    ({"cluster": {"worker": ["a"]}, "task": {"type": "worker", "index": 0}}, "'a' is none"),
    ({"cluster": {"worker": ["a:1", "a:1"]}, "task": {"type": "worker", "index": 0}}, "the same address"),
    ({"cluster": {"worker": ["a:1"], "ps": ["b:1"]}, "task": {"type": "worker", "index": 0}}, "has ps"),
    ({**TWO, "task": {"type": "worker", "index": 2}}, "worker 2, is none"),
    ({**TWO, "task": {"type": "evaluator", "index": 0}}, "evaluator 0, is none"),
    ({**TWO, "task": {"type": "worker"}}, "worker None, is none"),
])
def test_a_malformed_tf_config_is_one_clear_fault(config, said):
    with pytest.raises(SpecError) as caught:
        described(config)
    told = render(caught.value.faults)
    assert caught.value.faults[0].kind == "bad-cluster" and said in told and "help: write it so: `TF_CONFIG=" in told


def test_multiworker_without_tf_config_says_how_to_start(monkeypatch):
    monkeypatch.delenv("TF_CONFIG", raising=False)
    with pytest.raises(SpecError) as caught:
        devices.strategy("multiworker")
    assert "`--workers 2`" in render(caught.value.faults)


@pytest.mark.parametrize(("name", "several"), [
    ("mirrored", True), ("mirrored:2", True), ("mirrored:cpu:2", True), ("Multiworker", True), ("mirrored:cpu", True),
    ("cpu", False), ("gpu:1", False), ("mirrored:gpu", False), (None, False), ("multiworker:2", False),
])
def test_names_of_several_devices(name, several):
    assert devices.is_several(name) == several


@pytest.mark.parametrize(("name", "kind"), [("mirrored", "no-gpu"), ("gpu:3", "no-gpu"), ("mirrored:cpu:0", "too-many-devices"), ("mirror", "unknown-device")])
def test_devices_that_are_not_there(name, kind):
    import tensorflow as tf

    if tf.config.list_physical_devices("GPU") and kind == "no-gpu":
        pytest.skip("there is a GPU")
    with pytest.raises(SpecError) as caught, training.made_on(name):
        pass
    assert caught.value.faults[0].kind == kind and render(caught.value.faults)


def test_a_cpu_cannot_be_split_once_tensorflow_is_at_work():
    import tensorflow as tf

    assert float(tf.constant(1.0) + 1) == 2
    with pytest.raises(SpecError) as caught:
        devices.strategy("mirrored:cpu:7")
    assert caught.value.faults[0].kind == "too-late"


@pytest.mark.parametrize(("hidden", "driver", "cuda", "reason"), [
    ("-1", True, True, "hidden"), (None, False, True, "driver"), (None, True, False, "wheel"), (None, True, True, "libraries"),
])
def test_why_there_is_no_gpu(monkeypatch, hidden, driver, cuda, reason):
    import tensorflow as tf

    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    if hidden:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", hidden)
    monkeypatch.setattr(devices, "has_driver", lambda: driver)
    monkeypatch.setattr(tf.test, "is_built_with_cuda", lambda: cuda)
    assert devices.why_no_gpu() == reason


def test_one_workers_command_is_the_words_without_the_wish_for_several():
    words = ["train", "a.yaml", "--workers", "2", "--epochs", "3", "--workers=4"]
    assert command_of(words)[1:] == ["-m", "builder", "train", "a.yaml", "--epochs", "3", "--device", "multiworker"]
    assert command_of([*words, "--device=multiworker"])[-1] == "--device=multiworker"


def script(text: str) -> list[str]:
    """A worker that knows its `number` and `folder`."""
    head = "import json, os, sys, time, signal\nnumber = json.loads(os.environ['TF_CONFIG'])['task']['index']\n"
    return [sys.executable, "-c", head + textwrap.dedent(text)]


def test_workers_know_of_each_other_and_share_the_cores(tmp_path):
    code, faults = launch(script(f"""
        told = [os.environ['TF_CONFIG'], os.environ['TF_NUM_INTRAOP_THREADS'], os.environ['TMPDIR']]
        open(os.path.join({str(tmp_path)!r}, str(number)), 'w').write(json.dumps(told))
    """), 3)
    assert (code, faults) == (0, [])
    told = [json.loads((tmp_path / str(number)).read_text()) for number in range(3)]
    configs = [json.loads(config) for config, _, _ in told]
    assert [config["task"]["index"] for config in configs] == [0, 1, 2]
    assert all(config["cluster"] == configs[0]["cluster"] for config in configs) and len(set(configs[0]["cluster"]["worker"])) == 3
    assert not Path(told[0][2]).exists(), "what the workers left is gone"


def test_a_worker_that_fails_is_told_with_its_last_lines(monkeypatch):
    code, faults = launch(script(f"""
        if number == 1:
            print('the reason', file=sys.stderr)
            sys.exit(7)
        time.sleep(0.5)
        open(os.path.join(os.environ['BRICKS_LAUNCHED'], 'lost.json'), 'w').write(json.dumps({{'epochs': 3}}))
        sys.exit({LOST})
    """), 2)
    told = render(faults)
    assert code == 1 and "worker 1 of the 2 (counted from 0) failed with exit code 7" in told
    assert "by epoch 3 is saved" in told and "the reason" in told and "--resume" in told


def test_a_killed_chief_ends_all_at_once():
    began = time.monotonic()
    code, faults = launch(script("os.kill(os.getpid(), signal.SIGKILL) if number == 0 else time.sleep(60)"), 2)
    assert code == 1 and "worker 0 of the 2 (counted from 0) was ended by signal 9" in render(faults)
    assert time.monotonic() - began < 15


def test_the_fault_that_the_chief_has_told_is_not_told_again():
    assert launch(script("sys.exit(2)"), 2) == (2, [])


WAITS = """
here = os.environ["HERE"]
signal.signal(signal.SIGINT, lambda *_: open(f"{here}/heard-{number}", "w").close())
open(f"{here}/ready-{number}", "w").close()
while not os.path.exists(f"{here}/heard-0"):
    time.sleep(0.02)
sys.exit(130)
"""


def test_ctrl_c_goes_to_the_chief_alone(tmp_path):
    program = f"import sys; from builder.training.workers import launch; sys.exit(launch({script(WAITS)!r}, 2)[0])"
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "HERE": str(tmp_path)}
    process = subprocess.Popen([sys.executable, "-c", program], start_new_session=True, env=environment)
    while process.poll() is None and not all((tmp_path / f"ready-{number}").exists() for number in (0, 1)):
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGINT)
    assert process.wait(timeout=30) == 130
    assert (tmp_path / "heard-0").exists() and not (tmp_path / "heard-1").exists()


class Chiefs(cluster.Alone):
    """A crew whose chief saw each call take 10 seconds."""

    def told(self, value):
        return 10.0


def test_the_pace_is_the_chiefs():
    pace = cluster.Agreed(1, crew=Chiefs())
    assert not pace.took(1, 0.001) and pace.took(1, 0.001) and (pace.steps, pace.settled) == (1, True)
    alone = Pace(1)
    assert not alone.took(1, 0.001) and not alone.took(1, 0.001) and alone.steps == 2


SPEC = """
name: t
data: {source: Digits, validation: 0.2, batch: 100}
model:
  inputs: {image: [8, 8, 1]}
  layers:
    - Rescaling: =1 / 16
    - Conv2D: [8, 3, use_bias: false]
    - BatchNormalization
    - Activation: relu
    - Flatten
    - Dropout: 0.2
    - Dense: [10, activation: softmax]
      name: label
train: {loss: SparseCategoricalCrossentropy, metrics: [accuracy], optimizer: {Adam: 1e-3}, clip: 1.0, epochs: 2, seed: 1}
"""


def build(folder: Path, *words: str, **how) -> subprocess.Popen:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "TF_CPP_MIN_LOG_LEVEL": "3"}
    return subprocess.Popen([sys.executable, "-m", "builder", "train", "t.yaml", *words], cwd=folder, env=environment, text=True,
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **how)


def children(process: subprocess.Popen) -> list[int]:
    """The workers of a launcher, the chief first."""
    found = subprocess.run(["ps", "-o", "pid=", "--ppid", str(process.pid)], capture_output=True, text=True, check=True).stdout.split()
    return sorted(map(int, found))


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc").exists(), reason="finds the workers by ps")
@pytest.mark.parametrize("victim", [0, 1])
def test_a_worker_that_is_killed_stops_all_and_the_run_goes_on(tmp_path, victim):
    (tmp_path / "t.yaml").write_text(SPEC)
    process = build(tmp_path, "--workers", "2", "--epochs", "60")
    for line in process.stdout:
        if line.startswith("epoch 3/"):
            break
    os.kill(children(process)[victim], signal.SIGKILL)
    began = time.monotonic()
    told = process.communicate(timeout=60)[0]
    assert process.returncode == 1 and time.monotonic() - began < 45
    assert f"error[worker-died]: worker {victim} of the 2" in told and "Traceback" not in told
    done = len(training.find_run("t", tmp_path / "runs").history.rows)
    assert done >= 3
    again = build(tmp_path, "--resume", "--epochs", "60", "--device", "mirrored:cpu:2")
    told = again.communicate(timeout=300)[0]
    assert again.returncode == 0 and f"after {done} epochs" in told, told
    assert len(training.find_run("t", tmp_path / "runs").history.rows) == 60


@pytest.mark.slow
def test_two_workers_and_two_parts_of_a_cpu_train_the_same_with_dropout(tmp_path):
    (tmp_path / "t.yaml").write_text(SPEC)
    ends = []
    for words in (("--workers", "2"), ("--device", "mirrored:cpu:2")):
        process = build(tmp_path, *words)
        told = process.communicate(timeout=300)[0]
        assert process.returncode == 0, told
        ends.append(training.find_run("t", tmp_path / "runs").history.last)
        time.sleep(1.1)  # a folder is named after its second
    for name in ("loss", "accuracy", "val_loss", "val_accuracy"):
        assert abs(ends[0][name] - ends[1][name]) < 1e-4
