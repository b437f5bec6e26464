import { io, type ManagerOptions, type Socket, type SocketOptions } from 'socket.io-client';
import { EventError } from './error.js';
import type {
  AnyEvents,
  EventMap,
  Received,
  ReceivedArguments,
  ReceivedName,
  Reply,
  SentArguments,
  SentName,
} from './events.js';
import { observable, type Observable } from './observable.js';
import { Resumption, type Session, type SessionMessage, type SessionStore } from './session.js';

/** Options of `socket.io-client`, and those of this package. */
export interface ConnectOptions extends Partial<ManagerOptions & SocketOptions> {
  /** Whether to ask for a session that survives lost connections; without it, none does. */
  session?: boolean;
  /** Keeps the session while the page is loaded anew: `webStorage(sessionStorage)`. */
  storage?: SessionStore;
  /** Under which name; by default `fs7 ` and the address. */
  storageKey?: string;
  /** How long `send` waits for the acknowledgement, in milliseconds; 10,000 by default. */
  ackTimeout?: number;
}

/** How the connection stands. */
export interface Status {
  /** `connecting`: for the first time or again. `closed`: for good, `reason` says why. */
  readonly state: 'connecting' | 'connected' | 'closed';
  /**
   * Why it does not stand: the code of the server (`replaced`, `evicted`, `shutdown`), or
   * `closed` (by `close`), `server_disconnect`, `refused`, or a word of `socket.io-client`.
   */
  readonly reason?: string;
  /** What went wrong at the last attempt. */
  readonly error?: EventError;
}

export interface Sender<Events> {
  /**
   * Sends an event and gives what the acknowledgement carries: one value, `null` without any, a
   * list where there are several. Rejects with an `EventError`. Without a connection the event
   * waits for one, no longer than the acknowledgement may take.
   */
  send<K extends SentName<Events>>(event: K, ...args: SentArguments<Events, K>): Promise<Reply<Events, K>>;
}

/** The connection of one namespace. */
export interface Client<Events> extends Sender<Events> {
  /** What it stands on, for all that is not here. */
  readonly socket: Socket;
  readonly status: Status;
  /** As the server described it last; none before the first time. */
  readonly session: Session | undefined;
  /** The same `send` with a time of its own, in milliseconds. */
  timeout(milliseconds: number): Sender<Events>;
  /** Sends an event that nobody acknowledges: failures arrive as the event `error_event`. */
  emit<K extends SentName<Events>>(event: K, ...args: SentArguments<Events, K>): void;
  /** Listens, from now on and over all reconnects; the result ends it. */
  on<K extends ReceivedName<Events>>(
    event: K,
    listener: (...args: ReceivedArguments<Events, K>) => void,
  ): () => void;
  /** Ends the listening of one listener, or of all that listen to the event. */
  off<K extends ReceivedName<Events>>(
    event: K,
    listener?: (...args: ReceivedArguments<Events, K>) => void,
  ): void;
  /** The same as an observable, which completes when the connection has ended for good. */
  observe<K extends ReceivedName<Events>>(event: K): Observable<Received<Events, K>>;
  /** Hears of the session each time that a connection stands, before the events that follow. */
  onSession(listener: (session: Session) => void): () => void;
  onStatus(listener: (status: Status) => void): () => void;
  /** Ends the connection, and its session. */
  close(): void;
}

type Listener = (...args: any[]) => void;
type Auth = SocketOptions['auth'];

const CONTROL = 'fs7:';
const ACK_TIMEOUT_MS = 10_000;

/** Opens a connection to a namespace: `https://events.example.com/chat`. */
export function connect<Events extends EventMap = AnyEvents>(
  url: string,
  options: ConnectOptions = {},
): Client<Events> {
  return new Connection(url, options) as unknown as Client<Events>;
}

class Connection {
  readonly socket: Socket;
  session: Session | undefined;
  status: Status = { state: 'connecting' };
  readonly #resumption: Resumption | undefined;
  readonly #ackTimeout: number;
  readonly #listeners = new Map<string, Set<Listener>>();
  readonly #sessionListeners = new Set<(session: Session) => void>();
  readonly #statusListeners = new Set<(status: Status) => void>();
  /** What waits for an acknowledgement. */
  readonly #waiting = new Set<(error: EventError) => void>();
  /** What the server said before it closed. */
  #closing: { reason: string; retry_after_ms?: number } | undefined;
  #comeback: ReturnType<typeof setTimeout> | undefined;
  #attempt = 0;
  /** Whether the last attempt was to resume a session. */
  #resuming = false;
  /** How often the server was busy, one time after the other. */
  #busy = 0;
  readonly #gaveUp = () => this.#finish('reconnect_failed');

  constructor(url: string, options: ConnectOptions) {
    const { session = true, storage, storageKey = `fs7 ${url}`, auth, ...others } = options;
    this.#ackTimeout = others.ackTimeout ?? ACK_TIMEOUT_MS;
    this.#resumption = session ? new Resumption(storage, storageKey) : undefined;
    this.socket = io(url, { ...others, auth: (send) => this.#authenticate(auth, send) });
    this.socket.onAny((event: string, ...args: unknown[]) => this.#receive(event, args));
    this.socket.on('connect', () => {
      this.#busy = 0;
      this.#become({ state: 'connected' });
    });
    this.socket.on('connect_error', (error) => this.#refused(error));
    this.socket.on('disconnect', (reason) => this.#lost(reason));
    this.socket.io.on('reconnect_failed', this.#gaveUp);
  }

  send(event: string, ...args: unknown[]): Promise<unknown> {
    return this.#send(this.#ackTimeout, event, args);
  }

  timeout(milliseconds: number) {
    return { send: (event: string, ...args: unknown[]) => this.#send(milliseconds, event, args) };
  }

  emit(event: string, ...args: unknown[]): void {
    if (this.status.state !== 'closed') this.socket.emit(event, ...given(args));
  }

  on(event: string, listener: Listener): () => void {
    const set = this.#listeners.get(event) ?? new Set();
    this.#listeners.set(event, set.add(listener));
    return () => this.off(event, listener);
  }

  off(event: string, listener?: Listener): void {
    if (listener === undefined) this.#listeners.delete(event);
    else this.#listeners.get(event)?.delete(listener);
  }

  observe(event: string): Observable<unknown> {
    return observable((next, complete) => {
      const ends = [
        this.on(event, (...args) => next(dataOf(args))),
        this.onStatus(({ state }) => state === 'closed' && complete()),
      ];
      if (this.status.state === 'closed') complete();
      return () => ends.forEach((end) => end());
    });
  }

  onSession(listener: (session: Session) => void): () => void {
    this.#sessionListeners.add(listener);
    return () => void this.#sessionListeners.delete(listener);
  }

  onStatus(listener: (status: Status) => void): () => void {
    this.#statusListeners.add(listener);
    return () => void this.#statusListeners.delete(listener);
  }

  close(): void {
    this.#resumption?.forget();
    this.#finish('closed');
  }

  #send(milliseconds: number, event: string, args: unknown[]): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.status.state === 'closed') {
        reject(this.#ended());
        return;
      }
      this.#waiting.add(reject);
      this.socket.timeout(milliseconds).emit(event, ...given(args), (error: Error | null, ...reply: unknown[]) => {
        this.#waiting.delete(reject);
        const failure = error ? unanswered(event, error) : EventError.fromReply(reply[0]);
        if (failure) reject(failure);
        else resolve(dataOf(reply));
      });
    });
  }

  /** Calls back with what the caller gives, and with what the session needs at that moment. */
  #authenticate(auth: Auth, send: (data: object) => void): void {
    const attempt = ++this.#attempt;
    const go = (data: object | undefined) => {
      // The caller's function took so long that there is another connection by now.
      if (attempt !== this.#attempt) return;
      // Events that the lost connection had delivered too late for `connected`: nobody has counted
      // them, so the server sends them again.
      if (this.socket !== undefined) this.socket.receiveBuffer = [];
      const session = this.#resumption?.next();
      this.#resuming = typeof session === 'object';
      send(session === undefined ? (data ?? {}) : { ...data, fs7_session: session });
    };
    if (typeof auth === 'function') auth(go);
    else go(auth);
  }

  #receive(event: string, args: unknown[]): void {
    if (event.startsWith(CONTROL)) {
      this.#control(event.slice(CONTROL.length), args[0]);
      return;
    }
    this.#resumption?.count();
    call(this.#listeners.get(event), args);
  }

  #control(word: string, data: any): void {
    if (word === 'session' && this.#resumption !== undefined) {
      this.session = this.#resumption.begin(data as SessionMessage);
      call(this.#sessionListeners, [this.session]);
    } else if (word === 'tokens') {
      this.#resumption?.renew((data as SessionMessage).tokens);
    } else if (word === 'closing') {
      this.#closing = data;
    }
  }

  #lost(how: Socket.DisconnectReason): void {
    const closing = this.#closing;
    this.#closing = undefined;
    const reason = closing?.reason ?? how;
    if (how === 'io client disconnect') {
      this.#finish('closed');
    } else if (reason === 'replaced') {
      this.#finish(reason);
    } else if (closing?.retry_after_ms !== undefined) {
      this.#comeBack(closing.retry_after_ms, { state: 'connecting', reason });
    } else if (how === 'io server disconnect') {
      this.#resumption?.forget();
      this.#finish(closing?.reason ?? 'server_disconnect');
    } else {
      this.#tryAgain({ state: 'connecting', reason });
    }
  }

  #refused(failure: Error): void {
    // Without an answer from the server the manager tries again by itself.
    if (this.socket.active) {
      const error = new EventError('unreachable', failure.message);
      this.#tryAgain({ state: 'connecting', reason: 'unreachable', error });
      return;
    }
    const error = EventError.fromRefusal(failure.message);
    const next = { state: 'connecting', reason: error.code, error } as const;
    if (error.code.startsWith('token_') && this.#resuming) this.#comeBack(0, next);
    else if (error.code === 'busy' || this.#isEnding(failure)) this.#comeBack(this.#pause(), next);
    else this.#finish(error.code, error);
  }

  /** A server that stops has no namespaces any more, at the very end; one that was there comes back. */
  #isEnding(failure: Error): boolean {
    return failure.message === 'Invalid namespace' && this.session !== undefined;
  }

  /** How long a server that is at a limit is left alone: longer each time, never all at once. */
  #pause(): number {
    const manager = this.socket.io;
    const grown = manager.reconnectionDelay() * 2 ** this.#busy;
    this.#busy += 1;
    return Math.min(grown, manager.reconnectionDelayMax()) * (0.5 + Math.random());
  }

  #tryAgain(status: Status): void {
    if (this.socket.io.reconnection()) this.#become(status);
    else this.#finish(status.reason ?? 'disconnected', status.error);
  }

  /** Connects after so many milliseconds, and not before. */
  #comeBack(milliseconds: number, status: Status): void {
    this.socket.disconnect();
    clearTimeout(this.#comeback);
    this.#comeback = setTimeout(() => this.socket.connect(), milliseconds);
    this.#become(status);
  }

  #finish(reason: string, error?: EventError): void {
    if (this.status.state === 'closed') return;
    this.#become({ state: 'closed', reason, ...(error && { error }) });
    for (const reject of this.#waiting) reject(this.#ended());
    this.#waiting.clear();
    clearTimeout(this.#comeback);
    this.socket.io.off('reconnect_failed', this.#gaveUp);
    this.socket.disconnect();
    this.socket.sendBuffer = [];
    // The timers of events that never went out would keep Node.js running: not in the public API.
    (this.socket as unknown as { _clearAcks?(): void })._clearAcks?.();
  }

  #ended(): EventError {
    const { reason, error } = this.status;
    return error ?? new EventError('closed', `The connection has ended: ${reason}.`);
  }

  #become(status: Status): void {
    this.status = status;
    call(this.#statusListeners, [status]);
  }
}

/** The arguments without those at the end that the caller left out. */
function given(args: unknown[]): unknown[] {
  return args.slice(0, args.findLastIndex((it) => it !== undefined) + 1);
}

/** What a list of arguments stands for: without any, `null`. */
function dataOf(args: unknown[]): unknown {
  return args.length > 1 ? args : (args[0] ?? null);
}

function unanswered(event: string, error: Error): EventError {
  return error.message.includes('disconnected')
    ? new EventError('disconnected', `The connection was lost before ${event} was acknowledged.`)
    : new EventError('timeout', `The server has not acknowledged ${event} in time.`);
}

/** Calls all who listen now, even when one of them throws: its error is the caller's no more. */
function call<A extends unknown[]>(listeners: Iterable<(...args: A) => void> | undefined, args: A): void {
  for (const listener of [...(listeners ?? [])]) {
    try {
      listener(...args);
    } catch (error) {
      queueMicrotask(() => {
        throw error;
      });
    }
  }
}
