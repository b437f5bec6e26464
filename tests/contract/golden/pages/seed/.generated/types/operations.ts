// Written by fs7, anew at every `fs7 pages`: do not edit.

import type {
  UserDeletedMessagePayload,
  UserSignedUpMessagePayload,
} from './schemas';

/** The operations of the contract: what is sent, what acknowledges it, what is received. */
export interface Operations {
  /** User Signed Up Event */
  user_signed_up: {
    send: [payload: UserSignedUpMessagePayload];
    reply: unknown;
    received: unknown;
  };
  /** User Deleted Event */
  user_deleted: {
    send: [payload: UserDeletedMessagePayload];
    reply: unknown;
    received: unknown;
  };
}

export type OperationName = keyof Operations;

/** A payload that is the list of all arguments. */
export type Arguments<T> = T extends unknown[] ? T : unknown[];
