"""`build schema`: the JSON Schema of the language, for editors."""

import click


@click.command(epilog="\b\nExample:\n  build schema > bricks.schema.json\nthen begin a spec with\n  # yaml-language-server: $schema=bricks.schema.json")
def command() -> None:
    """Print the JSON Schema of the spec language, with Keras's own help for every brick and argument."""
    import json

    from builder.catalog.schema import json_schema

    click.echo(json.dumps(json_schema(), indent=1))
