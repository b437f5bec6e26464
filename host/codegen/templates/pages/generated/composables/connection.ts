// Written by fs7, anew at every `fs7 pages`: do not edit.

import { io, type ManagerOptions, type SocketOptions } from 'socket.io-client';
import { readonly, ref, type Ref } from 'vue';

/** What fs7 uses of a socket of `socket.io-client`; tests put their own in its place. */
export interface Wire {
  readonly connected: boolean;
  on(event: string, listener: (...values: any[]) => void): unknown;
  off(event: string, listener: (...values: any[]) => void): unknown;
  /** An emit whose last argument is the callback that takes an error or null, then the answer. */
  timeout(milliseconds: number): { emit(event: string, ...values: any[]): unknown };
  disconnect(): unknown;
}

export type ConnectOptions = Partial<ManagerOptions & SocketOptions>;

export interface Settings {
  /** The server, for example `https://events.example.com`. Empty: see `serverAddress`. */
  url: string;
  /** Options of `socket.io-client`, for example `{ auth: { api_key: '…' } }`. */
  options: ConnectOptions;
  /** How long `send` waits for the acknowledgement, in milliseconds. */
  timeoutMs: number;
  /** Opens a connection; tests give their own. */
  connect: (address: string, options: ConnectOptions) => Wire;
}

/** A place in the connection of one namespace, shared with all who use that namespace. */
export interface Connection {
  /** None while a page is rendered on a server. */
  readonly wire: Wire | undefined;
  readonly connected: Readonly<Ref<boolean>>;
  /** Gives the place back; the last one closes the connection. */
  leave(): void;
}

interface Shared {
  wire: Wire;
  connected: Ref<boolean>;
  users: number;
  closing: ReturnType<typeof setTimeout> | undefined;
}

const LOCAL_SERVER = 'http://127.0.0.1:8000';
const LOCAL_HOSTS = ['localhost', '127.0.0.1', '[::1]'];
/** One page leaves before the next one comes: the connection outlives that moment. */
const LINGER_MS = 1000;

const settings: Settings = {
  url: '',
  options: {},
  timeoutMs: 5000,
  connect: (address, options) => io(address, options),
};
const shared = new Map<string, Shared>();

/** Changes settings for connections made from now on; call it where the app starts. */
export function configure(changes: Partial<Settings>): void {
  Object.assign(settings, changes);
}

/** How long an acknowledgement may take, in milliseconds. */
export function ackTimeout(): number {
  return settings.timeoutMs;
}

/**
 * The server's address: `configure({ url })`, else `VITE_FS7_URL` at build time, else Nuxt's
 * `runtimeConfig.public.fs7Url` (`NUXT_PUBLIC_FS7_URL`); without any, port 8000 of this machine
 * for a page of this machine and the page's own origin for every other.
 */
export function serverAddress(): string {
  const named = settings.url || fromVite() || fromNuxt();
  if (named) return named.replace(/\/+$/, '');
  return LOCAL_HOSTS.includes(location.hostname) ? LOCAL_SERVER : location.origin;
}

function fromVite(): string | undefined {
  return (import.meta as { env?: Record<string, string | undefined> }).env?.['VITE_FS7_URL'];
}

/** Nuxt keeps its settings in the app, which it offers to scripts of the page. */
function fromNuxt(): string | undefined {
  const page = window as { useNuxtApp?: () => { $config?: { public?: { fs7Url?: string } } } };
  return page.useNuxtApp?.().$config?.public?.fs7Url;
}

/** Takes a place in the connection of a namespace, which the first one opens. */
export function join(namespace: string): Connection {
  if (typeof window === 'undefined') {
    return { wire: undefined, connected: readonly(ref(false)), leave: () => undefined };
  }
  const entry = shared.get(namespace) ?? open(namespace);
  clearTimeout(entry.closing);
  entry.users += 1;
  let here = true;
  return {
    wire: entry.wire,
    connected: readonly(entry.connected),
    leave() {
      if (here) {
        here = false;
        release(namespace, entry);
      }
    },
  };
}

function open(namespace: string): Shared {
  const address = serverAddress() + (namespace === '/' ? '' : namespace);
  const wire = settings.connect(address, settings.options);
  const connected = ref(wire.connected);
  wire.on('connect', () => (connected.value = true));
  wire.on('disconnect', () => (connected.value = false));
  const entry: Shared = { wire, connected, users: 0, closing: undefined };
  shared.set(namespace, entry);
  return entry;
}

function release(namespace: string, entry: Shared): void {
  entry.users -= 1;
  if (entry.users > 0) return;
  entry.closing = setTimeout(() => {
    shared.delete(namespace);
    entry.wire.disconnect();
  }, LINGER_MS);
}

/** Closes every connection at once: between tests, or when the user signs out. */
export function closeAll(): void {
  for (const entry of shared.values()) {
    clearTimeout(entry.closing);
    entry.wire.disconnect();
  }
  shared.clear();
}
