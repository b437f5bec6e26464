// What clients of one handler feel of a swap, and of another handler that never comes to an end.
import { readFileSync } from "node:fs";

import { row } from "./figures.mjs";
import { directory, drop, guest, remove, shipped, start } from "./server.mjs";

const swaps = 100;
const clients = 50;
/** Half of what one core answers, and less. */
const calmRate = 1_000;

function latency(report, where) {
  const { failed, latency_us } = report.load;
  if (failed > 0) throw new Error(`${where}: ${failed} events failed: ${JSON.stringify(report.errors)}`);
  return latency_us.p99;
}

/** The pair of one round, in turns which of the two comes first. */
async function inTurns(round, without, withIt) {
  if (round % 2) {
    const base = await without();
    return [base, await withIt()];
  }
  const other = await withIt();
  return [await without(), other];
}

/** A hundred swaps over all rounds, while 50 clients are answered as fast as they ask. */
export async function swapped({ rounds, seconds }) {
  const versions = ["sequence_b", "sequence_a"].map((name) => readFileSync(guest(name)));
  const path = directory({ "sequence.wasm": guest("sequence_a") }, "[registry]\nquiet_ms = 20\n");
  const server = await start(path);
  let version = 0;
  const swap = async () => {
    drop(path, "sequence.wasm", versions[version++ % 2]);
    await server.reload();
  };
  const words = ["--event", "sequence", "--payload", 7, "--connections", clients];
  const load = () => server.load("events", ...words, "--duration", `${seconds}s`, "--warmup", "1s");
  const generation = async () => JSON.parse((await server.ask("GET", "/admin/status")).text).generation;
  const perRound = Math.ceil(swaps / rounds);
  try {
    // Both versions are in the compile cache from here on.
    await swap();
    await swap();
    const [ratios, before, after] = [[], [], []];
    const first = await generation();
    for (let round = 1; round <= rounds; round += 1) {
      const [base, with_] = await inTurns(round, load, async () => {
        const loading = load();
        const pauseMs = ((seconds + 1) * 1_000) / (perRound + 1);
        for (let count = 0; count < perRound; count += 1) {
          await new Promise((resolve) => setTimeout(resolve, pauseMs));
          await swap();
        }
        return loading;
      });
      before.push(latency(base, "without swaps") / 1_000);
      after.push(latency(with_, "with swaps") / 1_000);
      ratios.push(after.at(-1) / before.at(-1));
      console.error(`swap, round ${round} of ${rounds}: p99 ${before.at(-1)} ms without, ${after.at(-1)} ms with`);
    }
    const count = (await generation()) - first;
    if (count !== perRound * rounds) throw new Error(`expected ${perRound * rounds} swaps, found ${count}`);
    const scene = `${count} swaps under load, 50 clients, no event failed`;
    return [
      row(scene, "p99 with / without", "times", ratios, 1.5),
      row(scene, "p99 without", "ms", before),
      row(scene, "p99 with", "ms", after),
    ];
  } finally {
    await server.stop();
    remove(path);
  }
}

/** One handler computes until its deadline, called again as soon as it has ended. */
export async function spinning({ rounds, seconds }) {
  const path = directory({ ...shipped("echo"), "hostile_spin.wasm": guest("hostile_spin") });
  const server = await start(path);
  const modes = [
    { name: "as many events as one core takes", budget: 2, words: [], ratios: [], before: [], after: [], late: [] },
    { name: `${calmRate.toLocaleString("en")} events/s`, budget: 2, words: ["--rate", calmRate], ratios: [], before: [], after: [], late: [] },
  ];
  const words = ["--event", "echo", "--payload", '{"a":1}', "--connections", clients];
  const load = (mode) => server.load("events", ...words, ...mode.words, "--duration", `${seconds}s`, "--warmup", "1s");
  const spin = () => server.load("events", "--event", "hostile_spin", "--connections", 1, "--duration", `${seconds + 3}s`, "--warmup", "0s");
  try {
    for (let round = 1; round <= rounds; round += 1) {
      for (const mode of modes) {
        const [base, with_] = await inTurns(round, () => load(mode), async () => {
          const spun = spin();
          const report = await load(mode);
          const { sent, done } = (await spun).load;
          if (sent < seconds || done > 0) throw new Error(`the spinning handler: ${sent} calls, ${done} answered`);
          return report;
        });
        mode.before.push(latency(base, "alone") / 1_000);
        mode.after.push(latency(with_, "beside it") / 1_000);
        if (with_.load.late_us) mode.late.push(with_.load.late_us.p99 / 1_000);
        mode.ratios.push(mode.after.at(-1) / mode.before.at(-1));
        console.error(`spinning neighbour, ${mode.name}, round ${round} of ${rounds}: p99 ${mode.before.at(-1)} ms alone, ${mode.after.at(-1)} ms beside it`);
      }
    }
    return modes.flatMap(({ name, budget, ratios, before, after, late }) => {
      const scene = `spinning neighbour on the same core, ${name}`;
      return [
        row(scene, "p99 beside it / alone", "times", ratios, budget),
        row(scene, "p99 alone", "ms", before),
        row(scene, "p99 beside it", "ms", after),
        // Of an open loop: what of that is the generator's.
        ...(late.length > 0 ? [row(scene, "events left late by, p99", "ms", late)] : []),
      ];
    });
  } finally {
    await server.stop();
    remove(path);
  }
}
