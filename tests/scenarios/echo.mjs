// Five arguments go to `echo` and come back, as the acknowledgement and as `echo_ack`; events that
// nobody answers are refused in words. Arguments: URL, transport.

import assert from "node:assert/strict";
import { call, connect, end, once } from "./common.mjs";

const [url, transport] = process.argv.slice(2);
const socket = connect(url, transport);
await once(socket, "connect");

const bytes = (length) => Buffer.from(Array.from({ length }, (_, index) => (index * 7) % 256));
const sent = [
  1.5,
  "Größe 漢字 🦀 \u2028 \"quoted\" \\ \u0000",
  { first: bytes(256), deep: { second: bytes(3) }, plain: true },
  [[1, [bytes(70_000)]], []],
  null,
];

const emitted = once(socket, "echo_ack");
const acked = await call(socket, "echo", ...sent);
assert.deepStrictEqual(acked, sent, "the acknowledgement is what was sent");
assert.deepStrictEqual(await emitted, sent, "so is the emit");
assert.deepStrictEqual(await call(socket, "echo"), [], "nothing comes back as nothing");

const [refused] = await call(socket, "nobody_answers", 1);
assert.equal(refused.status, "error");
assert.equal(refused.code, "unknown_event");

const error = once(socket, "error_event");
socket.emit("nobody_answers_either", 1);
const [told] = await error;

// The stock client keeps the reserved names to itself; on the wire they are the raw tests' business.
assert.throws(() => socket.emit("disconnect"), /reserved/);

end({
  transport: socket.io.engine.transport.name,
  acked: acked.length,
  refused: refused.code,
  message: refused.message,
  told: told.code,
});
