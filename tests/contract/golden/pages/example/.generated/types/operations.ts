// Written by fs7, anew at every `fs7 pages`: do not edit.

import type {
  DonePayload,
  ExampleEventPayload,
  LightMeasuredPayload,
  NotificationPayload,
  SendNotificationPayload,
  TurnOnOffPayload,
  UserDeletedPayload,
  UserGonePayload,
  UserSignedUpPayload,
  UserUpdatedPayload,
} from './schemas';

/** The operations of the contract: what is sent, what acknowledges it, what is received. */
export interface Operations {
  /** A user has made an account. */
  onUserSignedUp: {
    send: [payload: UserSignedUpPayload];
    reply: DonePayload;
    received: DonePayload;
  };
  /** A user has changed details. */
  onUserUpdated: {
    send: [payload: UserUpdatedPayload];
    reply: DonePayload;
    received: DonePayload;
  };
  /** A user has left. */
  onUserDeleted: {
    send: [payload: UserDeletedPayload];
    reply: DonePayload;
    received: DonePayload;
  };
  /** Somebody is to be told something. */
  onSendNotification: {
    send: [payload: SendNotificationPayload];
    reply: DonePayload;
    received: DonePayload;
  };
  /** A street light has measured the light around it. */
  onLightMeasured: {
    send: [payload: LightMeasuredPayload];
    reply: DonePayload;
    received: DonePayload;
  };
  /** Anything at all. */
  onExampleEvent: {
    send: [payload: ExampleEventPayload];
    reply: DonePayload;
    received: DonePayload;
  };
  /** The sign-up was taken. */
  emitUserSignedUpAck: {
    received: DonePayload;
  };
  /** The update was taken. */
  emitUserUpdatedAck: {
    received: DonePayload;
  };
  /** The deletion was taken. */
  emitUserDeletedAck: {
    received: DonePayload;
  };
  /** Tells everyone else that a user has left. */
  emitUserGone: {
    received: UserGonePayload;
  };
  /** A notification for one connection, a room or everyone. */
  emitNotification: {
    received: NotificationPayload;
  };
  /** The notification was sent. */
  emitSendNotificationAck: {
    received: DonePayload;
  };
  /** Tells the light to go on or off. */
  emitTurnOnOff: {
    received: TurnOnOffPayload;
  };
  /** The measurement was taken. */
  emitOnLightMeasuredAck: {
    received: DonePayload;
  };
  /** The example was taken. */
  emitExampleEventAck: {
    received: DonePayload;
  };
}

export type OperationName = keyof Operations;

/** A payload that is the list of all arguments. */
export type Arguments<T> = T extends unknown[] ? T : unknown[];
