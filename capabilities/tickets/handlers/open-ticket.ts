import { problem, reply, type WriteHandler } from '@plinth/runtime';
import { openTicketRow, speaker, toTicket } from '../ticket.ts';

export const openTicket: WriteHandler<'tickets.openTicket'> = async (input, ctx) => {
  const { subject, text, aboutRef, contact, conversationId, dedupeKey } = input.body;
  const { principal } = ctx;
  const mayName = principal.audience === 'staff' || principal.audience === 'service';
  const customerId = principal.customerId ?? (mayName ? (input.body.customerId ?? null) : null);
  // At a shared device nobody is signed in: without a way to answer, a request helps nobody.
  if (!customerId && !contact) return problem('tickets.contact-required');
  const ticket = await openTicketRow(ctx, {
    customerId,
    contact: contact ?? null,
    subject,
    text,
    ...speaker(principal),
    aboutRef: aboutRef ?? null,
    conversationId: principal.audience === 'service' ? (conversationId ?? null) : null,
    dedupeKey: principal.audience === 'service' ? (dedupeKey ?? null) : null,
  });
  return reply(201, toTicket(ticket));
};
