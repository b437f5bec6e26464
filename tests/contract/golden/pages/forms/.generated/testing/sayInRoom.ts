// Written by fs7, anew at every `fs7 pages`: do not edit.

import type { Example } from './fakeSocket';

export const example: Example = {
  parameters: {
    room: 'lobby',
  },
  payload: {
    text: 'text',
  },
  sendsAs: [
    'rooms/lobby/message',
    {
      text: 'text',
    },
  ],
  reply: [
    {
      status: 'success',
    },
  ],
  arriving: [
    [
      'rooms/lobby/message',
      'text',
    ],
    [
      'rooms/lobby/message_ack',
      null,
    ],
  ],
};
