// A client that stops reading for a while and sends all the more: every acknowledgement must come
// when it reads again. Arguments: URL, events, milliseconds without reading.

import { connect, end, once, tell } from "./common.mjs";

const [url, ...numbers] = process.argv.slice(2);
const [events, silentMs] = numbers.map(Number);
const socket = connect(url, "websocket");
await once(socket, "connect");

const filling = "x".repeat(400);
const seen = { acked: 0, disordered: 0, emitted: 0, reason: null };
const over = new Promise((resolve) => {
  socket.on("disconnect", (reason) => {
    seen.reason = reason;
    resolve();
  });
  const stream = socket.io.engine.transport.ws._socket;
  stream.pause();
  socket.on("echo_ack", () => (seen.emitted += 1));
  for (let number = 0; number < events; number += 1) {
    socket.emit("echo", number, filling, (reply) => {
      seen.disordered += reply === seen.acked ? 0 : 1;
      seen.acked += 1;
      if (seen.acked === events) resolve();
    });
  }
  tell({ silent: true });
  // Not reading for so long is what the story is about.
  setTimeout(() => {
    tell({ acked: seen.acked, unsent: socket.io.engine.transport.ws.bufferedAmount });
    stream.resume();
  }, silentMs);
});
await over;
end(seen);
