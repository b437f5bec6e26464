// Written by fs7, anew at every `fs7 pages`: do not edit.

/** What a page needs to know of an operation while it runs. */
export interface OperationFacts {
  /** `receive`: clients send and a handler answers. `send`: handlers emit and clients listen. */
  readonly action: 'receive' | 'send';
  readonly title: string;
  readonly summary?: string;
  /** The Socket.IO namespace. */
  readonly namespace: string;
  /** The Socket.IO event's name, maybe with `{parameters}`. */
  readonly event: string;
  /** Whether the payload is the list of all arguments, instead of the one argument. */
  readonly list: boolean;
  readonly parameters: readonly ParameterFacts[];
  /** The events that belong to the operation and come from the server. */
  readonly observed: readonly Emitted[];
}

export interface Emitted {
  readonly event: string;
  readonly list: boolean;
}

export interface ParameterFacts {
  readonly name: string;
  readonly description?: string;
  /** What it may be; empty: anything. */
  readonly values: readonly string[];
  readonly default?: string;
}

export interface MessageFacts {
  readonly title: string;
  readonly summary?: string;
  /** JSON Schema (draft 7) of the payload, which needs nothing around it. */
  readonly schema: unknown;
}
