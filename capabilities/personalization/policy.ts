import { type Action, compileAction, type CompiledAction, RuleFault } from '@plinth/decisions';

const purchase = {
  operation: 'orders.placeOrder',
  input: { body: { lines: [{ sku: '{sku}', quantity: 1 }], payment: { method: 'card_ok' } } },
};

/** Offers and rules as shipped; CX people edit them from here on. */
export const firstPolicy: readonly Action[] = [
  {
    action: 'goes-with',
    kind: 'recommendation',
    title: 'Goes with what you bought',
    group: 'shop',
    enabled: true,
    purposes: ['personalization'],
    applicable: 'profile.orders_count_365d > 0 || profile.views_7d > 0',
    suitable: 'profile.tickets_open == 0',
    value: 8,
    prior: 0.08,
    cap: { count: 30, days: 7 },
    generator: 'itemKnn',
    treatments: ['home.hero', 'home.cards', 'checkout.addons', 'chat.closing', 'kiosk.idle'].map((slot) => ({
      slot,
      title: '{name}',
      because: '{because}',
      label: 'Look at it',
    })),
    accept: purchase,
  },
  {
    action: 'liked-by-many',
    kind: 'recommendation',
    title: 'Liked by many',
    group: 'shop',
    enabled: true,
    value: 2,
    prior: 0.04,
    generator: 'popular',
    treatments: ['home.hero', 'home.cards', 'kiosk.idle'].map((slot) => ({
      slot,
      title: '{name}',
      because: 'Because many customers chose it this year',
      label: 'Look at it',
    })),
    accept: purchase,
  },
  {
    action: 'follow-order',
    kind: 'service',
    title: 'Follow your order',
    group: 'service',
    enabled: true,
    applicable: 'profile.orders_open > 0',
    value: 3,
    prior: 0.1,
    treatments: [
      {
        slot: 'home.cards',
        title: 'Your order is being packed',
        because: 'Because an order of yours is on its way',
        label: 'Follow it',
      },
      {
        slot: 'chat.opening',
        title: 'Shall I look up your order?',
        because: 'Because an order of yours is on its way',
        label: 'Where is my order',
      },
    ],
    accept: { operation: 'orders.listOrders', input: {} },
  },
  {
    action: 'after-a-cancellation',
    kind: 'service',
    title: 'Make good after a cancellation',
    group: 'service',
    enabled: true,
    applicable: 'profile.cancelled_30d > 0',
    value: 20,
    prior: 0.2,
    cap: { count: 5, days: 30 },
    treatments: [
      {
        slot: 'home.hero',
        title: 'Did we get something wrong?',
        text: 'You called off an order lately. Tell us why and we put it right.',
        because: 'Because you cancelled an order in the last 30 days',
        label: 'Tell us',
      },
      {
        slot: 'desk.nextAction',
        title: 'Ask about the cancelled order',
        text: 'Offer 200 points when it was our fault.',
        because: 'Because the customer cancelled {cancelled_30d} order(s) in 30 days',
        label: 'Give 200 points',
      },
    ],
    accept: {
      operation: 'tickets.openTicket',
      input: { body: { subject: 'About my cancelled order', text: 'I cancelled because ' } },
    },
  },
  {
    action: 'silver-soon',
    kind: 'offer',
    title: 'Double points to Silver',
    group: 'loyalty',
    enabled: true,
    purposes: ['marketing'],
    eligible: 'profile.orders_count_365d >= 2',
    applicable: 'profile.spend_365d_minor > 10000',
    suitable: 'profile.tickets_open == 0 && profile.cancelled_30d == 0',
    value: 5,
    prior: 0.06,
    cap: { count: 20, days: 30 },
    treatments: [
      {
        slot: 'home.cards',
        title: 'Silver is near',
        text: 'Your next order counts double.',
        because: 'Because you ordered {orders_count_365d} times in a year',
        label: 'See rewards',
      },
      {
        slot: 'desk.nextAction',
        title: 'Mention double points',
        because: 'Because {orders_count_365d} orders in a year bring Silver near',
        label: 'Mentioned',
      },
    ],
    accept: { operation: 'loyalty.getMember', input: { customerId: 'me' } },
  },
  {
    action: 'open-matter',
    kind: 'service',
    title: 'Finish the open request first',
    group: 'service',
    enabled: true,
    applicable: 'profile.tickets_open > 0',
    value: 10,
    prior: 0.3,
    treatments: [
      {
        slot: 'desk.nextAction',
        title: 'Settle the open request first',
        because: 'Because {tickets_open} request(s) are open',
        label: 'Done',
      },
      {
        slot: 'home.hero',
        title: 'We are working on your request',
        text: 'You will read our answer here.',
        because: 'Because a request of yours is open',
        label: 'See it',
      },
    ],
    accept: { operation: 'tickets.listTickets', input: {} },
  },
];

export interface PolicyFinding {
  action: string;
  severity: 'error' | 'warn';
  message: string;
}

/** Features rules may use; a name outside is a slip that would silently never pass. */
export function checkPolicy(
  actions: readonly Action[],
  features: readonly string[],
  slots: readonly string[],
): PolicyFinding[] {
  const findings: PolicyFinding[] = [];
  const seen = new Set<string>();
  for (const action of actions) {
    const report = (severity: PolicyFinding['severity'], message: string): void =>
      void findings.push({ action: action.action, severity, message });
    if (seen.has(action.action)) report('error', 'The name is used twice.');
    seen.add(action.action);
    try {
      const { rules } = compileAction(action);
      for (const name of Object.values(rules).flatMap((rule) => rule.uses)) {
        const [root, feature = ''] = name.split('.');
        if (root === 'profile' && !features.includes(feature))
          report('error', `There is no feature ${feature}. There are: ${features.join(', ')}.`);
      }
    } catch (error) {
      if (!(error instanceof RuleFault)) throw error;
      report('error', `${error.message} (at character ${error.at + 1})`);
    }
    for (const { slot } of action.treatments)
      if (!slots.includes(slot)) report('error', `There is no slot ${slot}. There are: ${slots.join(', ')}.`);
    if (action.kind === 'offer' && !(action.purposes ?? []).includes('marketing'))
      report('warn', 'An offer without the purpose marketing reaches people who did not agree to offers.');
  }
  return findings;
}

export function compilePolicy(actions: readonly Action[]): CompiledAction[] {
  return actions.filter((action) => action.enabled).map(compileAction);
}
