import { fromWireId, type PlinthEvent, type ReactionContext } from '@plinth/runtime';
import { type TicketRow, ticketsDb } from '../tables.ts';
import { addEntry } from '../ticket.ts';

interface Turn {
  conversationId: string;
  messageId: string;
  author: string;
  control?: string | undefined;
  text?: string | undefined;
  name?: string | undefined;
  ticketId?: string | undefined;
}

/** While a person has the word, what is said in the conversation stands in its ticket, too: once, by the same id. */
export async function onTurnPosted(event: PlinthEvent<Turn>, ctx: ReactionContext): Promise<void> {
  const { messageId, author, control, text, name } = event.data;
  if (!text || (control !== 'waiting' && control !== 'staff') || (author !== 'customer' && author !== 'staff')) return;
  const ticket = await ticketOf(event.data, ctx);
  if (ticket)
    await addEntry(ctx, ticket.id, {
      id: messageId,
      kind: author,
      author: name ?? (author === 'staff' ? 'Support' : 'Customer'),
      text,
      at: Temporal.Instant.from(event.time),
    });
}

async function ticketOf(
  { ticketId, conversationId }: Turn,
  ctx: ReactionContext,
): Promise<Pick<TicketRow, 'id'> | undefined> {
  const query = ticketsDb(ctx.db).selectFrom('tickets').select('id');
  const id = ticketId ? fromWireId('tkt', ticketId) : undefined;
  return (
    id ? query.where('id', '=', id) : query.where('conversationId', '=', conversationId).orderBy('openedAt', 'desc')
  )
    .limit(1)
    .executeTakeFirst();
}
