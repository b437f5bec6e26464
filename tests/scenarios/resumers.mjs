// Stock clients with the few lines of the package that make them come back to their sessions. Each keeps a log of
// the numbers that its room was told; the story is over when all have the last one.

import { resumable } from "../../sdk/client-js/src/resumable.js";
import { io, tell } from "./common.mjs";

const [url, count, last] = process.argv.slice(2);

class Resumer {
  constructor(index, done) {
    this.index = index;
    this.log = [];
    this.sessions = [];
    this.refusals = [];
    this.problem = null;
    this.socket = io(url, {
      transports: ["websocket"],
      forceNew: true,
      reconnectionDelay: 20,
      reconnectionDelayMax: 200,
      timeout: 5_000,
      autoConnect: false,
    });
    resumable(this.socket, (session) => this.opened(session));
    this.socket.on("connect_error", (error) => this.refusals.push(error.message));
    this.done = done;
    this.socket.on("said", (number) => {
      this.log.push(number);
      const expected = this.log.length;
      if (number !== expected && this.problem === null) {
        this.problem = `client ${index}: expected ${expected}, found ${number}`;
      }
      if (number === Number(last) || this.problem !== null) done();
    });
  }

  opened(session) {
    this.sessions.push(session);
    if (this.sessions.length > 1 && !session.recovered && this.problem === null) {
      this.problem = `client ${this.index}: not recovered: ${JSON.stringify(session)}, ${this.sessions.length}`;
      this.done();
    }
  }
}

let left = Number(count);
let finish;
const finished = new Promise((resolve) => {
  finish = resolve;
});
const clients = Array.from({ length: left }, (_, index) => {
  const client = new Resumer(index, () => {
    if (client.isDone) return;
    client.isDone = true;
    left -= 1;
    if (left === 0 || client.problem !== null) finish();
  });
  return client;
});

// In the room before the first word: an order whose answer was cut off is given again.
async function join(client) {
  client.socket.connect();
  for (;;) {
    try {
      await client.socket.timeout(2_000).emitWithAck("rooms", { join: "lobby" });
      return;
    } catch {
      // Joining twice is joining.
    }
  }
}

await Promise.all(clients.map(join));
tell({ joined: clients.length });
await finished;
tell({
  problems: clients.map((client) => client.problem).filter((problem) => problem !== null),
  lengths: [...new Set(clients.map((client) => client.log.length))],
  resumes: clients.reduce((sum, client) => sum + client.sessions.length - 1, 0),
  tokens_refused: clients
    .flatMap((client) => client.refusals)
    .filter((words) => words.startsWith("token_")).length,
});
process.exit(0);
