import { fromWireId, problem, reply, type WriteHandler } from '@plinth/runtime';
import { sql } from 'kysely';
import { findCustomer, resolveMe, toCustomer, toFact } from '../customer.ts';
import { customersDb } from '../tables.ts';

export const updateCustomer: WriteHandler<'customers.updateCustomer'> = async (input, ctx) => {
  const customerId = resolveMe(input.customerId, ctx.principal);
  const id = fromWireId('cus', customerId);
  if (!id) return problem('not-found');
  const { email } = input.body;
  if (email !== undefined) {
    const other = await customersDb(ctx.db)
      .selectFrom('customers')
      .select('id')
      .where(sql<boolean>`lower(email) = lower(${email})`)
      .where('state', '=', 'active')
      .where('id', '!=', id)
      .executeTakeFirst();
    if (other) return problem('customers.email-taken');
  }
  let update = customersDb(ctx.db)
    .updateTable('customers')
    .set({ ...definedOf(input.body), version: sql`version + 1` })
    .where('id', '=', id)
    .where('state', '=', 'active');
  if (ctx.expectedVersion !== undefined) update = update.where('version', '=', BigInt(ctx.expectedVersion));
  const row = await update.returningAll().executeTakeFirst();
  if (!row) {
    const now = await findCustomer(ctx.db, customerId);
    if (now?.state === 'closed') return problem('conflicting-state', { currentState: now.state });
    return problem(now ? 'precondition-failed' : 'not-found');
  }
  const customer = toCustomer(row);
  ctx.emit('customer.updated', { subject: customerId, customerId, data: toFact(customer) });
  return reply(200, customer);
};

function definedOf<T extends object>(body: T): { [Key in keyof T]?: Exclude<T[Key], undefined> } {
  return Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined)) as never;
}
