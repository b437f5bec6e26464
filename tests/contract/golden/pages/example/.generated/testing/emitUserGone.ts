// Written by fs7, anew at every `fs7 pages`: do not edit.

import type { Example } from './fakeSocket';

export const example: Example = {
  parameters: {},
  payload: {
    user_id: 'text',
  },
  sendsAs: [
    'user_gone',
    {
      user_id: 'text',
    },
  ],
  reply: [
    {
      status: 'success',
    },
  ],
  arriving: [
    [
      'user_gone',
      {
        user_id: 'text',
      },
    ],
  ],
};
