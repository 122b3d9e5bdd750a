"""Tree → spec: `ensemble:`, the members and how they are combined."""

from builder.diagnostics import near
from builder.language.reading import Reader
from builder.language.sections import Ensemble, Member
from builder.language.tree import Map, Node, Scalar, Seq

ENSEMBLE = ("members", "combine", "weights", "of")
MEMBER = ("spec", "run", "set")
COMBINE = ("mean", "vote", "weighted")
EXAMPLE = "ensemble: {members: 5, combine: vote}"
LISTED = "members: [lenet5, {spec: mlp, set: {train.epochs: 3}}]"
MOST = 1000


class EnsembleReader(Reader):
    """Reads the section of an ensemble."""

    def ensemble(self, value: Node | None) -> Ensemble | None:
        node = self.mapping(value, "`ensemble`, a mapping", EXAMPLE)
        if node is None:
            return None
        if "members" not in self.keys(node, ENSEMBLE, "`ensemble`"):
            self.note(node.error("missing-key", key="members", where="`ensemble`", example="members: 5"))
        members = self.members(node.get("members"))
        combine = self.text(node.get("combine"), "`combine`, a text", "combine: vote")
        if combine is not None and combine.value not in COMBINE:
            self.note(combine.error("unknown-choice", name=combine.value, what="a way to combine members", near=near(combine.value, COMBINE),
                                    choices=list(COMBINE)))
        weights = self.shares(node.get("weights"), combine, members)
        return Ensemble(node.span, members, combine, weights, self.texts(node.get("of"), "`of`, names of outputs", "of: label"))

    def members(self, node: Node | None) -> tuple[Member, ...]:
        """So many of the spec's own model, or a list."""
        if isinstance(node, Scalar) and isinstance(node.value, int) and not isinstance(node.value, bool):
            if not 2 <= node.value <= MOST:
                self.note(node.error("ensemble-size", count=node.value, most=MOST))
            return tuple(Member(node.span) for _ in range(min(node.value, MOST)))
        if node is not None and not isinstance(node, Seq):
            self.expected(node, "`members`, a whole number or a list", LISTED)
            return ()
        found = tuple(member for item in (node.items if node else ()) if (member := self.member(item)))
        if node is not None and len(node.items) < 2:
            self.note(node.error("ensemble-size", count=len(node.items), most=MOST))
        return found

    def member(self, node: Node) -> Member | None:
        """A spec or a run by its name, or a mapping that says which and what is changed."""
        if isinstance(node, Scalar) and isinstance(node.value, str) and node.value:
            return Member(node.span, node)
        if not isinstance(node, Map) or not node.entries:
            self.expected(node, "a member, a spec or a run", LISTED)
            return None
        self.keys(node, MEMBER, "a member")
        if "spec" in node and "run" in node:
            self.expected(node, "a member, a spec or a run and not both", LISTED)
        kind = next((key for key in ("spec", "run") if key in node), "")
        changes = self.mapping(node.get("set"), "`set`, paths with values", "set: {train.epochs: 3}")
        if kind == "run" and changes is not None:
            self.note(node.key("set").error("stray-key", key="set", needs="spec"))
        source = self.text(node.get(kind), f"`{kind}`, a name", f"{kind}: lenet5") if kind else None
        return Member(node.span, source, kind, {str(entry.key.value): entry.value for entry in changes or ()})

    def shares(self, node: Node | None, combine: Scalar | None, members: tuple[Member, ...]) -> tuple[float, ...] | None:
        """`weights`, a number of 0 or more for each member."""
        if node is None:
            return None
        values = [item.value for item in node.items if isinstance(item, Scalar)] if isinstance(node, Seq) else []
        numbers = [value for value in values if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < float("inf")]
        if not isinstance(node, Seq) or len(numbers) < len(node.items) or not sum(numbers):
            self.expected(node, "`weights`, a list of numbers of 0 or more, not all of them 0", "weights: [2, 1, 1]")
        elif members and len(numbers) != len(members):
            self.note(node.error("ensemble-weights", count=len(numbers), members=len(members)))
        elif combine is None or combine.value != "weighted":
            self.note(node.error("stray-key", key="weights", needs="combine: weighted"))
        return tuple(map(float, numbers))
