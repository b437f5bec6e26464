// Written by fs7, anew at every `fs7 pages`: do not edit.

import type { Example } from './fakeSocket';

export const example: Example = {
  parameters: {},
  payload: [
    'text',
    1,
  ],
  sendsAs: [
    'listed',
    'text',
    1,
  ],
  reply: [],
  arriving: [
    [
      'listed_ack',
      null,
    ],
  ],
};
