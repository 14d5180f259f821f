import { newState } from '@plinth/conversation';
import { problem, reply, type WriteHandler } from '@plinth/runtime';
import { appendMessage, changeControl, detailOf, findConversation } from '../conversation.ts';
import { assistantDb, type StoredState } from '../tables.ts';

/** The assistant begins anew: nothing that was half said before is still meant. */
export const returnControl: WriteHandler<'assistant.returnControl'> = async (input, ctx) => {
  const conversation = await findConversation(ctx.db, input.conversationId);
  if (conversation === undefined) return problem('not-found');
  if (conversation.control === 'assistant' || conversation.control === 'ended')
    return reply(201, await detailOf(ctx.db, conversation));
  const state: StoredState = { ...conversation.state, dialogue: newState() };
  await assistantDb(ctx.db)
    .updateTable('conversations')
    .set({ state: JSON.stringify(state) as unknown as StoredState })
    .where('id', '=', conversation.id)
    .execute();
  const row = await changeControl(ctx, conversation, 'assistant', { staffName: null });
  await appendMessage(ctx, row, {
    author: 'system',
    parts: [{ kind: 'status', text: 'You are talking to the assistant, which is software, again.' }],
  });
  return reply(201, await detailOf(ctx.db, row));
};
