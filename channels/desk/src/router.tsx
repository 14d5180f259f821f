import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from '@tanstack/react-router';
import { NotFoundPage } from './not-found.tsx';
import { isFilter, type QueueFilter } from './queue/filter.ts';
import { QueuePage } from './queue/queue-page.tsx';
import { Shell } from './shell.tsx';

const root = createRootRoute({ component: Shell, notFoundComponent: NotFoundPage });

const queue = createRoute({
  getParentRoute: () => root,
  id: 'queue',
  validateSearch: ({ show }): { show?: QueueFilter } => (isFilter(show) ? { show } : {}),
  component: QueuePage,
});
const nothingChosen = createRoute({
  getParentRoute: () => queue,
  path: '/',
  component: lazyRouteComponent(() => import('./queue/nothing-chosen.tsx'), 'NothingChosen'),
});
const ticket = createRoute({
  getParentRoute: () => queue,
  path: '/tickets/$ticketId',
  component: lazyRouteComponent(() => import('./queue/ticket-page.tsx'), 'TicketPage'),
});
const conversations = createRoute({
  getParentRoute: () => root,
  path: '/conversations',
  component: lazyRouteComponent(() => import('./talk/conversations-page.tsx'), 'ConversationsPage'),
});
const conversation = createRoute({
  getParentRoute: () => root,
  path: '/conversations/$conversationId',
  component: lazyRouteComponent(() => import('./talk/conversation-page.tsx'), 'ConversationPage'),
});
const customers = createRoute({
  getParentRoute: () => root,
  path: '/customers',
  validateSearch: ({ q }): { q?: string } => (typeof q === 'string' && q !== '' ? { q } : {}),
  component: lazyRouteComponent(() => import('./people/customers-page.tsx'), 'CustomersPage'),
});
const customer = createRoute({
  getParentRoute: () => root,
  path: '/customers/$customerId',
  component: lazyRouteComponent(() => import('./people/customer-page.tsx'), 'CustomerPage'),
});
const services = createRoute({
  getParentRoute: () => root,
  path: '/services',
  validateSearch: ({ customer: about }): { customer?: string } =>
    typeof about === 'string' ? { customer: about } : {},
  component: lazyRouteComponent(() => import('./services.tsx'), 'ServicesPage'),
});
const service = createRoute({
  getParentRoute: () => root,
  path: '/do/$capability/$operationId',
  validateSearch: ({ customer: about }): { customer?: string } =>
    typeof about === 'string' ? { customer: about } : {},
  component: lazyRouteComponent(() => import('./services.tsx'), 'ServicePage'),
});

export const router = createRouter({
  basepath: '/desk',
  routeTree: root.addChildren([
    queue.addChildren([nothingChosen, ticket]),
    conversations,
    conversation,
    customers,
    customer,
    services,
    service,
  ]),
  defaultPreload: 'intent',
  scrollRestoration: true,
  defaultPendingMinMs: 0,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
