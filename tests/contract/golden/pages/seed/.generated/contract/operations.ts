// Written by fs7, anew at every `fs7 pages`: do not edit.

import type { OperationName } from '../types/operations';
import type { OperationFacts } from './facts';

/** The operations of the contract, as pages read them while they run. */
export const operations: Readonly<Record<OperationName, OperationFacts>> = {
  user_signed_up: {
    action: 'receive',
    title: 'UserSignedUp',
    summary: 'User Signed Up Event',
    namespace: '/',
    event: 'user_signed_up',
    list: false,
    parameters: [],
    observed: [
      {
        event: 'user_signed_up_ack',
        list: false,
      },
    ],
  },
  user_deleted: {
    action: 'receive',
    title: 'UserDeleted',
    summary: 'User Deleted Event',
    namespace: '/',
    event: 'user_deleted',
    list: false,
    parameters: [],
    observed: [
      {
        event: 'user_deleted_ack',
        list: false,
      },
    ],
  },
};
