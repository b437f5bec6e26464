import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { resumable } from '../dist/index.js';
import { heard, host, lateEvent, stock } from './story.mjs';

const LIMIT = { timeout: 10_000 };

/** A stock socket with the helper: `sessions` is what it heard. */
function helped(t, server, options) {
  const socket = stock(t, server, options);
  const sessions = heard({ on: (_event, listener) => resumable(socket, listener) }, 'session');
  return { socket, sessions, news: heard(socket, 'news') };
}

test('missed events come after a cut, in order and once', LIMIT, async (t) => {
  const server = await host(t);
  const { sessions, news } = helped(t, server, { auth: { name: 'ann' } });
  await sessions.until(1);
  server.emit('news', 1);
  await news.until(1);
  server.losing = 1;
  server.cut();
  server.emit('news', 2);
  await sessions.until(2);
  server.emit('news', 3);
  await news.until(3);
  assert.deepEqual(news.list, [1, 2, 3]);
  assert.equal(sessions.list[1].recovered, true);
  assert.deepEqual(server.asked.map((it) => it.name), ['ann', 'ann', 'ann']);
  assert.equal(server.asked[2].fs7_session.received, 1);
});

test('event that came too late for the lost connection is delivered once', LIMIT, async (t) => {
  const server = await host(t);
  const { socket, sessions, news } = helped(t, server, { transports: ['polling'] });
  await sessions.until(1);
  await lateEvent(server, socket, 'news', 'late');
  server.emit('news', 'live');
  await news.until(2);
  assert.deepEqual(news.list, ['late', 'live']);
});

test('refused tokens end in a new session', LIMIT, async (t) => {
  const server = await host(t);
  const { sessions } = helped(t, server, { auth: (send) => send({ name: 'ann' }) });
  await sessions.until(1);
  server.expire();
  server.cut();
  await sessions.until(2);
  assert.equal(sessions.list[1].resumed, false);
  assert.deepEqual(server.asked.at(-1), { name: 'ann', fs7_session: true });
});

test('server that stops is left alone as long as it says', LIMIT, async (t) => {
  const server = await host(t);
  const { sessions } = helped(t, server);
  await sessions.until(1);
  server.control('closing', { reason: 'shutdown', retry_after_ms: 100 });
  const left = performance.now();
  server.cut();
  await sessions.until(2);
  assert.ok(server.cameAt[1] - left >= 95);
});

test('busy server is asked again', LIMIT, async (t) => {
  const server = await host(t);
  server.refusing = ['busy: the server is stopping', 'Invalid namespace'];
  const { sessions } = helped(t, server);
  await sessions.until(1);
  assert.equal(server.asked.length, 3);
});

test('replaced connection does not come back', LIMIT, async (t) => {
  const server = await host(t);
  const { socket, sessions } = helped(t, server);
  await sessions.until(1);
  const gone = once(socket, 'disconnect');
  server.control('closing', { reason: 'replaced' });
  server.cut();
  await gone;
  assert.deepEqual([socket.active, socket.io._reconnecting], [false, false]);
});

test('README prints the helper as it is', async () => {
  const source = await readFile(new URL('../src/resumable.js', import.meta.url), 'utf8');
  const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8');
  const helper = source.slice(source.indexOf('export function')).replaceAll(/\/\*\*.*?\*\/ ?/g, '');
  const plain = helper.replaceAll('([])', '[]');
  assert.ok(plain.trimEnd().split('\n').length <= 29);
  assert.ok(readme.includes(plain), `README should hold\n${plain}`);
});
