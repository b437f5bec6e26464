// Written by fs7, anew at every `fs7 pages`: do not edit.

/**
 * The pages as routes of `vue-router`, for apps that list their routes. Nuxt and other routers
 * that read the folder need no list.
 */
export const routes = [
  {
    path: '/onUserSignedUp',
    name: 'onUserSignedUp',
    component: () => import('../onUserSignedUp.vue'),
  },
  {
    path: '/onUserUpdated',
    name: 'onUserUpdated',
    component: () => import('../onUserUpdated.vue'),
  },
  {
    path: '/onUserDeleted',
    name: 'onUserDeleted',
    component: () => import('../onUserDeleted.vue'),
  },
  {
    path: '/onSendNotification',
    name: 'onSendNotification',
    component: () => import('../onSendNotification.vue'),
  },
  {
    path: '/onLightMeasured',
    name: 'onLightMeasured',
    component: () => import('../onLightMeasured.vue'),
  },
  {
    path: '/onExampleEvent',
    name: 'onExampleEvent',
    component: () => import('../onExampleEvent.vue'),
  },
  {
    path: '/emitUserSignedUpAck',
    name: 'emitUserSignedUpAck',
    component: () => import('../emitUserSignedUpAck.vue'),
  },
  {
    path: '/emitUserUpdatedAck',
    name: 'emitUserUpdatedAck',
    component: () => import('../emitUserUpdatedAck.vue'),
  },
  {
    path: '/emitUserDeletedAck',
    name: 'emitUserDeletedAck',
    component: () => import('../emitUserDeletedAck.vue'),
  },
  {
    path: '/emitUserGone',
    name: 'emitUserGone',
    component: () => import('../emitUserGone.vue'),
  },
  {
    path: '/emitNotification',
    name: 'emitNotification',
    component: () => import('../emitNotification.vue'),
  },
  {
    path: '/emitSendNotificationAck',
    name: 'emitSendNotificationAck',
    component: () => import('../emitSendNotificationAck.vue'),
  },
  {
    path: '/emitTurnOnOff',
    name: 'emitTurnOnOff',
    component: () => import('../emitTurnOnOff.vue'),
  },
  {
    path: '/emitOnLightMeasuredAck',
    name: 'emitOnLightMeasuredAck',
    component: () => import('../emitOnLightMeasuredAck.vue'),
  },
  {
    path: '/emitExampleEventAck',
    name: 'emitExampleEventAck',
    component: () => import('../emitExampleEventAck.vue'),
  },
];
