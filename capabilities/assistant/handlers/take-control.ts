import { problem, reply, type WriteHandler } from '@plinth/runtime';
import { appendMessage, changeControl, detailOf, findConversation } from '../conversation.ts';

/** From here on the assistant is silent, also with an answer it was just working out. */
export const takeControl: WriteHandler<'assistant.takeControl'> = async (input, ctx) => {
  const conversation = await findConversation(ctx.db, input.conversationId);
  if (conversation === undefined) return problem('not-found');
  if (conversation.control === 'ended') return problem('assistant.ended');
  const staffName = ctx.principal.name ?? 'A member of staff';
  const row = await changeControl(ctx, conversation, 'staff', { staffName });
  await appendMessage(ctx, row, {
    author: 'system',
    parts: [{ kind: 'status', text: `${staffName}, a person, has joined the conversation.` }],
  });
  return reply(201, await detailOf(ctx.db, row));
};
