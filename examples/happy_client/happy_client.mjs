// Sends every event of the example handlers over one connection and prints what comes back: the
// acknowledgement, and the events that the server emits.
//
//     npm install && node happy_client.mjs [URL]
//
// Exits with 1 when an event was not acknowledged with success.
import { io } from "socket.io-client";

const url = process.argv[2] ?? "http://127.0.0.1:8000";
const ackTimeoutMs = 5_000;

const events = [
  ["user_signed_up", { user_id: "u-1", email: "ann@example.com" }],
  ["user_updated", { user_id: "u-1", name: "Ann" }],
  ["user_deleted", { user_id: "u-1", reason: "moved away" }],
  ["send_notification", { title: "News", message: "The server answers." }],
  ["on_light_measured", { lumens: 12, sentAt: new Date().toISOString() }],
  ["example_event", { text: "hello", list: [1, 2.5, null] }],
];

const socket = io(url, { reconnection: false, timeout: ackTimeoutMs });

socket.onAny((name, ...args) => console.log(`  event ${name}`, ...args));

socket.on("connect_error", (error) => {
  console.error(`connect to ${url}: ${error.message}`);
  process.exit(1);
});

socket.on("connect", async () => {
  console.log(`connected to ${url}`);
  let failed = 0;
  for (const [name, payload] of events) {
    console.log(`emit ${name}`, payload);
    try {
      const reply = await socket.timeout(ackTimeoutMs).emitWithAck(name, payload);
      console.log("  ack", reply);
      failed += reply?.status === "success" ? 0 : 1;
    } catch (error) {
      console.log(`  no ack: ${error.message}`);
      failed += 1;
    }
  }
  socket.disconnect();
  console.log(failed === 0 ? "all events were answered" : `${failed} events failed`);
  process.exitCode = failed === 0 ? 0 : 1;
});
