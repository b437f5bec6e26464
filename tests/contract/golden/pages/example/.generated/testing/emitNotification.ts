// Written by fs7, anew at every `fs7 pages`: do not edit.

import type { Example } from './fakeSocket';

export const example: Example = {
  parameters: {},
  payload: {
    message: 'text',
    title: 'text',
  },
  sendsAs: [
    'notification',
    {
      message: 'text',
      title: 'text',
    },
  ],
  reply: [
    {
      status: 'success',
    },
  ],
  arriving: [
    [
      'notification',
      {
        message: 'text',
        title: 'text',
      },
    ],
  ],
};
