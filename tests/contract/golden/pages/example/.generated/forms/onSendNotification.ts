// Written by fs7, anew at every `fs7 pages`: do not edit.

import type { MessageFacts } from '../contract/facts';

/** The messages of the operation, as its form reads them. */
export const messages: readonly MessageFacts[] = [
  {
    title: 'sendNotification',
    schema: {
      type: 'object',
      required: [
        'message',
      ],
      properties: {
        message: {
          type: 'string',
        },
        title: {
          type: 'string',
        },
        room: {
          type: 'string',
        },
        socket: {
          type: 'string',
        },
      },
      not: {
        required: [
          'room',
          'socket',
        ],
      },
    },
  },
];
