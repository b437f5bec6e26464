/**
 * Gives a socket of `socket.io-client` a session that survives lost connections. Call it before
 * the socket connects: right after `io(…)`, or with `autoConnect: false`. `onSession` hears what
 * the server says each time: `{ id, resumed, recovered, gap, … }`.
 *
 * @template {import('socket.io-client').Socket} S
 * @param {S} socket
 * @param {(session: import('./session.js').SessionMessage) => void} [onSession]
 * @returns {S}
 */
export function resumable(socket, onSession) {
  const auth = socket.auth;
  let tokens = /** @type {string[]} */ ([]), received = 0;
  socket.auth = (send) => {
    const go = (/** @type {object} */ data) => {
      socket.receiveBuffer.length = 0; // uncounted events of the lost connection: they come again
      const token = tokens.shift();
      send({ ...data, fs7_session: token ? { token, received } : true });
    };
    typeof auth === 'function' ? auth(go) : go(auth);
  };
  socket.onAny((name) => void (name.startsWith('fs7:') || (received += 1)));
  socket.on('fs7:session', (session) => {
    ({ tokens, sent: received } = session);
    onSession?.(session);
  });
  socket.on('fs7:tokens', (fresh) => void ({ tokens } = fresh));
  socket.on('fs7:closing', ({ reason, retry_after_ms: wait }) => socket.once('disconnect', (how) => {
    if (how === 'io client disconnect') return;
    if (reason === 'replaced' || wait !== undefined) socket.disconnect(); // no attempts of its own
    if (wait !== undefined) setTimeout(() => socket.connect(), wait);
  }));
  socket.on('connect_error', ({ message }) => {
    if (message.startsWith('token_')) socket.connect(); // with the next token
    // A server that stops has no namespaces any more, at the very end.
    if (/^(busy|Invalid namespace)/.test(message)) setTimeout(() => socket.connect(), 500 + 1000 * Math.random());
  });
  return socket;
}
