"""The catalogue's page and the table of sources say what the catalogue says."""

import importlib.util

from docs_pages import ROOT

from builder.catalog.signatures import keras_version

spec = importlib.util.spec_from_file_location("make_catalogue", ROOT / "docs" / "make_catalogue.py")
make_catalogue = importlib.util.module_from_spec(spec)
spec.loader.exec_module(make_catalogue)
MEND = "run `python docs/make_catalogue.py`"


def test_the_catalogue_is_up_to_date():
    written, made = (ROOT / "docs/catalogue.md").read_text(encoding="utf-8"), make_catalogue.page()
    if f"## Keras {keras_version()}\n" not in written:  # another Keras has other bricks: only ours must agree
        written, made = (text.partition("## Keras")[0] for text in (written, made))
    assert written == made, MEND


def test_the_table_of_sources_is_up_to_date():
    written = (ROOT / "docs/language.md").read_text(encoding="utf-8")
    assert written == make_catalogue.with_tables(written), MEND
