"""The page that a run ends in: what stands on it, however the run ends, and that nothing of the run depends on it."""

import importlib
import json
import re
import signal
import sys

import numpy as np
import pytest

import builder
from builder.diagnostics import SpecError
from builder.report import FILE
from builder.training import Interrupted, Silent


class Listener(Silent):
    """Remembers the warnings, and stops the run after its first epoch where it is asked to."""

    def __init__(self, stop: bool = False):
        self.stop, self.warned = stop, []

    def warning(self, fault) -> None:
        self.warned.append(fault.kind)

    def epoch_ended(self, epoch, epochs, row) -> None:
        if self.stop:
            signal.raise_signal(signal.SIGINT)


def page(run) -> str:
    return (run.folder / FILE).read_text(encoding="utf-8")


def sections(text: str) -> list[str]:
    return re.findall(r'<section id="(\w+)"', text)


def test_a_finished_run_has_the_whole_page(digits):
    text = page(digits)
    assert sections(text) == ["network", "training", "evaluation", "mistakes", "data", "spec", "environment"]
    accuracy = digits.info["test"]["accuracy"]
    assert f"{accuracy:.4g}" in text and "180 examples of the test split" in text
    assert "A line through &lt;b&gt;digits&lt;/b&gt;." in text
    assert "build train" in text and "tiny.yaml" in text
    assert "1,437 examples" in text and text.count('alt="input of example') == min(24, len(mistakes(digits)))


def mistakes(run) -> list[dict]:
    return json.loads((run.folder / "evaluation.json").read_text())["outputs"]["label"]["mistakes"]


def test_the_page_needs_nothing_outside_it(digits):
    text = page(digits)
    addresses = re.findall(r'\s(?:src|href|action|poster)="?([^"\s>]+)', re.sub(r"<script.*?</script>", "", text, flags=re.DOTALL))
    assert addresses and all(address.startswith(("data:", "#")) for address in addresses)
    assert "default-src 'none'" in text and " style=" not in text and " onclick=" not in text
    assert len(text) < 2_000_000


def test_the_worst_mistakes_are_the_surest_wrong_ones(digits):
    from builder.experiment import check
    from builder.opening import data_of

    data = data_of(check(digits.folder / "spec.yaml"), smoke=False)
    split = data.evaluation
    shares = digits.model.predict({"image": split.rows("image", range(split.size))}, verbose=0)["label"]
    true, said = split.rows("label", range(split.size)), shares.argmax(1)
    wrong = sorted(np.flatnonzero(said != true), key=lambda index: -shares[index].max())[:24]
    assert [one["index"] for one in mistakes(digits)] == wrong
    first = mistakes(digits)[0]
    assert (first["true"], first["said"]) == (str(true[wrong[0]]), str(said[wrong[0]]))
    assert first["sure"] == pytest.approx(shares[wrong[0]].max(), rel=1e-4)


def test_rows_are_shown_by_their_fields_and_nothing_escapes(table):
    text = page(table)
    assert "<img src=x" not in text and "</script><img" not in text
    assert "&lt;img src=x onerror" in text
    assert re.search(r"<th[^>]*>size</th><th[^>]*>note</th>", text)


def test_a_stopped_run_says_so_and_has_no_figures_of_a_test(spec):
    with pytest.raises(Interrupted) as stop:
        builder.train(spec, {"train.epochs": 9}, runs=spec.parent / "runs", reporter=Listener(stop=True))
    text = (stop.value.folder / FILE).read_text()
    assert "stopped by its user" in text and "1 epoch, " in text
    assert sections(text) == ["network", "training", "data", "spec", "environment"]


def test_a_failed_run_says_why_in_the_words_of_its_fault(spec):
    spec.write_text(spec.read_text().replace("softmax", "exponential"))
    with pytest.raises(SpecError):
        builder.train(spec, {"train.optimizer": "{SGD: 1e9}"}, runs=spec.parent / "runs")
    text = next((spec.parent / "runs").rglob(FILE)).read_text()
    assert "What went wrong" in text and "became not a number" in text and "try a smaller learning rate" in text


def test_a_page_that_cannot_be_written_is_one_warning(spec, monkeypatch):
    from builder.report import closing

    def full(*what):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(closing, "write", full)
    listener = Listener()
    run = builder.train(spec, runs=spec.parent / "runs", reporter=listener)
    assert listener.warned == ["report-unwritten"]
    assert run.state == "finished" and run.info["test"]["accuracy"] > 0.1 and (run.folder / "model.keras").is_file()


def test_evaluating_goes_on_where_the_page_cannot_be_written(digits, tmp_path):
    import shutil

    from builder.training import Run

    other = Run(shutil.copytree(digits.folder, tmp_path / "copy"))
    (other.folder / FILE).unlink()
    (other.folder / FILE).mkdir()
    warned = []
    assert builder.evaluate(other, warn=warned.append).metrics == builder.evaluate(digits).metrics
    assert [fault.kind for fault in warned] == ["report-unwritten"] and not list(other.folder.glob(".tmp*"))


def test_a_tall_network_is_drawn_closed_on_paper(tmp_path):
    from builder.draw import drawing
    from builder.experiment import check
    from builder.report.page import _height, _still
    from builder.training import Run

    graph = check("resnet50").graph
    drawn, whole = _still(Run(tmp_path), graph), drawing(graph, ".svg")
    assert 0 < _height(drawn) < _height(whole) / 3
    (tmp_path / "graph.svg").write_bytes(whole)
    assert _still(Run(tmp_path), None) == whole


def test_what_was_warned_of_stands_on_the_page(spec):
    spec.write_text(spec.read_text().replace("SparseCategoricalCrossentropy,", "{SparseCategoricalCrossentropy: {from_logits: true}},"))
    run = builder.train(spec, {"train.epochs": 1}, runs=spec.parent / "runs")
    assert 'class="fault warning"' in page(run) and "from_logits" in page(run)


def test_a_longer_run_keeps_the_spec_that_it_was_made_by(spec):
    runs = spec.parent / "runs"
    run = builder.train(spec, {"train.epochs": 1}, runs=runs)
    with pytest.raises(SpecError) as refused:
        builder.train(None, {"train.optimizer.Adam": "1e-3"}, runs=runs, resume=run.folder)
    assert refused.value.faults[0].kind == "run-changed"
    assert "epochs: 1" in (run.folder / "spec.yaml").read_text() and "evaluation" in sections(page(run))
    builder.train(None, {"train.epochs": 2}, runs=runs, resume=run.folder)
    assert "epochs: 2" in (run.folder / "spec.yaml").read_text() and "2 epochs" in page(run)


def test_evaluating_writes_the_page_anew_and_reads_the_split_once(digits, monkeypatch):
    from builder.data import Split

    read, plain = [], Split.dataset
    monkeypatch.setattr(Split, "dataset", lambda split, *what, **how: read.append(split.name) or plain(split, *what, **how))
    before = page(digits)
    (digits.folder / FILE).unlink()
    builder.evaluate(digits)
    assert read == ["test"]
    assert sections(page(digits)) == sections(before)


def test_exports_are_proved_with_real_examples(digits, monkeypatch, tmp_path):
    seen = {}
    importlib.import_module("builder.export")
    monkeypatch.setattr(sys.modules["builder.export"], "export", lambda model, formats, folder, **more: seen.update(more) or [])
    from builder.experiment import export

    export(digits, ["keras"], tmp_path)
    assert seen["samples"]["image"].shape == (4, 8, 8, 1) and seen["samples"]["image"].max() > 10
