import {
  fromWireId,
  type Seed,
  type SeedWorld,
  worldCustomers,
  worldId,
  type WorldPurchase,
  worldPurchases,
} from '@plinth/runtime';
import { sql } from 'kysely';
import { createLoad, load } from '../ledger/index.ts';
import { accountNumber } from './account.ts';
import {
  currency,
  deposit,
  type Happening,
  happeningsOf,
  idOf,
  type SeededAccount,
  type SeededCustomer,
  transferRow,
} from './seed-happenings.ts';
import { type CardBookingRow, codeOf, houseCode, type TransactionRow, type TransferRow } from './tables.ts';

/** An everyday account for everybody, a savings account for every second; twelve months of what happens on them. */
export const seed: Seed = async (tx, world) => {
  const customers = customersOf(world);
  const accounts = customers.flatMap(({ everyday, savings }) => (savings ? [everyday, savings] : [everyday]));
  const { ledger, transactions, transfers, cardBookings } = play(customers, world);
  await ledger.flush(tx);
  await load(tx, 'accounts.accounts', accounts, {
    id: ['uuid', (row) => row.id],
    number: ['text', (row) => row.number],
    key: ['text', (row) => `seed/${row.id}`],
    customer_id: ['text', (row) => row.customerId],
    holder_name: ['text', (row) => row.holderName],
    name: ['text', (row) => row.name],
    product: ['text', (row) => row.product],
    currency: ['text', () => currency],
    overdraft_minor: ['bigint', (row) => row.overdraftMinor],
    state: ['text', () => 'active'],
    opened_at: ['timestamptz', (row) => row.openedAt.toString()],
  });
  await load(tx, 'accounts.transfers', transfers, {
    id: ['uuid', (row) => row.id],
    customer_id: ['text', (row) => row.customerId],
    reference: ['text', (row) => row.reference],
    from_account: ['uuid', (row) => row.fromAccount],
    to_account: ['uuid', (row) => row.toAccount],
    to_number: ['text', (row) => row.toNumber],
    payee_name: ['text', (row) => row.payeeName],
    amount_minor: ['bigint', (row) => row.amountMinor],
    fee_minor: ['bigint', () => 0n],
    currency: ['text', () => currency],
    text: ['text', (row) => row.text],
    posting: ['uuid', (row) => row.posting],
    posted_at: ['timestamptz', (row) => row.postedAt.toString()],
  });
  await load(tx, 'accounts.transactions', transactions, {
    account: ['uuid', (row) => row.account],
    seq: ['bigint', (row) => row.seq],
    id: ['uuid', (row) => row.id],
    posting: ['uuid', (row) => row.posting],
    kind: ['text', (row) => row.kind],
    amount_minor: ['bigint', (row) => row.amountMinor],
    after_minor: ['bigint', (row) => row.afterMinor],
    counterparty: ['text', (row) => row.counterparty],
    text: ['text', (row) => row.text],
    transfer_id: ['uuid', (row) => row.transferId],
    booked_at: ['timestamptz', (row) => row.bookedAt.toString()],
    value_date: ['date', (row) => row.bookedAt.toString().slice(0, 10)],
  });
  await load(tx, 'accounts.card_bookings', cardBookings, {
    moved_id: ['text', (row) => row.movedId],
    payment_id: ['text', (row) => row.paymentId],
    account: ['uuid', (row) => row.account],
    posting: ['uuid', (row) => row.posting],
    amount_minor: ['bigint', (row) => row.amountMinor],
  });
  await sql`select setval('accounts.account_serial', ${world.customers * 2})`.execute(tx);
};

function customersOf({ customers, anchor, random }: SeedWorld): SeededCustomer[] {
  const purchases = new Map<string, WorldPurchase[]>();
  for (const purchase of worldPurchases(customers, anchor)) {
    const known = purchases.get(purchase.customer.id);
    if (known) known.push(purchase);
    else purchases.set(purchase.customer.id, [purchase]);
  }
  return worldCustomers(customers, anchor).map((customer) => {
    const own = purchases.get(customer.id) ?? [];
    const stream = random.stream(`accounts/${customer.n}`);
    const since = customer.since.toZonedDateTime('UTC').toInstant();
    // Nobody pays by card before there is an account.
    const first = own[0]?.at.subtract({ hours: 48 }) ?? since;
    const openedAt = Temporal.Instant.compare(first, since) < 0 ? first : since;
    const account = (product: SeededAccount['product'], serial: number): SeededAccount => ({
      id: fromWireId('acc', worldId('acc', customer.n, product)) as string,
      number: accountNumber(BigInt(serial)),
      customerId: customer.id,
      holderName: `${customer.givenName} ${customer.familyName}`,
      name: product === 'savings' ? 'Savings' : 'Everyday',
      product,
      overdraftMinor: product === 'everyday' && customer.n % 3 === 0 ? 50_000n : 0n,
      openedAt,
    });
    const hasSavings = customer.username !== undefined || stream.next() < 0.5;
    return {
      customer,
      purchases: own,
      random: stream,
      everyday: account('everyday', 2 * customer.n - 1),
      savings: hasSavings ? account('savings', 2 * customer.n) : undefined,
    };
  });
}

type SeededTransaction = Omit<TransactionRow, 'valueDate'>;

/** Everything that happened, in the order of time, through the book. */
function play(customers: readonly SeededCustomer[], { anchor }: SeedWorld) {
  const ledger = createLoad('accounts');
  for (const what of ['cash', 'fees', 'cards'] as const) {
    ledger.account({ code: houseCode(what, currency), unit: currency, floor: null, rank: 1 });
  }
  for (const { everyday, savings } of customers) {
    for (const account of savings ? [everyday, savings] : [everyday]) {
      ledger.account({ id: account.id, code: codeOf(account), unit: currency, floor: -account.overdraftMinor });
    }
  }
  const transactions: SeededTransaction[] = [];
  const transfers: TransferRow[] = [];
  const cardBookings: CardBookingRow[] = [];
  const happenings = customers
    .flatMap((customer) => happeningsOf(customer, anchor).map((what) => ({ ...what, ms: what.at.epochMilliseconds })))
    .toSorted((a, b) => a.ms - b.ms || (a.key < b.key ? -1 : 1));
  const book = ({ sides, ...what }: Happening): void => {
    const [src, dst] = sides;
    const posting = ledger.post({
      kind: what.kind,
      reference: what.key,
      bookedAt: what.at,
      moves: [{ from: src.code, to: dst.code, amount: what.amountMinor }],
    });
    const transferId = what.transfer ? idOf('trf', what.key) : null;
    for (const side of sides) {
      if (!side.account) continue;
      const { seq, posted } = ledger.balance(side.code);
      transactions.push({
        account: side.account.id,
        seq,
        // The posting's own id but for its last digit: both sides are told apart without another hash.
        id: `${posting.slice(0, -1)}${side === src ? 'a' : 'b'}`,
        posting,
        kind: what.kind,
        amountMinor: side === src ? -what.amountMinor : what.amountMinor,
        afterMinor: posted,
        counterparty: side.counterparty,
        text: what.text,
        transferId,
        bookedAt: what.at,
      });
    }
    const payer = sides.find(({ account }) => account)?.account;
    if (what.paymentId && payer) {
      const amountMinor = src.account ? -what.amountMinor : what.amountMinor;
      cardBookings.push({ movedId: what.key, paymentId: what.paymentId, account: payer.id, posting, amountMinor });
    }
    if (transferId) transfers.push(transferRow({ ...what, sides }, { id: transferId, posting }));
  };
  for (const happening of happenings) {
    const [src] = happening.sides;
    const account = ledger.balance(src.code);
    const left = account.floor === null ? undefined : account.posted - account.floor - happening.amountMinor;
    if (left !== undefined && left < 0n) {
      if (!happening.isSure) continue;
      book(deposit(happening, -left));
    }
    book(happening);
  }
  return { ledger, transactions, transfers, cardBookings };
}
