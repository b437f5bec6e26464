// Written by fs7, anew at every `fs7 pages`: do not edit.

import type {
  RequestPayload,
} from './schemas';

/** The operations of the contract: what is sent, what acknowledges it, what is received. */
export interface Operations {
  on_rust_keywords: {
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
  type: string;
  fn: string;
  self: string;
  crate: string;
  super?: string;
  Self?: string;
  async?: string;
  await?: string;
  dyn?: string;
  match?: string;
  move?: string;
  ref?: string;
  impl?: string;
  gen?: string;
  try?: string;
  yield?: string;
  box?: string;
  macro_rules?: string;
  union?: string;
  _?: string;
  static?: string;
  where?: string;
  enum?: 'self' | 'Self' | 'crate' | 'fn' | 'type' | 'dyn';
}
