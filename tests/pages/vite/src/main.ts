// An app as small as it can be: the page that the address names, else a list of all.
import { createApp, defineAsyncComponent, h, type Component } from 'vue';

interface Route {
  path: string;
  component: () => Promise<{ default: Component }>;
}

const found = import.meta.glob<Route[]>('./**/.generated/routes.ts', {
  eager: true,
  exhaustive: true,
  import: 'routes',
});
const routes = Object.values(found).flat();
const route = routes.find(({ path }) => path === location.pathname);
const list = () => h('ul', routes.map(({ path }) => h('li', h('a', { href: path }, path))));
createApp(route ? defineAsyncComponent(route.component) : list).mount('#app');
