// Written by fs7, anew at every `fs7 pages`: do not edit.

import type { OperationName } from '../types/operations';
import type { OperationFacts } from './facts';

/** The operations of the contract, as pages read them while they run. */
export const operations: Readonly<Record<OperationName, OperationFacts>> = {
  onUserSignedUp: {
    action: 'receive',
    title: 'OnUserSignedUp',
    summary: 'A user has made an account.',
    namespace: '/',
    event: 'user_signed_up',
    list: false,
    parameters: [],
    observed: [
      {
        event: 'user_signed_up_ack',
        list: false,
      },
    ],
  },
  onUserUpdated: {
    action: 'receive',
    title: 'OnUserUpdated',
    summary: 'A user has changed details.',
    namespace: '/',
    event: 'user_updated',
    list: false,
    parameters: [],
    observed: [
      {
        event: 'user_updated_ack',
        list: false,
      },
    ],
  },
  onUserDeleted: {
    action: 'receive',
    title: 'OnUserDeleted',
    summary: 'A user has left.',
    namespace: '/',
    event: 'user_deleted',
    list: false,
    parameters: [],
    observed: [
      {
        event: 'user_deleted_ack',
        list: false,
      },
    ],
  },
  onSendNotification: {
    action: 'receive',
    title: 'OnSendNotification',
    summary: 'Somebody is to be told something.',
    namespace: '/',
    event: 'send_notification',
    list: false,
    parameters: [],
    observed: [
      {
        event: 'send_notification_ack',
        list: false,
      },
    ],
  },
  onLightMeasured: {
    action: 'receive',
    title: 'OnLightMeasured',
    summary: 'A street light has measured the light around it.',
    namespace: '/',
    event: 'on_light_measured',
    list: false,
    parameters: [],
    observed: [
      {
        event: 'on_light_measured_ack',
        list: false,
      },
    ],
  },
  onExampleEvent: {
    action: 'receive',
    title: 'OnExampleEvent',
    summary: 'Anything at all.',
    namespace: '/',
    event: 'example_event',
    list: false,
    parameters: [],
    observed: [
      {
        event: 'example_event_ack',
        list: false,
      },
    ],
  },
  emitUserSignedUpAck: {
    action: 'send',
    title: 'EmitUserSignedUpAck',
    summary: 'The sign-up was taken.',
    namespace: '/',
    event: 'user_signed_up_ack',
    list: false,
    parameters: [],
    observed: [
      {
        event: 'user_signed_up_ack',
        list: false,
      },
    ],
  },
  emitUserUpdatedAck: {
    action: 'send',
    title: 'EmitUserUpdatedAck',
    summary: 'The update was taken.',
    namespace: '/',
    event: 'user_updated_ack',
    list: false,
    parameters: [],
    observed: [
      {
        event: 'user_updated_ack',
        list: false,
      },
    ],
  },
  emitUserDeletedAck: {
    action: 'send',
    title: 'EmitUserDeletedAck',
    summary: 'The deletion was taken.',
    namespace: '/',
    event: 'user_deleted_ack',
    list: false,
    parameters: [],
    observed: [
      {
        event: 'user_deleted_ack',
        list: false,
      },
    ],
  },
  emitUserGone: {
    action: 'send',
    title: 'EmitUserGone',
    summary: 'Tells everyone else that a user has left.',
    namespace: '/',
    event: 'user_gone',
    list: false,
    parameters: [],
    observed: [
      {
        event: 'user_gone',
        list: false,
      },
    ],
  },
  emitNotification: {
    action: 'send',
    title: 'EmitNotification',
    summary: 'A notification for one connection, a room or everyone.',
    namespace: '/',
    event: 'notification',
    list: false,
    parameters: [],
    observed: [
      {
        event: 'notification',
        list: false,
      },
    ],
  },
  emitSendNotificationAck: {
    action: 'send',
    title: 'EmitSendNotificationAck',
    summary: 'The notification was sent.',
    namespace: '/',
    event: 'send_notification_ack',
    list: false,
    parameters: [],
    observed: [
      {
        event: 'send_notification_ack',
        list: false,
      },
    ],
  },
  emitTurnOnOff: {
    action: 'send',
    title: 'EmitTurnOnOff',
    summary: 'Tells the light to go on or off.',
    namespace: '/',
    event: 'turn_on_off',
    list: false,
    parameters: [],
    observed: [
      {
        event: 'turn_on_off',
        list: false,
      },
    ],
  },
  emitOnLightMeasuredAck: {
    action: 'send',
    title: 'EmitOnLightMeasuredAck',
    summary: 'The measurement was taken.',
    namespace: '/',
    event: 'on_light_measured_ack',
    list: false,
    parameters: [],
    observed: [
      {
        event: 'on_light_measured_ack',
        list: false,
      },
    ],
  },
  emitExampleEventAck: {
    action: 'send',
    title: 'EmitExampleEventAck',
    summary: 'The example was taken.',
    namespace: '/',
    event: 'example_event_ack',
    list: false,
    parameters: [],
    observed: [
      {
        event: 'example_event_ack',
        list: false,
      },
    ],
  },
};
