export { connect, type Client, type ConnectOptions, type Sender, type Status } from './client.js';
export { EventError, type ErrorObject, type Violation } from './error.js';
export type { AnyEvents, Args, EventMap, FromOperations } from './events.js';
export type { Observable, Observer, Subscription } from './observable.js';
export { resumable } from './resumable.js';
export { webStorage, type Gap, type Session, type SessionMessage, type SessionStore } from './session.js';
