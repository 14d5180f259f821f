// One object of every kind that an owner check names, and a valid request of every operation for it.

import { type Contract, createGenerator, inputFor, type Operation, type OwnerCheck } from '@plinth/contract';
import { type Principal, servicePrincipal, systemClock, worldId } from '@plinth/runtime';
import type { Platform } from '../../server/src/platform.ts';

export type Things = Readonly<Record<string, { id: string; owner: string }>>;

export interface People {
  customer: string;
  partner: string;
}

/** Limits have tests of their own. */
export const limitless = { take: () => ({ allowed: true, remaining: 1, resetS: 1 }) };

/** Objects of the two, made where the seeded world has none. */
export async function findThings(platform: Platform, { customer, partner }: People): Promise<Things> {
  const ask = async (principal: Principal, operation: string, input: Record<string, unknown>): Promise<unknown> => {
    const result = await platform.edge.invoke({
      operation,
      principal,
      input,
      idempotencyKey: `things-${operation}-${customer}`,
    });
    if (result.status >= 300) throw new Error(`${operation}: ${JSON.stringify(result.body)}`);
    return result.body;
  };
  const person = asCustomer(customer);
  const firm: Principal = { ...servicePrincipal('app_1'), audience: 'partner', partnerId: partner };
  const first = async (operation: string): Promise<string> =>
    ((await ask(person, operation, {})) as { items: { id: string }[] }).items[0]?.id as string;
  const make = async (principal: Principal, operation: string, input: Record<string, unknown>): Promise<string> => {
    const body = (await ask(principal, operation, input)) as { id?: string; decisionId?: string };
    return body.id ?? (body.decisionId as string);
  };
  const account = await first('accounts.listAccounts');
  const app = await make(firm, 'partners.createApp', { body: { name: 'Matrix', scopes: ['catalogue.read'] } });
  const endpoint = await make(firm, 'partners.createEndpoint', {
    body: { appId: app, url: 'https://hooks.example.org/matrix', events: ['order.placed'] },
  });
  const [, other] = ((await ask(person, 'accounts.listAccounts', {})) as { items: { number: string }[] }).items;
  const transfer = { fromAccountId: account, toNumber: other?.number, amount: { amount: 100, currency: 'EUR' } };
  const message = { customerId: customer, title: 'Matrix', text: 'Matrix', dedupeKey: 'matrix' };
  const ticket = { subject: 'Matrix', text: 'Matrix' };
  const mine = {
    account,
    customer,
    order: await first('orders.listOrders'),
    payment: await first('payments.listPayments'),
    ticket: await make(person, 'tickets.openTicket', { body: ticket }),
    transfer: await make(person, 'accounts.createTransfer', { body: transfer }),
    conversation: await make(person, 'assistant.startConversation', { body: {} }),
    decision: await make(person, 'personalization.decideNextBestAction', { body: { slots: ['home.hero'] } }),
    message: await make(servicePrincipal('test'), 'notifications.sendMessage', { body: message }),
  };
  const theirs = { app, endpoint, delivery: await make(firm, 'partners.testEndpoint', { endpointId: endpoint }) };
  // Nobody owns them: people of the house see them by their scope, whether they are there or not.
  const houses = { run: worldId('run', 1), task: worldId('tsk', 1) };
  return { ...owned(mine, customer), ...owned(theirs, partner), ...owned(houses, 'nobody') };
}

function owned(ids: Record<string, string>, owner: string): Things {
  return Object.fromEntries(Object.entries(ids).map(([kind, id]) => [kind, { id, owner }]));
}

export function asCustomer(id: string): Principal {
  return { ...servicePrincipal(id, id), audience: 'customer' };
}

export interface PreparedRequest {
  target: string;
  headers: Record<string, string>;
  body: unknown;
  /** The same for an invocation. */
  input: Record<string, unknown>;
}

export type Prepare = (operation: Operation, object?: 'there' | 'missing') => PreparedRequest;

/** Valid requests of one contract, for the objects that are there or for ones that are not. The same seed, the same values. */
export function preparing(contract: Contract, things: Things): Prepare {
  const generator = createGenerator({ document: contract.document, seed: 1, now: systemClock.now() });
  return (operation, object = 'there') => {
    const { input, fault } = inputFor(operation, generator);
    if (fault !== '') throw new Error(`${operation.id}: ${fault}`);
    for (const check of idChecks(operation)) {
      const thing = things[check.object];
      if (thing?.id === undefined) throw new Error(`no ${check.object} in the world of this test`);
      const id = object === 'there' ? thing.id : worldId(thing.id.split('_')[0] as never, 9999, 'matrix');
      const [place, name] = (check.id as string).split(/\.|#\//) as [string, string];
      if (place === 'body') (input['body'] as Record<string, unknown>)[name] = id;
      else input[name] = id;
    }
    const path = operation.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(input[name])));
    const query = new URLSearchParams(
      operation.params
        .filter((each) => each.in === 'query' && each.required)
        .map(({ name }) => [name, String(input[name])]),
    );
    const headers: Record<string, string> = {};
    if (operation.policy.effect !== 'read') Object.assign(headers, { 'idempotency-key': 'matrix', 'if-match': '"1"' });
    const { body } = input;
    const media = operation.body?.media[0]?.type;
    if (body !== undefined && media !== undefined) headers['content-type'] = media;
    return {
      target: `${contract.basePath}${path}${query.size > 0 ? `?${query.toString()}` : ''}`,
      headers,
      body,
      input,
    };
  };
}

export function idChecks({ policy }: Operation): OwnerCheck[] {
  return policy.ownerCheck.filter(({ id }) => id !== undefined);
}

/** Of the kinds of callers an operation is for, the one whose things there are. */
export function claimsOf({ policy }: Operation, { customer, partner }: People): Record<string, unknown> {
  if (policy.audience.includes('customer')) return { sub: customer, customer_number: customer };
  if (policy.audience.includes('staff')) return { sub: 'mia', kind: 'staff' };
  if (policy.audience.includes('partner')) return { sub: 'app_1', kind: 'partner', partner_number: partner };
  return { sub: 'billing', kind: policy.audience.includes('device') ? 'device' : 'service' };
}
