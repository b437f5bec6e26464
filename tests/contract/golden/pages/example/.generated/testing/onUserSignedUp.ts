// Written by fs7, anew at every `fs7 pages`: do not edit.

import type { Example } from './fakeSocket';

export const example: Example = {
  parameters: {},
  payload: {
    user_id: '12345',
    email: 'user@example.com',
  },
  sendsAs: [
    'user_signed_up',
    {
      user_id: '12345',
      email: 'user@example.com',
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
      'user_signed_up_ack',
      {
        status: 'success',
        message: 'text',
      },
    ],
  ],
};
