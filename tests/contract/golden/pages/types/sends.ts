// Written by fs7, anew at every `fs7 pages`: do not edit.

import type {
  AnswerPayload,
  RequestPayload,
  ToldPayload,
  ToldPayload2,
  ToldPayload3,
  ToldPayload4,
  ToldPayload5,
} from './schemas';

/** The operations of the contract: what is sent, what acknowledges it, what is received. */
export interface Operations {
  on_sends: {
    send: [payload: RequestPayload];
    reply: AnswerPayload;
    received: ToldPayload;
  };
  send_sends_ack: {
    received: ToldPayload;
  };
  send_user_changed: {
    received: ToldPayload2;
  };
  send_ping: {
    received: ToldPayload3;
  };
  send_type: {
    received: ToldPayload4;
  };
  send_score: {
    received: ToldPayload5;
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
  user_id: string;
}

export interface AnswerPayload {
  status: 'success' | 'failure';
  message: string;
}

export interface ToldPayload {
  status: 'success' | 'failure';
  message: string;
}

export interface ToldPayload2 {
  user_id: string;
  /** Format: date-time */
  at?: string;
}

export type ToldPayload3 = null;

export type ToldPayload4 = string;

export type ToldPayload5 = number;
