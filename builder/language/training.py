"""What training reads from the tree: losses in short and long form, loss definitions, metrics, the steps of a phase."""

from builder.language.formula import nameable
from builder.language.reading import is_brick
from builder.language.sections import Call, Follow, LossDef, LossMould, MetricDef, TargetDef, Term, TrainStep
from builder.language.steps import StepReader
from builder.language.tree import Entry, Map, Node, Scalar, Seq

LOSS = ("description", "params", "inputs", "let", "formula")
TERM = ("formula", "from", "target", "weight", "name")
METRIC_WORDS = ("accuracy", "acc", "crossentropy", "mse", "mae", "mape", "msle", "cosine_similarity")  # what Keras's `compile` calls metrics
SHORT = ("target", "weight")
STEP = ("name", "update", "optimizer", "loss", "every", "clip", "follow", "shared")
FOLLOW = ("target", "rate")
TARGETS = ("field", "wire")
TERMS = "loss:\n  - {MeanSquaredError: {}, from: decoded, target: image}"
STEPS = "steps:\n  - update: discriminator\n    loss: ..."


class TrainingReader(StepReader):
    """Reads what is under `loss`, `losses`, `metrics` and `steps`."""

    def moulds(self, node: Node | None) -> dict[str, LossMould]:
        losses = self.mapping(node, "`losses`, names with definitions", "losses:\n  Mine: {inputs: [a, b], formula: square(a - b)}")
        return self.each(losses, self.mould)

    def mould(self, entry: Entry) -> LossMould | None:
        name = entry.key.value
        if not is_brick(name):
            self.note(entry.key.error("bad-name", name=str(name), what="a loss"))
        node = self.mapping(entry.value, f"the loss `{name}`, a mapping", "Mine: {inputs: [a, b], formula: square(a - b)}")
        if node is None or "formula" in node and self.cut(node.index["formula"]):
            return None
        if "formula" not in self.keys(node, LOSS, f"the loss `{name}`"):
            self.note(entry.key.error("missing-key", key="formula", where=f"the loss `{name}`", example="formula: square(y_true - y_pred)"))
        text = self.text(node.get("description"), "`description`, a text", "description: what it is")
        formula = self.formula(node.get("formula")) if "formula" in node else None
        return LossMould(
            name, entry.key.span, self.params(node.get("params")), self.texts(node.get("inputs"), "`inputs` of a loss, a list of names", "inputs: [a, b]"),
            self.lets(node.get("let")), formula, text.value if text else "", self.home, node,
        )

    def lets(self, node: Node | None) -> tuple[tuple[Scalar, Scalar], ...]:
        """`let: {distance: ...}`: names for parts of the formula, in order."""
        found = self.mapping(node, "`let`, names with formulas", "let:\n      distance: sqrt(sum(square(a - b), axis=-1))")
        pairs = []
        for entry in found or ():
            if self.cut(entry):
                return ()
            text = self.formula(entry.value)
            if not nameable(entry.key.value):
                self.note(entry.key.error("bad-name", name=entry.key.raw, what="a parameter"))
            elif text:
                pairs.append((entry.key, text))
        return tuple(pairs)

    def cut(self, entry: Entry) -> bool:
        """In `{...}` YAML splits an unquoted formula at its comma: what is left has a bracket open."""
        value = entry.value
        if not isinstance(value, Scalar) or not value.plain or value.raw.count("(") <= value.raw.count(")"):
            return False
        rest = value.span.source.line(value.span.end_line)[value.span.end_column - 1 :]
        if rest.lstrip().startswith(","):
            self.note(value.error("formula-comma", text=_closed(value.raw + rest)))
        return rest.lstrip().startswith(",")

    def losses(self, node: Node) -> tuple[LossDef | Term, ...]:
        """One loss, `output: loss`, or a list of terms."""
        if isinstance(node, Seq):
            if not node.items:
                self.note(node.error("wrong-shape", what="`loss`, a loss or a list of terms", found="an empty list", example=TERMS))
            return tuple(term for item in node.items if (term := self.term(item, "a loss", TERMS)))
        if isinstance(node, Map) and "formula" not in node and not any(is_brick(entry.key.value) for entry in node):
            return tuple(filter(None, (self.loss(entry.key, entry.value) for entry in node)))
        if _is_long(node):
            return tuple(filter(None, [self.term(node, "a loss", TERMS)]))
        return tuple(filter(None, [self.loss(None, node)]))

    def loss(self, output: Scalar | None, node: Node) -> LossDef | None:
        if isinstance(node, Scalar) and node.value is None and output is not None:
            return LossDef(output, None, output.span)
        target = weight = None
        if isinstance(node, Map):
            self.keys(node, [*_bricks(node), *SHORT], "a loss")
            target, weight = self.text(node.get("target"), "`target`, a data field", "target: label"), node.get("weight")
            node = _brick_of(node)
        call = self.call(node, "a loss, a Keras loss", "loss: SparseCategoricalCrossentropy")
        return call and LossDef(output, call, call.span, target, weight)

    def term(self, node: Node, what: str, example: str) -> Term | None:
        """A brick or a formula, with what stands beside it."""
        if not isinstance(node, Map):
            call = self.call(node, f"{what}, a brick or a formula", example)
            return call and Term(call.span, call)
        if "formula" in node and self.cut(node.index["formula"]):
            return None
        self.keys(node, [*_bricks(node), *TERM], f"a term of {what}")
        formula = self.formula(node.get("formula")) if "formula" in node else None
        call = self.call(_brick_of(node), f"{what}, one brick or a formula", example) if formula is None or _bricks(node) else None
        if formula is not None and call is not None:
            self.note(node.key("formula").error("two-bricks", first=call.name, second="formula"))
        if formula is None and call is None:
            return None
        return Term(
            call.span if call else node.key("formula").span, call, formula, self.source(node.get("from")), self.target(node.get("target")), node.get("weight"),
            self.text(node.get("name"), "`name`, a text", "name: fake"),
        )

    def target(self, node: Node | None) -> TargetDef | None:
        """A name, a number, or `{wire: name}` where a field has the same name."""
        if isinstance(node, Map) and len(node.entries) == 1 and node.entries[0].key.value in TARGETS:
            text = self.text(node.entries[0].value, "a target, a name", "target: {wire: teacher}")
            return text and TargetDef(text, node.entries[0].key.value)
        if isinstance(node, Scalar) and node.value is not None and not isinstance(node.value, bool):
            return TargetDef(node)
        if node is not None:
            self.expected(node, "`target`, a data field, a wire or a number", "target: label")
        return None

    def metrics(self, node: Node) -> tuple[MetricDef | Term, ...]:
        if isinstance(node, Map) and "formula" not in node and not any(is_brick(entry.key.value) for entry in node):
            return tuple(metric for entry in node for metric in self.metric_list(entry.key, entry.value))
        return self.metric_list(None, node)

    def metric_list(self, output: Scalar | None, node: Node) -> tuple[MetricDef | Term, ...]:
        nodes = node.items if isinstance(node, Seq) else (() if isinstance(node, Scalar) and node.value is None else (node,))
        return tuple(metric for item in nodes if (metric := self.metric(output, item)))

    def metric(self, output: Scalar | None, node: Node) -> MetricDef | Term | None:
        example = "metrics: [accuracy]"
        if output is None and _is_long(node):
            term = self.word(node) or self.term(node, "a metric", example)
            if term and term.weight:
                self.note(node.key("weight").error("stray-key", key="weight", needs="loss"))
            return term
        found = node if isinstance(node, Scalar) and isinstance(node.value, str) else self.call(node, "a metric, a name or a Keras metric", example)
        return found and MetricDef(output, found)

    def word(self, node: Map) -> Term | None:
        """A metric in long form by its lower-case name, such as `accuracy: {}`; None where it is written in another way."""
        words = [entry for entry in node if entry.key.value in METRIC_WORDS]
        if len(words) != 1 or _bricks(node) or "formula" in node:
            return None
        self.keys(node, [words[0].key.value, *TERM], "a term of a metric")
        if isinstance(words[0].value, Map) and words[0].value.entries or isinstance(words[0].value, Scalar) and words[0].value.value is not None:
            self.expected(words[0].value, f"nothing, for `{words[0].key.value}` takes no arguments", f"{words[0].key.value}: {{}}")
        call = Call(words[0].key.value, words[0].key.span)
        return Term(call.span, call, None, self.source(node.get("from")), self.target(node.get("target")), node.get("weight"),
                    self.text(node.get("name"), "`name`, a text", "name: fake"))

    def train_steps(self, node: Node | None) -> tuple[TrainStep, ...]:
        if isinstance(node, Seq) and not node.items:
            self.note(node.error("wrong-shape", what="`steps`, a list of one step or more", found="an empty list", example=STEPS))
        items = self.items(node, "`steps`, a list of steps", STEPS)
        found = tuple(step for item in items if (step := self.train_step(item)))
        if found and all(step.follow and not step.losses for step in found):
            self.note(node.error("missing-key", key="loss", where="a phase whose steps all follow",
                                 example="- {update: online, loss: MeanSquaredError}").at(found[0].span))
        return found

    def train_step(self, value: Node) -> TrainStep | None:
        node = self.mapping(value, "a step of training, a mapping", STEPS)
        if node is None:
            return None
        there = self.keys(node, STEP, "a step of training")
        update = node.get("update")
        if isinstance(update, Seq) and not update.items:
            self.note(update.error("wrong-shape", what="`update`, names of networks or layers; left out, all of them", found="an empty list",
                                   example="update: discriminator"))
        if "loss" not in there and "follow" not in there:
            self.note(node.error("missing-key", key="loss", where="a step of training",
                                 example="loss: MeanSquaredError").at(node.entries[0].key.span if node.entries else node.span))
        for key in ("loss", "optimizer", "clip") if "follow" in node else ():
            if key in node:
                self.note(node.key("follow" if key == "loss" else key).error("loss-and-follow", key=key))
        return TrainStep(
            node.entries[0].key.span if node.entries else node.span, self.text(node.get("name"), "`name`, a text", "name: discriminator"),
            self.texts(update, "`update`, names of networks or layers", "update: discriminator"),
            self.call(node.get("optimizer"), "`optimizer`, a Keras optimizer", "optimizer: {Adam: 1e-3}"),
            self.losses(node.get("loss")) if "loss" in node else None, self.follow(node),
            {key: node.get(key) for key in ("every", "clip", "shared") if key in node},
        )

    def follow(self, step: Map) -> Follow | None:
        """`follow: {target: online, rate: 0.01}` beside `update: slow`."""
        node = self.mapping(step.get("follow"), "`follow`, a mapping", "follow: {target: online, rate: 0.01}")
        if node is None:
            return None
        there = self.keys(node, FOLLOW, "`follow`")
        for key, example in (("target", "target: online"), ("rate", "rate: 0.01")):
            if key not in there:
                self.note(node.error("missing-key", key=key, where="`follow`", example=example).at(step.key("follow").span))
        update = step.get("update")
        if update is None:
            self.note(step.key("follow").error("missing-key", key="update", where="a step that follows", example="update: slow"))
        elif isinstance(update, Seq) and len(update.items) > 1:
            self.note(update.error("wrong-shape", what="`update` beside `follow`, the name of one network", found="several", example="update: slow"))
        return Follow(step.key("follow").span, self.text(node.get("target"), "`target`, the name of a network", "target: online"), node.get("rate"))


def _closed(text: str) -> str:
    """A text up to where its brackets are closed."""
    depth = 0
    for i, c in enumerate(text):
        depth += (c in "([") - (c in ")]")
        if c in ",}" and depth <= 0:
            return text[:i].rstrip()
    return text.rstrip()


def _bricks(node: Map) -> list[str]:
    return [entry.key.value for entry in node if is_brick(entry.key.value)]


def _brick_of(node: Map) -> Map:
    """A mapping's bricks without the words beside them."""
    return Map(node.span, tuple(entry for entry in node if is_brick(entry.key.value)))


def _is_long(node: Node) -> bool:
    """Whether one mapping is a term in long form: it says where it reads from, has a formula or a name, or a target that is no field's name."""
    if not isinstance(node, Map):
        return False
    target = node.get("target")
    number = isinstance(target, Scalar) and not isinstance(target.value, str) and target.value is not None
    return any(key in node for key in ("formula", "from", "name")) or isinstance(target, Map) or number
