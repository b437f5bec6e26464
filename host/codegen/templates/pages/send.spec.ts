// @vitest-environment happy-dom
// This test is yours: fs7 has written it once and will not touch it again.

import { flushPromises, mount } from '@vue/test-utils';
import { expect, it } from 'vitest';
import { example } from './.generated/testing/[[ page.stem ]]';
import { fakeConnections } from './.generated/testing/fakeSocket';
import Page from './[[ page.stem ]].vue';

it('shows what arrives, and listens no more when it goes', async () => {
  const socket = fakeConnections();
  const page = mount(Page, { attachTo: document.body });
  for (const [name, value] of Object.entries(example.parameters)) {
    await page.get(`[name="parameter-${name}"]`).setValue(value);
  }
  for (const [event, ...values] of example.arriving) {
    socket().arrive(event, ...values);
    await flushPromises();
    expect(page.text()).toContain('Callback Data:');
    expect(page.text()).toContain('Observable Data:');
  }
  page.unmount();
  for (const [event] of example.arriving) expect(socket().listeners(event)).toBe(0);
});
