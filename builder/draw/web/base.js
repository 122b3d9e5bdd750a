"use strict";
// What every page shares: `bricks.data(id)` reads a block of JSON, `bricks.theme()` turns light to dark and back.
const bricks = {
  data(id) {
    const block = document.getElementById(id);
    return block ? JSON.parse(block.textContent) : null;
  },
  dark() {
    const said = document.documentElement.dataset.theme;
    return said ? said === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  },
  theme() {
    document.documentElement.dataset.theme = bricks.dark() ? "light" : "dark";
  },
};
