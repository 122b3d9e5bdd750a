"""`train --live`: a run watched from its first event to its last, stopped and gone on with, and equal to one nobody watched."""

import base64
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

import builder
from builder import training
from builder.commands.train_ import command
from builder.report import live, serve
from builder.report.live import Live, time_left
from builder.training import Interrupted, Run

ROOT = Path(__file__).parents[2]
SPEC = """
name: watched
data: {source: {Moons: [n: 200]}, validation: 0.2, batch: 20}
model:
  inputs: {point: [2]}
  layers:
    - Dense: [8, activation: relu]
    - Dropout: 0.2
    - Dense: [2, activation: softmax]
      name: label
train: {loss: SparseCategoricalCrossentropy, optimizer: {Adam: 1e-2}, metrics: [accuracy], epochs: 4, seed: 3}
"""


class Train:
    """`build train` in a process of its own, what it says in files."""

    def __init__(self, folder: Path, *words: str):
        self.said, self.told = folder / "stderr.txt", folder / "stdout.txt"
        env = {**os.environ, "PYTHONPATH": str(ROOT), "TF_NUM_INTRAOP_THREADS": "1", "DISPLAY": "", "WAYLAND_DISPLAY": "", "BROWSER": ""}
        with open(self.said, "w") as said, open(self.told, "w") as told:
            self.process = subprocess.Popen([sys.executable, "-m", "builder", "train", *words], cwd=folder, env=env, stderr=said, stdout=told)

    @property
    def err(self) -> str:
        return self.said.read_text()

    def address(self) -> str:
        """The address that a run tells."""
        while "live at" not in self.err:
            assert self.process.poll() is None, self.err
            time.sleep(0.05)
        return next(line.split()[-1] for line in self.err.splitlines() if line.startswith("live at "))

    def stop(self) -> None:
        self.process.send_signal(signal.SIGINT)

    def end(self) -> int:
        """The exit code."""
        return self.process.wait(60)


def events(address: str):
    """The events of a stream as (kind, facts), to its end."""
    with urllib.request.urlopen(f"{address}events", timeout=60) as stream:
        kind = ""
        for line in stream:
            name, _, value = line.decode().rstrip("\n").partition(": ")
            if name == "event":
                kind = value
            elif name == "data":
                yield kind, json.loads(value)


def test_a_run_is_told_from_its_first_event_to_its_report(tmp_path):
    process = Train(tmp_path, "spirals", "--live", "--port", "0", "--open", "--epochs", "3")
    found = process.address()
    with urllib.request.urlopen(found) as answer:
        page = answer.read().decode()
    heard = list(events(found))
    assert process.end() == 0, process.err
    assert "note: there is no browser here to open" in process.err and "report" in process.told.read_text()
    kinds, (_, whole) = [kind for kind, _ in heard], heard[0]
    rows = whole["rows"] + [facts for kind, facts in heard if kind == "row"]
    assert kinds[0] == "whole" and kinds[-1] == "end" and kinds.count("end") == 1
    assert [row["epoch"] for row in rows] == [1, 2, 3] and {"loss", "val_loss", "accuracy", "val_accuracy"} <= set(rows[0])
    assert whole["run"]["epochs"] == 3 and whole["film"]["plane"]["classes"] == ["0", "1", "2"]
    frames = whole["film"]["frames"] + [facts for kind, facts in heard if kind == "frame"]
    assert frames[0]["epoch"] == 0 and frames[-1]["epoch"] == 3
    assert len(base64.b64decode(frames[-1]["cells"])) == 100 * 100 and frames[0]["cells"] != frames[-1]["cells"]
    assert "connect-src 'self'" in page and "EventSource" in page
    end = heard[-1][1]
    assert end["state"] == "finished" and 'id="boundary"' in (tmp_path / end["report"]).read_text()
    assert rows == list(Run(tmp_path / end["folder"]).history.rows)


@pytest.mark.slow
def test_ctrl_c_leaves_a_run_that_goes_on_and_shows_its_earlier_epochs(tmp_path):
    """Stopped while it is watched, gone on with while it is watched, stopped again."""
    words = ("spirals", "--live", "--port", "0", "--epochs", "5000")
    process, heard = Train(tmp_path, *words), []
    for event in events(process.address()):
        heard.append(event)
        if len(heard) == 20:
            process.stop()
    last, ended = heard[-1]
    assert process.end() == 130 and last == "end" and ended["state"] == "interrupted" and "`--resume` goes on" in ended["text"]
    done = len(Run(tmp_path / ended["folder"]).history.rows)
    again = Train(tmp_path, *words, "--resume")
    stream = events(again.address())
    kind, whole = next(stream)
    again.stop()
    assert [kind for kind, _ in stream][-1] == "end" and again.end() == 130
    assert kind == "whole" and whole["run"]["resumed"] and done >= 5
    assert [row["epoch"] for row in whole["rows"]][:done] == list(range(1, done + 1))
    assert whole["film"]["frames"][0]["epoch"] == 0


def test_a_port_in_use_is_one_sentence_before_anything_is_trained(tmp_path):
    with closing(socket.socket()) as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        process = Train(tmp_path, "spirals", "--live", "--port", str(other.getsockname()[1]))
        assert process.end() == 1
    assert process.err.startswith("error[port-refused]: port ") and "Traceback" not in process.err
    assert not (tmp_path / "runs").exists()


def test_the_next_free_port_is_taken_and_told(tmp_path, monkeypatch):
    """In this process, with another page on the port that is well known."""
    monkeypatch.chdir(tmp_path)
    with closing(serve.listen(None)):
        said = CliRunner().invoke(command, ["spirals", "--live", "--epochs", "1"])
    assert said.exit_code == 0, said.output
    assert f"note: port {serve.PORT} is in use, so the next free one is taken\nlive at http://127.0.0.1:" in said.output
    assert f"127.0.0.1:{serve.PORT}/" not in said.output


@pytest.mark.parametrize("word", ["--live", "--open", "--port=0"])
def test_a_trial_has_no_page(word):
    said = CliRunner().invoke(command, ["spirals", "--smoke", word])
    assert said.exit_code == 2 and "nothing to --live" in said.output


def trained(folder: Path, monkeypatch, watched: bool) -> tuple[Run, list[np.ndarray]]:
    """A run, with or without the live page, a frame of the plane at every epoch."""
    monkeypatch.setattr(live, "FRAMES", 0.0)
    monkeypatch.setattr(live, "SHARE", 1.0)
    if not watched:
        run = builder.train(SPEC, runs=folder)
    else:
        with Live(0) as page:
            run = builder.train(SPEC, runs=folder, reporter=page)
    return run, [np.array(weight) for weight in run.model.weights]


def test_watching_changes_no_bit(tmp_path, monkeypatch):
    """Dropout draws as it would have, whether the plane is looked at between epochs or not."""
    (alone, one), (seen, other) = (trained(tmp_path / str(watched), monkeypatch, watched) for watched in (False, True))
    assert all(a.tobytes() == b.tobytes() for a, b in zip(one, other, strict=True))
    assert alone.history["val_loss"] == seen.history["val_loss"]
    film = json.loads((seen.folder / "boundary.json").read_text())
    assert [frame["epoch"] for frame in film["frames"]] == [0, 1, 2, 3, 4]


class Stopping(Live):
    """A live page whose viewer presses Ctrl-C in the third epoch."""

    def epoch_started(self, epoch: int, *more: int) -> None:
        super().epoch_started(epoch, *more)
        if epoch == 3:
            os.kill(os.getpid(), signal.SIGINT)


@pytest.mark.slow
def test_a_watched_run_resumes_exactly(tmp_path, monkeypatch):
    _, whole = trained(tmp_path / "whole", monkeypatch, watched=False)
    with pytest.raises(Interrupted), Stopping(0) as page:
        builder.train(SPEC, runs=tmp_path / "broken", reporter=page)
    run = training.find_run("watched", tmp_path / "broken")
    with Live(0) as page:
        builder.train(None, runs=tmp_path / "broken", resume=run.folder, reporter=page)
    assert all(a.tobytes() == np.array(b).tobytes() for a, b in zip(whole, run.model.weights, strict=True))
    assert [row["epoch"] for row in page.scene.rows] == [1, 2, 3, 4]


def test_a_spec_without_a_plane_is_served_without_one(tmp_path):
    with Live(0) as page:
        builder.train("mlp", {"train.epochs": "1"}, runs=tmp_path, reporter=page)
    assert page.scene.film is None and len(page.scene.rows) == 1 and page.scene.end["state"] == "finished"


def test_a_run_that_fails_says_so_on_its_page(tmp_path):
    page = Live(0)
    with pytest.raises(builder.diagnostics.SpecError), page:
        builder.train(SPEC, {"train.optimizer": "{SGD: 1e12}"}, runs=tmp_path, reporter=page)
    assert page.scene.end["state"] == "failed" and "the loss of" in page.scene.end["text"]


def test_the_time_left_is_told_by_the_epochs_just_past():
    rows = [{"seconds": seconds} for seconds in (60.0, 2.0, 2.0, 3.0, 2.0)]
    assert time_left(rows, 10, 0.5) == 9.0
    assert time_left([], 10, 0.5) is None
    assert time_left(rows, 5, 0.0) == 0.0
