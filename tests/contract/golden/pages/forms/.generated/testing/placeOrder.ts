// Written by fs7, anew at every `fs7 pages`: do not edit.

import type { Example } from './fakeSocket';

export const example: Example = {
  parameters: {},
  payload: {
    name: 'text',
    email: 'ann@example.com',
    website: 'https://example.com/',
    when: '2026-01-31T12:00:00Z',
    day: '2026-01-31',
    amount: 1,
    weight: 1.5,
    express: true,
    gift: true,
    kind: 'book',
    version: 2,
    note: 'text',
    lines: [
      {
        article: 'text',
        count: 1,
      },
    ],
    address: {
      street: 'text',
      city: 'text',
    },
    pay: {
      type: 'card',
      number: 'text',
    },
    labels: {
      'x-': 1,
    },
    'odd name/~': 'text',
    person: {
      name: 'text',
      friends: [
        {
          name: 'text',
          friends: [
            {
              name: 'text',
            },
          ],
        },
      ],
    },
    extra: 'text',
  },
  sendsAs: [
    'order',
    {
      name: 'text',
      email: 'ann@example.com',
      website: 'https://example.com/',
      when: '2026-01-31T12:00:00Z',
      day: '2026-01-31',
      amount: 1,
      weight: 1.5,
      express: true,
      gift: true,
      kind: 'book',
      version: 2,
      note: 'text',
      lines: [
        {
          article: 'text',
          count: 1,
        },
      ],
      address: {
        street: 'text',
        city: 'text',
      },
      pay: {
        type: 'card',
        number: 'text',
      },
      labels: {
        'x-': 1,
      },
      'odd name/~': 'text',
      person: {
        name: 'text',
        friends: [
          {
            name: 'text',
            friends: [
              {
                name: 'text',
              },
            ],
          },
        ],
      },
      extra: 'text',
    },
  ],
  reply: [
    {
      status: 'success',
    },
  ],
  arriving: [
    [
      'order_ack',
      null,
    ],
  ],
};
