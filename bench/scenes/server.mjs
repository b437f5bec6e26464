// Servers for scenes: a directory with handlers, `fs7 start` in it on one core, and what is asked of it.
import { execFile, spawn } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { Agent, request } from "node:http";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

export const root = fileURLToPath(new URL("../..", import.meta.url));
const fs7 = join(root, "target/release/fs7");
const startMs = 300_000;
const key = "benchmark";
const run = promisify(execFile);

/** A component of the tests. */
export const guest = (name) => join(root, `target/guests/${name}.wasm`);
/** A handler as shipped. */
export const handler = (name) => join(root, `events/${name}.wasm`);

/** A directory in which `fs7 start` finds these handlers, by file name, and settings. */
export function directory(handlers, settings = "") {
  const path = mkdtempSync(join(tmpdir(), "fs7-scene-"));
  mkdirSync(join(path, "events"));
  for (const [name, source] of Object.entries(handlers)) cpSync(source, join(path, "events", name));
  writeFileSync(join(path, "fs7.toml"), settings);
  return path;
}

/** Handlers as shipped, by file name. */
export function shipped(...names) {
  return Object.fromEntries(names.map((name) => [basename(handler(name)), handler(name)]));
}

/** Puts bytes into place by a rename, so that nobody sees half of them. */
export function drop(path, name, bytes) {
  const draft = join(path, "events", `.${name}.tmp`);
  writeFileSync(draft, bytes);
  renameSync(draft, join(path, "events", name));
}

export const remove = (path) => rmSync(path, { recursive: true });

/** A server that has said its address, on the first core or on those that are named. */
export async function start(path, { cores = "0" } = {}) {
  const begun = performance.now();
  const child = spawn("taskset", ["-c", cores, fs7, "start", "--foreground", "--port", "0"], {
    cwd: path,
    stdio: ["ignore", "pipe", "ignore"],
    env: { PATH: process.env.PATH, HOME: process.env.HOME, API_KEY: key },
  });
  const exited = new Promise((resolve) => child.once("exit", resolve));
  const late = setTimeout(() => child.kill("SIGKILL"), startMs);
  for await (const line of createInterface({ input: child.stdout })) {
    const port = /127\.0\.0\.1:(\d+)/.exec(line)?.[1];
    if (port === undefined) continue;
    clearTimeout(late);
    child.stdout.resume();
    return new Server(child, exited, Number(port), begun);
  }
  throw new Error(`${fs7} ended, or did not say its address in ${startMs / 1_000} s`);
}

class Server {
  constructor(child, exited, port, begun) {
    Object.assign(this, { child, exited, port, begun });
    this.url = `http://127.0.0.1:${port}`;
    this.agent = new Agent({ keepAlive: true, maxSockets: 1 });
  }

  /** Ends it as an operator would; its compile cache is whole. */
  async stop() {
    this.agent.destroy();
    this.child.kill("SIGTERM");
    await this.exited;
  }

  /** Status and body, over a connection that stays open. */
  ask(method, path, body) {
    return new Promise((resolve, reject) => {
      const headers = { "X-API-Key": key, "Content-Type": "application/json" };
      const asked = request({ port: this.port, host: "127.0.0.1", method, path, headers, agent: this.agent }, (answer) => {
        const parts = [];
        answer.on("data", (part) => parts.push(part));
        answer.on("end", () => resolve({ status: answer.statusCode, text: Buffer.concat(parts).toString() }));
      });
      asked.once("error", reject);
      asked.end(body === undefined ? undefined : JSON.stringify(body));
    });
  }

  /** Milliseconds from the start of the process to `/ready`. */
  async readyMs() {
    while ((await this.ask("GET", "/ready")).status !== 200);
    return performance.now() - this.begun;
  }

  async reload() {
    const { status, text } = await this.ask("POST", "/admin/reload-events");
    if (status !== 200) throw new Error(`reload: ${status} ${text}`);
    return JSON.parse(text);
  }

  /** Resident bytes. */
  memory() {
    const text = readFileSync(`/proc/${this.child.pid}/smaps_rollup`, "utf8");
    return Number(/^Rss:\s+(\d+) kB/m.exec(text)[1]) * 1_024;
  }

  /** The load generator, on the other core: its report, whatever came of it. */
  async load(scenario, ...words) {
    const args = ["-c", "1", fs7, "bench", scenario, this.url, ...words.map(String), "--json", "--quiet"];
    const options = { encoding: "utf8", maxBuffer: 1 << 24 };
    const { stdout } = await run("taskset", args, options).catch((error) => {
      if (!error.stdout) throw error;
      return error;
    });
    return JSON.parse(stdout);
  }
}
