// Written by fs7, anew at every `fs7 pages`: do not edit.

import { closeAll, configure, type Wire } from '../composables/connection';

/** An example of an operation, made from the contract. */
export interface Example {
  parameters: Record<string, string>;
  /** The payload to enter; `sendsAs` is what then goes out: the event's name, then its arguments. */
  payload: unknown;
  sendsAs: unknown[];
  /** The arguments of an acknowledgement. */
  reply: unknown[];
  /** Events that belong to the operation: the name, then the arguments. */
  arriving: [event: string, ...values: unknown[]][];
}

type Listener = (...values: any[]) => void;

export interface FakeSocket extends Wire {
  /** Where the page connected to. */
  readonly address: string;
  /** What the page sent: the event's name, then its arguments. */
  readonly sent: readonly (readonly unknown[])[];
  /** Whether the page has disconnected. */
  readonly closed: boolean;
  /** How many listeners stand for an event. */
  listeners(event: string): number;
  /** Lets an event arrive. */
  arrive(event: string, ...values: unknown[]): void;
  /** Answers everything sent so far, and not yet answered, with an acknowledgement. */
  acknowledge(...values: unknown[]): void;
}

/**
 * Puts fakes in the place of all connections, for component tests. The result gives the socket
 * that the page under test has opened last.
 */
export function fakeConnections(): () => FakeSocket {
  let last: FakeSocket | undefined;
  closeAll();
  configure({ url: 'http://fs7.test', connect: (address) => (last = fakeSocket(address)) });
  return () => {
    if (last === undefined) throw new Error('The page has opened no connection.');
    return last;
  };
}

function fakeSocket(address: string): FakeSocket {
  const sent: unknown[][] = [];
  const waiting: Listener[] = [];
  const listeners = new Map<string, Listener[]>();
  const of = (event: string) => listeners.get(event) ?? [];
  let closed = false;
  return {
    address,
    sent,
    connected: true,
    get closed() {
      return closed;
    },
    on: (event, listener) => listeners.set(event, [...of(event), listener]),
    off: (event, listener) => listeners.set(event, of(event).filter((other) => other !== listener)),
    timeout: () => ({
      emit(event, ...values) {
        sent.push([event, ...values.slice(0, -1)]);
        waiting.push(values.at(-1));
      },
    }),
    disconnect: () => (closed = true),
    listeners: (event) => of(event).length,
    arrive: (event, ...values) => of(event).forEach((listener) => listener(...values)),
    acknowledge: (...values) => waiting.splice(0).forEach((answer) => answer(null, ...values)),
  };
}
