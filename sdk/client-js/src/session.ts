/** Where the session is kept while a page is loaded anew. */
export interface SessionStore {
  get(key: string): string | null | undefined;
  /** With `null` nothing is to be kept. */
  set(key: string, value: string | null): void;
}

/** A store out of `sessionStorage` and the like. */
export function webStorage(storage: {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}): SessionStore {
  return {
    get: (key) => storage.getItem(key),
    set: (key, value) => (value === null ? storage.removeItem(key) : storage.setItem(key, value)),
  };
}

/** Events that are lost: `from` is the first, `to` the last, `null` where nobody knows. */
export interface Gap {
  from: number;
  to: number | null;
}

/** What the server says of a session each time that a connection stands. */
export interface Session {
  /** The id that handlers see; the same after every reconnect. */
  readonly id: string;
  /** Whether the server still knew the session: rooms and user data are there. */
  readonly resumed: boolean;
  /** Whether, besides, every event that was missed follows: in order, each once. */
  readonly recovered: boolean;
  /** What is lost; `null` where nothing is. */
  readonly gap: Gap | null;
  /** When the tokens for the next resume expire, in milliseconds since 1970. */
  readonly expiresAtMs: number;
  /** How long the server keeps the session after a lost connection, in milliseconds. */
  readonly retentionMs: number;
}

/** `fs7:session` as it arrives. */
export interface SessionMessage {
  id: string;
  resumed: boolean;
  recovered: boolean;
  sent: number;
  tokens: string[];
  expires_at_ms: number;
  token_ttl_ms: number;
  retention_ms: number;
  gap: Gap | null;
}

/** What `auth` carries as `fs7_session`. */
export type SessionRequest = true | { token: string; received: number };

interface Kept {
  tokens: string[];
  received: number;
}

/** The client's side of a session: which token comes next, and how many events have come. */
export class Resumption {
  readonly #store: SessionStore | undefined;
  readonly #key: string;
  /** None before the first session. */
  #kept: Kept | undefined;

  constructor(store: SessionStore | undefined, key: string) {
    this.#store = store;
    this.#key = key;
    this.#kept = this.#load();
  }

  /** What to ask for now. A token is given once: what became of it is not always known. */
  next(): SessionRequest {
    const token = this.#kept?.tokens.shift();
    if (this.#kept === undefined || token === undefined) return true;
    this.#save();
    return { token, received: this.#kept.received };
  }

  /** Counts one event, before anybody hears of it: a listener that throws has heard of it. */
  count(): void {
    if (this.#kept === undefined) return;
    this.#kept.received += 1;
    this.#save();
  }

  /** Begins where the server says. */
  begin(message: SessionMessage): Session {
    const before = this.#kept;
    this.#kept = { tokens: [...message.tokens], received: message.sent };
    this.#save();
    // The server knows nothing of a session that nobody could ask it for any more.
    const unknown = !message.resumed && before !== undefined;
    return {
      id: message.id,
      resumed: message.resumed,
      recovered: message.recovered,
      gap: message.gap ?? (unknown ? { from: before.received + 1, to: null } : null),
      expiresAtMs: message.expires_at_ms,
      retentionMs: message.retention_ms,
    };
  }

  /** Takes the tokens that the server gives in the place of those before. */
  renew(tokens: string[]): void {
    if (this.#kept === undefined) return;
    this.#kept.tokens = [...tokens];
    this.#save();
  }

  /** The session has ended. */
  forget(): void {
    this.#kept = undefined;
    this.#save();
  }

  #load(): Kept | undefined {
    try {
      const kept = JSON.parse(this.#store?.get(this.#key) ?? 'null') as Kept | null;
      const isWhole = Array.isArray(kept?.tokens) && Number.isSafeInteger(kept?.received);
      return isWhole && kept !== null ? kept : undefined;
    } catch {
      return undefined;
    }
  }

  /** A store that is full or forbidden costs the resume after a reload, never an event. */
  #save(): void {
    try {
      this.#store?.set(this.#key, this.#kept ? JSON.stringify(this.#kept) : null);
    } catch {
      return;
    }
  }
}
