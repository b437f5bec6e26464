// A client that begins with polling and changes over to a WebSocket while it sends: nothing may be
// lost, doubled or out of order on the way. Arguments: URL, events.

import { end, io, once } from "./common.mjs";

const [url, number] = process.argv.slice(2);
const events = Number(number);
const socket = io(url, { transports: ["polling", "websocket"], reconnection: false });
const upgraded = new Promise((resolve) => {
  socket.io.on("open", () => socket.io.engine.once("upgrade", resolve));
});
const seen = { acked: 0, disordered: 0, emitted: 0 };
socket.on("echo_ack", (reply) => {
  seen.disordered += reply === seen.emitted++ ? 0 : 1;
});
await once(socket, "connect");
const id = socket.id;

// Each answer brings the next event, so that some are always under way.
await new Promise((resolve, reject) => {
  let sent = 0;
  const send = () => {
    const number = sent++;
    socket.emit("echo", number, (reply) => {
      seen.disordered += reply === number && number === seen.acked ? 0 : 1;
      seen.acked += 1;
      if (sent < events) send();
      else if (seen.acked === events) resolve();
    });
  };
  socket.once("disconnect", reject);
  for (let index = 0; index < 16; index += 1) send();
});
await upgraded;
end({ ...seen, transport: socket.io.engine.transport.name, same: socket.id === id });
