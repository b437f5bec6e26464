// @vitest-environment happy-dom
// The form of a generated page, field by field: `forms` is made from `../contract/forms.yaml`.

import { flushPromises, mount, type VueWrapper } from '@vue/test-utils';
import { afterEach, expect, it } from 'vitest';
import { effectScope, ref } from 'vue';
import { configure, useOperation } from './forms/.generated/composables/useOperation';
import { fakeConnections, type FakeSocket } from './forms/.generated/testing/fakeSocket';
import heardInRoom from './forms/heardInRoom.vue';
import placeOrder from './forms/placeOrder.vue';
import sayInRoom from './forms/sayInRoom.vue';
import sendAnything from './forms/sendAnything.vue';
import sendList from './forms/sendList.vue';

let page: VueWrapper;
let socket: FakeSocket;

afterEach(() => page?.unmount());

function open(component: Parameters<typeof mount>[0]): void {
  const last = fakeConnections();
  page = mount(component, { attachTo: document.body });
  socket = last();
}

const field = (pointer: string) => page.get(`[data-pointer="${pointer}"]`);
const enter = (pointer: string, value: unknown, kind = 'input') =>
  field(pointer).get(kind).setValue(value);

async function press(pointer: string, words: string): Promise<void> {
  const button = field(pointer).findAll('button').find((each) => each.text() === words);
  await button?.trigger('click');
}

const click = () => page.get('button.fs7-send').trigger('click');

/** What a click sends; the server takes it. */
async function sent(): Promise<unknown[]> {
  const before = socket.sent.length;
  await click();
  socket.acknowledge({ status: 'success' });
  await flushPromises();
  expect(socket.sent.length).toBe(before + 1);
  return [...(socket.sent.at(-1) ?? [])];
}

const BARE = {
  express: false,
  note: null,
  lines: [{ count: 1 }],
  address: {},
  pay: { type: 'card' },
};

it('begins with what is required, and leaves out what was not entered', async () => {
  open(placeOrder);
  expect(await sent()).toEqual(['order', BARE]);
});

it('sends each kind of field as its type', async () => {
  open(placeOrder);
  await enter('/name', 'Ann');
  await enter('/email', 'ann@example.com');
  await enter('/when', '2026-01-01T20:00:00');
  await enter('/day', '2026-01-01');
  await enter('/amount', '3');
  await enter('/weight', '1.5');
  await enter('/express', true);
  await enter('/gift', '1', 'select');
  await enter('/kind', '2', 'select');
  await enter('/version', '0', 'select');
  await enter('/odd name~1~0', 'odd');
  await enter('/extra', '{"a": [1]}', 'textarea');
  await enter('/address/city', 'Ulm');
  expect(await sent()).toEqual([
    'order',
    {
      ...BARE,
      name: 'Ann',
      email: 'ann@example.com',
      when: new Date('2026-01-01T20:00:00').toISOString(),
      day: '2026-01-01',
      amount: 3,
      weight: 1.5,
      express: true,
      gift: false,
      kind: 3,
      version: 2,
      'odd name/~': 'odd',
      extra: { a: [1] },
      address: { city: 'Ulm' },
    },
  ]);
  expect(field('/email').get('input').attributes('type')).toBe('email');
  expect(field('/website').get('input').attributes('type')).toBe('url');
  await enter('/amount', '');
  await enter('/name', '');
  expect((await sent())[1]).not.toHaveProperty('amount');
  expect((await sent())[1]).not.toHaveProperty('name');
});

it('lets null be taken back', async () => {
  open(placeOrder);
  await field('/note').get('[type="checkbox"]').setValue(false);
  await enter('/note', 'ring twice', 'input:not([type="checkbox"])');
  expect(await sent()).toEqual(['order', { ...BARE, note: 'ring twice' }]);
  await field('/note').get('[type="checkbox"]').setValue(true);
  expect(await sent()).toEqual(['order', BARE]);
});

it('adds and removes items, which keep what was entered', async () => {
  open(placeOrder);
  await enter('/lines/0/article', 'first');
  await press('/lines', 'Add item');
  await enter('/lines/1/article', 'second');
  expect((await sent())[1]).toMatchObject({
    lines: [
      { article: 'first', count: 1 },
      { article: 'second', count: 1 },
    ],
  });
  await page.get('[aria-label="Remove item 1"]').trigger('click');
  expect((await sent())[1]).toMatchObject({ lines: [{ article: 'second', count: 1 }] });
  expect(field('/lines/0/article').get('input').element.value).toBe('second');
});

it('changes between alternatives', async () => {
  open(placeOrder);
  await enter('/pay/number', '4111');
  await enter('/pay', '1', 'select.fs7-choice');
  expect((await sent())[1]).toMatchObject({ pay: { type: 'invoice' } });
  await enter('/pay/days', '30');
  expect((await sent())[1]).toMatchObject({ pay: { type: 'invoice', days: 30 } });
});

it('adds members with names of their own, each with the schema of its name', async () => {
  open(placeOrder);
  await press('/labels', 'Add labels');
  for (const name of ['colour', 'x-size']) {
    await enter('/labels', name, 'input[placeholder]');
    await press('/labels', 'Add');
  }
  await enter('/labels/colour', 'red');
  await enter('/labels/x-size', '4');
  expect((await sent())[1]).toMatchObject({ labels: { colour: 'red', 'x-size': 4 } });
  await page.get('[aria-label="Remove colour"]').trigger('click');
  expect((await sent())[1]).toMatchObject({ labels: { 'x-size': 4 } });
  await press('/labels', 'Remove labels');
  expect((await sent())[1]).not.toHaveProperty('labels');
});

it('goes as deep into a schema that contains itself as is asked for', async () => {
  open(placeOrder);
  await press('/person', 'Add person');
  await press('/person/friends', 'Add friends');
  await press('/person/friends', 'Add item');
  await enter('/person/friends/0/name', 'Bob');
  expect((await sent())[1]).toMatchObject({ person: { friends: [{ name: 'Bob' }] } });
});

it('takes JSON, and holds back what is none', async () => {
  open(placeOrder);
  await page.get('[name="fs7-as-json"]').setValue(true);
  const text = page.get('textarea.fs7-json');
  await text.setValue('{"name": ');
  expect(page.get('button.fs7-send').attributes()).toHaveProperty('disabled');
  expect(page.get('[name="fs7-as-json"]').attributes()).toHaveProperty('disabled');
  await text.setValue('{"name": "Ann", "pay": {"type": "invoice", "days": 3}}');
  expect((await sent())[1]).toEqual({ name: 'Ann', pay: { type: 'invoice', days: 3 } });
  await page.get('[name="fs7-as-json"]').setValue(false);
  expect(field('/name').get('input').element.value).toBe('Ann');
  expect(field('/pay/days').get('input').element.value).toBe('3');
});

it('refuses an integer that would go out as another', async () => {
  open(placeOrder);
  await enter('/amount', '9007199254740993');
  expect(page.get('button.fs7-send').attributes()).toHaveProperty('disabled');
  await enter('/amount', '5');
  expect(page.get('button.fs7-send').attributes()).not.toHaveProperty('disabled');
});

it('shows each violation at its field', async () => {
  open(placeOrder);
  await click();
  const errors = [
    { pointer: '/lines/0/article', rule: 'required', message: 'is missing' },
    { pointer: '/odd name~1~0', rule: 'type', message: 'is odd' },
  ];
  const refused = { status: 'error', code: 'invalid_payload', message: 'no', occurrence_id: '7' };
  socket.acknowledge({ ...refused, errors });
  await flushPromises();
  expect(field('/lines/0/article').text()).toContain('is missing required');
  expect(field('/odd name~1~0').text()).toContain('is odd type');
  expect(field('/name').text()).not.toContain('is missing');
  await sent();
  expect(page.text()).not.toContain('is missing');
});

it('fills parameters in, and listens to the name that they give', async () => {
  open(sayInRoom);
  await enter('/text', 'hello', 'textarea');
  await click();
  await flushPromises();
  expect(socket.sent).toEqual([]);
  expect(page.text()).toContain('parameters');
  await page.get('[name="parameter-room"]').setValue('lobby');
  expect(await sent()).toEqual(['rooms/lobby/message', { text: 'hello' }]);
  socket.arrive('rooms/lobby/message', 'over here');
  await flushPromises();
  expect(page.text()).toContain('over here');
  await page.get('[name="parameter-room"]').setValue('kitchen');
  expect(socket.listeners('rooms/lobby/message')).toBe(0);
  expect(socket.listeners('rooms/kitchen/message')).toBe(2);
});

it('lets the message be chosen', async () => {
  open(sayInRoom);
  await page.get('[name="parameter-room"]').setValue('lobby');
  const choice = page.findAll('select').find((each) => each.text().includes('A wave'));
  await choice?.setValue('1');
  await enter('/hand', '0', 'select');
  expect(await sent()).toEqual(['rooms/lobby/message', { hand: 'left' }]);
});

it('sends a list as arguments, and anything as it is', async () => {
  open(sendList);
  await enter('/0', 'one');
  await enter('/1', '2');
  expect(await sent()).toEqual(['listed', 'one', 2]);
  page.unmount();
  open(sendAnything);
  expect(await sent()).toEqual(['anything']);
  await page.get('textarea').setValue('[1]');
  expect(await sent()).toEqual(['anything', [1]]);
});

it('gives up its connection when nobody uses it any more', async () => {
  open(heardInRoom);
  expect(socket.address).toBe('http://fs7.test');
  await page.get('[name="parameter-room"]').setValue('lobby');
  expect(socket.listeners('rooms/lobby/message')).toBe(2);
  page.unmount();
  expect(socket.listeners('rooms/lobby/message')).toBe(0);
  expect(socket.closed).toBe(false);
  await expect.poll(() => socket.closed, { timeout: 5000 }).toBe(true);
});

it('works without a page, and says why nothing came of it', async () => {
  const last = fakeConnections();
  const scope = effectScope();
  const room = ref('lobby');
  const parameters = () => ({ room: room.value });
  const operation = scope.run(() => useOperation('sayInRoom', { parameters }));
  const heard: unknown[] = [];
  const { observable, unsubscribe } = operation!.observe();
  observable.subscribe({ next: (data) => heard.push(data), complete: () => heard.push('end') });
  last().arrive('rooms/lobby/message', 'a');
  const answer = operation!.send({ text: 'hello' });
  last().acknowledge({ status: 'error', code: 'busy', message: 'later', occurrence_id: '1' });
  await expect(answer).rejects.toMatchObject({ code: 'busy', occurrenceId: '1' });
  const own = operation!.send({ hand: 'left' });
  last().acknowledge({ status: 'error', words: 'a reply that only looks like a refusal' });
  await expect(own).resolves.toMatchObject({ status: 'error' });
  unsubscribe();
  last().arrive('rooms/lobby/message', 'b');
  expect(heard).toEqual(['a', 'end']);
  scope.stop();
  configure({ timeoutMs: 5000 });
});

/** Never called: the compiler checks it. */
export function types(): void {
  const { send, receive, observe } = useOperation('placeOrder');
  // @ts-expect-error: no name
  void send({ amount: 1 });
  // @ts-expect-error: neither of both
  void useOperation('sayInRoom').send({ hand: 'third' });
  void useOperation('sendList').send('one', 2);
  // @ts-expect-error: the second is a number
  void useOperation('sendList').send('one', 'two');
  // @ts-expect-error: nobody sends what handlers emit
  void useOperation('heardInRoom').send;
  useOperation('heardInRoom').receive((data: string) => data);
  // @ts-expect-error: no such operation
  useOperation('nobody');
  void [receive, observe];
}
