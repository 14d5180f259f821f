// Every problem of every capability is brought about by a test, here or in the one that is named; and each says in every
// language the same, in whole sentences: with its values as people write them, and operations that are there to go on with.

import { readFileSync } from 'node:fs';
import path from 'node:path';
import { type Principal, servicePrincipal, toWireId } from '@plinth/runtime';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ada, ben, startWorld, type World } from './security/world.ts';

type Said = Record<string, unknown> & { id: string };

let world: World;
let keys = 0;
const service = servicePrincipal('test');
const staff: Principal = { ...service, subject: 'mia', audience: 'staff', actor: [] };
const device: Principal = { ...service, subject: 'kiosk', audience: 'device', actor: [] };
const customer = (id: string): Principal => ({
  ...service,
  subject: id,
  customerId: id,
  audience: 'customer',
  actor: [],
});

beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world?.close());

async function ask(
  operation: string,
  input: Record<string, unknown>,
  { as = service, language }: { as?: Principal; language?: string } = {},
): Promise<{ status: number; body: Said }> {
  const idempotencyKey = `key-${(keys += 1)}`;
  const { status, body } = await world.platform.edge.invoke({
    operation,
    principal: as,
    input,
    idempotencyKey,
    ...(language === undefined ? {} : { language }),
  });
  return { status, body: body as Said };
}

async function done(operation: string, input: Record<string, unknown>, as = service): Promise<Said> {
  const { status, body } = await ask(operation, input, { as });
  expect({ operation, status, body }).toMatchObject({ status: expect.toSatisfy((each: number) => each < 300) });
  return body;
}

const eur = (amount: number) => ({ amount, currency: 'EUR' });
const newId = (prefix: string): string => toWireId(prefix, crypto.randomUUID());
const order = (more: object = {}) => ({
  body: { lines: [{ sku: 'KETTLE-17', quantity: 1 }], payment: { method: 'card_ok' }, ...more },
});
const newPayment = (more: object = {}) => ({
  body: { customerId: ada, amount: eur(1_234_500), method: 'card_ok', reference: `ref-${(keys += 1)}`, ...more },
});
const aTaken = async (): Promise<string> => {
  const { id } = await done('payments.createPayment', newPayment());
  await done('payments.capturePayment', { paymentId: id });
  return id;
};
const refund = (paymentId: string, reference: string, amount: number): [string, Record<string, unknown>] => [
  'payments.refundPayment',
  { paymentId, body: { amount: eur(amount), reference } },
];
const rule = (more: object = {}) => ({
  action: 'try-it',
  kind: 'offer',
  title: 'Try it',
  enabled: true,
  treatments: [{ slot: 'home.hero', title: 'Try it', because: 'It is good', label: 'See' }],
  ...more,
});
/** The revision in force. */
const liveRevision = async (): Promise<unknown> => (await done('personalization.getPolicy', {}, staff))['revision'];

interface Provocation {
  as?: Principal;
  /** What has happened before, and what is asked for then. */
  call: () => Promise<[operation: string, input: Record<string, unknown>]>;
  /** In which both languages differ, besides their words. */
  says?: readonly [english: string, german: string];
}

const provocations: Readonly<Record<string, Provocation>> = {
  'orders.price-changed': {
    as: customer(ada),
    call: async () => [
      'orders.placeOrder',
      {
        body: {
          lines: [{ sku: 'KETTLE-17', quantity: 2 }],
          payment: { method: 'card_ok' },
          expectedTotal: eur(1),
        },
      },
    ],
  },
  'orders.unknown-offering': {
    as: customer(ada),
    call: async () => ['orders.placeOrder', order({ lines: [{ sku: 'NOTHING-1', quantity: 1 }] })],
    says: ['NOTHING-1', 'NOTHING-1'],
  },
  'orders.points-insufficient': {
    as: customer(ben),
    call: async () => ['orders.placeOrder', order({ payment: { method: 'card_ok', points: 1_000_000 } })],
  },
  'orders.already-shipped': {
    as: customer(ada),
    call: async () => {
      const { id } = await done('orders.placeOrder', order(), customer(ada));
      await done('orders.recordFulfilment', { orderId: id, body: { carrier: 'Post' } });
      return ['orders.cancelOrder', { orderId: id }];
    },
  },
  'orders.not-placed': {
    call: async () => {
      const { id } = await done('orders.placeOrder', order(), customer(ada));
      await done('orders.recordFulfilment', { orderId: id, body: { carrier: 'Post' } });
      return ['orders.recordFulfilment', { orderId: id, body: { carrier: 'Post' } }];
    },
  },
  'orders.lookup-failed': {
    as: device,
    call: async () => ['orders.lookUpOrder', { body: { number: 'ORD-0000-0000', phoneEnding: '1234' } }],
  },
  'customers.email-taken': {
    call: async () => {
      const body = { givenName: 'Eva', familyName: 'Test', email: `eva${(keys += 1)}@mail.example` };
      await done('customers.createCustomer', { body });
      return ['customers.createCustomer', { body }];
    },
  },
  'loyalty.points-insufficient': {
    call: async () => ['loyalty.redeemPoints', { body: { customerId: ben, points: 9_999_999, reference: 'a' } }],
  },
  'assistant.ended': {
    as: customer(ada),
    call: async () => {
      const { id } = await done('assistant.startConversation', {}, customer(ada));
      await sql`update assistant.conversations set control = 'ended'`.execute(world.database.db);
      return ['assistant.sendTurn', { conversationId: id, body: { text: 'Hello' } }];
    },
  },
  'payments.unknown-method': {
    call: async () => ['payments.createPayment', newPayment({ method: 'nobody_knows' })],
  },
  'payments.id-taken': {
    call: async () => {
      const id = newId('pay');
      await done('payments.createPayment', newPayment({ id }));
      return ['payments.createPayment', newPayment({ id })];
    },
  },
  'payments.not-authorized': {
    call: async () => {
      const { id } = await done('payments.createPayment', newPayment());
      await done('payments.cancelPayment', { paymentId: id });
      return ['payments.capturePayment', { paymentId: id, body: { amount: eur(1) } }];
    },
  },
  'payments.not-captured': {
    call: async () => {
      const id = await aTaken();
      await done(...refund(id, 'first', 1_234_500));
      return refund(id, 'second', 1);
    },
  },
  'payments.too-much': {
    call: async () => refund(await aTaken(), 'all of it and more', 1_234_501),
    says: ['12,345.00 EUR', '12.345,00 EUR'],
  },
  'payments.reference-used': {
    call: async () => {
      const id = await aTaken();
      await done(...refund(id, 'once', 100));
      return refund(id, 'once', 101);
    },
  },
  'tickets.contact-required': {
    as: device,
    call: async () => ['tickets.openTicket', { body: { subject: 'Help', text: 'It broke.' } }],
  },
  'tickets.closed': {
    as: customer(ada),
    call: async () => {
      const body = { subject: 'Help', text: 'It broke.' };
      const { id } = await done('tickets.openTicket', { body }, customer(ada));
      await sql`update tickets.tickets set state = 'closed'`.execute(world.database.db);
      return ['tickets.replyToTicket', { ticketId: id, body: { text: 'Again' } }];
    },
  },
  'personalization.slot-unknown': {
    as: customer(ada),
    call: async () => ['personalization.decideNextBestAction', { body: { slots: ['no.where'] } }],
    says: ['no.where', 'no.where'],
  },
  'personalization.no-draft': {
    as: staff,
    call: async () => {
      await sql`delete from personalization.policy_draft`.execute(world.database.db);
      return ['personalization.publishPolicy', { body: { note: 'Nothing' } }];
    },
  },
  'personalization.policy-invalid': {
    as: staff,
    call: async () => {
      const body = { base: await liveRevision(), actions: [rule({ eligible: 'profile.nothing_of_the_kind > 0' })] };
      await done('personalization.savePolicyDraft', { body }, staff);
      return ['personalization.publishPolicy', { body: { note: 'Not so' } }];
    },
  },
  'personalization.policy-stale-base': {
    as: staff,
    call: async () => {
      await done('personalization.savePolicyDraft', { body: { base: 0, actions: [rule()] } }, staff);
      return ['personalization.publishPolicy', { body: { note: 'Too late' } }];
    },
  },
  'catalogue.unknown-offering': {
    call: async () => ['catalogue.quotePrice', { body: { lines: [{ sku: 'NOTHING-1', quantity: 1 }] } }],
  },
  'catalogue.sku-taken': {
    call: async () => [
      'catalogue.createOffering',
      { body: { sku: 'KETTLE-17', name: 'Kettle', category: 'kitchen', price: eur(100) } },
    ],
  },
  'accounts.id-taken': {
    call: async () => {
      const body = { id: newId('acc'), customerId: ada, product: 'savings' };
      await done('accounts.openAccount', { body });
      return ['accounts.openAccount', { body }];
    },
  },
};

/** Those that other tests bring about: there the code stands in what is expected. */
const elsewhere: Readonly<Record<string, readonly string[]>> = {
  'accounts.test.ts': [
    'accounts.insufficient-funds',
    'accounts.account-frozen',
    'accounts.account-closed',
    'accounts.not-empty',
    'accounts.unknown-payee',
    'accounts.same-account',
    'accounts.currency-mismatch',
    'accounts.reference-used',
    'accounts.fee-changed',
    'accounts.frozen-by-bank',
    'accounts.too-many-accounts',
    'accounts.no-such-customer',
  ],
  'commerce.test.ts': [
    'inventory.already-released',
    'inventory.out-of-stock',
    'inventory.reservation-ended',
    'loyalty.already-released',
    'orders.out-of-stock',
    'orders.payment-declined',
    'payments.already-cancelled',
  ],
  'order-called-off.test.ts': ['loyalty.redemption-ended', 'payments.already-captured'],
  'partners.test.ts': [
    'partners.address-refused',
    'partners.key-refused',
    'partners.plan-refused',
    'partners.too-many-keys',
  ],
  'payments.test.ts': ['payments.declined', 'payments.not-settled-yet'],
  'security/two-edges.test.ts': ['customers.no-such-delegate'],
  'ticket-attachments.test.ts': ['tickets.too-many-attachments'],
  'workflows.test.ts': ['workflows.no-such-step', 'workflows.not-possible-now', 'workflows.task-ended'],
  'security/shut-out.test.ts': ['customers.still-open'],
};

const problems = () => world.platform.contracts().flatMap((contract) => contract.problems);

it('every problem of a capability is brought about', () => {
  const named = Object.values(elsewhere).flat();
  expect([...Object.keys(provocations), ...named].toSorted()).toEqual(
    problems()
      .map(({ code }) => code)
      .toSorted(),
  );
  for (const [file, codes] of Object.entries(elsewhere)) {
    const text = readFileSync(path.join(import.meta.dirname, file), 'utf8');
    expect({ file, missing: codes.filter((code) => !text.includes(`'${code}'`)) }).toEqual({ file, missing: [] });
  }
});

const placeholders = (text: string): string[] => [...new Set(text.match(/\{\w+\}/g))].toSorted();

describe('a problem', () => {
  it.each(Object.entries(provocations))(
    '%s is answered, in both languages',
    async (code, { as, call, says = ['', ''] }) => {
      const [operation, input] = await call();
      const who = as === undefined ? {} : { as };
      const english = await ask(operation, input, who);
      const german = await ask(operation, input, { ...who, language: 'de-AT' });
      const declared = problems().find((each) => each.code === code);
      for (const { status, body } of [english, german]) {
        expect({ status, body }).toMatchObject({ status: declared?.status, body: { code, title: declared?.title } });
        const { detail, advice } = body;
        // No placeholder, no JSON, nothing that is no text.
        for (const text of [detail, advice]) expect(text).not.toMatch(/[{}]|\[object|undefined|null/);
      }
      expect([english.body['detail'], english.body['advice']]).not.toEqual([
        german.body['detail'],
        german.body['advice'],
      ]);
      expect(english.body['detail']).toContain(says[0]);
      expect(german.body['detail']).toContain(says[1]);
      const next = (english.body['next'] ?? []) as { operation: string; href: string; title: string }[];
      expect(next.map((each) => each.operation.split('.').at(-1))).toEqual(declared?.next ?? []);
    },
  );

  it('says the same in every language, with the same values', () => {
    for (const { code, detail, advice, translations } of problems()) {
      const { de } = translations ?? {};
      expect({ code, translated: Boolean(de?.detail) && Boolean(de?.advice) }).toEqual({ code, translated: true });
      expect({ code, values: placeholders(`${de?.detail} ${de?.advice}`) }).toEqual({
        code,
        values: placeholders(`${detail} ${advice}`),
      });
    }
  });

  it('goes on with operations that are there', () => {
    const known = new Set(world.platform.contracts().flatMap(({ operations }) => operations.map(({ id }) => id)));
    for (const { code, next } of problems())
      expect({ code, unknown: next.filter((id) => !known.has(id)) }).toEqual({ code, unknown: [] });
  });
});
