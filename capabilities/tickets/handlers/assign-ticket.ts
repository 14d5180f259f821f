import { problem, reply, toWireId, type WriteHandler } from '@plinth/runtime';
import { findTicket, moveTicket, toTicket } from '../ticket.ts';

export const assignTicket: WriteHandler<'tickets.assignTicket'> = async (input, ctx) => {
  const ticket = await findTicket(ctx.db, input.ticketId);
  if (!ticket) return problem('not-found');
  const isMe = input.body.assignee === 'me';
  const assignee = isMe ? ctx.principal.subject : input.body.assignee;
  const assigneeName = isMe ? (ctx.principal.name ?? assignee) : assignee;
  const moved = await moveTicket(ctx.db, ticket.id, 'assign', { assignee, assigneeName });
  if (!moved) return problem('tickets.closed', { number: ticket.number, state: ticket.state });
  ctx.emit('ticket.assigned', {
    subject: toWireId('tkt', ticket.id),
    customerId: ticket.customerId ?? undefined,
    data: toTicket(moved),
  });
  return reply(201, toTicket(moved));
};
