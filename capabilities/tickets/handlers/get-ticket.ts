import { problem, type ReadHandler, reply } from '@plinth/runtime';
import { listAttachments, toAttachment } from '../attachment.ts';
import { ticketsDb } from '../tables.ts';
import { findTicket, toEntry, toTicket } from '../ticket.ts';

/** Most entries shown; older ones stay in the table. */
const entriesShown = 500;

export const getTicket: ReadHandler<'tickets.getTicket'> = async (input, ctx) => {
  const ticket = await findTicket(ctx.db, input.ticketId);
  if (!ticket) return problem('not-found');
  let query = ticketsDb(ctx.db)
    .selectFrom('entries')
    .selectAll()
    .where('ticketId', '=', ticket.id)
    .orderBy('at')
    .orderBy('id');
  // Internal notes are for staff; no other query of this capability selects them.
  const seesNotes = ctx.principal.audience === 'staff' || ctx.principal.audience === 'service';
  if (!seesNotes) query = query.where('kind', '!=', 'note');
  const entries = await query.limit(entriesShown).execute();
  const attachments = await listAttachments(ctx.db, ticket.id);
  return reply(200, {
    ...toTicket(ticket),
    entries: entries.map(toEntry),
    attachments: attachments.map(toAttachment),
  });
};
