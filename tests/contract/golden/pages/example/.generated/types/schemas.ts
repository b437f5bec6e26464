// Written by fs7, anew at every `fs7 pages`: do not edit.
//
// The schemas of the contract. TypeScript cannot say all that JSON Schema can, such as bounds,
// patterns and formats: the server may still refuse what fits a type.

export interface UserSignedUpPayload {
  user_id: string;
  /** Format: email */
  email: string;
}

/** What every handler answers when it has accepted an event. */
export interface DonePayload {
  status: 'success';
  message: string;
}

export type UserUpdatedPayload = {
  user_id: string;
  /** Format: email */
  email?: string;
  name?: string;
} & ({
  email: unknown;
  [key: string]: unknown;
} | {
  name: unknown;
  [key: string]: unknown;
});

export interface UserDeletedPayload {
  user_id: string;
  reason?: string;
}

export interface SendNotificationPayload {
  message: string;
  title?: string;
  room?: string;
  socket?: string;
}

export interface LightMeasuredPayload {
  lumens: number;
  /** Format: date-time */
  sentAt: string;
}

export type ExampleEventPayload = unknown;

export interface UserGonePayload {
  user_id: string;
}

export interface NotificationPayload {
  message: string;
  title?: string | null;
}

export interface TurnOnOffPayload {
  command: 'on' | 'off';
  /** Format: date-time */
  sentAt: string;
}
