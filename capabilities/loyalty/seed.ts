import { checkedNumber, fromWireId, type Seed, worldCustomers, worldId, worldPurchases } from '@plinth/runtime';
import { createLoad } from '../ledger/index.ts';
import { house, memberAccounts, pointsFor } from './points.ts';
import { loyaltyDb, type MovementRow } from './tables.ts';

const welcome = 500;
const batch = 2000;

/** Points of everything bought and not cancelled, and a welcome for the personas. */
export const seed: Seed = async (tx, world) => {
  const book = createLoad('loyalty');
  const movements: MovementRow[] = [];
  for (const account of house) book.account(account);
  const give = (
    customerId: string,
    points: number,
    how: { at: Temporal.Instant; reference: string; reason: string },
  ): void => {
    book.post({
      kind: 'accrual',
      reference: how.reference,
      bookedAt: how.at,
      moves: [{ from: 'house:issued', to: `member:${customerId}`, amount: BigInt(points) }],
    });
    movements.push({
      id: fromWireId('mov', worldId('mov', how.reference)) ?? '',
      customerId,
      points: BigInt(points),
      kind: 'earned',
      ...how,
    });
  };
  for (const person of worldCustomers(world.customers, world.anchor)) {
    for (const account of memberAccounts(person.id)) book.account(account);
    if (person.username)
      give(person.id, welcome, {
        at: world.anchor.subtract({ months: 13 }).toZonedDateTime('UTC').toInstant(),
        reference: `welcome/${person.id}`,
        reason: 'Welcome',
      });
  }
  for (const purchase of worldPurchases(world.customers, world.anchor)) {
    const points = pointsFor(purchase.totalMinor);
    if (purchase.state !== 'cancelled' && points > 0)
      give(purchase.customer.id, points, {
        at: purchase.at,
        reference: purchase.orderId,
        reason: `Order ${checkedNumber('ORD', purchase.orderId)}`,
      });
  }
  await book.flush(tx);
  for (let from = 0; from < movements.length; from += batch)
    await loyaltyDb(tx)
      .insertInto('movements')
      .values(movements.slice(from, from + batch))
      .execute();
};
