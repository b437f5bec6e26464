// The same work on fs7 and on its peers, in one run: the server on one core, the load on another, round
// after round in turns. Prints the table of ratios, and writes it into the README and results.json.
//
//     cargo xtask peers [--rounds N] [--seconds N]
//
// Medians of the rounds with minimum and maximum. A ratio is taken round by round, so that a machine that
// becomes slower slows both. A peer whose rounds differ by more than 15 % is called unsteady.
import { execFileSync, spawn } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus, release, tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const root = fileURLToPath(new URL("..", import.meta.url));
const { values: options } = parseArgs({
  options: { rounds: { type: "string", default: "5" }, seconds: { type: "string", default: "5" } },
});
const rounds = Number(options.rounds);
const unsteadyAt = 0.15;
const startMs = 30_000;
const fs7 = join(root, "target/release/fs7");
const payload = '{"user_id":"12345","email":"user@example.com"}';

const subjects = [
  { name: "fs7, fresh sandbox", start: () => host("fresh") },
  { name: "fs7, reused sandbox", start: () => host("reuse") },
  { name: "Node.js socket.io", key: "node", start: () => launch("node", ["bench/peers/node/server.mjs"]) },
  { name: "FastAPI + python-socketio", key: "python", start: () => launch("target/peers/venv/bin/python", ["bench/peers/fastapi/server.py"]) },
  { name: "bare socketioxide", key: "bare", start: () => launch("target/peers/release/fs7-bench-socketioxide", []) },
];
const jobs = [
  { name: "50 connections, 1 under way", connections: 50, depth: 1 },
  { name: "50 connections, 16 under way", connections: 50, depth: 16 },
  { name: "1,000 connections, 1 under way", connections: 1_000, depth: 1 },
];

/** A directory in which `fs7 start` finds one handler and its contract. */
function host(instances) {
  const directory = mkdtempSync(join(tmpdir(), "fs7-bench-"));
  mkdirSync(join(directory, "events"));
  cpSync(join(root, "events/user_signed_up.wasm"), join(directory, "events/user_signed_up.wasm"));
  cpSync(join(root, "asyncapi.yaml"), join(directory, "asyncapi.yaml"));
  writeFileSync(join(directory, "fs7.toml"), `[handlers.user_signed_up]\ninstances = "${instances}"\n`);
  return launch(fs7, ["start", "--foreground", "--port", "0"], directory);
}

/** Starts a server on the first core; resolves with its address when it says it. */
async function launch(program, args, directory) {
  const child = spawn("taskset", ["-c", "0", program, ...args], {
    cwd: directory ?? root,
    stdio: ["ignore", "pipe", "ignore"],
    env: { PATH: process.env.PATH, HOME: process.env.HOME },
  });
  const exited = new Promise((resolve) => child.once("exit", resolve));
  const stop = async () => {
    child.kill("SIGKILL");
    await exited;
    if (directory) rmSync(directory, { recursive: true });
  };
  const late = setTimeout(() => child.kill("SIGKILL"), startMs);
  for await (const line of createInterface({ input: child.stdout })) {
    const address = /127\.0\.0\.1:\d+/.exec(line)?.[0];
    if (address === undefined) continue;
    clearTimeout(late);
    child.stdout.resume();
    return { url: `http://${address}`, stop };
  }
  throw new Error(`${program} ended, or did not say its address in ${startMs / 1_000} s`);
}

/** One job on a server that runs: the report of the load generator, which has the other core. */
function load({ connections, depth }, url) {
  const words = ["bench", "events", url, "--event", "user_signed_up", "--payload", payload];
  words.push("--await", "user_signed_up_ack", "--connections", connections, "--depth", depth);
  words.push("--duration", `${options.seconds}s`, "--warmup", "1s", "--json", "--quiet");
  const report = execFileSync("taskset", ["-c", "1", fs7, ...words.map(String)], { encoding: "utf8" });
  const { load: figures, errors } = JSON.parse(report);
  if (figures.failed > 0) throw new Error(`${url}: ${figures.failed} events failed: ${JSON.stringify(errors)}`);
  return { rate: figures.per_second, p50: figures.latency_us.p50, p99: figures.latency_us.p99 };
}

function spreadOf(list) {
  const sorted = [...list].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  const median = sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
  const [min, max] = [sorted[0], sorted.at(-1)];
  return { median, min, max, isUnsteady: (max - min) / median > unsteadyAt };
}

/** What all rounds of a subject and a job came to. */
function summary(of, all, job) {
  const mine = all.get(of).get(job);
  const against = (key) => {
    const peer = subjects.find((subject) => subject.key === key);
    const theirs = all.get(peer).get(job);
    return spreadOf(mine.map(({ rate }, round) => rate / theirs[round].rate)).median;
  };
  const column = (key) => spreadOf(mine.map((run) => run[key]));
  const ratios = { node: against("node"), python: against("python"), bare: against("bare") };
  return { subject: of.name, job: job.name, rate: column("rate"), p50: column("p50"), p99: column("p99"), ratios };
}

function table(rows) {
  const k = (rate) => (rate / 1_000).toFixed(1);
  const ms = (us) => (us / 1_000).toFixed(us < 10_000 ? 2 : 0);
  const lines = [];
  for (const job of jobs) {
    lines.push(`| ${job.name} | thousand events/s | p50 ms | p99 ms | × Node.js | × FastAPI | × bare socketioxide |`);
    lines.push("|---|---|---|---|---|---|---|");
    for (const { subject, rate, p50, p99, ratios } of rows.filter((row) => row.job === job.name)) {
      const note = rate.isUnsteady ? ", unsteady" : "";
      const cells = [subject, `${k(rate.median)} (${k(rate.min)}–${k(rate.max)}${note})`, ms(p50.median), ms(p99.median)];
      lines.push(`| ${[...cells, ...Object.values(ratios).map((ratio) => ratio.toFixed(2))].join(" | ")} |`);
    }
    lines.push("");
  }
  return lines.join("\n");
}

/** Replaces what stands between the README's two marks. */
function intoReadme(text) {
  const path = join(root, "README.md");
  const [begin, end] = ["<!-- peers: written by `cargo xtask peers` -->", "<!-- /peers -->"];
  const readme = readFileSync(path, "utf8");
  const [from, to] = [readme.indexOf(begin), readme.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`README.md: expected ${begin} and ${end}`);
  writeFileSync(path, `${readme.slice(0, from)}${begin}\n\n${text}\n${readme.slice(to)}`);
}

if (availableParallelism() < 2) throw new Error("expected two cores at least: one for the server, one for the load");
const all = new Map(subjects.map((subject) => [subject, new Map(jobs.map((job) => [job, []]))]));
for (let round = 1; round <= rounds; round += 1) {
  for (const subject of subjects) {
    const server = await subject.start();
    try {
      for (const job of jobs) all.get(subject).get(job).push(load(job, server.url));
    } finally {
      await server.stop();
    }
    const rates = jobs.map((job) => Math.round(all.get(subject).get(job).at(-1).rate));
    console.error(`round ${round} of ${rounds}: ${subject.name}: ${rates.join(", ")} events/s`);
  }
}
const rows = subjects.flatMap((subject) => jobs.map((job) => summary(subject, all, job)));
const machine = `${cpus().length} × ${cpus()[0].model.trim()}, Linux ${release()}, Node.js ${process.versions.node}`;
const crowd = rows.find((row) => row.subject === subjects[0].name && row.job === jobs[2].name);
const text = [
  `\`cargo xtask peers\`, ${new Date().toISOString().slice(0, 10)}, ${machine}: ${rounds} rounds in turns of ${options.seconds} s for each job, server on one core, load on another;`,
  "median (minimum–maximum), ratios round by round. Each event: payload checked, one `user_signed_up_ack` emitted, one acknowledgement.\n",
  table(rows),
  `The predecessor claims answers within 200 ms under high concurrency: here p99 is ${(crowd.p99.median / 1_000).toFixed(0)} ms with ${jobs[2].connections.toLocaleString("en")} connections that all wait for an answer, a fresh sandbox for each event.\n`,
].join("\n");
console.log(text);
intoReadme(text);
writeFileSync(join(root, "bench/results.json"), `${JSON.stringify({ machine, rounds, seconds: Number(options.seconds), rows }, null, 1)}\n`);
