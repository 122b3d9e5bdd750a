// What is known of the chosen block, in words, with the way to its parents and neighbours.

const MANY = 8;

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
      ["reads", this.buttons(this.links.reads(item), item)], ["read by", this.buttons(this.links.readers(item), item)],
      [item.number ? "shares with" : "used by", this.buttons(shares, item)],
      ["turn", item.turns?.join("; ")], ["lines", this.lines(item)],
    ];
  }

  lines(item) {
    if (!item.lines) return "";
    const [file, first, last] = item.lines, said = first === last ? `${first}` : `${first} to ${last}`;
    return [`${said} of ${this.listing.files[file].name}`, this.listing.place(item)].filter(Boolean).join(", ");
  }

  trail(item) {
    return tag("nav", "trail", ...aboveOf(item).reverse().flatMap((box) => [this.button(box, box.number ? box.title : box.panel.name), " › "]));
  }

  // What stands elsewhere is given its full name.
  buttons(items, near) {
    const said = (item) => (item.number ? (item.parent === near?.parent && item.panel === near.panel ? item.title : item.name) : item.panel.name);
    const shown = items.slice(0, MANY).flatMap((item, i) => [i ? ", " : "", this.button(item, said(item))]);
    return items.length > MANY ? [...shown, ` and ${items.length - MANY} more`] : shown;
  }

  button(item, said) {
    const made = tag("button", "link", said);
    Object.assign(made, {type: "button", onclick: () => this.choose(item), title: item.brick ?? ""});
    return made;
  }

  wire(wire) {
    const {panel, trunk} = this.links.trunk(wire);
    const list = [["from", this.buttons([panel.items[trunk.source]])], ["to", this.buttons(trunk.readers.map((reader) => panel.items[reader]))]];
    const heading = tag("h3", "", trunk.shape, " ", tag("small", "", "on one wire"));
    this.pane.replaceChildren(heading, tag("dl", "", ...list.flatMap(([term, said]) => [tag("dt", "", term), tag("dd", "", ...said)])));
  }

  nothing(panels) {
    const total = panels[0].items[0];
    const hint = "Click a block to open it, a brick or a wire to follow it, a line of the spec to find what it lays.";
    this.pane.replaceChildren(tag("p", "quiet", `${total.bricks === 1 ? "1 brick" : `${count(total.bricks)} bricks`}. ${hint}`));
  }
}

function parametersOf(item) {
  if (!item.parameters) return item.shared ? "those of the first use" : "";
  const trainable = item.trainable ?? 0;
  return count(item.parameters) + (trainable === item.parameters ? "" : `, ${count(trainable)} trainable`);
}

function workOf(item, total) {
  if (!item.macs) return "";
  const share = (100 * item.macs) / total.macs, said = item.number ? `, ${share < 0.1 ? "under 0.1" : share.toFixed(share < 10 ? 1 : 0)}\u00a0% of all` : "";
  return `${count(item.macs)} MACs an example${said}`;
}
