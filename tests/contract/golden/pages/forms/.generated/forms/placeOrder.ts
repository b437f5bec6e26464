// Written by fs7, anew at every `fs7 pages`: do not edit.

import type { MessageFacts } from '../contract/facts';

/** The messages of the operation, as its form reads them. */
export const messages: readonly MessageFacts[] = [
  {
    title: 'order',
    schema: {
      type: 'object',
      required: [
        'name',
        'amount',
        'express',
        'kind',
        'note',
        'pay',
        'lines',
        'address',
      ],
      additionalProperties: false,
      properties: {
        name: {
          type: 'string',
          title: 'Your name',
          description: 'As it stands on the door.',
        },
        email: {
          type: 'string',
          format: 'email',
        },
        website: {
          type: 'string',
          format: 'uri',
        },
        when: {
          type: 'string',
          format: 'date-time',
        },
        day: {
          type: 'string',
          format: 'date',
        },
        amount: {
          type: 'integer',
          minimum: 1,
        },
        weight: {
          type: 'number',
        },
        express: {
          type: 'boolean',
        },
        gift: {
          type: 'boolean',
        },
        kind: {
          enum: [
            'book',
            'record',
            3,
          ],
        },
        version: {
          const: 2,
        },
        note: {
          type: [
            'string',
            'null',
          ],
        },
        lines: {
          type: 'array',
          minItems: 1,
          items: {
            type: 'object',
            required: [
              'article',
            ],
            properties: {
              article: {
                type: 'string',
              },
              count: {
                type: 'integer',
                default: 1,
              },
            },
          },
        },
        address: {
          $ref: '#/definitions/address',
        },
        pay: {
          oneOf: [
            {
              $ref: '#/definitions/card',
            },
            {
              $ref: '#/definitions/invoice',
            },
          ],
        },
        labels: {
          type: 'object',
          patternProperties: {
            '^x-': {
              type: 'integer',
            },
          },
          additionalProperties: {
            type: 'string',
          },
        },
        'odd name/~': {
          type: 'string',
        },
        person: {
          $ref: '#/definitions/person',
        },
        extra: {},
      },
      definitions: {
        address: {
          type: 'object',
          required: [
            'street',
            'city',
          ],
          properties: {
            street: {
              type: 'string',
            },
            city: {
              type: 'string',
            },
          },
        },
        card: {
          title: 'By card',
          type: 'object',
          required: [
            'type',
            'number',
          ],
          properties: {
            type: {
              const: 'card',
            },
            number: {
              type: 'string',
            },
          },
        },
        invoice: {
          title: 'By invoice',
          type: 'object',
          required: [
            'type',
            'days',
          ],
          properties: {
            type: {
              const: 'invoice',
            },
            days: {
              type: 'integer',
            },
          },
        },
        person: {
          type: 'object',
          required: [
            'name',
          ],
          properties: {
            name: {
              type: 'string',
            },
            friends: {
              type: 'array',
              items: {
                $ref: '#/definitions/person',
              },
            },
          },
        },
      },
    },
  },
];
