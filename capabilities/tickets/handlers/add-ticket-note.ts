import { problem, reply, toWireId, type WriteHandler } from '@plinth/runtime';
import { addEntry, findTicket, speaker, toEntry } from '../ticket.ts';

export const addTicketNote: WriteHandler<'tickets.addTicketNote'> = async (input, ctx) => {
  const ticket = await findTicket(ctx.db, input.ticketId);
  if (!ticket) return problem('not-found');
  const { row } = await addEntry(ctx, ticket.id, {
    kind: 'note',
    author: speaker(ctx.principal).author,
    text: input.body.text,
  });
  // No customer id: a note is nobody's business outside.
  ctx.emit('ticket.noted', {
    subject: toWireId('tkt', ticket.id),
    data: { ticketId: toWireId('tkt', ticket.id), entryId: row.id },
  });
  return reply(201, toEntry(row));
};
