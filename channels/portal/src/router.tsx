import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from '@tanstack/react-router';
import { NotFoundPage } from './pages/not-found.tsx';
import { Shell } from './shell.tsx';

const root = createRootRoute({ component: Shell, notFoundComponent: NotFoundPage });

const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);

/** What the checkout needs to know; the rest it asks. */
export interface CheckoutSearch {
  sku?: string;
  quantity?: number;
  /** The suggestion that led here. */
  decision?: string;
}

const home = createRoute({
  getParentRoute: () => root,
  path: '/',
  component: lazyRouteComponent(() => import('./pages/home.tsx'), 'HomePage'),
});
const accounts = createRoute({
  getParentRoute: () => root,
  path: '/accounts',
  component: lazyRouteComponent(() => import('./pages/accounts.tsx'), 'AccountsPage'),
});
const account = createRoute({
  getParentRoute: () => root,
  path: '/accounts/$accountId',
  component: lazyRouteComponent(() => import('./pages/account.tsx'), 'AccountPage'),
});
const transfer = createRoute({
  getParentRoute: () => root,
  path: '/transfer',
  validateSearch: (search): { from?: string } => {
    const from = text(search['from']);
    return from === undefined ? {} : { from };
  },
  component: lazyRouteComponent(() => import('./pages/transfer.tsx'), 'TransferPage'),
});
const shop = createRoute({
  getParentRoute: () => root,
  path: '/shop',
  validateSearch: (search): { q?: string; category?: string } => {
    const q = text(search['q']);
    const category = text(search['category']);
    return { ...(q === undefined ? {} : { q }), ...(category === undefined ? {} : { category }) };
  },
  component: lazyRouteComponent(() => import('./pages/shop.tsx'), 'ShopPage'),
});
const checkout = createRoute({
  getParentRoute: () => root,
  path: '/checkout',
  validateSearch: (search): CheckoutSearch => {
    const sku = text(search['sku']);
    const decision = text(search['decision']);
    const quantity = Number(search['quantity']);
    return {
      ...(sku === undefined ? {} : { sku }),
      ...(decision === undefined ? {} : { decision }),
      ...(Number.isInteger(quantity) && quantity >= 1 && quantity <= 20 ? { quantity } : {}),
    };
  },
  component: lazyRouteComponent(() => import('./pages/checkout.tsx'), 'CheckoutPage'),
});
const orders = createRoute({
  getParentRoute: () => root,
  path: '/orders',
  component: lazyRouteComponent(() => import('./pages/orders.tsx'), 'OrdersPage'),
});
const order = createRoute({
  getParentRoute: () => root,
  path: '/orders/$orderId',
  component: lazyRouteComponent(() => import('./pages/order.tsx'), 'OrderPage'),
});
const rewards = createRoute({
  getParentRoute: () => root,
  path: '/rewards',
  component: lazyRouteComponent(() => import('./pages/rewards.tsx'), 'RewardsPage'),
});
const requests = createRoute({
  getParentRoute: () => root,
  path: '/requests',
  component: lazyRouteComponent(() => import('./pages/requests.tsx'), 'RequestsPage'),
});
const newRequest = createRoute({
  getParentRoute: () => root,
  path: '/requests/new',
  validateSearch: (search): { about?: string } => {
    const about = text(search['about']);
    return about === undefined ? {} : { about };
  },
  component: lazyRouteComponent(() => import('./pages/new-request.tsx'), 'NewRequestPage'),
});
const request = createRoute({
  getParentRoute: () => root,
  path: '/requests/$ticketId',
  component: lazyRouteComponent(() => import('./pages/request.tsx'), 'RequestPage'),
});
const messages = createRoute({
  getParentRoute: () => root,
  path: '/messages',
  component: lazyRouteComponent(() => import('./pages/messages.tsx'), 'MessagesPage'),
});
const profile = createRoute({
  getParentRoute: () => root,
  path: '/profile',
  component: lazyRouteComponent(() => import('./pages/profile.tsx'), 'ProfilePage'),
});
const more = createRoute({
  getParentRoute: () => root,
  path: '/more',
  component: lazyRouteComponent(() => import('./pages/more.tsx'), 'MorePage'),
});
const services = createRoute({
  getParentRoute: () => root,
  path: '/services',
  component: lazyRouteComponent(() => import('./pages/services.tsx'), 'ServicesPage'),
});
const service = createRoute({
  getParentRoute: () => root,
  path: '/do/$capability/$operationId',
  validateSearch: (search): { input?: Record<string, unknown>; decision?: string } => {
    const { input, decision } = search;
    return {
      ...(typeof input === 'object' && input !== null ? { input: input as Record<string, unknown> } : {}),
      ...(text(decision) === undefined ? {} : { decision: String(decision) }),
    };
  },
  component: lazyRouteComponent(() => import('./pages/service.tsx'), 'ServicePage'),
});

export const router = createRouter({
  basepath: '/portal',
  routeTree: root.addChildren([
    home,
    accounts,
    account,
    transfer,
    shop,
    checkout,
    orders,
    order,
    rewards,
    requests,
    newRequest,
    request,
    messages,
    profile,
    more,
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
