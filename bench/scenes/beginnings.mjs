// How long until new code answers: a file that is dropped, and a server that starts.
import { readFileSync, utimesSync } from "node:fs";
import { join } from "node:path";

import { renamed, salted } from "./component.mjs";
import { row } from "./figures.mjs";
import { directory, drop, guest, remove, shipped, start } from "./server.mjs";

const drops = 20;
const starts = 5;
const quietMs = 100;
const seeds = ["example_event", "on_light_measured", "send_notification", "user_deleted", "user_signed_up", "user_updated"];

/** From the rename to the first answer of the new code, in milliseconds beyond the quiet time. */
async function answered(server, path, bytes, version) {
  const event = { name: "greet", payload: null };
  drop(path, "greet.wasm", bytes);
  const begun = performance.now();
  for (;;) {
    const { status, text } = await server.ask("POST", "/api/events", event);
    if (status !== 200) throw new Error(`greet: ${status} ${text}`);
    if (text.includes(`"version":${version}`)) return performance.now() - begun - quietMs;
  }
}

/** Versions that were never seen, and versions whose compiled code is in the cache. */
export async function dropped() {
  const versions = [1, 2].map((number) => readFileSync(guest(`greet_v${number}`)));
  const path = directory({ "greet.wasm": guest("greet_v1") }, `[registry]\nquiet_ms = ${quietMs}\n`);
  const server = await start(path, { cores: "0,1" });
  const [compiled, cached] = [[], []];
  try {
    await answered(server, path, versions[1], 2);
    for (let count = 0; count < drops; count += 1) {
      const version = (count % 2) + 1;
      cached.push(await answered(server, path, versions[version - 1], version));
    }
    for (let count = 0; count < drops; count += 1) {
      const version = (count % 2) + 1;
      compiled.push(await answered(server, path, salted(versions[version - 1], count), version));
    }
  } finally {
    await server.stop();
    remove(path);
  }
  const scene = `file of ${Math.round(versions[0].length / 1_000)} KB dropped → its first answer, beyond the quiet time`;
  console.error(`${scene}: ${compiled.map(Math.round)} ms compiled, ${cached.map(Math.round)} ms cached`);
  return [row(scene, "compiled", "ms", compiled, 150), row(scene, "from the compile cache", "ms", cached, 30)];
}

/** Starts one server again and again: time to `/ready` with all handlers, and memory when it is there. */
async function again(path, handlers, times) {
  const [ms, mb] = [[], []];
  for (let count = 0; count < times; count += 1) {
    const server = await start(path, { cores: "0,1" });
    ms.push(await server.readyMs());
    const found = JSON.parse((await server.ask("GET", "/admin/handlers")).text).handlers.length;
    if (found !== handlers) throw new Error(`expected ${handlers} handlers at /ready, found ${found}`);
    mb.push(server.memory() / 1e6);
    await server.stop();
  }
  return { ms, mb };
}

/** A server with so many handlers of one event each. */
async function many(handlers, times) {
  const bytes = readFileSync(guest("greet_v1"));
  const path = directory({});
  try {
    for (let number = 0; number < handlers; number += 1) {
      const event = `g${String(number).padStart(4, "0")}`;
      drop(path, `${event}.wasm`, renamed(bytes, event));
      // Files that have lain there: for the quiet time of newer ones a start does not wait long.
      utimesSync(join(path, "events", `${event}.wasm`), 0, 0);
    }
    const cold = await again(path, handlers, 1);
    const warm = await again(path, handlers, times);
    console.error(`${handlers} handlers: ${Math.round(cold.ms[0])} ms compiling, ${warm.ms.map(Math.round)} ms cached, ${warm.mb.map(Math.round)} MB`);
    return { cold, warm };
  } finally {
    remove(path);
  }
}

/** `handlers`: how many the largest server has. */
export async function started({ handlers }) {
  const path = directory(shipped(...seeds));
  let six;
  try {
    await again(path, seeds.length, 1);
    six = await again(path, seeds.length, starts);
  } finally {
    remove(path);
  }
  const hundred = await many(100, starts);
  const crowd = await many(handlers, 3);
  const all = `${handlers.toLocaleString("en")} handlers`;
  return [
    row("the six examples, idle", "resident memory", "MB", six.mb, 60),
    row("the six examples", "start to `/ready`, cached", "ms", six.ms),
    row("100 handlers", "start to `/ready`, cached", "ms", hundred.warm.ms, 300),
    row("100 handlers", "start to `/ready`, compiling all", "ms", hundred.cold.ms),
    row("100 handlers", "resident memory", "MB", hundred.warm.mb),
    row(all, "start to `/ready`, cached", "ms", crowd.warm.ms),
    row(all, "start to `/ready`, compiling all", "ms", crowd.cold.ms),
    row(all, "resident memory", "MB", crowd.warm.mb),
  ];
}
