// Many connections: one event for all of them, and what each costs that only stays.
import { row } from "./figures.mjs";
import { directory, guest, remove, shipped, start } from "./server.mjs";

const receivers = 10_000;
const idle = 19_000;
const settings = "[limits]\nconnections = 30000\n";

/** One client's event goes to 10,000, again as soon as all have it. */
export async function broadcast({ rounds, seconds }) {
  const order = JSON.stringify({ emit: { name: "news", except_sender: true, payload: { text: "x".repeat(100) } } });
  const [last, rate, memory] = [[], [], []];
  for (let round = 1; round <= rounds; round += 1) {
    const path = directory({ "rooms.wasm": guest("rooms") }, settings);
    const server = await start(path);
    try {
      const words = ["--event", "rooms", "--payload", order, "--await", "news", "--connections", receivers];
      const report = await server.load("broadcast", ...words, "--duration", `${seconds}s`, "--warmup", "2s", "--pid", server.child.pid);
      const { sent, complete, last_us, deliveries_per_second } = report.broadcasts;
      if (!report.is_good || complete < sent) throw new Error(`broadcast: ${complete} of ${sent} complete: ${JSON.stringify(report.errors)}`);
      last.push(last_us.p50 / 1_000);
      rate.push(deliveries_per_second / 1_000);
      memory.push(report.server.rss_after_bytes / 1e6);
      console.error(`broadcast, round ${round} of ${rounds}: last after ${last.at(-1)} ms, ${Math.round(memory.at(-1))} MB`);
    } finally {
      await server.stop();
      remove(path);
    }
  }
  const scene = `broadcast to ${receivers.toLocaleString("en")}`;
  return [
    row(scene, "until the last has it (median of the broadcasts)", "ms", last),
    row(scene, "deliveries", "thousand/s", rate),
    row(scene, "resident memory with all connected", "MB", memory),
  ];
}

/** Connections that do nothing. */
export async function idling() {
  const path = directory(shipped("echo"), settings);
  const server = await start(path);
  try {
    const report = await server.load("idle", "--connections", idle, "--hold", "10s", "--pid", server.child.pid);
    if (!report.is_good) throw new Error(`idle: ${JSON.stringify(report.errors)}`);
    const { rss_per_connection_bytes, rss_after_bytes } = report.server;
    console.error(`idle: ${rss_per_connection_bytes} bytes for each connection`);
    const scene = `${idle.toLocaleString("en")} idle connections`;
    return [
      row(scene, "memory for each", "KB (1,000 bytes)", [rss_per_connection_bytes / 1_000], 24),
      row(scene, "resident memory", "MB", [rss_after_bytes / 1e6]),
    ];
  } finally {
    await server.stop();
    remove(path);
  }
}
