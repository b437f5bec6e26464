// Written by fs7, anew at every `fs7 pages`: do not edit.

import type { Example } from './fakeSocket';

export const example: Example = {
  parameters: {},
  payload: {
    user_id: 'text',
    email: 'text',
  },
  sendsAs: [
    'user_signed_up',
    {
      user_id: 'text',
      email: 'text',
    },
  ],
  reply: [
    {
      status: 'success',
    },
  ],
  arriving: [
    [
      'user_signed_up_ack',
      null,
    ],
  ],
};
