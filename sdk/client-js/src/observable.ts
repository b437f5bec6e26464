declare global {
  interface SymbolConstructor {
    readonly observable: symbol;
  }
}

export interface Subscription {
  unsubscribe(): void;
  readonly closed: boolean;
}

export interface Observer<T> {
  next(value: T): void;
  error(error: unknown): void;
  complete(): void;
}

/** The least that libraries of observables have in common: `from(observable)` of RxJS takes it. */
export interface Observable<T> {
  subscribe(observer: Partial<Observer<T>> | ((value: T) => void)): Subscription;
  [Symbol.observable](): Observable<T>;
}

/** An observable out of a function that begins to listen and gives what ends it. */
export function observable<T>(
  listen: (next: (value: T) => void, complete: () => void) => () => void,
): Observable<T> {
  const made = {
    subscribe(observer: Partial<Observer<T>> | ((value: T) => void)): Subscription {
      const given = typeof observer === 'function' ? { next: observer } : observer;
      let closed = false;
      let stop: (() => void) | undefined;
      const unsubscribe = () => {
        closed = true;
        stop?.();
      };
      stop = listen(
        (value) => {
          if (!closed) given.next?.(value);
        },
        () => {
          if (closed) return;
          unsubscribe();
          given.complete?.();
        },
      );
      if (closed) stop();
      return {
        unsubscribe,
        get closed() {
          return closed;
        },
      };
    },
  };
  // Libraries look for the symbol where the platform has one, else for this name.
  const itself = () => made as Observable<T>;
  return Object.assign(made, { '@@observable': itself, [Symbol.observable ?? '@@observable']: itself }) as unknown as Observable<T>;
}
