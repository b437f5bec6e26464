// Written by fs7, anew at every `fs7 pages`: do not edit.

import type { OperationName } from '../types/operations';
import type { OperationFacts } from './facts';

/** The operations of the contract, as pages read them while they run. */
export const operations: Readonly<Record<OperationName, OperationFacts>> = {
  placeOrder: {
    action: 'receive',
    title: 'Place an order',
    summary: 'Everything that a form can ask for.',
    namespace: '/',
    event: 'order',
    list: false,
    parameters: [],
    observed: [
      {
        event: 'order_ack',
        list: false,
      },
    ],
  },
  sayInRoom: {
    action: 'receive',
    title: 'SayInRoom',
    namespace: '/',
    event: 'rooms/{room}/message',
    list: false,
    parameters: [
      {
        name: 'room',
        description: 'Which room.',
        values: [
          'lobby',
          'kitchen',
        ],
      },
    ],
    observed: [
      {
        event: 'rooms/{room}/message',
        list: false,
      },
      {
        event: 'rooms/{room}/message_ack',
        list: false,
      },
    ],
  },
  heardInRoom: {
    action: 'send',
    title: 'HeardInRoom',
    namespace: '/',
    event: 'rooms/{room}/message',
    list: false,
    parameters: [
      {
        name: 'room',
        values: [],
      },
    ],
    observed: [
      {
        event: 'rooms/{room}/message',
        list: false,
      },
    ],
  },
  sendList: {
    action: 'receive',
    title: 'SendList',
    namespace: '/',
    event: 'listed',
    list: true,
    parameters: [],
    observed: [
      {
        event: 'listed_ack',
        list: false,
      },
    ],
  },
  sendAnything: {
    action: 'receive',
    title: 'SendAnything',
    namespace: '/',
    event: 'anything',
    list: false,
    parameters: [],
    observed: [
      {
        event: 'anything_ack',
        list: false,
      },
    ],
  },
};
