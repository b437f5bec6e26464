// Written by fs7, anew at every `fs7 pages`: do not edit.

import type {
  RequestPayload,
} from './schemas';

/** The operations of the contract: what is sent, what acknowledges it, what is received. */
export interface Operations {
  on_typescript_keywords: {
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
  class: string;
  delete: string;
  default?: string;
  function?: string;
  interface?: string;
  new?: string;
  null?: string;
  typeof?: string;
  var?: string;
  void?: string;
  with?: string;
  any?: string;
  constructor?: string;
  __proto__?: string;
  prototype?: string;
  toString?: string;
  arguments?: string;
  await?: string;
  export?: string;
  import?: string;
  let?: string;
}
