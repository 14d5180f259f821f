import { problem, reply, toWireId, type WriteHandler } from '@plinth/runtime';
import { findTicket, moveTicket, toTicket } from '../ticket.ts';

export const reopenTicket: WriteHandler<'tickets.reopenTicket'> = async (input, ctx) => {
  const ticket = await findTicket(ctx.db, input.ticketId);
  if (!ticket) return problem('not-found');
  const moved = await moveTicket(ctx.db, ticket.id, 'reopen');
  if (!moved) return problem('conflicting-state', { currentState: ticket.state });
  ctx.emit('ticket.reopened', {
    subject: toWireId('tkt', ticket.id),
    customerId: ticket.customerId ?? undefined,
    data: toTicket(moved),
  });
  return reply(201, toTicket(moved));
};
