import { problem, reply, toWireId, type WriteHandler } from '@plinth/runtime';
import { addEntry, findTicket, moveTicket, speaker, toTicket } from '../ticket.ts';

export const resolveTicket: WriteHandler<'tickets.resolveTicket'> = async (input, ctx) => {
  const ticket = await findTicket(ctx.db, input.ticketId);
  if (!ticket) return problem('not-found');
  const moved = await moveTicket(ctx.db, ticket.id, 'resolve');
  if (!moved) return problem('conflicting-state', { currentState: ticket.state });
  const text = input.body?.text;
  const wireId = toWireId('tkt', ticket.id);
  const customerId = ticket.customerId ?? undefined;
  if (text) {
    const { author } = speaker(ctx.principal);
    const { row } = await addEntry(ctx, ticket.id, { kind: 'staff', author, text });
    ctx.emit('ticket.replied', {
      subject: wireId,
      customerId,
      data: {
        ticketId: wireId,
        entryId: row.id,
        author,
        text,
        ...(ticket.conversationId ? { conversationId: ticket.conversationId } : {}),
      },
    });
  }
  ctx.emit('ticket.resolved', { subject: wireId, customerId, data: toTicket(moved) });
  return reply(201, toTicket(moved));
};
