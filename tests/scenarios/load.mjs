// Many clients send numbered events, several at a time each, and count what comes back: every
// acknowledgement once, and in order. Tells how far it is, for whoever swaps the handler meanwhile.
// Arguments: URL, clients, events of each, events under way of each, acknowledgements between two
// lines.

import { connect, end, once, tell } from "./common.mjs";

const [url, ...numbers] = process.argv.slice(2);
const [clients, events, depth, step] = numbers.map(Number);
const seen = { acked: 0, packets: 0, wrong: 0, disordered: 0, disconnects: 0, versions: {}, changes: 0 };

async function one() {
  const socket = connect(url, "websocket");
  await once(socket, "connect");
  // The client drops a second acknowledgement in silence; its packets show it.
  socket.io.on("packet", (packet) => {
    seen.packets += packet.type === 3 ? 1 : 0;
  });
  socket.on("disconnect", () => (seen.disconnects += 1));
  return socket;
}

function play(socket) {
  return new Promise((resolve) => {
    let sent = 0;
    let next = 0;
    let version = null;
    const send = () => {
      const number = sent++;
      socket.emit("sequence", number, (reply, by) => {
        seen.acked += 1;
        seen.wrong += reply === number ? 0 : 1;
        seen.disordered += number === next++ ? 0 : 1;
        seen.versions[by] = (seen.versions[by] ?? 0) + 1;
        seen.changes += version !== null && version !== by ? 1 : 0;
        version = by;
        if (seen.acked % step === 0) tell({ acked: seen.acked });
        if (sent < events) send();
        else if (next === events) resolve();
      });
    };
    for (let index = 0; index < depth; index += 1) send();
  });
}

const sockets = await Promise.all(Array.from({ length: clients }, one));
const started = performance.now();
await Promise.all(sockets.map(play));
const seconds = (performance.now() - started) / 1000;
// A last event of each shows that nothing comes after the last acknowledgement.
await Promise.all(sockets.map((socket) => socket.timeout(60_000).emitWithAck("sequence", 0)));
seen.packets -= clients;
end({ ...seen, seconds });
