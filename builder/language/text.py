"""Text → tree: YAML events composed into located nodes, within bounds and without recursion."""

import yaml

from builder.diagnostics import Fault, Faults, Source, Span, SpecError
from builder.language.badyaml import bad_yaml
from builder.language.scalars import resolve
from builder.language.tree import Entry, Map, Node, Scalar, Seq

LARGEST_TEXT = 2_000_000
DEEPEST = 100
MOST_NODES = 200_000
LONGEST_SCALAR = 100_000
CORE_TAGS = {None, "!", "tag:yaml.org,2002:str", "tag:yaml.org,2002:map", "tag:yaml.org,2002:seq"}
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def parse(source: Source) -> Map:
    """The tree of one YAML document.

    Raises:
        SpecError: the text is not one YAML mapping within the bounds; duplicate keys are all told at once.
    """
    if len(source.text) > LARGEST_TEXT:
        raise SpecError([Fault("too-large", _start(source), {"what": "the file", "limit": LARGEST_TEXT})])
    bad = next((i for i, c in enumerate(source.text) if _unprintable(c)), None)
    if bad is not None:
        raise SpecError([Fault("bad-character", source.at(bad), {"code": ord(source.text[bad])})])
    composer = _Composer(source)
    try:
        root = composer.compose()
    except yaml.YAMLError as error:
        raise SpecError([bad_yaml(source, error)]) from None
    composer.faults.check()
    if not isinstance(root, Map):
        raise SpecError([Fault("not-a-mapping", root.span if root else _start(source), {"found": root.described if root else "empty"})])
    return root


class _Composer:
    """Builds nodes from parser events with a stack of its own, so that depth is a count and not a crash."""

    def __init__(self, source: Source):
        self.source, self.faults = source, Faults()
        self.anchors: dict[str, tuple[Node, int]] = {}
        self.count = 0
        self.stack: list[tuple] = []
        self.root: Node | None = None

    def compose(self) -> Node | None:
        documents = 0
        for event in yaml.parse(self.source.text, Loader=_LOADER):
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    raise SpecError([Fault("several-documents", self.span(event))])
            elif isinstance(event, yaml.AliasEvent):
                self.alias(event)
            elif isinstance(event, yaml.ScalarEvent):
                self.scalar(event)
            elif isinstance(event, yaml.CollectionStartEvent):
                self.open(event)
            elif isinstance(event, yaml.CollectionEndEvent):
                self.close(event)
        return self.root

    def span(self, event, end=None) -> Span:
        start, end = event.start_mark, end or event.end_mark
        return Span(self.source, start.line + 1, start.column + 1, end.line + 1, end.column + 1)

    def counted(self, event, size: int = 1) -> None:
        self.count += size
        if self.count > MOST_NODES:
            raise SpecError([Fault("too-large", self.span(event), {"what": "the expanded spec", "limit": MOST_NODES})])

    def tagged(self, event) -> None:
        if event.tag not in CORE_TAGS:
            raise SpecError([Fault("yaml-tag", self.span(event), {"tag": event.tag.replace("tag:yaml.org,2002:", "!!")})])

    def scalar(self, event) -> None:
        self.counted(event)
        self.tagged(event)
        if len(event.value) > LONGEST_SCALAR:
            raise SpecError([Fault("too-large", self.span(event), {"what": "this text", "limit": LONGEST_SCALAR})])
        plain = event.implicit[0]
        value = resolve(event.value) if plain else event.value
        self.place(Scalar(self.span(event), value, plain, event.value), event, 1)

    def alias(self, event) -> None:
        if event.anchor not in self.anchors:
            raise SpecError([Fault("unknown-anchor", self.span(event), {"name": event.anchor, "known": sorted(self.anchors)})])
        node, size = self.anchors[event.anchor]
        self.counted(event, size)
        self.place(node, None, size)

    def open(self, event) -> None:
        self.counted(event)
        self.tagged(event)
        if len(self.stack) >= DEEPEST:
            raise SpecError([Fault("too-deep", self.span(event), {"limit": DEEPEST})])
        self.stack.append((event, [], self.count))

    def close(self, end) -> None:
        event, items, before = self.stack.pop()
        last = items[-1].span if items and isinstance(items[-1], Node) and not event.flow_style else None
        span = self.span(event, end.end_mark)
        if last:
            span = Span(span.source, span.line, span.column, max(last.end_line, span.line), last.end_column)
        node = Seq(span, tuple(items)) if isinstance(event, yaml.SequenceStartEvent) else self.map(span, items)
        self.place(node, event, self.count - before + 1)

    def map(self, span: Span, items: list[Node]) -> Map:
        entries: dict[object, Entry] = {}
        for key, value in zip(items[::2], items[1::2]):
            if not isinstance(key, Scalar) or isinstance(key.value, float) and key.value != key.value:
                self.faults.add(key.error("bad-key", found=key.described))
            elif key.value == "<<":
                self.faults.add(key.error("merge-key"))
            elif key.value in entries:
                first = entries[key.value].key
                self.faults.add(Fault("duplicate-key", first.span, {"name": key.raw}).also(key.span, "and again here"))
            else:
                entries[key.value] = Entry(key, value)
        return Map(span, tuple(entries.values()))

    def place(self, node: Node, event, size: int) -> None:
        if event is not None and event.anchor:
            self.anchors[event.anchor] = (node, size)
        if self.stack:
            self.stack[-1][1].append(node)
        else:
            self.root = node


def _unprintable(c: str) -> bool:
    """What YAML 1.2 does not allow in a text."""
    return not (c in "\t\n\r\x85" or " " <= c <= "~" or "\xa0" <= c <= "\ud7ff" or "\ue000" <= c <= "\ufffd" and c != "\ufeff" or c >= "\U00010000")


def _start(source: Source) -> Span:
    return Span(source, 1, 1, 1, 2)
