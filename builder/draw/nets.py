"""Wires cut at the borders of boxes: what is to be drawn inside each box, in terms of its own children."""

from dataclasses import dataclass, field

from builder.draw.figure import Panel

ENTRY, EXIT = -1, -2


@dataclass
class Net:
    """One wire inside one box: the children (or ENTRY) it comes from and the children (or EXIT) it goes to.

    A wire has one tail; the uses of one network, which run together to its panel, have many. `key` names
    the wire through all boxes: the trunk's number, or the network's name.
    """

    key: int | str
    tails: dict[int, None] = field(default_factory=dict)
    heads: dict[int, None] = field(default_factory=dict)

    @property
    def is_use(self) -> bool:
        return isinstance(self.key, str)


def nets(panel: Panel) -> dict[int, list[Net]]:
    """The nets of every box of a panel, by the box's number, in the order of the wires."""
    cutter = _Cutter(panel)
    for number, trunk in enumerate(panel.trunks):
        for reader in trunk.readers:
            cutter.wire(number, trunk.source, reader)
    for item, network in panel.uses:
        cutter.use(item, network)
    return {box: list(found.values()) for box, found in cutter.found.items()}


class _Cutter:
    """Climbs from both ends of a wire to the box that holds both."""

    def __init__(self, panel: Panel):
        self.parent = [item.parent for item in panel.items]
        self.level = [0] * len(panel.items)
        for number, parent in enumerate(self.parent[1:], 1):
            self.level[number] = self.level[parent] + 1
        self.found: dict[int, dict[int | str, Net]] = {}

    def net(self, box: int, key: int | str) -> Net:
        return self.found.setdefault(box, {}).setdefault(key, Net(key))

    def wire(self, key: int, source: int, reader: int) -> None:
        above, below = source, reader
        while self.parent[above] != self.parent[below]:
            if self.level[above] >= self.level[below]:
                net = self.net(self.parent[above], key)
                net.tails[above] = net.heads[EXIT] = None
                above = self.parent[above]
            else:
                net = self.net(self.parent[below], key)
                net.tails[ENTRY] = net.heads[below] = None
                below = self.parent[below]
        net = self.net(self.parent[above], key)
        net.tails[above] = net.heads[below] = None

    def use(self, item: int, network: str) -> None:
        """A use runs out of every box it stands in, up to the panel's own, where it turns to the other panel."""
        while self.parent[item] > 0:
            net = self.net(self.parent[item], network)
            net.tails[item] = net.heads[EXIT] = None
            item = self.parent[item]
