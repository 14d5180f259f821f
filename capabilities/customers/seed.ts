import { checkedNumber, fromWireId, type Seed, worldCustomers, worldPurchases } from '@plinth/runtime';
import { textVersion } from './consent.ts';
import { customersDb } from './tables.ts';

const batch = 2000;

/** The people of the world, what they agreed to, and the timeline of what they bought. */
export const seed: Seed = async (tx, world) => {
  const db = customersDb(tx);
  const people = worldCustomers(world.customers, world.anchor);
  await db
    .insertInto('customers')
    .values(
      people.map((person) => ({
        id: fromWireId('cus', person.id) ?? '',
        number: checkedNumber('CUS', person.id),
        givenName: person.givenName,
        familyName: person.familyName,
        email: person.email,
        phone: person.phone,
        city: person.city,
        country: person.country,
        locale: person.locale,
        state: 'active' as const,
        since: person.since,
      })),
    )
    .execute();
  const given = people.flatMap((person) =>
    person.consents.map((purpose) => ({
      customerId: person.id,
      purpose,
      given: true,
      at: person.since.toZonedDateTime('UTC').toInstant(),
      textVersion,
    })),
  );
  await tx.withSchema('runtime').insertInto('consent').values(given).execute();
  const lines = worldPurchases(world.customers, world.anchor).flatMap((purchase) => {
    const number = checkedNumber('ORD', purchase.orderId);
    const line = (word: string, hours: number, kind: string) => ({
      // Seeded ids must not repeat; the order's own id with the hour in it does not.
      id: idOf(purchase.orderId, hours),
      customerId: purchase.customer.id,
      at: purchase.at.add({ hours }),
      kind,
      title: `Order ${number} ${word}`,
      channel: 'web',
      subject: purchase.orderId,
      operation: 'orders.getOrder',
      visibility: 'customer' as const,
    });
    if (purchase.state === 'placed') return [line('placed', 0, 'order.placed')];
    return [
      line('placed', 0, 'order.placed'),
      purchase.state === 'cancelled' ? line('cancelled', 2, 'order.cancelled') : line('sent', 26, 'order.fulfilled'),
    ];
  });
  for (let from = 0; from < lines.length; from += batch)
    await db
      .insertInto('timeline')
      .values(lines.slice(from, from + batch))
      .execute();
};

function idOf(orderId: string, hours: number): string {
  const uuid = fromWireId('ord', orderId) ?? '';
  return uuid.slice(0, -2) + hours.toString(16).padStart(2, '0');
}
