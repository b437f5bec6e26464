// Written by fs7, anew at every `fs7 pages`: do not edit.

import type { Example } from './fakeSocket';

export const example: Example = {
  parameters: {},
  payload: {
    lumens: 30,
    sentAt: '2026-01-01T20:00:00Z',
  },
  sendsAs: [
    'on_light_measured',
    {
      lumens: 30,
      sentAt: '2026-01-01T20:00:00Z',
    },
  ],
  reply: [
    {
      status: 'success',
      message: 'text',
    },
  ],
  arriving: [
    [
      'on_light_measured_ack',
      {
        status: 'success',
        message: 'text',
      },
    ],
  ],
};
