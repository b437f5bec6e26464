// Medians, whether the rounds behind them agree, and how busy the machine was with other things.
import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";

/** Rounds that differ by more than this part of their median are called unsteady. */
export const unsteadyAt = 0.15;

/** Median, minimum and maximum. */
export function spreadOf(list) {
  const sorted = [...list].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  const median = sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
  const [min, max] = [sorted[0], sorted.at(-1)];
  return { median, min, max, rounds: sorted.length, isUnsteady: (max - min) / median > unsteadyAt };
}

/** One line of the table. `budget`: the most that it may be; none where there is none. */
export function row(scene, what, unit, list, budget = null) {
  const figure = spreadOf(list);
  return { scene, what, unit, ...figure, budget, isWithin: budget === null || figure.median <= budget };
}

const digits = (value) => (value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2));

/** `1.20 (1.10–1.40, unsteady)`. */
function cell({ median, min, max, rounds, isUnsteady }) {
  if (rounds === 1) return digits(median);
  return `${digits(median)} (${digits(min)}–${digits(max)}${isUnsteady ? ", unsteady" : ""})`;
}

export function table(rows) {
  const lines = ["| scene | what | found | budget |", "|---|---|---|---|"];
  for (const line of rows) {
    const budget = line.budget === null ? "" : `≤ ${line.budget}${line.isWithin ? "" : " **missed**"}`;
    lines.push(`| ${line.scene} | ${line.what}, ${line.unit} | ${cell(line)} | ${budget} |`);
  }
  return lines.join("\n");
}

/** Ticks that the machine's processors worked, and ticks of that for this process and those that it ended. */
function ticks() {
  const [user, nice, system, , , irq, softirq] = readFileSync("/proc/stat", "utf8").split("\n")[0].split(/ +/).slice(1).map(Number);
  const own = readFileSync("/proc/self/stat", "utf8").split(") ")[1].split(" ").slice(11, 15).map(Number);
  return { all: user + nice + system + irq + softirq, own: own.reduce((sum, part) => sum + part) };
}

/** Begins to watch; the function that it gives tells which part of all processors others took since. */
export function watchOthers() {
  const [before, begun] = [ticks(), performance.now()];
  return () => {
    const [after, perSecond] = [ticks(), 100];
    const others = after.all - before.all - (after.own - before.own);
    const could = ((performance.now() - begun) / 1_000) * perSecond * availableParallelism();
    return Math.max(0, others / could);
  };
}
