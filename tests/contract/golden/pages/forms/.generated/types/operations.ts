// Written by fs7, anew at every `fs7 pages`: do not edit.

import type {
  ListedPayload,
  OrderPayload,
  SaidPayload,
  SaidPayload2,
  WavedPayload,
} from './schemas';

/** The operations of the contract: what is sent, what acknowledges it, what is received. */
export interface Operations {
  /** Everything that a form can ask for. */
  placeOrder: {
    send: [payload: OrderPayload];
    reply: unknown;
    received: unknown;
  };
  sayInRoom: {
    send: [payload: SaidPayload | WavedPayload];
    reply: unknown;
    received: unknown;
  };
  heardInRoom: {
    received: SaidPayload2;
  };
  sendList: {
    send: Arguments<ListedPayload>;
    reply: unknown;
    received: unknown;
  };
  sendAnything: {
    send: [payload?: unknown];
    reply: unknown;
    received: unknown;
  };
}

export type OperationName = keyof Operations;

/** A payload that is the list of all arguments. */
export type Arguments<T> = T extends unknown[] ? T : unknown[];
