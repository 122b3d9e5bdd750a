"""What there is to know of a brick, as plain data for `build describe` and `build list`."""

from collections.abc import Iterable, Mapping

from builder.catalog.catalogue import KerasCatalogue
from builder.catalog.docs import summary
from builder.graph.catalogue import Parameter, Signature

KINDS = ("layer", "op", "activation", "loss", "metric", "optimizer", "schedule", "initializer", "regularizer",
         "constraint", "callback", "source", "sampler")


def describe(name: str, known: KerasCatalogue | None = None) -> list[dict]:
    """Everything of that name, one entry for each kind that has it (`MeanSquaredError` is a loss and a metric).

    Each entry has `kind`, `name`, `module`, `help` (the whole text), `summary`, `call` (what a layer is called
    with), and `parameters`: name, type, required, default, choices, help.
    """
    known = known or KerasCatalogue()
    found = [known.find(kind, name) for kind in KINDS] + [known.find("op", f"ops.{name}"), known.find("layer", f"applications.{name}")]
    return [described(signature) for signature in found if signature]


def described(signature: Signature) -> dict:
    return {
        "kind": signature.kind, "name": signature.name, "module": signature.module, "help": signature.help,
        "summary": summary(signature.help), "call": list(signature.call),
        "parameters": [_parameter(parameter) for parameter in signature.parameters],
    }


def listing(kind: str, known: KerasCatalogue | None = None) -> list[tuple[str, str]]:
    """Every brick of a kind with its summary; another name of the same class is left out."""
    known = known or KerasCatalogue()
    found = [known.find(kind, name) for name in known.names(kind)]
    return [(one.name, summary(one.help)) for one in _without_aliases(found)]


def same_as(signature: Signature, names: Iterable[str]) -> str:
    """The proper name of a brick: that of its class, if it is public too."""
    original = signature.module.rpartition(":")[2]
    return original if original in names else signature.name


def _without_aliases(found: list[Signature]) -> list[Signature]:
    names = {one.name for one in found}
    return [one for one in found if one.kind in ("op", "activation") or same_as(one, names) == one.name]


def _parameter(parameter: Parameter) -> Mapping[str, object]:
    default = {} if parameter.required else {"default": parameter.default}
    return {"name": parameter.name, "type": parameter.type, "required": parameter.required, **default,
            "choices": list(parameter.choices), "help": parameter.help}
