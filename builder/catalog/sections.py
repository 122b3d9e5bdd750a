"""The schema of the language's own words: sections, steps and phases. Bricks come in by reference."""

from builder.language.spec import FORMATS

NAME = {"type": "string"}
BRICK = "^([A-Z]|ops\\.)"


def ref(name: str) -> dict:
    return {"$ref": f"#/definitions/{name}"}


def one_of(*schemas: dict) -> dict:
    return {"anyOf": list(schemas)}


def any_brick() -> dict:
    """Blocks and the user's own bricks, which the schema cannot know: any capital name."""
    return {"^[A-Z]": {}}


def told(text: str, schema: dict) -> dict:
    return {"description": text, **schema}


def list_of(schema: dict) -> dict:
    return {"type": "array", "items": schema}


def closed(properties: dict, **more: object) -> dict:
    return {"type": "object", "properties": properties, "additionalProperties": False, **more}


def named(schema: dict) -> dict:
    return {"type": "object", "additionalProperties": schema}


FORMAT = {"enum": list(FORMATS)}
NAMES = one_of(NAME, list_of(NAME))
NUMBER = one_of({"type": "number"}, ref("formula"))
WHOLE = one_of({"type": "integer"}, ref("formula"))
YES = one_of({"type": "boolean"}, ref("formula"))
FORMULA = {"type": "string", "pattern": "^="}


def section_definitions() -> dict:
    """Definitions of everything but the bricks; `spec` is the root."""
    return {
        "formula": told("A formula, worked out when the spec is laid: `=width * 2`.", FORMULA),
        "spec": closed(TOP), "params": told("Parameters, with defaults or without.", PARAMS),
        "defaults": told("Defaults of arguments for the bricks laid below.", named({"type": "object"})),
        "shape": one_of(list_of(one_of({"type": "integer"}, {"type": "null"}, ref("formula"))), ref("formula")),
        "input": one_of(ref("shape"), told("A dtype.", NAME), closed({"shape": ref("shape"), "dtype": NAME})),
        "outputs": one_of(NAME, list_of(NAME), named(NAME)),
        "block": closed(BLOCK, required=["layers"]), "network": closed(NETWORK, required=["inputs", "layers"]),
        "steps": one_of(list_of(ref("step")), {"type": "null"}), "step": _step(),
        "from": one_of(NAME, list_of(NAME), named(one_of(NAME, list_of(NAME)))),
        "data": closed(DATA, required=["source"]), "field": one_of(NAME, closed(FIELD)),
        "phase": closed(PHASE), "loss.term": _loss(),
        "metric.list": one_of(ref("metric"), list_of(ref("metric")), {"type": "null"}),
    }


def _step() -> dict:
    """A brick's bare name, or a map that holds one brick and the words beside it."""
    step = {"type": "object", "allOf": [ref("step.brick")], "properties": STEP,
            "patternProperties": {BRICK: {}}, "additionalProperties": False}
    return one_of(ref("layer.name"), ref("op.name"), step)


def _loss() -> dict:
    beside = {"target": told("The data field it is compared with.", NAME),
              "weight": told("Its share of the sum.", NUMBER)}
    called = {"type": "object", "allOf": [ref("loss.brick")], "properties": beside, "patternProperties": any_brick(),
              "additionalProperties": False, "minProperties": 1}
    return one_of(ref("loss.name"), called, {"type": "null"})


PARAMS = one_of(list_of(one_of(NAME, {"type": "object"})), {"type": "object"})
STEP = {
    "name": told("Names the step's output, and the Keras layer.", NAME),
    "from": told("What it reads: a name, a list of names, or call arguments by name.", ref("from")),
    "as": told("Names several outputs.", NAMES),
    "repeat": told("Lays the step so many times, each with its own weights.", WHOLE),
    "when": told("Lays the step only if this holds.", YES),
    "else": told("What is laid where `when` does not hold.", one_of(ref("step"), ref("steps"))),
    "trainable": told("Whether its weights are trained.", YES),
    "weights": told("A file with the weights to start from.", NAME),
    "use": told("A network, or an earlier step whose layer is applied again; weights are shared.", NAME),
    "formula": told("An equation on wires, with functions of keras.ops.", one_of(NAME, {"type": "number"})),
    "layers": told("A group of steps.", ref("steps")),
    "branches": told("Steps side by side on the same input.", list_of(one_of(ref("steps"), ref("step")))),
    "merge": told("The brick that joins the branches.", ref("layer")),
    "for": told("Variables taken in step through their lists.", {"type": "object"}),
}
BLOCK = {
    "description": told("What the block is.", NAME), "params": ref("params"),
    "inputs": told("Names of the inputs; left out, the one `input`.", NAMES), "outputs": ref("outputs"),
    "defaults": ref("defaults"), "layers": ref("steps"),
}
NETWORK = {
    "inputs": told("Inputs by name: a shape without the batch, a dtype, or both.", named(ref("input"))),
    "layers": ref("steps"), "outputs": told("Wires that come out; left out, the last one.", ref("outputs")),
    "defaults": ref("defaults"),
}
FIELD = {"from": told("The field of the source.", NAME), "reshape": ref("shape")}
SHARE = one_of(NUMBER, ref("source"))
DATA = {
    "source": told("Where the examples come from.", ref("source")),
    "fields": told("Fields of the source under new names.", named(ref("field"))),
    "validation": told("A share of the data, or a source of its own.", SHARE),
    "test": told("A share of the data, or a source of its own.", SHARE),
    "augment": told("Layers that change training examples at random.", one_of(ref("layer"), list_of(ref("layer")))),
    "batch": told("Examples in a batch.", WHOLE), "cache": told("Where read examples are kept; true: in memory, if they fit.", one_of({"enum": ["memory", "disk"]}, YES)),
    "skip_bad": told("Whether bad files and rows are skipped and counted.", YES),
    "seed": told("Orders and splits depend on it alone.", WHOLE),
}
PHASE = {
    "loss": told("The loss, or one for each output; null for an output that is not trained.",
                 one_of(ref("loss.term"), named(ref("loss.term")))),
    "optimizer": ref("optimizer"),
    "metrics": told("Metrics, or a list of them for each output.",
                    one_of(ref("metric.list"), named(ref("metric.list")))),
    "epochs": told("Passes over the training data.", WHOLE),
    "freeze": told("Patterns of layer names that are not trained.", NAMES),
    "unfreeze": told("Patterns of layer names that are trained again.", NAMES),
    "callbacks": told("Keras callbacks.", one_of(ref("callback"), list_of(ref("callback")))),
    "precision": told("A Keras dtype policy.", one_of({"enum": ["float32", "mixed_bfloat16", "mixed_float16"]}, NAME)),
    "clip": told("Greatest global norm of the gradients.", NUMBER),
    "seed": told("Makes two runs on one CPU equal.", WHOLE),
}
TOP = {
    "name": told("The name of the spec, and of its runs.", NAME),
    "description": told("What it is, and after which source.", NAME),
    "params": ref("params"), "imports": told("Files whose blocks and networks are used, relative to this one.", NAMES),
    "code": told("Python files with bricks; they run only with `--trust`.", NAMES), "defaults": ref("defaults"),
    "blocks": told("Moulds written in the language itself.", named(ref("block"))),
    "losses": told("Losses written as formulas.", {"type": "object"}),
    "networks": told("Graphs with weights of their own, shared by every `use`.", named(ref("network"))),
    "data": ref("data"), "model": told("The network that is trained and exported.", ref("network")),
    "train": told("One phase, or a list of phases run in order.", one_of(ref("phase"), list_of(ref("phase")))),
    "export": closed({"formats": told("What is written.", one_of(FORMAT, list_of(FORMAT)))}),
}
