// Written by fs7, anew at every `fs7 pages`: do not edit.

import type { Example } from './fakeSocket';

export const example: Example = {
  parameters: {},
  payload: {
    user_id: '12345',
    name: 'Ann',
  },
  sendsAs: [
    'user_updated',
    {
      user_id: '12345',
      name: 'Ann',
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
      'user_updated_ack',
      {
        status: 'success',
        message: 'text',
      },
    ],
  ],
};
