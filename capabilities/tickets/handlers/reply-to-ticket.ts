import { problem, reply, toWireId, type WriteHandler } from '@plinth/runtime';
import { addEntry, findTicket, moveTicket, speaker, toEntry } from '../ticket.ts';

export const replyToTicket: WriteHandler<'tickets.replyToTicket'> = async (input, ctx) => {
  const ticket = await findTicket(ctx.db, input.ticketId);
  if (!ticket) return problem('not-found');
  const { kind, author } = speaker(ctx.principal);
  const firstReply = kind === 'staff' && !ticket.firstReplyAt ? { firstReplyAt: ctx.clock.now() } : {};
  const moved = await moveTicket(ctx.db, ticket.id, kind === 'staff' ? 'reply' : 'customerReply', firstReply);
  if (!moved) return problem('tickets.closed', { number: ticket.number, state: ticket.state });
  const { row } = await addEntry(ctx, ticket.id, { kind, author, text: input.body.text });
  ctx.emit(kind === 'staff' ? 'ticket.replied' : 'ticket.customerReplied', {
    subject: toWireId('tkt', ticket.id),
    customerId: ticket.customerId ?? undefined,
    data: {
      ticketId: toWireId('tkt', ticket.id),
      entryId: row.id,
      author,
      text: row.text,
      ...(ticket.conversationId ? { conversationId: ticket.conversationId } : {}),
    },
  });
  return reply(201, toEntry(row));
};
