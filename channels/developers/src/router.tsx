import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from '@tanstack/react-router';
import { NotFoundPage } from './not-found.tsx';
import { Shell } from './shell.tsx';

const root = createRootRoute({ component: Shell, notFoundComponent: NotFoundPage });
const start = createRoute({
  getParentRoute: () => root,
  path: '/',
  component: lazyRouteComponent(() => import('./account/start-page.tsx'), 'StartPage'),
});
const webhooks = createRoute({
  getParentRoute: () => root,
  path: '/webhooks',
  component: lazyRouteComponent(() => import('./account/webhooks-page.tsx'), 'WebhooksPage'),
});
const reference = createRoute({
  getParentRoute: () => root,
  path: '/reference',
  component: lazyRouteComponent(() => import('./reference/index-page.tsx'), 'ReferencePage'),
});
const operation = createRoute({
  getParentRoute: () => root,
  path: '/reference/$capability/$operationId',
  component: lazyRouteComponent(() => import('./reference/operation-page.tsx'), 'OperationPage'),
});
const problems = createRoute({
  getParentRoute: () => root,
  path: '/problems',
  component: lazyRouteComponent(() => import('./reference/catalogues.tsx'), 'ProblemsPage'),
});
const events = createRoute({
  getParentRoute: () => root,
  path: '/events',
  component: lazyRouteComponent(() => import('./reference/catalogues.tsx'), 'EventsPage'),
});

export const router = createRouter({
  basepath: '/developers',
  routeTree: root.addChildren([start, webhooks, reference, operation, problems, events]),
  defaultPreload: 'intent',
  scrollRestoration: true,
  defaultPendingMinMs: 0,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
