// Written by fs7, anew at every `fs7 pages`: do not edit.

/**
 * The pages as routes of `vue-router`, for apps that list their routes. Nuxt and other routers
 * that read the folder need no list.
 */
export const routes = [
  {
    path: '/user_signed_up',
    name: 'user_signed_up',
    component: () => import('../user_signed_up.vue'),
  },
  {
    path: '/user_deleted',
    name: 'user_deleted',
    component: () => import('../user_deleted.vue'),
  },
];
