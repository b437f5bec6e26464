// Written by fs7, anew at every `fs7 pages`: do not edit.

import { Subject, type Observable } from 'rxjs';
import { getCurrentScope, onScopeDispose, toValue, watch } from 'vue';
import type { MaybeRefOrGetter, Ref } from 'vue';
import type { Emitted, OperationFacts } from '../contract/facts';
import { operations } from '../contract/operations';
import type { OperationName, Operations } from '../types/operations';
import { ackTimeout, join } from './connection';
import { OperationError, refusal } from './errors';

export { configure } from './connection';
export { OperationError, type Violation } from './errors';

type Field<N extends OperationName, K extends string> =
  Operations[N] extends Record<K, infer T> ? T : never;

/** The arguments of `send`. */
export type Sent<N extends OperationName> = Extract<Field<N, 'send'>, unknown[]>;
/** What the acknowledgement carries. */
export type Reply<N extends OperationName> = Field<N, 'reply'>;
/** What `receive` and `observe` give: the data of the events that belong to the operation. */
export type Received<N extends OperationName> = Field<N, 'received'>;

export interface Options {
  /** Values for the `{parameters}` of the event's name; listening follows them as they change. */
  parameters?: MaybeRefOrGetter<Record<string, string>>;
}

export interface Observed<T> {
  observable: Observable<T>;
  /** Ends the listening, and the observable. */
  unsubscribe: () => void;
}

export interface Listening<N extends OperationName> {
  /** Whether the connection stands at this moment. */
  connected: Readonly<Ref<boolean>>;
  /** Calls back with each event that belongs to the operation; the result ends it. */
  receive(callback: (data: Received<N>, event: string) => void): () => void;
  /** The same as an observable of RxJS. */
  observe(): Observed<Received<N>>;
}

export interface Sending<N extends OperationName> {
  /** Sends the event; resolves with the acknowledgement, rejects with an `OperationError`. */
  send(...values: Sent<N>): Promise<Reply<N>>;
}

export type Operation<N extends OperationName> = Listening<N> &
  (Operations[N] extends { send: unknown[] } ? Sending<N> : unknown);

/**
 * One operation of the contract: send it, receive what belongs to it. Used in `setup`, it gives
 * up its connection and all listening when the component goes; elsewhere, call the functions
 * that `receive` and `observe` return.
 */
export function useOperation<N extends OperationName>(
  name: N,
  options: Options = {},
): Operation<N> {
  const facts: OperationFacts = operations[name];
  const connection = join(facts.namespace);
  const stops = new Set<() => void>();
  if (getCurrentScope()) {
    onScopeDispose(() => {
      for (const stop of stops) stop();
      connection.leave();
    });
  }

  const filled = (event: string) => fillIn(event, toValue(options.parameters) ?? {});

  function receive(callback: (data: Received<N>, event: string) => void): () => void {
    const ends = facts.observed.map((emitted) =>
      watch(
        () => filled(emitted.event),
        (event, _before, onCleanup) => {
          if (event !== undefined) onCleanup(listen(event, emitted, callback));
        },
        { immediate: true, flush: 'sync' },
      ),
    );
    const stop = () => {
      ends.forEach((end) => end());
      stops.delete(stop);
    };
    stops.add(stop);
    return stop;
  }

  function listen(
    event: string,
    { list }: Emitted,
    callback: (data: Received<N>, event: string) => void,
  ): () => void {
    const listener = (...values: unknown[]) =>
      callback(dataOf(list, values) as Received<N>, event);
    connection.wire?.on(event, listener);
    return () => connection.wire?.off(event, listener);
  }

  function observe(): Observed<Received<N>> {
    const subject = new Subject<Received<N>>();
    const stop = receive((data) => subject.next(data));
    const unsubscribe = () => {
      stop();
      stops.delete(unsubscribe);
      subject.complete();
    };
    stops.add(unsubscribe);
    return { observable: subject.asObservable(), unsubscribe };
  }

  function send(...values: unknown[]): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const event = filled(facts.event);
      if (connection.wire === undefined || event === undefined) {
        reject(event === undefined ? OperationError.parameters(facts.event) : OperationError.server());
        return;
      }
      const answered = (error: Error | null, ...answer: unknown[]) => {
        const refused = error ? OperationError.timeout(event) : refusal(answer[0]);
        if (refused) reject(refused);
        else resolve(dataOf(facts.list, answer));
      };
      const given = facts.list ? values : values.filter((value) => value !== undefined);
      connection.wire.timeout(ackTimeout()).emit(event, ...given, answered);
    });
  }

  const { connected } = connection;
  return { connected, receive, observe, send } as unknown as Operation<N>;
}

/** What a list of arguments stands for: without any, `null`. */
function dataOf(list: boolean, values: unknown[]): unknown {
  return list ? values : (values[0] ?? null);
}

/** The event's name with its parameters filled in; none while one of them is empty. */
function fillIn(event: string, parameters: Record<string, string>): string | undefined {
  let missing = false;
  const name = event.replace(/\{([^{}]+)\}/g, (_braces, key: string) => {
    const value = Object.hasOwn(parameters, key) ? parameters[key] : undefined;
    if (!value) missing = true;
    return value ?? '';
  });
  return missing ? undefined : name;
}
