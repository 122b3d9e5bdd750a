"""`build doctor`: what there is, what is missing, and whether it works."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from builder.diagnostics import render
from builder.training import checkup

ROOT = Path(__file__).parents[2]


def doctor(*words: str, **env: str) -> subprocess.CompletedProcess:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **env}
    return subprocess.run([sys.executable, "-m", "builder", "doctor", *words], capture_output=True, text=True, timeout=300, env=environment, check=False)


@pytest.fixture(scope="module")
def told() -> dict:
    ran = doctor("--json", TF_CONFIG='{"cluster": 1}', TF_ENABLE_ONEDNN_OPTS="0")
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)


def test_it_tries_every_device(told):
    assert told["ok"] and told["devices"][0]["name"] == "cpu"
    assert all(device["step"] > 0 and device["first"] >= device["step"] and device["product"] > 0 for device in told["devices"])


def test_it_tells_versions_and_the_machine(told):
    from importlib.metadata import version

    assert told["versions"]["keras"] == version("keras") and told["versions"]["python"] == sys.version.split()[0]
    assert told["machine"]["cpus"] == os.cpu_count() and all(Path(folder["path"]).is_absolute() for folder in told["folders"])


def test_it_warns_of_what_changes_results(told):
    assert told["variables"]["TF_ENABLE_ONEDNN_OPTS"] == "0"
    assert {fault["kind"] for fault in told["faults"]} >= {"slow-onednn", "bad-cluster"}
    assert all(fault["severity"] == "warning" for fault in told["faults"])


def test_extras_are_those_the_package_declares(told):
    import tomllib

    declared = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    if (ROOT / "builder").samefile(Path(checkup.__file__).parents[1]):
        assert {extra["name"] for extra in told["extras"]} == set(declared)
    assert all(extra["installed"] == (not extra["missing"]) for extra in told["extras"])


def test_it_tells_what_every_extra_is_for():
    import tomllib

    from builder.commands.doctor_ import FOR

    assert set(FOR) == set(tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"])


def test_an_extra_is_missing_where_a_package_is_absent_or_too_old():
    extra = checkup._extra("x", ["click>=8", "click>=99", "no-such-package-here>=1"])
    assert list(extra.found) == ["click"] and extra.missing == ("click>=99", "no-such-package-here>=1") and not extra.installed


def test_what_is_broken_is_an_error_and_the_exit_code_1():
    ran = doctor(KERAS_BACKEND="jax")
    assert ran.returncode == 1 and "error[wrong-backend]" in ran.stderr and "versions" in ran.stdout and "Traceback" not in ran.stderr


def test_a_card_with_a_driver_that_is_not_used_is_told(monkeypatch):
    monkeypatch.setattr(checkup, "has_driver", lambda: True)
    monkeypatch.setattr(checkup, "why_no_gpu", lambda: "libraries")
    faults = list(checkup.late_faults([checkup.Device("cpu", "x"), checkup.Device("gpu:1", "y", problem="it burns")][:1]))
    assert [fault.severity for fault in faults] == ["warning"] and "pip install 'tensorflow[and-cuda]'" in render(faults)


def test_a_device_that_fails_is_an_error():
    faults = list(checkup.late_faults([checkup.Device("gpu:0", "a card", problem="it burns")]))
    assert faults[0].kind == "device-fails" and faults[0].severity == "error" and "it burns" in render(faults)


def test_folders_are_counted_once(tmp_path):
    (tmp_path / "inner").mkdir()
    (tmp_path / "a").write_bytes(b"12345")
    (tmp_path / "inner" / "b").write_bytes(b"123")
    assert checkup._size(tmp_path, [tmp_path / "inner"]) == 5 and checkup._size(tmp_path, []) == 8
