// What a user of the whole server feels: swaps under load, a neighbour that spins, a file that is dropped,
// starts, crowds. Prints figures beside their budgets, and writes them into docs/bench.md and scenes.json.
//
//     cargo xtask scenes [--rounds N] [--seconds N] [--handlers N] [--only swap|spin|drop|start|broadcast|idle]
//
// Where there is a load, the server has one core and the load another. Medians of the rounds with minimum
// and maximum; ratios are taken round by round. Rounds that differ by more than 15 % are called unsteady.
import { readFileSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus, release } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";

import { dropped, started } from "./scenes/beginnings.mjs";
import { broadcast, idling } from "./scenes/crowds.mjs";
import { table, watchOthers } from "./scenes/figures.mjs";
import { spinning, swapped } from "./scenes/neighbours.mjs";
import { root } from "./scenes/server.mjs";

const { values: options } = parseArgs({
  options: {
    rounds: { type: "string", default: "5" },
    seconds: { type: "string", default: "5" },
    handlers: { type: "string", default: "1000" },
    only: { type: "string" },
  },
});
const times = { rounds: Number(options.rounds), seconds: Number(options.seconds), handlers: Number(options.handlers) };
const scenes = { swap: swapped, spin: spinning, drop: dropped, start: started, broadcast, idle: idling };

/** Replaces what stands between the document's two marks. */
function intoDocument(text) {
  const path = join(root, "docs/bench.md");
  const [begin, end] = ["<!-- scenes: written by `cargo xtask scenes` -->", "<!-- /scenes -->"];
  const document = readFileSync(path, "utf8");
  const [from, to] = [document.indexOf(begin), document.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`docs/bench.md: expected ${begin} and ${end}`);
  writeFileSync(path, `${document.slice(0, from)}${begin}\n\n${text}\n\n${document.slice(to)}`);
}

if (availableParallelism() < 2) throw new Error("expected two cores at least: one for the server, one for the load");
const chosen = Object.entries(scenes).filter(([name]) => options.only === undefined || options.only === name);
if (chosen.length === 0) throw new Error(`--only: expected one of ${Object.keys(scenes).join(", ")}`);
const others = watchOthers();
const rows = [];
for (const [, scene] of chosen) rows.push(...(await scene(times)));
const othersPart = others();
const machine = `${cpus().length} × ${cpus()[0].model.trim()}, Linux ${release()}, Node.js ${process.versions.node}`;
const head =
  `\`cargo xtask scenes\`, ${new Date().toISOString().slice(0, 10)}, ${machine}; other programs took ${(othersPart * 100).toFixed(0)} % of the processors meanwhile` +
  `${othersPart > 0.1 ? ", too much for figures to rely on" : ""}. ` +
  `${times.rounds} rounds of ${times.seconds} s; median (minimum–maximum).`;
const text = `${head}\n\n${table(rows)}`;
console.log(text);
if (options.only === undefined) {
  intoDocument(text);
  writeFileSync(join(root, "bench/scenes.json"), `${JSON.stringify({ machine, others_part: Number(othersPart.toFixed(3)), ...times, rows }, null, 1)}\n`);
}
