"""The schema of training in long form: terms of a loss, measured terms, losses as equations, the steps of a phase."""

from builder.catalog.own import Own
from builder.catalog.values import ref, snippet, suggesting, titled, told, when
from builder.language.training import METRIC_WORDS

TEXT = {"type": "string"}
FORMULA = {"type": ["string", "number"], "errorMessage": "an equation on wires, such as `mean(square(a - b))`"}
WEIGHT = {"type": ["string", "number", "null"], "errorMessage": "a number, or a formula of `epoch` and `step`", "allOf": [ref("formula")]}
WHOLE = {"type": ["string", "integer", "null"], "errorMessage": "a whole number, or a formula", "allOf": [ref("formula")]}
NUMBER = {"type": ["string", "number", "null"], "errorMessage": "a number, or a formula", "allOf": [ref("formula")]}
NAMES = {"type": ["string", "array"], "errorMessage": "a name, or a list of names"}
LOSSES = ["string", "object", "array", "null"]


def definitions(losses: dict, free: dict, own: Own) -> dict:
    """`term`, `metric.term`, `terms`, `mould`, `train.steps`: by the names that `sections` refers to them."""
    return {
        "term": _term(_beside(own) | {"weight": told("Its share of the sum; a formula of `epoch` and `step` is worked out at each step.", WEIGHT,
                                                     "weight: =minimum(epoch / 10, 1)")},
                      losses, free, "a term holds one loss or a `formula`; beside it may stand: from, target, weight, name"),
        "metric.term": _term(_beside(own), {}, {"patternProperties": {f"^([A-Z].*|{'|'.join(METRIC_WORDS)})$": {}}},
                             "a measured term holds one metric, one loss or a `formula`; beside it may stand: from, target, name"),
        "train.step": {"type": "object", "properties": titled(_step(own)), "additionalProperties": False,
                       "errorMessage": f"a step of training has: {', '.join(_step(own))}"},
        "train.steps": {"type": "array", "minItems": 1, "items": ref("train.step"), "errorMessage": "a list of steps: `- {update: discriminator, loss: ...}`"},
        "mould": {"type": "object", "properties": titled(MOULD), "additionalProperties": False, "required": ["formula"],
                  "errorMessage": f"a loss has: {', '.join(MOULD)}; `formula` must be there"},
    }


def _term(beside: dict, bricks: dict, free: dict, message: str) -> dict:
    mapping = {"properties": {**titled(beside), **bricks}, **free, "additionalProperties": False, "minProperties": 1, "errorMessage": message}
    text = {"type": "string", "allOf": [ref("loss.name")], "errorMessage": "a term is a loss such as MeanSquaredError, or a mapping"}
    return {**when("object", mapping, text), "allOf": [ref("loss.hints")]}


def _beside(own: Own) -> dict:
    target = {"type": ["string", "number", "object"], "properties": {"field": TEXT, "wire": TEXT}, "additionalProperties": False, "maxProperties": 1,
              "errorMessage": "a data field, a wire or a number; `{wire: name}` where a field has the same name"}
    return {
        "formula": told("An equation on wires; it knows the target as `y_true`.", FORMULA, "- formula: mean(square(a)) + mean(square(b))\n  weight: 1e-4"),
        "from": told("The wires it reads: a name, a list, or names that the equation knows them by.", ref("from"), "from: {a: left, b: encoder.code}"),
        "target": told("What it is compared with: a data field, a wire or a number.", target | suggesting(map(snippet, own.fields)), "target: same"),
        "name": told("Its column in the logs.", TEXT, "name: fooled"),
    }


def _step(own: Own) -> dict:
    networks = suggesting(map(snippet, own.networks))
    follow = {"type": "object", "properties": {"target": TEXT | networks, "rate": NUMBER}, "additionalProperties": False, "required": ["target", "rate"],
              "errorMessage": "`follow` has: target, rate"}
    return {
        "name": told("The step's name, before the columns of its terms; left out, what it updates.", TEXT, "name: critic"),
        "update": told("The networks or layers whose weights it changes; left out, all.", NAMES | networks, "update: discriminator"),
        "optimizer": told("Its own optimizer; left out, that of the phase.", {"type": ["string", "object", "null"], "allOf": [ref("optimizer.value")]},
                          "optimizer: {Adam: [2e-4, beta_1: 0.5]}"),
        "loss": told("Its loss, in short or long form.", {"type": LOSSES, "allOf": [ref("loss.outputs")]},
                     "loss:\n  - {BinaryCrossentropy: [from_logits: true], from: fake_score, target: 1}"),
        "every": told("It is run on each so-manieth batch; left out, on all.", WHOLE, "every: 5"),
        "clip": told("Greatest global norm of its gradients.", NUMBER, "clip: 1.0"),
        "follow": told("The network that `update` names moves toward `target` by the share `rate` at each step.", follow,
                       "update: slow\nfollow: {target: online, rate: 0.01}"),
        "shared": told("Says that an earlier step updates the same layers, and that this is meant.", {"type": ["boolean", "string", "null"]}, "shared: true"),
    }


MOULD = {
    "description": {"markdownDescription": "What the loss is; shown by `build describe` and by editors.", **TEXT},
    "params": {"markdownDescription": "Reads like a Python signature.", **ref("params")},
    "inputs": {"markdownDescription": "What the formula knows the wires by; left out, the one `y_pred`.", **NAMES},
    "let": {"markdownDescription": "Names for parts of the formula, in order.", "type": ["object", "null"], "additionalProperties": FORMULA,
            "errorMessage": "names with formulas"},
    "formula": {"markdownDescription": "One value an example, of the inputs, `y_true`, the params and what `let` names.", **FORMULA},
}
