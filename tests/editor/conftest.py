"""A running yaml-language-server and the schema it is shown; skipped where there is none."""

import os
import shutil
import sys
from pathlib import Path

import pytest

HOME = Path(__file__).parents[2]


def found_server() -> list[str] | None:
    """The command of the server: YAML_LANGUAGE_SERVER, the PATH, or the checkout's node_modules."""
    places = [os.environ.get("YAML_LANGUAGE_SERVER"), shutil.which("yaml-language-server"), HOME / "node_modules" / ".bin" / "yaml-language-server"]
    there = next((Path(place) for place in places if place and Path(place).exists()), None)
    return [str(there), "--stdio"] if there and shutil.which("node") else None


@pytest.fixture(scope="session")
def server():
    from language_server import LanguageServer

    command = found_server()
    if command is None or sys.platform == "win32":
        pytest.skip("no yaml-language-server: `npm install yaml-language-server`, or set YAML_LANGUAGE_SERVER")
    with LanguageServer(command) as running:
        yield running


@pytest.fixture(scope="session")
def editor(server, tmp_path_factory):
    """An editor on a spec whose modeline names the general schema."""
    import json

    from editor_help import Editor

    from builder.catalog.schema import json_schema

    folder = tmp_path_factory.mktemp("editor")
    (folder / "bricks.schema.json").write_text(json.dumps(json_schema()), encoding="utf-8")
    return Editor(server, folder / "spec.yaml", "bricks.schema.json")
