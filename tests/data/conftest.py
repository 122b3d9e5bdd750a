"""What the tests of the data room share: a plan in a folder, the text of a fault, the real data if they are there."""

import os
from pathlib import Path

import pytest
from data_help import plan_of

from builder.data import open_data
from builder.diagnostics import SpecError, render

REAL = Path(os.environ.get("BRICKS_DATA") or Path(__file__).parents[2] / "../shared/data").resolve()


@pytest.fixture(autouse=True)
def cache(tmp_path_factory, monkeypatch):
    """A cache of the test's own."""
    folder = tmp_path_factory.mktemp("cache")
    monkeypatch.setenv("BRICKS_CACHE", str(folder))
    return folder


@pytest.fixture
def opened(tmp_path):
    """Opens a source in the test's own folder."""
    return lambda source, **more: open_data(plan_of(more.pop("base", tmp_path), source, **more))


@pytest.fixture
def told(opened, tmp_path):
    """The text of the faults that opening a source brings, with the test's folder as `HERE`."""

    def text(source, **more) -> str:
        with pytest.raises(SpecError) as caught:
            opened(source, **more)
        return render(caught.value.faults).replace(str(tmp_path), "HERE")

    return text


@pytest.fixture
def real():
    """The folder of the real data; without it the test is left out."""
    if not REAL.is_dir():
        pytest.skip(f"there are no real data at {REAL}: set BRICKS_DATA")
    return REAL
