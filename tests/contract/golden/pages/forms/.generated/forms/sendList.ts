// Written by fs7, anew at every `fs7 pages`: do not edit.

import type { MessageFacts } from '../contract/facts';

/** The messages of the operation, as its form reads them. */
export const messages: readonly MessageFacts[] = [
  {
    title: 'listed',
    schema: {
      type: 'array',
      items: [
        {
          type: 'string',
        },
        {
          type: 'integer',
        },
      ],
      minItems: 2,
      additionalItems: false,
    },
  },
];
