// Written by fs7, anew at every `fs7 pages`: do not edit.

import type {
  RequestPayload,
} from './schemas';

/** The operations of the contract: what is sent, what acknowledges it, what is received. */
export interface Operations {
  on_formats: {
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
  /** Format: date-time */
  'date-time': string;
  /** Format: date */
  date?: string;
  /** Format: time */
  time?: string;
  /** Format: email */
  email: string;
  /** Format: idn-email */
  'idn-email'?: string;
  /** Format: hostname */
  hostname?: string;
  /** Format: idn-hostname */
  'idn-hostname'?: string;
  /** Format: ipv4 */
  ipv4?: string;
  /** Format: ipv6 */
  ipv6?: string;
  /** Format: uri */
  uri?: string;
  /** Format: uri-reference */
  'uri-reference'?: string;
  /** Format: iri */
  iri?: string;
  /** Format: iri-reference */
  'iri-reference'?: string;
  /** Format: uri-template */
  'uri-template'?: string;
  /** Format: json-pointer */
  'json-pointer'?: string;
  /** Format: relative-json-pointer */
  'relative-json-pointer'?: string;
  /** Format: regex */
  regex?: string;
  /** Format: uuid */
  uuid: string;
  /** Format: duration */
  duration?: string;
  /** Format: byte */
  byte?: string;
  /** Format: binary */
  binary?: string;
  /** Format: password */
  password?: string;
  /** Format: no-such-format */
  'no-such-format'?: string;
  /** Format: int32 */
  int32: number;
  /** Format: int64 */
  int64?: number;
  /** Format: float */
  float?: number;
  /** Format: double */
  double?: number;
}
