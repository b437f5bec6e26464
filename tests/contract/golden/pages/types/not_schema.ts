// Written by fs7, anew at every `fs7 pages`: do not edit.

import type {
  RequestPayload,
} from './schemas';

/** The operations of the contract: what is sent, what acknowledges it, what is received. */
export interface Operations {
  on_not_schema: {
    send: [payload: RequestPayload];
    reply: unknown;
    received: unknown;
  };
}

export type OperationName = keyof Operations;

/** A payload that is the list of all arguments. */
export type Arguments<T> = T extends unknown[] ? T : unknown[];

// Written by fs7, anew at every `fs7 pages`: do not edit.
//
// The schemas of the contract. TypeScript cannot say all that JSON Schema can, such as bounds,
// patterns and formats: the server may still refuse what fits a type.

export interface RequestPayload {
  name: string;
  other: unknown;
  some?: unknown;
}
