// Written by fs7, anew at every `fs7 pages`: do not edit.

import type { Example } from './fakeSocket';

export const example: Example = {
  parameters: {},
  payload: {
    status: 'success',
    message: 'text',
  },
  sendsAs: [
    'send_notification_ack',
    {
      status: 'success',
      message: 'text',
    },
  ],
  reply: [
    {
      status: 'success',
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
