// What the stories for Node.js share: the stock client out of `tests/clients`, and how a story ends.

import { createRequire } from "node:module";

const require = createRequire(new URL("../clients/package.json", import.meta.url));

/** The stock client. */
export const { io } = require("socket.io-client");

/** Prints one line for the test. */
export function tell(what) {
  process.stdout.write(JSON.stringify(what) + "\n");
}

/** Ends the story with what it saw. */
export function end(what) {
  process.stdout.write(JSON.stringify(what) + "\n", () => process.exit(0));
}

/** A new connection of its own, over one transport. */
export function connect(url, transport, options = {}) {
  return io(url, { transports: [transport], forceNew: true, reconnection: false, ...options });
}

/** The next event of this name, as a list of arguments. */
export function once(socket, event) {
  return new Promise((resolve) => socket.once(event, (...args) => resolve(args)));
}

/** Emits and gives the arguments of the acknowledgement. */
export function call(socket, event, ...args) {
  return new Promise((resolve) => socket.emit(event, ...args, (...reply) => resolve(reply)));
}
