import { type PlinthEvent, type ReactionContext, toWireId } from '@plinth/runtime';
import type { EntryKind } from '../tables.ts';
import { addEntry, openTicketRow } from '../ticket.ts';

interface Handover {
  conversationId: string;
  reason: string;
  subject: string;
  transcript: { author: string; text: string; at: string }[];
}

/** A conversation needs a person: a ticket opens with everything that was said. */
export async function onHandoverRequested(event: PlinthEvent<Handover>, ctx: ReactionContext): Promise<void> {
  const { conversationId, reason, subject, transcript } = event.data;
  const ticket = await openTicketRow(ctx, {
    customerId: event.customerId ?? null,
    subject,
    text: `Handed over by the assistant (${reason}).`,
    kind: 'system',
    author: 'Assistant',
    conversationId,
    dedupeKey: `conversation/${conversationId}`,
  });
  for (const [index, line] of transcript.entries()) {
    const kind: EntryKind = line.author === 'customer' ? 'customer' : line.author === 'staff' ? 'staff' : 'assistant';
    await addEntry(ctx, ticket.id, {
      id: `${toWireId('tkt', ticket.id)}/${conversationId}/${index}`,
      kind,
      author: line.author,
      text: line.text,
      at: Temporal.Instant.from(line.at),
    });
  }
}
