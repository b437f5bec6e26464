// Written by fs7, anew at every `fs7 pages`: do not edit.

import type { Example } from './fakeSocket';

export const example: Example = {
  parameters: {},
  payload: {
    command: 'on',
    sentAt: '2026-01-31T12:00:00Z',
  },
  sendsAs: [
    'turn_on_off',
    {
      command: 'on',
      sentAt: '2026-01-31T12:00:00Z',
    },
  ],
  reply: [
    {
      status: 'success',
    },
  ],
  arriving: [
    [
      'turn_on_off',
      {
        command: 'on',
        sentAt: '2026-01-31T12:00:00Z',
      },
    ],
  ],
};
