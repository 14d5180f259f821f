import { problem, reply, type WriteHandler } from '@plinth/runtime';
import { findAttachment } from '../attachment.ts';
import { ticketsDb } from '../tables.ts';
import { findTicket, speaker } from '../ticket.ts';

export const removeTicketAttachment: WriteHandler<'tickets.removeTicketAttachment'> = async (input, ctx) => {
  const attachment = await findAttachment(ctx.db, input);
  const ticket = attachment && (await findTicket(ctx.db, input.ticketId));
  if (!ticket) return problem('not-found');
  const { id, fileId, kind } = attachment;
  if (kind === 'staff' && speaker(ctx.principal).kind === 'customer') return problem('not-yours');
  const removed = await ticketsDb(ctx.db).deleteFrom('attachments').where('id', '=', id).executeTakeFirst();
  if (removed.numDeletedRows === 0n) return problem('not-found');
  await ctx.files.delete([fileId]);
  ctx.emit('ticket.detached', {
    subject: input.ticketId,
    customerId: ticket.customerId ?? undefined,
    data: { ticketId: input.ticketId, attachmentId: input.attachmentId, kind },
  });
  return reply(204, undefined);
};
