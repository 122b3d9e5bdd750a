"""The schema of the language's own words: sections, steps and phases. Bricks come in by reference."""

from collections.abc import Iterable

from builder.catalog import programs
from builder.catalog.own import NOTHING, Own
from builder.catalog.values import LOWER, chosen, ref, snippet, suggesting, titled, told, when
from builder.graph.generating import SEARCHES
from builder.graph.plan import CACHES, PRECISIONS
from builder.language.ensembles import COMBINE
from builder.language.spec import DTYPES, EXECUTION, FORMATS
from builder.language.steps import BESIDE, KINDS

CAPITAL = {"^[A-Z]": {}}
NAME = {"type": "string"}
BRICKS = ("spec", "steps", "step", "step.name", "network", "block", "branch", "phase", "phase.first", "phase.data", "loss.term", "loss.outputs", "loss.name",
          "data",
          "source.value", "source.called", "source.name")  # open to unknown bricks, or closed


def one_or_list(schema: dict) -> dict:
    return when("array", {"items": schema}, schema)


def closed(properties: dict, where: str, **more: object) -> dict:
    """A mapping of known keys; `where` names it where a key is wrong."""
    return {"type": "object", "properties": titled(properties), "additionalProperties": False, "errorMessage": f"{where} has: {', '.join(properties)}", **more}


def named(schema: dict, names: Iterable[str] = ()) -> dict:
    """A mapping of names the user chooses; those already known are suggested."""
    return {"type": "object", "properties": {name: schema for name in names}, "additionalProperties": schema}


def types(*wanted: str, say: str) -> dict:
    return {"type": list(wanted), "errorMessage": say}


FORMULA = {"allOf": [ref("formula")]}
NAMES = {"type": ["string", "array"], "errorMessage": "a name, or a list of names", **when("array", {"items": NAME})}
NUMBER = types("string", "number", "null", say="a number, or a formula such as `=1 / 255`") | FORMULA
WHOLE = types("string", "integer", "null", say="a whole number, or a formula such as `=width * 2`") | FORMULA
YES = types("boolean", "string", "null", say="true, false, or a formula such as `=depth > 0`") | FORMULA
WIRE = {"type": "string", "allOf": [ref("wire")], "errorMessage": "the name of an earlier step"}
LISTED_WIRE = {"type": "string", "allOf": [ref("wire.listed")], "errorMessage": "the name of an earlier step"}
WIRES = {"type": ["string", "array"], **when("array", {"items": LISTED_WIRE}), "allOf": [ref("wire")]}


SOURCE_OF_WEIGHTS = types("string", say="a run, or a .keras, .weights.h5, .npz or .safetensors file")
WEIGHTS = told("Trained weights to start from, by name: a file or a run; `old.keras#other` takes those of another layer.", {
    "type": ["string", "object", "null"], **when("object", closed({
        "from": told("A run, or a file.", SOURCE_OF_WEIGHTS, "from: lenet5/latest"),
        "map": told("Names in the file, with what they are called here.", {"type": "object", "additionalProperties": NAME}, 'map: {"old.*": "new.*"}'),
        "skip": told("Patterns of names here that begin fresh.", NAMES, "skip: [label]"),
        "strict": told("Whether a layer that gets none is an error.", YES, "strict: true"),
    }, "`weights`", required=["from"]))}, "weights: old.keras")


def section_definitions(own: Own, bricks: dict, losses: dict, defaults: dict) -> dict:
    """Definitions of everything but the bricks; `spec` is the root.

    Args:
        own: what the spec adds.
        bricks: what a step can hold, by name.
        losses: the losses, by name.
        defaults: arguments by brick, as `defaults` holds them.
    """
    return {
        "formula": {"if": {"type": "string"}, "then": {"pattern": "^=",
                                                       "errorMessage": "a text here is a formula, such as `=width * 2`; a number stands without quotes"},
                    **suggesting(snippet(f"={name}", "a parameter") for name in own.params)},
        "wire": suggesting(map(snippet, own.wires)), "wire.listed": {"defaultSnippets": [snippet(name) for name in own.wires]},
        "spec": closed(_top(own), "a spec", minProperties=1), "params": PARAMS,
        "defaults": {"type": "object", "properties": defaults, "patternProperties": CAPITAL, "additionalProperties": False,
                     "errorMessage": "defaults has bricks with arguments: `defaults: {Conv2D: {padding: same}}`"},
        "shape": {"type": ["array", "string"], "items": types("integer", "null", "string", say="a size: a whole number, or null where it is free") | FORMULA,
                  "errorMessage": "a shape without the batch, such as [28, 28, 1]"} | FORMULA,
        "dtype": chosen("dtype", DTYPES), "weights": WEIGHTS, "input": _input(), "outputs": _outputs(),
        "block": closed(BLOCK, "a block", allOf=[{"required": ["layers"], "errorMessage": "a block has `layers: [...]`"}]),
        "network": closed(_network(), "a network", allOf=[{"required": ["inputs", "layers"], "errorMessage": "a network has `inputs` and `layers`"}]),
        "steps": {"type": ["array", "null"], "items": ref("step"), "errorMessage": "a list of steps: `- Dense: 10`"},
        "branch": when("array", ref("steps"), ref("step")),
        "step": _step(bricks, own), "from": {"type": ["string", "array", "object"], **when("object", named(WIRES), WIRES), "allOf": [ref("wire")]},
        "phase.data": closed(_data(own), "`data` of a phase"),
        "data": closed(_data(own), "`data`", allOf=[{"required": ["source"], "errorMessage": "`data` has a `source`"}]),
        "phase": closed(_phase(own), "a phase of `train`"),
        "phase.first": {"allOf": [ref("phase"),
                                  {"anyOf": [{"required": ["loss"]}, {"required": ["steps"]}], "errorMessage": "`train` has a `loss`, or `steps`"}]},
        "loss.term": _loss_term(losses, own), "loss.outputs": _loss_outputs(own),
        "metric.list": {**when("array", {"items": MEASURED}, when("null", {}, MEASURED))},
    } | programs.definitions(losses, _free(own), own)


MEASURED = {"if": {"type": "object", "anyOf": [{"required": [key]} for key in ("formula", "from", "target", "name")]}, "then": ref("metric.term"),
            "else": ref("metric.value")}


def closed_variant(definitions: dict) -> dict:
    """The definitions where bricks stand, for a spec that brings none of its own: an unknown one is a fault."""
    return {f"{name}.closed": _closed(definitions[name]) for name in BRICKS if name in definitions}


def _closed(schema: object) -> object:
    """A schema that refers to closed definitions, and takes no capital name but those it lists."""
    if isinstance(schema, list):
        return [_closed(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    target = str(schema.get("$ref", "")).rpartition("/")[2]
    kept = {key: value for key, value in schema.items() if (key, value) != ("patternProperties", CAPITAL)}
    return {key: f"{value}.closed" if key == "$ref" and target in BRICKS else _closed(value) for key, value in kept.items()}


def _step(bricks: dict, own: Own) -> dict:
    """A brick's bare name, or a map that holds one brick and the words beside it."""
    message = f"a step holds one brick (`build list bricks`), or one of {', '.join(KINDS)}; beside it may stand: {', '.join(BESIDE)}{own.again}"
    mapping = {"properties": {**titled(_words(own)), **bricks}, **_free(own), "additionalProperties": False, "minProperties": 1, "errorMessage": message,
               "dependencies": {"merge": ["branches"], "else": ["when"], "for": ["layers"]}}
    return when("object", mapping, when("string", ref("step.name"), {"type": "string", "errorMessage": "a step is a brick such as `Flatten` or `Dense: 10`"}))


def _input() -> dict:
    both = closed({"shape": told("Without the batch.", ref("shape")), "dtype": told("Left out: float32.", ref("dtype"))}, "an input")
    dtype = {"type": "string", "errorMessage": "a shape such as [28, 28, 1], or a dtype such as string", "allOf": [ref("dtype")]}
    return {"title": "input", **when("array", ref("shape"), when("object", both, dtype)), **suggesting(map(snippet, DTYPES))}


def _outputs() -> dict:
    return {"type": ["string", "array", "object", "null"], **when("array", {"items": LISTED_WIRE}, when("object", {"additionalProperties": WIRE})),
            "allOf": [ref("wire")]}


def _free(own: Own) -> dict:
    """The schema of one spec knows its bricks; the general one leaves room for them."""
    return {"patternProperties": CAPITAL} if own is NOTHING else {}


def _loss_term(losses: dict, own: Own) -> dict:
    fields = suggesting(map(snippet, own.fields))
    beside = {"target": told("The data field it is compared with, where it has not the output's name.", NAME | fields, "target: label"),
              "weight": told("Its share of the sum.", NUMBER, "weight: 0.3")}
    mapping = {"properties": {**titled(beside), **losses}, **_free(own), "additionalProperties": False, "minProperties": 1,
            "errorMessage": "a loss holds one loss of Keras, and may have target and weight"}
    text = {"type": ["string", "null"], "allOf": [ref("loss.name")], "errorMessage": "a loss is a brick such as MeanSquaredError"}
    return {**when("object", mapping, text), "allOf": [ref("loss.hints")]}


def _loss_outputs(own: Own) -> dict:
    """One loss, one for each output, told apart by the capital, or a list of terms."""
    each = {"properties": {name: ref("loss.term") for name in own.outputs}, "additionalProperties": ref("loss.term"), "allOf": [ref("loss.bricks")]}
    lower = {"if": {**LOWER, "not": {"required": ["formula"]}}, "then": each, "else": ref("term")}
    return {**when("array", {"items": ref("term")}, when("object", lower, ref("loss.term"))), "allOf": [ref("loss.hints")]}


PARAMS = {"type": ["array", "object"], **when("array", {"items": {"type": ["string", "object"]}}),
          "errorMessage": "names with or without values: [filters, size: 3], or {classes: 10}"}


LOOP = {"type": "object", "minProperties": 1, "additionalProperties": types("array", "string", say="a list, or a formula that gives one") | FORMULA}


def _words(own: Own) -> dict:
    networks = suggesting(map(snippet, own.networks))
    return {
        "name": told("Names the step's output, and the Keras layer.", NAME, "- Dense: 10\n  name: label"),
        "from": told("What it reads: a name, a list of names, or call arguments by name. Left out: the step before.", ref("from"),
                     "- Concatenate:\n  from: [skip, previous]"),
        "as": told("Names several outputs.", NAMES, "- LSTM: [16, return_state: true]\n  as: [sequence, h, c]"),
        "repeat": told("Lays the step so many times, each with its own weights.", WHOLE, "repeat: 3"),
        "when": told("Lays the step only if this holds.", YES, "when: =depth > 0"),
        "else": told("What is laid where `when` does not hold: a step, or a list of them.",
                     {"type": ["array", "object", "string"], **when("array", ref("steps"), ref("step"))}),
        "trainable": told("Whether its weights are trained.", YES, "trainable: false"),
        "weights": ref("weights"),
        "use": told("A network, or an earlier step whose layer is applied again; weights are shared.", NAME | networks,
                    "- {use: encoder, from: left, name: a}"),
        "formula": told("An equation on wires, with the functions of keras.ops.", types("string", "number", "boolean", say="an equation on wires"),
                        "- formula: (1 - z) * h + z * candidate"),
        "layers": told("A group of steps, to put `repeat`, `when` or `name` on several.", ref("steps"),
                       "- repeat: 2\n  layers:\n    - Dense: 32\n    - Dropout: 0.2"),
        "branches": told("Steps side by side on the same input; an empty branch passes it on.",
                         {"type": "array", "items": ref("branch"), "errorMessage": "a list of lists of steps"},
                         "- branches:\n    - [Conv2D: [64, 1]]\n    - []\n  merge: Concatenate"),
        "merge": told("The brick that joins the branches; left out, the wires stay a list.", {"type": ["string", "object"], "allOf": [ref("layer.value")]},
                      "merge: Concatenate"),
        "for": told("Variables taken in step through their lists, like Python's zip.", LOOP,
                    "- for: {filters: [64, 128], convs: [2, 3]}\n  layers:\n    - Conv2D: [=filters, 3]\n      repeat: =convs"),
    }


BLOCK = {
    "description": told("What the block is; shown by `build describe` and by editors.", NAME),
    "params": told("Reads like a Python signature.", ref("params"), "params: [filters, size: 3]"),
    "choices": told("The values that params take; others are an error.", {"type": "object", "additionalProperties": {"type": "array"}},
                    "choices: {shortcut: [projection, identity]}"),
    "inputs": told("Names of the inputs; left out, the one `input`.", NAMES, "inputs: [x, h]"),
    "outputs": told("Wires that come out; left out, the last one.", ref("outputs"), "outputs: [y, h]"),
    "states": told("Shapes of the states of a recurrent cell, its inputs after the first; left out, they are found.", {"type": "object"},
                   "states: {h: [=units]}"),
    "defaults": told("Defaults of arguments for the bricks of this block.", ref("defaults"), "defaults: {Conv2D: {padding: same}}"),
    "layers": told("The steps.", ref("steps"), "layers:\n  - Conv2D: [=filters, 3]\n  - ReLU"),
}


def _network() -> dict:
    return {
        "inputs": told("Inputs by name: a shape without the batch, a dtype, or both. A model's input reads the data field of its name.",
                       named(ref("input")), "inputs: {image: [28, 28, 1], text: string}"),
        "layers": told("The steps; each reads the one before it, or what `from` names.", ref("steps"),
                       "layers:\n  - Flatten\n  - Dense: [10, activation: softmax]\n    name: label"),
        "outputs": told("Wires that come out; left out, the last one.", ref("outputs"), "outputs: {label: head}"),
        "defaults": told("Defaults of arguments for the bricks of this network.", ref("defaults"), "defaults: {Conv2D: {padding: same}}"),
        "weights": ref("weights"),
    }


def _data(own: Own) -> dict:
    share = when("object", ref("source.called"), when("string", ref("source.name"), SHARE))
    share |= {"type": ["string", "number", "object", "null"], "allOf": [ref("source.hints")]}
    field = closed({"from": told("The field of the source.", NAME), "reshape": told("Its shape without the batch.", {"type": "array"}, "reshape: [28, 28, 1]"),
                    "formula": told("An equation on fields, for each example; nothing stands beside it.", {"type": "string"}, "formula: label % 2")}, "a field")
    fields = named(when("object", field, types("string", say="the name of a field of the source")), own.fields)
    return {
        "source": told("Where the examples come from; paths are relative to the spec.", {"type": ["string", "object"], "allOf": [ref("source.value")]},
                       "source: {ImageFolder: [photos/, size: [128, 128]]}"),
        "fields": told("Fields of the source under new names, or in a new shape; or what a formula makes of fields.", fields,
                       "fields: {picture: image, kind: label}"),
        "validation": told("A share of the data, or a source of its own.", share, "validation: 0.1"),
        "test": told("A share of the data, or a source of its own.", share, "test: 0.1"),
        "sample": told("How examples are drawn, by a sampler or a list of them.", {"type": LISTED, **when("null", {}, one_or_list(ref("sampler.value")))},
                       "sample: {Pairs: [by: label]}"),
        "only": told("Keep the examples whose field has these values, in all splits; they are dealt before.",
                     named(ANY_VALUES, own.fields) | {"type": ["object", "null"]}, "only: {label: [0, 1, 2, 3, 4]}"),
        "limit": told("Train on so many examples, drawn by the seed in the proportions of the classes.", WHOLE | {"minimum": 1}, "limit: 100"),
        "augment": told("Keras's image layers, on training batches alone.", {"type": LISTED, **when("null", {}, one_or_list(ref("layer.value")))},
                        "augment: [RandomFlip: horizontal, RandomRotation: 0.1]"),
        "batch": told("Examples in a batch; left out, 32.", WHOLE | {"minimum": 1}, "batch: 64"),
        "cache": told("Where decoded examples are kept between epochs; left out, in memory.", CACHE, "cache: true"),
        "skip_bad": told("Leave bad files and rows out, and count them, in place of an error.", YES, "skip_bad: true"),
        "order": told("Splits follow one another in time: training first, the test last; the field of the time, or true for the rows as they stand.",
                      types("string", "boolean", "null", say="the name of a field, or true"), "order: Date"),
        "group": told("The field whose equal values stay in one split, such as a person or a sentence.", NAME, "group: english"),
        "balance": told("Draw each class equally often in training, for classes that are uneven.", YES, "balance: true"),
        "seed": told("Deals the splits.", WHOLE, "seed: 1"),
    }


ANY_VALUES = {"type": ["string", "number", "boolean", "array"], "errorMessage": "a value to keep, or a list of them"}
CACHE = chosen("cache", [True, False, *CACHES], none=True)
SHARE = types("number", "null", say="a share such as 0.1, or a source") | {"exclusiveMinimum": 0, "exclusiveMaximum": 1}
EXECUTIONS = {
    "steps_per_execution": told("So many steps in one call of the device.", WHOLE, "steps_per_execution: 16"),
    "jit_compile": told("Whether XLA compiles the step.", YES, "jit_compile: true"),
}


def _phase(own: Own) -> dict:
    execution = when("object", closed({key: EXECUTIONS.get(key, {}) for key in EXECUTION}, "`execution`"),
                     {"enum": ["auto", None], "errorMessage": "`execution` is auto, or a mapping"})
    metrics = {"if": LOWER, "then": {"properties": {name: ref("metric.list") for name in own.outputs}, "additionalProperties": ref("metric.list"),
               "allOf": [ref("metric.bricks")]}, "else": ref("metric.called")}
    return {
        "steps": told("Steps that are run in order on every batch, each updating what it names; in place of `loss`.", ref("train.steps"),
                      "steps:\n  - update: discriminator\n    loss: ...\n  - update: generator\n    loss: ..."),
        "loss": told("The loss of the one output, or one for each; null for an output that is not trained. In long form a list of terms on any wires.",
                     {"type": LISTED, "allOf": [ref("loss.outputs")]},
                     "loss:\n  label: SparseCategoricalCrossentropy\n  aux: {MeanSquaredError: {}, target: image, weight: 0.3}"),
        "optimizer": told("Any Keras optimizer; a learning rate may be a schedule. Left out: Adam.", {"type": OBJECT, "allOf": [ref("optimizer.value")]},
                          "optimizer: {Adam: 1e-3}"),
        "metrics": told("Keras's names or metrics, for every output that has a loss or for some.",
                        {"type": LISTED, **when("object", metrics, ref("metric.list")), "allOf": [ref("metric.hints")]},
                        "metrics: [accuracy]"),
        "epochs": told("Passes over the training data; left out, 1.", WHOLE | {"minimum": 1}, "epochs: 10"),
        "freeze": told("Patterns of layer names that are not trained.", NAMES, "freeze: [encoder.*]"),
        "unfreeze": told("Patterns of layer names that are trained again.", NAMES, "unfreeze: [encoder.*]"),
        "data": told("What this phase trains on and is judged by: keys of `data` that take the place of those at the top.",
                     {"type": ["object", "null"], "allOf": [ref("phase.data")]},
                     "data: {only: {label: [5, 6, 7, 8, 9]}, limit: 100}"),
        "class_weight": told("What each class counts in the loss, by name or number, the others 1; or `balanced` by how often they come.", _class_weight(own),
                             "class_weight: {0: 1.0, 1: 5.0}"),
        "rate_multipliers": told("Patterns of layer names with their share of the learning rate; the last that fits holds.",
                                 {"type": ["object", "null"], "additionalProperties": NUMBER}, 'rate_multipliers: {"features.*": 0.1}'),
        "callbacks": told("Keras's callbacks; their files lie in the run folder.",
                          {"type": LISTED, **when("null", {}, one_or_list(ref("callback.value"))), "allOf": [ref("callback.hints")]},
                          "callbacks: [EarlyStopping: [patience: 3, restore_best_weights: true]]"),
        "precision": told("A Keras dtype policy; left out, float32.", PRECISION, "precision: mixed_bfloat16"),
        "clip": told("Greatest global norm of the gradients.", NUMBER, "clip: 1.0"),
        "execution": told("How steps are run: `auto` measures at the start, or say it.", {"type": OBJECT} | execution | suggesting([snippet("auto")]),
                          "execution: {steps_per_execution: 16, jit_compile: false}"),
        "seed": told("Makes two runs on one CPU equal bit for bit.", WHOLE, "seed: 1"),
    }


def _ensemble(own: Own) -> dict:
    changes = {"type": "object", "errorMessage": "paths with values: {train.epochs: 3}"}
    member = when("object", closed({
        "spec": told("A spec file, or the name of a shipped one.", NAME, "spec: mlp"),
        "run": told("A run that is a member as it is.", NAME, "run: lenet5/latest"),
        "set": told("What is changed of the spec, as by `--set`.", changes, "set: {params.width: 32}"),
    }, "a member"), types("string", say="a spec, a run, or a mapping that says which"))
    count = {"type": ["integer", "array"], "errorMessage": "so many of the spec's own model, or a list of specs and runs",
             **when("array", {"items": member, "minItems": 2}, {"minimum": 2})}
    return {
        "members": told("So many of the spec's own model, each from a seed of its own; or a list of specs and runs.", count,
                        "members: [lenet5, {spec: mlp, set: {train.epochs: 3}}]"),
        "combine": told("How they answer together: the mean of their probabilities (left out), a majority vote, or a weighted mean.",
                        {"enum": list(COMBINE), "errorMessage": f"`combine` is one of: {', '.join(COMBINE)}", **suggesting(map(snippet, COMBINE))},
                        "combine: vote"),
        "weights": told("How much each counts where `combine: weighted`; left out, learned on the validation data.",
                        {"type": "array", "items": {"type": "number", "minimum": 0}}, "weights: [2, 1, 1]"),
        "of": told("The outputs that are combined; left out, those that are exported.", NAMES | suggesting(map(snippet, own.outputs)), "of: label"),
    }


def _generate(own: Own) -> dict:
    whole, number = types("string", "integer", say="a whole number"), types("string", "number", say="a number")
    mark = types("string", "integer", say="a token by its number, or a word of the vocabulary")
    searches = {"enum": list(SEARCHES), "errorMessage": f"`search` is one of: {', '.join(SEARCHES)}", **suggesting(map(snippet, SEARCHES))}
    return {
        "network": told("The network of the model that says the next token; left out, the model itself.", NAME | suggesting(map(snippet, own.networks)),
                        "network: decoder"),
        "tokens": told("Its input that takes the tokens so far; left out, the only one there is.", NAME, "tokens: said"),
        "output": told("Its output that says how likely each next token is; left out, the only one there is.", NAME, "output: word"),
        "vocabulary": told("The `TextVectorization` or `StringLookup` whose words the tokens are: texts come out.", NAME, "vocabulary: words"),
        "start": told("The token that every sequence begins with; it is not part of what comes out.", mark, "start: <s>"),
        "end": told("The token that ends a sequence.", mark, "end: </s>"),
        "length": told("The most tokens of a sequence; 40 where it is left out.", whole, "length: 40"),
        "search": told("`greedy`, the likeliest token each time; `sample`, drawn; `beam`, the likeliest sequence among several.", searches, "search: beam"),
        "width": told("How many sequences a beam keeps; 4 where it is left out.", whole, "width: 4"),
        "length_penalty": told("A beam's score is divided by the length to this power; 1 where it is left out.", number, "length_penalty: 0.6"),
        "temperature": told("Drawing: below 1 the likely become likelier, above 1 all become alike.", number, "temperature: 0.8"),
        "top_k": told("Drawing: only from so many likeliest tokens.", whole, "top_k: 40"),
        "top_p": told("Drawing: only from the fewest likeliest tokens that together have this probability.", number, "top_p: 0.9"),
    }


def _class_weight(own: Own) -> dict:
    each = when("object", {"additionalProperties": NUMBER}, BALANCED)
    return {"type": OBJECT, **when("object", {"properties": {name: each for name in own.outputs},
                                              "additionalProperties": types("string", "number", "object", "null", say="a number, or `balanced`")},
                                   BALANCED)}


BALANCED = {"enum": ["balanced", None], "errorMessage": "classes with their weights, or `balanced`"}
OBJECT = ["string", "object", "null"]
LISTED = ["string", "object", "array", "null"]
PRECISION = {"enum": [*PRECISIONS], "errorMessage": f"`precision` is one of: {', '.join(PRECISIONS)}"}


def _top(own: Own) -> dict:
    phases = {"type": ["object", "array", "null"], **when("array", {"items": [ref("phase.first")], "additionalItems": ref("phase")}, ref("phase.first")),
              "errorMessage": "a phase, or a list of them"}
    formats = {"enum": list(FORMATS), "errorMessage": f"a format is one of: {', '.join(FORMATS)}"}
    blocks = {"type": "object", "additionalProperties": ref("block"),
              "propertyNames": {"pattern": "^[A-Z]", "errorMessage": "a block's name begins with a capital"}}
    moulds = {"type": "object", "additionalProperties": ref("mould"),
              "propertyNames": {"pattern": "^[A-Z]", "errorMessage": "a loss's name begins with a capital"}}
    return {
        "name": told("The name of the spec, and of its runs. Left out: the file's.", NAME, "name: lenet5"),
        "description": told("What it is, and after which source.", NAME),
        "params": told("Values that formulas read; `--set params.classes=100` changes one.", ref("params"), "params: {classes: 10}"),
        "imports": told("Files whose blocks, losses and networks are used, relative to this one.", NAMES, "imports: [blocks/resnet.yaml]"),
        "code": told("Python files with bricks; they run only with `--trust`.", NAMES, "code: [my_layers.py]"),
        "defaults": told("Defaults of arguments for the bricks laid below.", ref("defaults"), "defaults: {Conv2D: {padding: same, activation: relu}}"),
        "blocks": told("Moulds written in the language itself; each use has its own weights.", blocks,
                       "blocks:\n  Twice:\n    params: [filters]\n    layers:\n      - Conv2D: [=filters, 3]\n        repeat: 2"),
        "losses": told("Losses written as formulas, used by name like Keras's.", moulds,
                       "losses:\n  Far:\n    inputs: [a, b]\n    formula: sum(square(a - b), axis=-1)"),
        "networks": told("Graphs with weights of their own, shared by every `use`.", named(ref("network")),
                         "networks:\n  encoder: {inputs: {image: [28, 28, 1]}, layers: [Flatten, Dense: 32]}"),
        "data": told("Where examples come from, how they are split, changed and batched.", ref("data"), "data: {source: Digits, validation: 0.15, batch: 128}"),
        "model": told("The network that is trained and exported.", ref("network"),
                      "model:\n  inputs: {image: [8, 8, 1]}\n  layers:\n    - Flatten\n    - Dense: [10, activation: softmax]\n      name: label"),
        "train": told("One phase, or a list of phases run in order.", phases,
                      "train: {loss: SparseCategoricalCrossentropy, optimizer: {Adam: 1e-3}, epochs: 10}"),
        "ensemble": told("Several networks that answer together, trained in turn by one command.", closed(_ensemble(own), "`ensemble`", required=["members"]),
                         "ensemble: {members: 5, combine: vote}"),
        "generate": told("How the model makes sequences, token after token, where it is asked and in the SavedModel's signature `generate`.",
                         closed(_generate(own), "`generate`"), "generate: {network: decoder, start: 1, end: 2, length: 40}"),
        "export": told("What is written after training.", closed({
            "formats": told("Formats of the export.", one_or_list(formats), "formats: [saved_model, keras]"),
            "networks": told("Networks that are exported by themselves too, each with its own inputs and outputs.",
                             NAMES | suggesting(map(snippet, own.networks)), "networks: [encoder]"),
            "outputs": told("The outputs that are exported, without layers that only others need; left out, all.",
                            NAMES | suggesting(map(snippet, own.outputs)), "outputs: [label]"),
        }, "`export`"), "export: {formats: [saved_model]}"),
    }
