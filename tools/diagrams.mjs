// Draws every book/figures/*.dot as an SVG file beside it. `--check` draws nothing, and names what is out of date.
//
// The SVG's first line holds a hash of its source, so that a stale picture is noticed. Text and lines have colours
// that can be read on light and on dark pages.

import { createHash } from "node:crypto";
import { readFileSync, readdirSync, writeFileSync, existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { Graphviz } from "@hpcc-js/wasm-graphviz";

const figures = fileURLToPath(new URL("../book/figures/", import.meta.url));
const checking = process.argv.includes("--check");
const graphviz = await Graphviz.load();
let stale = 0;

for (const name of readdirSync(figures).filter((file) => file.endsWith(".dot"))) {
  const source = readFileSync(join(figures, name), "utf8");
  const mark = `<!-- drawn from ${name}, sha256 ${createHash("sha256").update(source).digest("hex")} -->\n`;
  const target = join(figures, name.replace(/\.dot$/, ".svg"));
  if (existsSync(target) && readFileSync(target, "utf8").startsWith(mark)) continue;
  stale += 1;
  console.log(`${name}: ${checking ? "its picture is out of date (make figures)" : "drawn"}`);
  if (checking) continue;
  const svg = graphviz.layout(source, "svg", "dot");
  writeFileSync(target, mark + svg.slice(svg.indexOf("<svg")));
}
process.exit(checking && stale ? 1 : 0);
