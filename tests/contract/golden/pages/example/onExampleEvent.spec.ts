// @vitest-environment happy-dom
// This test is yours: fs7 has written it once and will not touch it again.

import { flushPromises, mount } from '@vue/test-utils';
import { expect, it } from 'vitest';
import { example } from './.generated/testing/onExampleEvent';
import { fakeConnections } from './.generated/testing/fakeSocket';
import Page from './onExampleEvent.vue';

async function open() {
  const socket = fakeConnections();
  const page = mount(Page, { attachTo: document.body });
  for (const [name, value] of Object.entries(example.parameters)) {
    await page.get(`[name="parameter-${name}"]`).setValue(value);
  }
  return { page, socket: socket() };
}

it('sends what was entered and shows the acknowledgement', async () => {
  const { page, socket } = await open();
  await page.get('[name="fs7-as-json"]').setValue(true);
  await page.get('textarea.fs7-json').setValue(JSON.stringify(example.payload));
  const button = page.get('button.fs7-send');
  expect(button.text()).toBe('Send OnExampleEvent');
  await button.trigger('click');
  expect(socket.sent).toEqual([example.sendsAs]);
  socket.acknowledge(...example.reply);
  await flushPromises();
  expect(page.text()).toContain('Acknowledgement:');
  page.unmount();
});

it('shows what the server finds wrong', async () => {
  const { page, socket } = await open();
  await page.get('button.fs7-send').trigger('click');
  const errors = [{ pointer: '', rule: 'type', message: 'not what was asked for' }];
  const refused = { status: 'error', code: 'invalid_payload', message: 'Look again.', errors };
  socket.acknowledge({ ...refused, occurrence_id: '1' });
  await flushPromises();
  expect(page.text()).toContain('Look again.');
  expect(page.text()).toContain('not what was asked for');
  page.unmount();
});

it('shows what arrives, and listens no more when it goes', async () => {
  const { page, socket } = await open();
  for (const [event, ...values] of example.arriving) {
    socket.arrive(event, ...values);
    await flushPromises();
    expect(page.text()).toContain('Callback Data:');
    expect(page.text()).toContain('Observable Data:');
  }
  page.unmount();
  for (const [event] of example.arriving) expect(socket.listeners(event)).toBe(0);
});
