// Written by fs7, anew at every `fs7 pages`: do not edit.

/**
 * The pages as routes of `vue-router`, for apps that list their routes. Nuxt and other routers
 * that read the folder need no list.
 */
export const routes = [
  {
    path: '/placeOrder',
    name: 'placeOrder',
    component: () => import('../placeOrder.vue'),
  },
  {
    path: '/sayInRoom',
    name: 'sayInRoom',
    component: () => import('../sayInRoom.vue'),
  },
  {
    path: '/heardInRoom',
    name: 'heardInRoom',
    component: () => import('../heardInRoom.vue'),
  },
  {
    path: '/sendList',
    name: 'sendList',
    component: () => import('../sendList.vue'),
  },
  {
    path: '/sendAnything',
    name: 'sendAnything',
    component: () => import('../sendAnything.vue'),
  },
];
