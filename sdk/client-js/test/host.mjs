// A small server that speaks the sessions of fs7, and can lose what a network loses.

import { EventEmitter, once } from 'node:events';
import { createServer } from 'node:http';
import { Server } from 'socket.io';

const TOKENS = 3;

/** Listens on a port of its own. Emits `session` with each session that begins or goes on. */
export class Host extends EventEmitter {
  /** What the clients asked for, in `auth`, one after the other. */
  asked = [];
  /** Of each connection that was let in: when, in milliseconds. */
  cameAt = [];
  /** How many answers to a resume get lost, from now on. */
  losing = 0;
  /** Refuses the next connection with this text. */
  refusing = [];
  sessions = [];
  #http = createServer();
  wires = new Set();
  #tokens = new Map();
  #answers;

  /** `answers` gives the reply to an event: `(event, ...args) => reply`, none to stay silent. */
  static async start(answers = () => undefined) {
    const host = new Host();
    host.#answers = answers;
    host.#http.on('connection', (wire) => host.wires.add(wire));
    host.io = new Server(host.#http);
    // A connection that was cut while it changed its transport would keep the test for half a minute.
    host.io.engine.on('connection', ({ transport }) => (transport.closeTimeout = 100));
    host.io.of('/').use((socket, next) => host.#admit(socket, next));
    host.io.of('/').on('connection', (socket) => host.#welcome(socket));
    await once(host.#http.listen(0, '127.0.0.1'), 'listening');
    host.url = `http://127.0.0.1:${host.#http.address().port}`;
    return host;
  }

  /** Leaves nothing open, as a process that ends. */
  async stop() {
    const closed = this.io.close();
    for (const wire of this.wires) wire.destroy();
    await closed;
  }

  /** The last session. */
  get session() {
    return this.sessions.at(-1);
  }

  /** Sends an event of a session: at once, or when it is resumed. */
  emit(name, ...args) {
    if (name === 'session') return super.emit(name, ...args);
    const { session } = this;
    session.sent += 1;
    session.kept.push([session.sent, name, args]);
    session.socket?.emit(name, ...args);
    return true;
  }

  control(word, data) {
    this.session.socket.emit(`fs7:${word}`, data);
  }

  /** Cuts the connection below Socket.IO, as a network does. */
  cut() {
    this.session.socket.conn.close();
    this.session.socket = undefined;
  }

  /** Gives up all but the last events that a session keeps. */
  retain(count) {
    const { kept } = this.session;
    kept.splice(0, kept.length - count);
  }

  /** From now on no token is good. */
  expire() {
    for (const token of this.#tokens.keys()) this.#tokens.set(token, 'token_expired');
  }

  #admit(socket, next) {
    const request = socket.handshake.auth.fs7_session;
    this.asked.push(socket.handshake.auth);
    const refusal = this.refusing.shift();
    if (refusal) return next(new Error(refusal));
    if (request?.token === undefined) {
      if (request) this.sessions.push({ id: `c${this.sessions.length}`, sent: 0, kept: [] });
      socket.data.session = request && this.session;
      return next();
    }
    const session = this.#tokens.get(request.token);
    if (typeof session !== 'object') {
      const code = session ?? 'token_invalid';
      return next(new Error(`${code}: this token is not good`));
    }
    this.#tokens.set(request.token, 'token_used');
    if (this.losing > 0) {
      this.losing -= 1;
      return socket.conn.close();
    }
    socket.data.session = session;
    socket.data.received = request.received;
    return next();
  }

  #welcome(socket) {
    this.cameAt.push(performance.now());
    socket.onAny((event, ...args) => {
      const ack = typeof args.at(-1) === 'function' ? args.pop() : undefined;
      const reply = this.#answers(event, ...args);
      if (reply !== undefined) ack?.(...[reply].flat());
    });
    const { session, received } = socket.data;
    if (session) this.#resume(socket, session, received);
  }

  #resume(socket, session, received) {
    const resumed = received !== undefined;
    const lost = resumed ? (session.kept[0]?.[0] ?? session.sent + 1) - 1 : 0;
    const gap = resumed && lost > received ? { from: received + 1, to: lost } : null;
    for (const [token, of] of this.#tokens) if (of === session) this.#tokens.delete(token);
    const tokens = Array.from({ length: TOKENS }, () => crypto.randomUUID());
    for (const token of tokens) this.#tokens.set(token, session);
    const sent = gap ? gap.to : (received ?? 0);
    session.socket = socket;
    socket.emit('fs7:session', {
      id: session.id,
      resumed,
      recovered: resumed && gap === null,
      sent,
      tokens,
      expires_at_ms: Date.now() + 3_600_000,
      token_ttl_ms: 3_600_000,
      retention_ms: 120_000,
      gap,
    });
    for (const [number, name, args] of session.kept) if (number > sent) socket.emit(name, ...args);
    this.emit('session', session);
  }
}
