// What belongs together: the wires of a brick, the uses of a network and the network, the calls of one layer.

class Links {
  constructor(panels) {
    this.panels = panels;
    this.items = new Map(panels.flatMap((panel) => panel.items.map((item) => [item.key, item])));
    this.byName = new Map();
    for (const item of [...this.items.values()].reverse()) this.byName.set(this.address(item), item);
    for (const panel of panels) endsOf(panel);
  }

  // How an item is called in the page's address; an output after the brick of its name.
  address(item) {
    const name = item.what === "output" ? `${item.name}:output` : item.name ?? "";
    return item.panel.number ? `${item.panel.name}/${item.number ? name : ""}` : name;
  }

  // Everything that shares weights with an item: other uses, the network itself, other calls of its layer.
  kin(item) {
    const network = item.network ?? (item.panel.number && !item.number ? item.panel.name : null), all = [...this.items.values()];
    const isIt = (other) => !other.number && other.panel.number && other.panel.name === network;
    if (network) return all.filter((other) => other.network === network || isIt(other));
    const layer = item.layer ?? item.name, same = (other) => other.panel === item.panel && (other.layer ?? other.name) === layer;
    const calls = all.filter((other) => other.what === "layer" && same(other));
    return item.what === "layer" && calls.length > 1 ? calls : [item];
  }

  // The numbers of the wires that enter or leave an item; those within a box are its own affair.
  trunks(item) {
    const within = (number) => number >= item.number && number < item.end;
    return item.panel.trunks.flatMap((trunk, i) => {
      const outside = trunk.readers.some((reader) => !within(reader)), inside = trunk.readers.some(within);
      return (within(trunk.source) ? outside : inside) ? [i] : [];
    });
  }

  wires(item) {
    const network = item.network ?? (item.number ? null : item.panel.name);
    return [...this.trunks(item).map((i) => `p${item.panel.number}w${i}`), ...(network ? [`use ${network}`] : [])];
  }

  reads(item) {
    return this.ends(item, (trunk, within) => (!within(trunk.source) && trunk.readers.some(within) ? [trunk.source] : []));
  }

  readers(item) {
    return this.ends(item, (trunk, within) => (within(trunk.source) ? trunk.readers.filter((reader) => !within(reader)) : []));
  }

  ends(item, pick) {
    const within = (number) => number >= item.number && number < item.end;
    return [...new Set(item.panel.trunks.flatMap((trunk) => pick(trunk, within)))].map((number) => item.panel.items[number]);
  }

  // The wire of an id: its panel and trunk.
  trunk(wire) {
    const [, panel, trunk] = /^p(\d+)w(\d+)$/.exec(wire) ?? [];
    return panel === undefined ? null : {panel: this.panels[panel], trunk: this.panels[panel].trunks[trunk]};
  }
}

// What a box holds is numbered from it up to its `end`.
function endsOf(panel) {
  for (const item of [...panel.items].reverse()) item.end = most(item.children.map((child) => child.end), item.number + 1);
}
