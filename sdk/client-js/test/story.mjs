// What the tests share: a host and its clients, that end with the test, and waiting for what happens.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { io } from 'socket.io-client';
import { connect } from '../dist/index.js';
import { Host } from './host.mjs';

const QUICK = { reconnectionDelay: 1, reconnectionDelayMax: 5, forceNew: true };

/** A host that ends with the test. */
export async function host(test, answers) {
  const host = await Host.start(answers);
  test.after(() => host.stop());
  return host;
}

/** A client that ends with the test. */
export function client(test, host, options = {}) {
  const client = connect(host.url, { ...QUICK, ...options });
  test.after(() => client.close());
  return client;
}

/** A socket of the stock client that ends with the test. */
export function stock(test, host, options = {}) {
  const socket = io(host.url, { ...QUICK, ...options });
  test.after(() => socket.disconnect());
  return socket;
}

/** The next session that is as `wanted` says. */
export function session(client, wanted = () => true) {
  return next((listener) => client.onSession(listener), wanted);
}

/** The status, now or soon. */
export function status(client, state) {
  if (client.status.state === state) return client.status;
  return next((listener) => client.onStatus(listener), (status) => status.state === state);
}

/** Listens to an event: `list` is what came, `until(n)` waits for the n-th. */
export function heard(source, event) {
  const list = [];
  const waiting = [];
  source.on(event, (value) => {
    list.push(value);
    for (const look of waiting.splice(0)) look();
  });
  const until = async (count) => {
    while (list.length < count) await new Promise((resolve) => waiting.push(resolve));
    return list;
  };
  return { list, until };
}

/**
 * Sends an event and the close in one answer to a poll: the client has closed before it looks at
 * the event, and keeps it for the next connection. Comes back when it does.
 */
export async function lateEvent(host, socket, event, value) {
  const { session } = host;
  const { transport } = session.socket.conn;
  session.sent += 1;
  session.kept.push([session.sent, event, [value]]);
  const gone = once(socket, 'disconnect');
  while (!transport.writable) await once(transport, 'ready');
  transport.send([{ type: 'message', data: `2${JSON.stringify([event, value])}` }, { type: 'close' }]);
  await gone;
  assert.equal(socket.receiveBuffer.length, 1, 'the trap is set');
}

function next(listen, wanted) {
  return new Promise((resolve) => {
    const stop = listen((value) => {
      if (!wanted(value)) return;
      stop();
      resolve(value);
    });
  });
}
