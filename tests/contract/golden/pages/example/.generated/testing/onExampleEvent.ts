// Written by fs7, anew at every `fs7 pages`: do not edit.

import type { Example } from './fakeSocket';

export const example: Example = {
  parameters: {},
  payload: 'text',
  sendsAs: [
    'example_event',
    'text',
  ],
  reply: [
    {
      status: 'success',
      message: 'text',
    },
  ],
  arriving: [
    [
      'example_event_ack',
      {
        status: 'success',
        message: 'text',
      },
    ],
  ],
};
