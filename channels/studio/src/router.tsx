import { createRootRoute, createRoute, createRouter, lazyRouteComponent, redirect } from '@tanstack/react-router';
import { NotFoundPage } from './not-found.tsx';
import { Shell } from './shell.tsx';

const root = createRootRoute({ component: Shell, notFoundComponent: NotFoundPage });
const start = createRoute({
  getParentRoute: () => root,
  path: '/',
  beforeLoad: () => {
    throw redirect({ to: '/contracts' });
  },
});
const contracts = createRoute({
  getParentRoute: () => root,
  path: '/contracts',
  component: lazyRouteComponent(() => import('./contracts/contracts-page.tsx'), 'ContractsPage'),
});
const contract = createRoute({
  getParentRoute: () => root,
  path: '/contracts/$capability',
  component: lazyRouteComponent(() => import('./contracts/contract-page.tsx'), 'ContractPage'),
});
const policy = createRoute({
  getParentRoute: () => root,
  path: '/offers',
  component: lazyRouteComponent(() => import('./decisions/policy-page.tsx'), 'PolicyPage'),
});
const action = createRoute({
  getParentRoute: () => root,
  path: '/offers/$name',
  component: lazyRouteComponent(() => import('./decisions/action-page.tsx'), 'ActionPage'),
});
const tryOut = createRoute({
  getParentRoute: () => root,
  path: '/try',
  component: lazyRouteComponent(() => import('./decisions/try-page.tsx'), 'TryPage'),
});
const log = createRoute({
  getParentRoute: () => root,
  path: '/log',
  validateSearch: ({ customer }): { customer?: string } => (typeof customer === 'string' ? { customer } : {}),
  component: lazyRouteComponent(() => import('./decisions/log-page.tsx'), 'LogPage'),
});
const decision = createRoute({
  getParentRoute: () => root,
  path: '/log/$decisionId',
  component: lazyRouteComponent(() => import('./decisions/decision-page.tsx'), 'DecisionPage'),
});
const gallery = createRoute({
  getParentRoute: () => root,
  path: '/gallery',
  component: lazyRouteComponent(() => import('./gallery/gallery-page.tsx'), 'GalleryPage'),
});

export const router = createRouter({
  basepath: '/studio',
  routeTree: root.addChildren([start, contracts, contract, policy, action, tryOut, log, decision, gallery]),
  defaultPreload: 'intent',
  scrollRestoration: true,
  defaultPendingMinMs: 0,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
