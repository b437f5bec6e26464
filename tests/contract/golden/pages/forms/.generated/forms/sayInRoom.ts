// Written by fs7, anew at every `fs7 pages`: do not edit.

import type { MessageFacts } from '../contract/facts';

/** The messages of the operation, as its form reads them. */
export const messages: readonly MessageFacts[] = [
  {
    title: 'said',
    schema: {
      type: 'object',
      required: [
        'text',
      ],
      properties: {
        text: {
          type: 'string',
          maxLength: 2000,
        },
      },
    },
  },
  {
    title: 'A wave',
    schema: {
      type: 'object',
      required: [
        'hand',
      ],
      properties: {
        hand: {
          enum: [
            'left',
            'right',
          ],
        },
      },
    },
  },
];
