import assert from 'node:assert/strict';
import { test } from 'node:test';
import { from, lastValueFrom, take, toArray } from 'rxjs';
import { EventError } from '../dist/index.js';
import { client, heard, host, session, status } from './story.mjs';

const LIMIT = { timeout: 10_000 };
const FAILURE = {
  status: 'error',
  code: 'invalid_payload',
  message: 'the payload does not fit',
  errors: [{ pointer: '/user_id', rule: 'type', message: 'must be a string' }],
  occurrence_id: 'o-1',
};

test('acknowledgement is what send gives', LIMIT, async (t) => {
  const replies = { one: { status: 'success' }, none: [], several: [1, 2], own: { status: 'error' } };
  const app = client(t, await host(t, (event) => replies[event]));
  assert.deepEqual(await app.send('one', { a: 1 }), { status: 'success' });
  assert.equal(await app.send('none'), null);
  assert.deepEqual(await app.send('several'), [1, 2]);
  assert.deepEqual(await app.send('own'), { status: 'error' }, 'what a handler says is no failure of fs7');
});

test('arguments arrive as they were given, without those left out', LIMIT, async (t) => {
  const app = client(t, await host(t, (_event, ...args) => [args]));
  assert.deepEqual(await app.send('echo', undefined), []);
  assert.deepEqual(await app.send('echo', null), [null]);
  assert.deepEqual(await app.send('echo', 1, 'b', [3]), [1, 'b', [3]]);
});

test('failure rejects with all that the server says', LIMIT, async (t) => {
  const app = client(t, await host(t, () => FAILURE));
  const error = await app.send('user_signed_up', {}).catch((error) => error);
  assert.ok(error instanceof EventError && error instanceof Error);
  assert.equal(error.code, 'invalid_payload');
  assert.equal(error.message, 'the payload does not fit');
  assert.deepEqual(error.errors, FAILURE.errors);
  assert.equal(error.occurrence_id, 'o-1');
});

test('silence ends with a timeout, of the connection or of one call', LIMIT, async (t) => {
  const server = await host(t);
  const patient = client(t, server);
  await assert.rejects(patient.timeout(20).send('nobody_answers'), { code: 'timeout' });
  const hasty = client(t, server, { ackTimeout: 20 });
  await assert.rejects(hasty.send('nobody_answers'), { name: 'EventError', code: 'timeout' });
});

test('connection lost before the acknowledgement is told from a timeout', LIMIT, async (t) => {
  const server = await host(t);
  const app = client(t, server);
  await session(app);
  const waiting = app.send('nobody_answers');
  server.cut();
  await assert.rejects(waiting, { code: 'disconnected' });
});

test('event sent without a connection goes out with the next one', LIMIT, async (t) => {
  const server = await host(t, (_event, text) => text);
  const app = client(t, server);
  await session(app);
  const lost = status(app, 'connecting');
  server.cut();
  await lost;
  assert.equal(await app.send('echo', 'later'), 'later');
});

test('emit needs no acknowledgement', LIMIT, async (t) => {
  const seen = [];
  const app = client(t, await host(t, (event, ...args) => seen.push([event, ...args])));
  app.emit('said', 'hello');
  await app.send('last');
  assert.deepEqual(seen, [['said', 'hello'], ['last']]);
});

test('listener ends by what on gives, by off, and all at once', LIMIT, async (t) => {
  const server = await host(t);
  const app = client(t, server);
  const [a, b, c] = [[], [], []];
  const pushing = (list) => (value) => void list.push(value);
  const stop = app.on('news', pushing(a));
  const second = pushing(b);
  app.on('news', second);
  app.on('news', pushing(c));
  const end = heard(app, 'end');
  await session(app);
  server.emit('news', 1);
  server.emit('end');
  await end.until(1);
  stop();
  server.emit('news', 2);
  server.emit('end');
  await end.until(2);
  app.off('news', second);
  server.emit('news', 3);
  server.emit('end');
  await end.until(3);
  app.off('news');
  server.emit('news', 4);
  server.emit('end');
  await end.until(4);
  assert.deepEqual([a, b, c], [[1], [1, 2], [1, 2, 3]]);
});

test('listener that throws keeps the others listening, and its error is seen', LIMIT, async (t) => {
  const server = await host(t);
  const app = client(t, server);
  app.on('news', () => {
    throw new Error('seen');
  });
  const news = heard(app, 'news');
  await session(app);
  // What nobody catches would end the test; a microtask's error is the process's.
  const listeners = process.listeners('uncaughtException');
  process.removeAllListeners('uncaughtException');
  const seen = new Promise((resolve) => process.once('uncaughtException', resolve));
  server.emit('news', 1);
  await news.until(1);
  assert.equal((await seen).message, 'seen');
  for (const listener of listeners) process.on('uncaughtException', listener);
});

test('observable listens while somebody subscribes', LIMIT, async (t) => {
  const server = await host(t);
  const app = client(t, server);
  await session(app);
  const seen = [];
  const end = heard(app, 'end');
  const subscription = app.observe('news').subscribe({ next: (value) => seen.push(value) });
  server.emit('news', 1);
  server.emit('news', 2, 'b');
  server.emit('news');
  server.emit('end');
  await end.until(1);
  subscription.unsubscribe();
  assert.equal(subscription.closed, true);
  server.emit('news', 3);
  server.emit('end');
  await end.until(2);
  assert.deepEqual(seen, [1, [2, 'b'], null]);
});

test('observable goes on over reconnects and completes at the end', LIMIT, async (t) => {
  const server = await host(t);
  const app = client(t, server);
  await session(app);
  const news = heard(app, 'news');
  const all = new Promise((resolve) => {
    const seen = [];
    app.observe('news').subscribe({ next: (it) => seen.push(it), complete: () => resolve(seen) });
  });
  const back = session(app);
  server.emit('news', 1);
  await news.until(1);
  server.cut();
  server.emit('news', 2);
  await back;
  await news.until(2);
  app.close();
  assert.deepEqual(await all, [1, 2]);
  let late = false;
  app.observe('news').subscribe({ complete: () => (late = true) });
  assert.equal(late, true);
});

test('RxJS takes the observable', LIMIT, async (t) => {
  const server = await host(t);
  const app = client(t, server);
  await session(app);
  const two = lastValueFrom(from(app.observe('news')).pipe(take(2), toArray()));
  for (const number of [1, 2, 3]) server.emit('news', number);
  assert.deepEqual(await two, [1, 2]);
});
