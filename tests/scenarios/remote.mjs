// Stock clients, told over standard input what to do: one order, one answer, each a line of JSON.

import { createInterface } from "node:readline";
import { call, io, tell } from "./common.mjs";

const [url] = process.argv.slice(2);
const clients = new Map();

class Client {
  constructor(socket) {
    this.socket = socket;
    this.inbox = [];
    this.waiting = [];
    socket.onAny((event, ...args) => this.deliver(event, args));
    socket.on("disconnect", (reason) => this.deliver("disconnect", [reason]));
  }

  deliver(event, args) {
    const index = this.waiting.findIndex((waiting) => waiting.event === event);
    if (index < 0) {
      this.inbox.push([event, ...args]);
    } else {
      this.waiting.splice(index, 1)[0].resolve(args);
    }
  }

  next(event) {
    const index = this.inbox.findIndex(([name]) => name === event);
    if (index >= 0) {
      return Promise.resolve(this.inbox.splice(index, 1)[0].slice(1));
    }
    return new Promise((resolve) => this.waiting.push({ event, resolve }));
  }
}

function connect({ client, namespace, transports, auth }) {
  const path = namespace === "/" ? "" : namespace;
  const options = { transports, forceNew: true, reconnection: false };
  const socket = io(url + path, auth === null ? options : { ...options, auth });
  clients.set(client, new Client(socket));
  return new Promise((resolve) => {
    socket.once("connect", () => resolve({ id: socket.id }));
    socket.once("connect_error", (error) => resolve({ error: error.message }));
  });
}

// JSON has no binary data: `{"$binary": base64}` stands for it on both sides.
function unpack(value) {
  if (Array.isArray(value)) return value.map(unpack);
  if (value === null || typeof value !== "object") return value;
  if (typeof value.$binary === "string") return Buffer.from(value.$binary, "base64");
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, unpack(item)]));
}

function pack(value) {
  if (Array.isArray(value)) return value.map(pack);
  if (value === null || typeof value !== "object") return value;
  if (ArrayBuffer.isView(value)) return { $binary: Buffer.from(value).toString("base64") };
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, pack(item)]));
}

async function obey(order) {
  if (order.do === "connect") return connect(order);
  const client = clients.get(order.client);
  const { socket } = client;
  switch (order.do) {
    case "call":
      return pack(await call(socket, order.event, ...unpack(order.args)));
    case "emit":
      socket.emit(order.event, ...unpack(order.args));
      return {};
    case "next":
      return pack(await client.next(order.event));
    case "inbox":
      return pack(client.inbox);
    case "state":
      return {
        id: socket.id ?? null,
        connected: socket.connected,
        transport: socket.io.engine?.transport?.name ?? null,
      };
    case "disconnect":
      socket.disconnect();
      return {};
  }
  throw new Error(`unknown order ${order.do}`);
}

for await (const line of createInterface({ input: process.stdin })) {
  tell(await obey(JSON.parse(line)));
}
process.exit(0);
