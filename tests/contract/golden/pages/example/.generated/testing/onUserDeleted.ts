// Written by fs7, anew at every `fs7 pages`: do not edit.

import type { Example } from './fakeSocket';

export const example: Example = {
  parameters: {},
  payload: {
    user_id: '12345',
  },
  sendsAs: [
    'user_deleted',
    {
      user_id: '12345',
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
      'user_deleted_ack',
      {
        status: 'success',
        message: 'text',
      },
    ],
  ],
};
