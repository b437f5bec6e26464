import type { ErrorObject } from './error.js';

declare const list: unique symbol;

/** A payload that is the list of all arguments: `Args<[name: string, age: number]>`. */
export interface Args<T extends unknown[]> {
  readonly [list]: T;
}

/**
 * The events of one namespace, in the words of the contract: `receive` is what the host receives
 * from clients, `send` what it sends to them.
 *
 * ```ts
 * interface Events {
 *   receive: { user_signed_up: { payload: User; reply: { status: string } } };
 *   send: { new_user: string };
 * }
 * ```
 */
export interface EventMap {
  receive?: object;
  send?: object;
}

/** Where nothing is known of the events. */
export interface AnyEvents {
  receive: Record<string, { payload: any; reply: any }>;
  send: Record<string, any>;
}

type Member<T, K extends PropertyKey> = T extends { [key in K]: infer V } ? V : unknown;
type IsAny<T> = 0 extends 1 & T ? true : false;

type Taken<E> = E extends { receive: infer R extends object } ? R : Record<never, never>;
type Given<E> = (E extends { send: infer S extends object } ? S : Record<never, never>) & {
  error_event: ErrorObject;
};

/** Names of events that clients send. */
export type SentName<E> = Extract<keyof Taken<E>, string>;
/** Names of events that clients receive. */
export type ReceivedName<E> = Extract<keyof Given<E>, string>;

/** The arguments that a payload stands for. */
export type Arguments<P> =
  IsAny<P> extends true ? any[]
  : P extends Args<infer T> ? T
  : [P] extends [void] ? []
  : undefined extends P ? [payload?: P]
  : [payload: P];

/** A payload as one value: the argument, or the list where there are several. */
export type Data<P> =
  IsAny<P> extends true ? any
  : P extends Args<infer T> ? (T extends [infer One] ? One : T extends [] ? null : T)
  : P;

/** The arguments that an event is sent with. */
export type SentArguments<E, K extends SentName<E>> = Arguments<Member<Taken<E>[K], 'payload'>>;
/** What the acknowledgement of an event carries. */
export type Reply<E, K extends SentName<E>> = Data<Member<Taken<E>[K], 'reply'>>;
/** The arguments that an event arrives with. */
export type ReceivedArguments<E, K extends ReceivedName<E>> = Arguments<Given<E>[K]>;
/** What an event carries that arrives. */
export type Received<E, K extends ReceivedName<E>> = Data<Given<E>[K]>;

/**
 * Events out of the `Operations` that `fs7 pages` writes to `types/operations.ts`, where
 * operations are named as their events are. What clients receive is not in there by the events'
 * names: give it as `Send`.
 */
export type FromOperations<O, Send extends object = Record<string, any>> = {
  receive: {
    [K in keyof O as O[K] extends { send: unknown[] } ? K : never]: {
      payload: O[K] extends { send: infer T extends unknown[] } ? Args<T> : never;
      reply: Member<O[K], 'reply'>;
    };
  };
  send: Send;
};
