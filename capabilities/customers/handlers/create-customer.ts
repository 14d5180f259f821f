import { checkedNumber, problem, reply, toWireId, type WriteHandler } from '@plinth/runtime';
import { toCustomer, toFact } from '../customer.ts';
import { customersDb } from '../tables.ts';

export const createCustomer: WriteHandler<'customers.createCustomer'> = async (input, ctx) => {
  const { givenName, familyName, email, phone, city = '', country = '', locale = 'en' } = input.body;
  const id = ctx.ids.uuid();
  const wireId = toWireId('cus', id);
  const since = ctx.clock.now().toZonedDateTimeISO('UTC').toPlainDate();
  const row = await customersDb(ctx.db)
    .insertInto('customers')
    .values({
      id,
      number: checkedNumber('CUS', wireId),
      givenName,
      familyName,
      email,
      phone: phone ?? null,
      city,
      country,
      locale,
      state: 'active',
      since,
    })
    .onConflict((conflict) => conflict.doNothing())
    .returningAll()
    .executeTakeFirst();
  if (!row) return problem('customers.email-taken');
  const customer = toCustomer(row);
  ctx.emit('customer.created', { subject: wireId, customerId: wireId, data: toFact(customer) });
  return reply(201, customer);
};
