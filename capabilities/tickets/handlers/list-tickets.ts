import { fromWireId, pageOf, problem, type ReadHandler, readCursor, reply } from '@plinth/runtime';
import { sql } from 'kysely';
import { ticketsDb } from '../tables.ts';
import { toTicket } from '../ticket.ts';

/** Customers see theirs, newest first; staff see what is due first. */
export const listTickets: ReadHandler<'tickets.listTickets'> = async (input, ctx) => {
  const limit = input.limit ?? 25;
  const isStaff = ctx.owner === undefined;
  const filters = {
    customerId: ctx.owner ?? input.customerId,
    state: input.state,
    assignee: isStaff ? input.assignee : undefined,
  };
  const after = readCursor(input.cursor, filters, ['instant', 'id:tkt']);
  if (after === 'bad') return problem('invalid-parameter', { parameter: 'cursor' });
  let query = ticketsDb(ctx.db).selectFrom('tickets').selectAll();
  if (filters.customerId) query = query.where('customerId', '=', filters.customerId);
  if (filters.state) query = query.where('state', '=', filters.state);
  else if (isStaff && !filters.customerId) query = query.where('state', 'not in', ['resolved', 'closed']);
  if (filters.assignee === 'none') query = query.where('assignee', 'is', null);
  else if (filters.assignee)
    query = query.where('assignee', '=', filters.assignee === 'me' ? ctx.principal.subject : filters.assignee);
  if (after) {
    const id = fromWireId('tkt', String(after[1])) ?? '';
    query = isStaff
      ? query.where(sql<boolean>`(due_at, id) > (${after[0]}::timestamptz, ${id}::uuid)`)
      : query.where(sql<boolean>`(opened_at, id) < (${after[0]}::timestamptz, ${id}::uuid)`);
  }
  query = isStaff ? query.orderBy('dueAt').orderBy('id') : query.orderBy('openedAt', 'desc').orderBy('id', 'desc');
  const rows = await query.limit(limit + 1).execute();
  return reply(
    200,
    pageOf(rows.map(toTicket), limit, (ticket) => [isStaff ? ticket.dueAt : ticket.openedAt, ticket.id], filters),
  );
};
