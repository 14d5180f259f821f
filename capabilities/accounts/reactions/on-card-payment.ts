import { checkedNumber, type PlinthEvent, type ReactionContext, type WireMoney } from '@plinth/runtime';
import { sql } from 'kysely';
import { mostAccounts } from '../account.ts';
import { selectAccounts } from '../rows.ts';
import { type AccountWithBalance, accountsDb, book, codeOf, houseCode } from '../tables.ts';
import { bookTransactions } from '../transactions.ts';
import { availableOf } from '../wire.ts';

interface CardFact {
  id: string;
  reference: string;
  moved: { id: string; amount: WireMoney };
}

/** Who is paid by card on this platform. */
const shop = 'Northfold Market';

/**
 * Money taken from a card leaves the everyday account behind it: the customer's oldest one in that currency that is in
 * use and holds enough. Without such an account the card was another bank's, and nothing is booked here.
 */
export async function onPaymentCaptured(event: PlinthEvent<CardFact>, ctx: ReactionContext): Promise<void> {
  const { id, moved } = event.data;
  if (event.customerId === undefined) return;
  const amountMinor = BigInt(moved.amount.amount);
  const paid = await bookedFor(ctx, id);
  const accounts = paid
    ? [paid.account]
    : await everydayAccounts(ctx, { customerId: event.customerId, currency: moved.amount.currency });
  const account = accounts.find((each) => each.state === 'active' && availableOf(each) >= amountMinor);
  if (account) await bookCard(ctx, event.data, { account, amountMinor: -amountMinor });
}

/**
 * What is given back goes where it came from, never more than left there; when that account is closed, to another of
 * the customer's.
 */
export async function onPaymentRefunded(event: PlinthEvent<CardFact>, ctx: ReactionContext): Promise<void> {
  const { id, moved } = event.data;
  const paid = await bookedFor(ctx, id);
  if (!paid) return;
  const given = BigInt(moved.amount.amount);
  const amountMinor = given < paid.leftMinor ? given : paid.leftMinor;
  if (amountMinor === 0n) return;
  const [account] = paid.account.state === 'closed' ? await everydayAccounts(ctx, paid.account) : [paid.account];
  if (account) await bookCard(ctx, event.data, { account, amountMinor });
  else ctx.log.error('a card refund has no open account', { id, reference: moved.id });
}

/** @param booking `amountMinor` is negative when it goes out. */
async function bookCard(
  ctx: ReactionContext,
  { id, reference, moved }: CardFact,
  { account, amountMinor }: { account: AccountWithBalance; amountMinor: bigint },
): Promise<void> {
  const { currency } = account;
  const cards = houseCode('cards', currency);
  await book.ensure(ctx, [{ code: cards, unit: currency, floor: null, rank: 1 }]);
  const own = codeOf(account);
  const move =
    amountMinor < 0n ? { from: own, to: cards, amount: -amountMinor } : { from: cards, to: own, amount: amountMinor };
  const posted = await book.post(ctx, { kind: 'card', reference: moved.id, moves: [move] });
  // Tried again by the runtime, and looked at anew.
  if (!posted.ok) throw new Error(`the account was spent, frozen or closed meanwhile: ${posted.reason}`);
  if (!posted.isNew) return;
  await accountsDb(ctx.db)
    .insertInto('cardBookings')
    .values({ movedId: moved.id, paymentId: id, account: account.id, posting: posted.id, amountMinor })
    .execute();
  const text = reference.startsWith('ord_') ? `Order ${checkedNumber('ORD', reference)}` : reference;
  const entry = { account, line: 0, kind: 'card' as const, counterparty: shop, text, transferId: null };
  await bookTransactions(ctx, posted, [entry]);
}

/** Where a payment was booked first, and how much of it has not come back. */
async function bookedFor(
  ctx: ReactionContext,
  paymentId: string,
): Promise<{ account: AccountWithBalance; leftMinor: bigint } | undefined> {
  const { rows } = await sql<{ account: string; left: bigint }>`
    select (array_agg(account order by moved_id))[1] as account, (-sum(amount_minor))::bigint as left
    from accounts.card_bookings where payment_id = ${paymentId} having count(*) > 0`.execute(ctx.db);
  const [row] = rows;
  if (!row) return undefined;
  const account = await selectAccounts(ctx.db).where('accounts.id', '=', row.account).executeTakeFirstOrThrow();
  return { account, leftMinor: row.left };
}

/** Open ones, oldest first. */
function everydayAccounts(
  ctx: ReactionContext,
  of: Pick<AccountWithBalance, 'customerId' | 'currency'>,
): Promise<AccountWithBalance[]> {
  return selectAccounts(ctx.db)
    .where('accounts.customerId', '=', of.customerId)
    .where('accounts.currency', '=', of.currency)
    .where('accounts.product', '=', 'everyday')
    .where('accounts.state', '<>', 'closed')
    .orderBy('accounts.openedAt')
    .orderBy('accounts.id')
    .limit(mostAccounts)
    .execute();
}
