// Written by fs7, anew at every `fs7 pages`: do not edit.

/**
 * The pages as routes of `vue-router`, for apps that list their routes. Nuxt and other routers
 * that read the folder need no list.
 */
export const routes = [
[%- for page in pages %]
  {
    path: '/[[ page.stem ]]',
    name: '[[ page.stem ]]',
    component: () => import('../[[ page.stem ]].vue'),
  },
[%- endfor %]
];
