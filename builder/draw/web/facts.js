// What is known of the chosen block, in words, with the way to its parents and neighbours.

class Facts {
  constructor(pane, links, listing, choose) {
    Object.assign(this, {pane, links, listing, choose});
  }

  show(item) {
    const total = item.panel.items[0], terms = this.terms(item, total).filter(([, said]) => said && said.length !== 0);
    const list = tag("dl", "", ...terms.flatMap(([term, said]) => [tag("dt", "", term), tag("dd", "", ...[said].flat())]));
    const name = item.network ?? item.brick ?? "", heading = tag("h3", "", item.number ? name || item.title : item.panel.name, " ");
    if (item.number && name && item.title !== name) heading.append(tag("small", "", item.title));
    this.pane.replaceChildren(this.trail(item), heading, list);
  }

  terms(item, total) {
    const shares = this.links.kin(item).filter((other) => other !== item);
    return [
      ["output", item.shapes?.join(" and ")], ["arguments", item.arguments], ["formula", item.what === "formula" ? item.detail : ""],
      ["parameters", parametersOf(item)], ["work", workOf(item, total)], ["bricks", item.isBox && count(item.bricks)],
      ["reads", this.buttons(this.links.reads(item))], ["read by", this.buttons(this.links.readers(item))],
      [item.number ? "shares weights with" : "used by", this.buttons(shares)],
      ["turn", item.turns?.join("; ")], ["lines", this.lines(item)],
    ];
  }

  lines(item) {
    if (!item.lines) return "";
    const [file, first, last] = item.lines, said = first === last ? `${first}` : `${first} to ${last}`;
    return [`${said} of ${this.listing.files[file].name}`, this.listing.place(item)].filter(Boolean).join("; ");
  }

  trail(item) {
    const above = [];
    for (let at = item.panel.items[item.parent]; at; at = at.panel.items[at.parent]) above.unshift(at);
    return tag("nav", "trail", ...above.flatMap((box) => [this.button(box, box.number ? box.title : box.panel.name), " › "]));
  }

  buttons(items) {
    const shown = items.slice(0, 8).flatMap((item) => [this.button(item), " "]);
    return items.length > 8 ? [...shown, `and ${items.length - 8} more`] : shown;
  }

  button(item, said = item.number ? item.title : item.panel.name) {
    const made = tag("button", "link", said);
    Object.assign(made, {type: "button", onclick: () => this.choose(item), title: item.brick ?? ""});
    return made;
  }

  wire(wire) {
    const {panel, trunk} = this.links.trunk(wire);
    const list = [["from", this.buttons([panel.items[trunk.source]])], ["to", this.buttons(trunk.readers.map((reader) => panel.items[reader]))]];
    this.pane.replaceChildren(tag("h3", "", trunk.shape, " ", tag("small", "", "on one wire")), tag("dl", "", ...list.flatMap(([term, said]) => [tag("dt", "", term), tag("dd", "", ...said)])));
  }

  nothing(panels) {
    const total = panels[0].items[0];
    this.pane.replaceChildren(tag("p", "quiet", `${count(total.bricks)} bricks. Click a block to open it, a brick or a line to follow it, a line of the spec to find what it lays.`));
  }
}

function parametersOf(item) {
  if (!item.parameters) return item.shared ? "those of the first use" : "";
  const trainable = item.trainable ?? 0;
  return count(item.parameters) + (trainable === item.parameters ? "" : `, ${count(trainable)} trainable`);
}

function workOf(item, total) {
  if (!item.macs) return "";
  const share = (100 * item.macs) / total.macs, said = item.number ? `, ${share < 0.1 ? "under 0.1" : share.toFixed(share < 10 ? 1 : 0)} % of all` : "";
  return `${count(item.macs)} multiply-accumulates an example${said}`;
}
