// Read by the compiler only: what must be accepted, and what must not.

import { from, type Observable } from 'rxjs';
import { io } from 'socket.io-client';
import type { Operations as Golden } from '../../../tests/contract/golden/pages/seed/.generated/types/operations';
import { connect, resumable, webStorage, type Args, type FromOperations, type Session } from '../dist/index.js';

/** The first parameter and the second are the same type. */
function same<A, B>(..._proof: (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? [] : [never]) {}

interface User {
  user_id: string;
  email?: string;
}

// Written by hand, as an interface.
interface Events {
  receive: {
    user_signed_up: { payload: User; reply: { status: string } };
    ping: { payload: void; reply: null };
    page: { payload: number | undefined; reply: Args<[from: number, to: number]> };
    move: { payload: Args<[x: number, y: number]>; reply: unknown };
  };
  send: { new_user: string; moved: Args<[x: number, y: number]>; tick: void };
}

const client = connect<Events>('https://example.com/chat', {
  auth: { api_key: 'k' },
  storage: webStorage(sessionStorage),
  transports: ['websocket'],
});

const reply = client.send('user_signed_up', { user_id: '1' });
same<typeof reply, Promise<{ status: string }>>();
same<Awaited<ReturnType<typeof client.send<'ping'>>>, null>();
client.send('ping');
client.send('page');
client.send('page', 1).then(([first, last]) => first + last);
client.send('move', 1, 2);
client.timeout(100).send('move', 1, 2);
client.emit('ping');

// @ts-expect-error nobody answers this event
client.send('user_signed_upp', { user_id: '1' });
// @ts-expect-error a member is missing
client.send('user_signed_up', {});
// @ts-expect-error the payload is missing
client.send('user_signed_up');
// @ts-expect-error the event has none
client.send('ping', 1);
// @ts-expect-error there are two arguments
client.emit('move', 1);
// @ts-expect-error clients receive it
client.send('new_user', 'ann');

client.on('new_user', (name) => name.toUpperCase());
client.on('moved', (x, y) => x + y);
client.on('tick', () => undefined);
client.on('error_event', ({ code, occurrence_id }) => code + occurrence_id);
const stop: () => void = client.on('new_user', (_name: string) => undefined);
client.off('new_user', stop);
client.off('new_user');

// @ts-expect-error a name is a string
client.on('new_user', (name: number) => name);
// @ts-expect-error clients send it
client.on('ping', () => undefined);

const names = from(client.observe('new_user'));
same<typeof names, Observable<string>>();
const moves = from(client.observe('moved'));
same<typeof moves, Observable<[x: number, y: number]>>();
client.observe('new_user').subscribe((name) => name.length).unsubscribe();
client.observe('new_user').subscribe({ next: (name) => name.length, complete: () => undefined });

same<typeof client.session, Session | undefined>();
client.onSession(({ recovered, gap }) => recovered || gap?.from);

// As `fs7 pages` writes them.
const golden = connect<FromOperations<Golden, { new_user: string }>>('/');
golden.send('user_signed_up', { user_id: '1' }).then((reply) => same<typeof reply, unknown>());
golden.on('new_user', (name) => name.length);
// @ts-expect-error a text is no user
golden.send('user_signed_up', '1');
// @ts-expect-error no operation has this name
golden.send('user_signed_upp', {});
connect<FromOperations<Golden>>('/').on('anything', (value) => value);

// As it writes others: several arguments, a reply, and what clients only receive.
interface Operations {
  search: { send: [text: string, page?: number]; reply: { hits: number }; received: unknown };
  observe_news: { received: string };
}

const generated = connect<FromOperations<Operations>>('/');
generated.send('search', 'x', 2).then(({ hits }) => hits.toFixed());
generated.send('search', 'x');
// @ts-expect-error clients receive it
generated.send('observe_news');

// Nothing known: everything may be.
const loose = connect('/');
loose.send('anything', 1, 'two').then((value) => value.deeply.nested);
loose.on('anything', (one, two) => one + two);

// Only one direction.
const oneWay = connect<{ receive: { hello: { payload: string; reply: void } } }>('/');
oneWay.send('hello', 'x');
// @ts-expect-error the host sends nothing but errors
oneWay.on('news', () => undefined);

const socket = resumable(io('/'), ({ recovered }) => recovered);
socket.emit('anything');
