"""The law between `build check` and the schema: what the one accepts, the other does not mark. Needs no language server."""

import pytest
from corpus import right

from builder.catalog.schema import json_schema
from builder.diagnostics import Source
from builder.language.text import parse
from builder.language.tree import plain

jsonschema = pytest.importorskip("jsonschema")


@pytest.fixture(scope="module")
def validator():
    return jsonschema.Draft7Validator(json_schema())


def test_what_check_accepts_the_schema_accepts(validator):
    found = {name: [error.message for error in validator.iter_errors(plain(parse(Source("spec", text))))] for name, text in right().items()}
    assert {name: messages for name, messages in found.items() if messages} == {}
    assert len(found) > 60
