"""The JSON Schema (draft 7) of the language for editors: its sections, and every brick from its signature.

The world is closed as in the language itself, as far as a schema can know it: the general schema takes any capital name for a
brick where a spec has blocks, imports or code of its own; the schema of one spec knows those by name.
"""

from builder.catalog.bricks import Bricks
from builder.catalog.catalogue import KerasCatalogue
from builder.catalog.own import NOTHING, Own
from builder.catalog.sections import closed_variant, section_definitions
from builder.catalog.values import ref
from builder.graph.moulds import mould_signature

OWN_BRICKS = ("blocks", "imports", "code", "losses")


def json_schema(known: KerasCatalogue | None = None, own: Own = NOTHING) -> dict:
    """The schema of any spec, or with `own` of one, as yaml-language-server takes it. Keras is not imported."""
    known = known or KerasCatalogue()
    if own.losses:
        known = KerasCatalogue({**known.more, "loss": {**known.more.get("loss", {}), **{name: mould_signature(loss) for name, loss in own.losses.items()}}})
    bricks = Bricks(known, own)
    definitions = section_definitions(own, bricks.steps(), bricks.called("loss"), bricks.defaults()) | bricks.definitions()
    root = ref("spec")
    if own is NOTHING:
        definitions |= closed_variant(definitions) | bricks.closed()
        root = {"if": {"anyOf": [{"required": [key]} for key in OWN_BRICKS]}, "then": root, "else": ref("spec.closed")}
    return {"$schema": "http://json-schema.org/draft-07/schema#", "title": "keras-bricks", **root, "definitions": definitions}
