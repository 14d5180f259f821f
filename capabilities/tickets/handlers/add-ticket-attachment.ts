import { problem, reply, toWireId, type WriteHandler } from '@plinth/runtime';
import { listAttachments, mostAttachments, toAttachment } from '../attachment.ts';
import { ticketsDb } from '../tables.ts';
import { lockTicket, speaker } from '../ticket.ts';

export const addTicketAttachment: WriteHandler<'tickets.addTicketAttachment'> = async (input, ctx) => {
  // The lock also orders those who attach at the same time: the last place is taken once.
  const ticket = await lockTicket(ctx.db, input.ticketId);
  if (!ticket) return problem('not-found');
  const { number, state } = ticket;
  if (state === 'closed') return problem('tickets.closed', { number, state });
  const before = await listAttachments(ctx.db, ticket.id);
  if (before.length >= mostAttachments) return problem('tickets.too-many-attachments', { most: mostAttachments });
  const { id: fileId, name, type, size } = input.body.file;
  const made = { id: ctx.ids.uuid(), ticketId: ticket.id, at: ctx.clock.now(), ...speaker(ctx.principal) };
  const row = await ticketsDb(ctx.db)
    .insertInto('attachments')
    .values({ ...made, fileId, name, type, size })
    .returningAll()
    .executeTakeFirstOrThrow();
  const attachment = toAttachment(row);
  const ticketId = toWireId('tkt', ticket.id);
  ctx.emit('ticket.attached', {
    subject: ticketId,
    customerId: ticket.customerId ?? undefined,
    data: { ticketId, attachmentId: attachment.id, kind: row.kind },
  });
  return reply(201, attachment);
};
