"""Steps: what stands under `layers:`, read from the tree."""

from builder.diagnostics import near
from builder.language.reading import Reader, is_brick
from builder.language.sections import Branches, Call, Equation, From, Group, Loop, Outputs, Step, Use, Weights
from builder.language.tree import Entry, Map, Node, Scalar, Seq

KINDS = ("use", "formula", "layers", "branches", "for")
BESIDE = ("name", "from", "as", "repeat", "when", "else", "trainable", "weights", "merge")
MEANT = {"if": ["when"], "input": ["from"], "inputs": ["from"], "output": ["as"], "outputs": ["as"], "times": ["repeat"], "id": ["name"],
         "frozen": ["trainable"]}
WEIGHTS = ("from", "map", "skip", "strict")
EXAMPLE = "- Dense: 10"


class StepReader(Reader):
    """Reads lists of steps."""

    def steps(self, node: Node | None) -> tuple[Step, ...]:
        items = self.items(node, "`layers`, a list of steps", "layers:\n  - Flatten\n  - Dense: 10")
        return tuple(step for item in items if (step := self.step(item)))

    def step(self, node: Node) -> Step | None:
        if isinstance(node, Scalar) and is_brick(node.value):
            return Step(Call(node.value, node.span), node.span)
        if isinstance(node, Scalar) and isinstance(node.value, str) and node.value:
            self.note(node.error("not-a-step", found=node.value, near=[]))
            return None
        if not isinstance(node, Map) or not node.entries:
            self.expected(node, "a step, a brick such as `Dense`", EXAMPLE)
            return None
        head = self.head(node)
        return self.dressed(node, head) if head else None

    def head(self, node: Map) -> Entry | None:
        """The one entry that says what the step is."""
        heads = [entry for entry in node if is_brick(entry.key.value) or entry.key.value in KINDS]
        if "for" in node:
            heads = [entry for entry in heads if entry.key.value != "layers"]
        known, brick = (*KINDS, *BESIDE), heads[0].key.value if heads else None
        for entry in node:
            if entry not in heads and entry.key.value not in known:
                close = [*MEANT.get(entry.key.value, ()), *near(entry.key.value, BESIDE if brick else known)]
                self.note(entry.key.error("unknown-step-key", key=str(entry.key.value), near=close, allowed=list(BESIDE), brick=brick))
        if len(heads) > 1:
            self.note(heads[1].key.error("two-bricks", first=heads[0].key.value, second=heads[1].key.value))
        elif not heads and all(entry.key.value in known for entry in node):
            self.note(node.error("not-a-step", found="", near=[]))
        return heads[0] if len(heads) == 1 else None

    def dressed(self, node: Map, head: Entry) -> Step | None:
        what = self.what(node, head)
        if "merge" in node and head.key.value != "branches":
            self.note(node.key("merge").error("stray-key", key="merge", needs="branches"))
        if "else" in node and "when" not in node:
            self.note(node.key("else").error("stray-key", key="else", needs="when"))
        for key in ("trainable", "weights"):
            if key in node and head.key.value in ("use", "formula"):
                self.note(node.key(key).error("stray-key", key=key, needs="a brick, a block or a group"))
        if what is None:
            return None
        return Step(
            what, head.key.span, self.text(node.get("name"), "`name`, a text", "name: stem"), self.source(node.get("from")),
            self.texts(node.get("as"), "`as`, a list of names", "as: [sequence, h, c]"), node.get("repeat"), self.flag("when", node.get("when")),
            self.otherwise(node.get("else")), self.flag("trainable", node.get("trainable")),
            self.weights(node.get("weights")),
        )

    def weights(self, node: Node | None) -> Weights | None:
        """A file or a run, or a mapping that says more."""
        if isinstance(node, Map):
            if "from" not in self.keys(node, WEIGHTS, "`weights`"):
                self.note(node.error("missing-key", key="from", where="`weights`", example="weights: {from: old.keras, skip: [label]}"))
            renames = self.mapping(node.get("map"), "`map`, names in the file with names here", 'map: {"old.*": "new.*"}')
            pairs = tuple(pair for entry in renames or () if (pair := self.rename(entry)))
            skip = self.texts(node.get("skip"), "`skip`, patterns of names", "skip: [label]")
            source = self.text(node.get("from"), "`from`, a file or a run", "from: old.keras")
            return source and Weights(source, pairs, skip, self.flag("strict", node.get("strict")))
        if node is None or isinstance(node, Scalar) and node.value is None:
            return None
        source = self.text(node, "`weights`, a file or a run", "weights: old.keras")
        return source and Weights(source)

    def rename(self, entry: Entry) -> tuple[Scalar, Scalar] | None:
        """`old.*: new.*`: what `*` stands for in the one name stands for it in the other."""
        new = self.text(entry.value, "a name here", 'map: {"old.*": "new.*"}')
        if new and (str(entry.key.value).count("*"), new.value.count("*")) not in ((0, 0), (1, 1)):
            self.note(entry.key.error("bad-rename", old=str(entry.key.value), new=new.value))
            return None
        return new and (entry.key, new)

    def what(self, node: Map, head: Entry):
        key, value = head.key.value, head.value
        if is_brick(key):
            return Call(key, head.key.span, None if isinstance(value, Scalar) and value.value is None else value)
        if key == "use":
            target = self.text(value, "`use`, the name of a network or an earlier step", "use: encoder")
            return target and Use(target)
        if key == "formula":
            text = self.formula(value)
            return text and Equation(text)
        if key == "layers":
            return Group(self.steps(value))
        if key == "branches":
            return self.branches(value, node.get("merge"))
        return self.loop(value, node)

    def formula(self, value: Node) -> Scalar | None:
        if isinstance(value, Scalar) and value.value is not None:
            return Scalar(value.span, value.raw.removeprefix("="), value.plain, value.raw)
        self.expected(value, "`formula`, an equation on wires", "formula: a * b + c")
        return None

    def branches(self, value: Node, merge: Node | None) -> Branches | None:
        items = self.items(value, "`branches`, a list of lists of steps", "branches:\n  - [Conv2D: [64, 1]]\n  - []")
        if not items:
            return None
        branches = tuple(self.steps(item) if isinstance(item, Seq) else tuple(filter(None, [self.step(item)])) for item in items)
        joined = self.call(merge, "`merge`, a brick that takes a list", "merge: Concatenate")
        return Branches(branches, tuple(item.span for item in items), joined)

    def loop(self, value: Node, node: Map) -> Loop | None:
        variables = self.mapping(value, "`for`, variables with their lists", "for: {filters: [64, 128]}")
        if variables is None:
            return None
        if not variables.entries:
            self.expected(variables, "`for`, variables with their lists", "for: {filters: [64, 128]}")
            return None
        if "layers" not in node:
            self.note(node.key("for").error("missing-key", key="layers", where="a `for` step", example="layers: [...]"))
            return None
        return Loop(tuple((entry.key, entry.value) for entry in variables), self.steps(node.get("layers")))

    def otherwise(self, node: Node | None) -> tuple[Step, ...]:
        if isinstance(node, Seq):
            return self.steps(node)
        return tuple(filter(None, [self.step(node)])) if node is not None else ()

    def flag(self, key: str, node: Node | None) -> Scalar | None:
        if node is not None and not (isinstance(node, Scalar) and (isinstance(node.value, bool) or node.is_formula)):
            expected, example = ("true, false or a formula", "when: =depth > 0") if key == "when" else ("true or false", f"{key}: false")
            self.expected(node, f"`{key}`, {expected}", example)
            return None
        return node

    def source(self, node: Node | None) -> From | None:
        match node:
            case None:
                return None
            case Scalar():
                name = self.text(node, "`from`, the name of an earlier step", "from: stem")
                return name and From(node.span, one=name)
            case Seq():
                return From(node.span, many=self.texts(node, "an entry of `from`, the name of a step", "from: [a, b]"))
            case Map():
                pairs = ((entry.key, self.source(entry.value)) for entry in node)
                return From(node.span, named=tuple((key, value) for key, value in pairs if value))

    def outputs(self, node: Node | None) -> Outputs | None:
        """`outputs: head`, a list of wires, or `name: wire`."""
        if node is None:
            return None
        if isinstance(node, Map):
            texts = ((entry.key, self.text(entry.value, "an output, the name of a wire", "outputs: {label: head}")) for entry in node)
            return Outputs(tuple((key, text) for key, text in texts if text), node.span)
        names = self.texts(node, "`outputs`, the names of wires", "outputs: [label, aux]")
        return Outputs(tuple((name, name) for name in names), node.span)
