// Written by fs7, anew at every `fs7 pages`: do not edit.

import type { Example } from './fakeSocket';

export const example: Example = {
  parameters: {
    room: 'example',
  },
  payload: 'text',
  sendsAs: [
    'rooms/example/message',
    'text',
  ],
  reply: [
    {
      status: 'success',
    },
  ],
  arriving: [
    [
      'rooms/example/message',
      'text',
    ],
  ],
};
