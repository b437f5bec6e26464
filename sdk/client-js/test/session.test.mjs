import assert from 'node:assert/strict';
import { test } from 'node:test';
import { client, heard, host, lateEvent, session, status } from './story.mjs';

const LIMIT = { timeout: 10_000 };
const memory = (kept = new Map()) => ({
  kept,
  get: (key) => kept.get(key),
  set: (key, value) => (value === null ? kept.delete(key) : kept.set(key, value)),
});

test('new session is asked for, and described', LIMIT, async (t) => {
  const server = await host(t);
  const app = client(t, server, { auth: { name: 'ann' } });
  const begun = await session(app);
  assert.deepEqual(server.asked, [{ name: 'ann', fs7_session: true }]);
  assert.equal(begun.id, 'c0');
  assert.deepEqual([begun.resumed, begun.recovered, begun.gap], [false, false, null]);
  assert.equal(app.session, begun);
  assert.equal(app.status.state, 'connected');
});

test('without a session nothing is asked for, and events arrive', LIMIT, async (t) => {
  const server = await host(t, () => 'pong');
  const app = client(t, server, { session: false, auth: (send) => send({ name: 'ann' }) });
  assert.equal(await app.send('ping'), 'pong');
  assert.deepEqual(server.asked, [{ name: 'ann' }]);
});

for (const transports of [['websocket'], ['polling']]) {
  test(`missed events come after a cut, in order and once: ${transports}`, LIMIT, async (t) => {
    const server = await host(t);
    const app = client(t, server, { transports });
    const news = heard(app, 'news');
    await session(app);
    server.emit('news', 1);
    server.emit('news', Buffer.from([2]));
    await news.until(2);
    const back = session(app);
    server.cut();
    server.emit('news', 3);
    server.emit('news', 4);
    const resumed = await back;
    server.emit('news', 5);
    await news.until(5);
    assert.deepEqual([news.list[0], ...news.list.slice(2)], [1, 3, 4, 5]);
    assert.equal(server.asked[1].fs7_session.received, 2);
    assert.deepEqual([resumed.id, resumed.resumed, resumed.recovered], ['c0', true, true]);
  });
}

test('control events are not counted, and listeners do not hear them', LIMIT, async (t) => {
  const server = await host(t);
  const app = client(t, server);
  const control = heard(app, 'fs7:session');
  const news = heard(app, 'news');
  await session(app);
  server.control('something', {});
  server.emit('news', 1);
  await news.until(1);
  const back = session(app);
  server.cut();
  await back;
  assert.equal(server.asked[1].fs7_session.received, 1);
  assert.deepEqual(control.list, []);
});

test('event that came too late for the lost connection is delivered once', LIMIT, async (t) => {
  const server = await host(t);
  const app = client(t, server, { transports: ['polling'] });
  const news = heard(app, 'news');
  await session(app);
  await lateEvent(server, app.socket, 'news', 'late');
  assert.deepEqual(news.list, []);
  server.emit('news', 'live');
  await news.until(2);
  assert.deepEqual(news.list, ['late', 'live']);
  assert.equal(server.asked[1].fs7_session.received, 0);
});

test('resume whose answer got lost goes on with the next token', LIMIT, async (t) => {
  const server = await host(t);
  const app = client(t, server);
  const news = heard(app, 'news');
  await session(app);
  const back = session(app);
  server.losing = 2;
  server.cut();
  server.emit('news', 1);
  assert.equal((await back).recovered, true);
  await news.until(1);
  const tokens = server.asked.slice(1).map((it) => it.fs7_session.token);
  assert.equal(new Set(tokens).size, 3);
});

test('without a token left a new session begins, and the gap is told', LIMIT, async (t) => {
  const server = await host(t);
  const app = client(t, server);
  const news = heard(app, 'news');
  await session(app);
  server.emit('news', 1);
  await news.until(1);
  const back = session(app);
  server.losing = 3;
  server.cut();
  const begun = await back;
  assert.equal(server.asked.at(-1).fs7_session, true);
  assert.deepEqual([begun.id, begun.resumed, begun.recovered], ['c1', false, false]);
  assert.deepEqual(begun.gap, { from: 2, to: null });
});

test('expired tokens are tried once each, then a new session begins', LIMIT, async (t) => {
  const server = await host(t);
  const app = client(t, server);
  await session(app);
  const back = session(app);
  server.expire();
  server.cut();
  const begun = await back;
  assert.deepEqual(server.asked.map((it) => typeof it.fs7_session), ['boolean', 'object', 'object', 'object', 'boolean']);
  assert.deepEqual([begun.id, begun.recovered, begun.gap], ['c1', false, { from: 1, to: null }]);
});

test('gap is told, the rest follows, and counting goes on behind it', LIMIT, async (t) => {
  const server = await host(t);
  const app = client(t, server);
  const news = heard(app, 'news');
  await session(app);
  const back = session(app);
  server.cut();
  for (const number of [1, 2, 3, 4]) server.emit('news', number);
  server.retain(2);
  const resumed = await back;
  assert.deepEqual([resumed.resumed, resumed.recovered, resumed.gap], [true, false, { from: 1, to: 2 }]);
  await news.until(2);
  assert.deepEqual(news.list, [3, 4]);
  const again = session(app);
  server.cut();
  await again;
  assert.equal(server.asked[2].fs7_session.received, 4);
});

for (const how of ['cut', 'disconnect']) {
  test(`server that stops is left alone as long as it says: ${how}`, LIMIT, async (t) => {
    const server = await host(t);
    const app = client(t, server);
    await session(app);
    const back = session(app);
    server.control('closing', { reason: 'shutdown', retry_after_ms: 150 });
    const waits = status(app, 'connecting');
    const left = performance.now();
    if (how === 'cut') server.cut();
    else server.session.socket.disconnect();
    assert.equal((await waits).reason, 'shutdown');
    assert.equal((await back).resumed, true);
    assert.ok(server.cameAt[1] - left >= 145, `came back after ${server.cameAt[1] - left} ms`);
  });
}

test('replaced connection does not come back, and says so', LIMIT, async (t) => {
  const server = await host(t);
  const app = client(t, server);
  await session(app);
  const waiting = app.send('nobody_answers');
  server.control('closing', { reason: 'replaced' });
  server.cut();
  assert.deepEqual(await status(app, 'closed'), { state: 'closed', reason: 'replaced' });
  await assert.rejects(waiting, { name: 'EventError', code: 'closed' });
  await assert.rejects(app.send('too_late'), { code: 'closed', message: /replaced/ });
  assert.equal(app.socket.active, false);
  assert.equal(app.socket.io._readyState, 'closed');
  assert.equal(app.socket.io._reconnecting, false);
});

test('server that disconnects on purpose ends it', LIMIT, async (t) => {
  const server = await host(t);
  const app = client(t, server);
  await session(app);
  server.session.socket.disconnect();
  assert.deepEqual(await status(app, 'closed'), { state: 'closed', reason: 'server_disconnect' });
});

test('refused connection ends it with the reason, a busy server is asked again', LIMIT, async (t) => {
  const server = await host(t);
  server.refusing = ['busy: too many connections', 'unauthorized: wrong api_key'];
  const app = client(t, server);
  const waiting = app.send('hello');
  const closed = status(app, 'closed');
  await assert.rejects(waiting, { code: 'unauthorized', message: 'wrong api_key' });
  assert.equal((await closed).reason, 'unauthorized');
  assert.equal(server.asked.length, 2);
});

test('session outlives the page where it is stored, and ends with close', LIMIT, async (t) => {
  const server = await host(t);
  const storage = memory();
  const page = client(t, server, { storage });
  const first = heard(page, 'news');
  await session(page);
  server.emit('news', 1);
  await first.until(1);
  const left = storage.kept.get(`fs7 ${server.url}`);
  page.close();
  assert.equal(storage.kept.size, 0);

  server.session.socket = undefined;
  server.emit('news', 2);
  const loaded = memory(new Map([[`fs7 ${server.url}`, left]]));
  const next = client(t, server, { storage: loaded });
  const second = heard(next, 'news');
  const resumed = await session(next);
  assert.deepEqual([resumed.id, resumed.recovered], ['c0', true]);
  await second.until(1);
  assert.deepEqual(second.list, [2]);
});

test('broken store costs no event', LIMIT, async (t) => {
  const server = await host(t);
  const storage = {
    get: () => '{"tokens":',
    set() {
      throw new Error('full');
    },
  };
  const app = client(t, server, { storage });
  const news = heard(app, 'news');
  await session(app);
  server.emit('news', 1);
  await news.until(1);
});

test('slow auth of a lost connection is not sent to the next one', LIMIT, async (t) => {
  const server = await host(t);
  const given = [];
  const app = client(t, server, { auth: (send) => void given.push(send) });
  const asked = (count) =>
    new Promise((resolve) => {
      app.socket.io.on('open', () => queueMicrotask(() => given.length >= count && resolve()));
    });
  await asked(1);
  const again = asked(2);
  app.socket.io.engine.close();
  await again;
  const begun = session(app);
  given[0]({ name: 'old' });
  given[1]({ name: 'new' });
  await begun;
  assert.deepEqual(server.asked, [{ name: 'new', fs7_session: true }]);
});
