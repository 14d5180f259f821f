// What happens to the ticket of a conversation is said in the conversation.

import type { Events, PlinthEvent, ReactionContext } from '@plinth/runtime';
import { appendMessage, changeControl, findConversation } from '../conversation.ts';
import { assistantDb } from '../tables.ts';

/** The ticket of a hand-over: its number is told, and it is known from now on. */
export async function onTicketOpened(event: PlinthEvent<Events['ticket.opened']>, ctx: ReactionContext): Promise<void> {
  const { id: ticketId, number, conversationId } = event.data;
  const conversation = conversationId === undefined ? undefined : await findConversation(ctx.db, conversationId);
  if (conversation === undefined) return;
  await assistantDb(ctx.db).updateTable('conversations').set({ ticketId }).where('id', '=', conversation.id).execute();
  await appendMessage(
    ctx,
    { ...conversation, ticketId },
    {
      id: `${ticketId}/opened`,
      author: 'system',
      parts: [{ kind: 'status', text: `Your request ${number} is open. The answer arrives here; you need not wait.` }],
    },
  );
}

/** A member of staff answered in the ticket: the same words with the same id. */
export async function onTicketReplied(
  event: PlinthEvent<Events['ticket.replied']>,
  ctx: ReactionContext,
): Promise<void> {
  const { entryId, author, text, conversationId } = event.data;
  const conversation = conversationId === undefined ? undefined : await findConversation(ctx.db, conversationId);
  if (conversation === undefined || conversation.control === 'ended') return;
  const row =
    conversation.control === 'waiting'
      ? await changeControl(ctx, conversation, 'staff', { staffName: author })
      : conversation;
  await appendMessage(ctx, row, { id: entryId, author: 'staff', name: author, parts: [{ kind: 'text', text }] });
}

/** The matter is solved: the assistant has the word again. */
export async function onTicketResolved(
  event: PlinthEvent<Events['ticket.resolved']>,
  ctx: ReactionContext,
): Promise<void> {
  const { number, conversationId } = event.data;
  const conversation = conversationId === undefined ? undefined : await findConversation(ctx.db, conversationId);
  if (conversation === undefined || conversation.control === 'ended' || conversation.control === 'assistant') return;
  const row = await changeControl(ctx, conversation, 'assistant', { staffName: null });
  await appendMessage(ctx, row, {
    author: 'system',
    parts: [
      {
        kind: 'status',
        text: `Request ${number} is solved. You are talking to the assistant, which is software, again.`,
      },
    ],
  });
}
