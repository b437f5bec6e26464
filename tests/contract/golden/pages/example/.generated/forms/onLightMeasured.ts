// Written by fs7, anew at every `fs7 pages`: do not edit.

import type { MessageFacts } from '../contract/facts';

/** The messages of the operation, as its form reads them. */
export const messages: readonly MessageFacts[] = [
  {
    title: 'lightMeasured',
    schema: {
      type: 'object',
      required: [
        'lumens',
        'sentAt',
      ],
      properties: {
        lumens: {
          type: 'integer',
          minimum: 0,
        },
        sentAt: {
          type: 'string',
          format: 'date-time',
        },
      },
    },
  },
];
