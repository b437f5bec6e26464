// Written by fs7, anew at every `fs7 pages`: do not edit.

import type { Example } from './fakeSocket';

export const example: Example = {
  parameters: {},
  payload: {
    message: 'Hello',
    room: 'lobby',
  },
  sendsAs: [
    'send_notification',
    {
      message: 'Hello',
      room: 'lobby',
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
      'send_notification_ack',
      {
        status: 'success',
        message: 'text',
      },
    ],
  ],
};
