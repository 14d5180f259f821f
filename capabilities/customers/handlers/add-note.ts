import { problem, reply, type WriteHandler } from '@plinth/runtime';
import { findCustomer, toEntry } from '../customer.ts';
import { customersDb } from '../tables.ts';

export const addNote: WriteHandler<'customers.addNote'> = async (input, ctx) => {
  if (!(await findCustomer(ctx.db, input.customerId))) return problem('not-found');
  const id = ctx.ids.uuid();
  const row = await customersDb(ctx.db)
    .insertInto('timeline')
    .values({
      id,
      customerId: input.customerId,
      at: ctx.clock.now(),
      kind: 'note',
      title: input.body.text,
      channel: ctx.principal.channel,
      subject: input.customerId,
      operation: null,
      visibility: 'staff',
    })
    .returningAll()
    .executeTakeFirstOrThrow();
  ctx.emit('customer.noted', { subject: input.customerId, customerId: input.customerId, data: { noteId: id } });
  return reply(201, toEntry(row));
};
