// What happens on the accounts of one seeded customer in the twelve months before the anchor day.

import {
  checkedNumber,
  fromWireId,
  type Random,
  type WorldCustomer,
  worldId,
  type WorldPurchase,
} from '@plinth/runtime';
import { codeOf, houseCode, type TransactionRow, type TransferRow } from './tables.ts';

export const currency = 'EUR';

export interface SeededAccount {
  id: string;
  number: string;
  customerId: string;
  holderName: string;
  name: string;
  product: 'everyday' | 'savings';
  overdraftMinor: bigint;
  openedAt: Temporal.Instant;
}

export interface SeededCustomer {
  customer: WorldCustomer;
  purchases: readonly WorldPurchase[];
  random: Random;
  everyday: SeededAccount;
  savings: SeededAccount | undefined;
}

interface Side {
  code: string;
  /** Who is on the other side, in this owner's words. */
  counterparty: string;
  /** undefined for accounts of the house. */
  account?: SeededAccount;
}

export interface Happening {
  /** Unique in the world. */
  key: string;
  kind: TransactionRow['kind'];
  at: Temporal.Instant;
  amountMinor: bigint;
  text: string;
  /** Out of the first, into the second. */
  sides: readonly [Side, Side];
  /** It happened, whatever the balance was: cash was paid in just before. Else it is left out when money is short. */
  isSure?: true;
  transfer?: true;
  /** The card payment it was, as the cashier knows it. */
  paymentId?: string;
}

const grocers = ['Lindgren Market', 'Corner Greens', 'Bakery Ostra', 'Fresh & Co', 'Harbour Deli'];
const employers = ['Northline Logistics', 'City of Northfold', 'Brightwater Studio', 'Helios Energy', 'Tern & Tide'];

/** Unsorted. Money in: salary, cash. Money out: rent, groceries, savings, and everything bought in the shop. */
export function happeningsOf(seeded: SeededCustomer, anchor: Temporal.PlainDate): Happening[] {
  const { customer, random, everyday } = seeded;
  const draw = (from: number, to: number): bigint => BigInt(from + random.int(to - from));
  const employer = random.pick(employers);
  const salary = draw(180_000, 420_000);
  const rent = (salary * draw(25, 40)) / 100n;
  // People one can sign in as have a fuller life; for the others the large figures are enough.
  const isPersona = customer.username !== undefined;
  const happenings: Happening[] = [opening(seeded, anchor, draw(50_000, 300_000))];
  for (let month = 12; month >= 1; month--) {
    const first = anchor.subtract({ months: month });
    const key = `${customer.n}/${first.toString().slice(0, 7)}`;
    const on = (day: number): Temporal.Instant => instantOf(first.add({ days: day - 1 }), random);
    const paid = { key: `salary/${key}`, kind: 'salary' as const, at: on(25), amountMinor: salary, text: 'Salary' };
    happenings.push(incoming(everyday, paid, employer));
    if (isPersona) {
      const what = { key: `rent/${key}`, kind: 'transfer' as const, at: on(2), amountMinor: rent, text: 'Rent' };
      happenings.push(outgoing(everyday, what, 'Hearth Homes'));
    }
    for (let index = 0; index < (isPersona ? 4 : 1); index++) {
      const at = on(1 + random.int(27));
      const what = { key: `card/${key}/${index}`, kind: 'card' as const, at, text: 'Card payment' };
      happenings.push(outgoing(everyday, { ...what, amountMinor: draw(900, 9500) }, random.pick(grocers)));
    }
    if (seeded.savings && random.next() < 0.6) {
      const amountMinor = draw(5, 40) * 1000n;
      happenings.push(saving(seeded, seeded.savings, { key: `save/${key}`, at: on(26), amountMinor }));
    }
  }
  happenings.push(...seeded.purchases.flatMap((purchase) => shopping(everyday, purchase)));
  return happenings.filter(({ at }) => Temporal.Instant.compare(at, everyday.openedAt) >= 0);
}

/** Cash paid in at a machine, right before a payment that needed it; whole hundreds. */
export function deposit(before: Happening, missingMinor: bigint): Happening {
  const account = before.sides[0].account as SeededAccount;
  const amountMinor = ((missingMinor + 9999n) / 10_000n) * 10_000n;
  const what = { key: `cash/${before.key}`, kind: 'deposit' as const, at: before.at, amountMinor, text: 'Cash' };
  return incoming(account, what, 'Cash machine');
}

export function transferRow(
  { key, sides, at, amountMinor, text }: Happening,
  { id, posting }: Pick<TransferRow, 'id' | 'posting'>,
): TransferRow {
  const [from, to] = [sides[0].account as SeededAccount, sides[1].account as SeededAccount];
  return {
    id,
    customerId: from.customerId,
    reference: key,
    fromAccount: from.id,
    toAccount: to.id,
    toNumber: to.number,
    payeeName: to.name,
    amountMinor,
    feeMinor: 0n,
    currency,
    text,
    posting,
    postedAt: at,
  };
}

/** A uuid of the world. */
export function idOf(prefix: string, key: string): string {
  return fromWireId(prefix, worldId(prefix, key)) as string;
}

type What = Omit<Happening, 'sides'>;

function incoming(account: SeededAccount, what: What, counterparty: string): Happening {
  const house = { code: houseCode('cash', currency), counterparty: '' };
  return { ...what, sides: [house, { code: codeOf(account), account, counterparty }] };
}

function outgoing(account: SeededAccount, what: What, counterparty: string): Happening {
  const house = { code: houseCode(what.kind === 'card' ? 'cards' : 'cash', currency), counterparty: '' };
  return { ...what, sides: [{ code: codeOf(account), account, counterparty }, house] };
}

function opening({ everyday, customer }: SeededCustomer, anchor: Temporal.PlainDate, amountMinor: bigint): Happening {
  const year = anchor.subtract({ months: 12, days: 1 }).toZonedDateTime('UTC').toInstant();
  const at = Temporal.Instant.compare(everyday.openedAt, year) < 0 ? year : everyday.openedAt;
  const text = 'First deposit';
  return incoming(everyday, { key: `first/${customer.n}`, kind: 'deposit', at, amountMinor, text }, 'Cash machine');
}

function saving(
  { everyday }: SeededCustomer,
  savings: SeededAccount,
  what: Pick<Happening, 'key' | 'at' | 'amountMinor'>,
): Happening {
  const from = { code: codeOf(everyday), account: everyday, counterparty: savings.name };
  const to = { code: codeOf(savings), account: savings, counterparty: everyday.name };
  return { ...what, kind: 'transfer', text: 'Monthly saving', transfer: true, sides: [from, to] };
}

/** A purchase in the shop is a card payment here; a cancelled one came back two hours later. */
function shopping(account: SeededAccount, purchase: WorldPurchase): Happening[] {
  const { orderId, paymentId, at, totalMinor, state } = purchase;
  const what = { kind: 'card' as const, amountMinor: BigInt(totalMinor), paymentId };
  const text = `Order ${checkedNumber('ORD', orderId)}`;
  const paid = outgoing(account, { ...what, key: `shop/${orderId}`, at, text, isSure: true }, 'Northfold Market');
  if (state !== 'cancelled') return [paid];
  const [from, to] = paid.sides;
  return [paid, { ...what, key: `back/${orderId}`, at: at.add({ hours: 2 }), text, sides: [to, from] }];
}

function instantOf(day: Temporal.PlainDate, random: Random): Temporal.Instant {
  const seconds = 7 * 3600 + random.int(12 * 3600);
  return day.toZonedDateTime('UTC').toInstant().add({ seconds });
}
