import { problem, reply, type WriteHandler } from '@plinth/runtime';
import { appendMessage, detailOf, findConversation } from '../conversation.ts';
import { handOver } from '../handover.ts';

/** The button: understood in every state, and asked for twice it is one request. */
export const requestHandover: WriteHandler<'assistant.requestHandover'> = async (input, ctx) => {
  const conversation = await findConversation(ctx.db, input.conversationId);
  if (conversation === undefined) return problem('not-found');
  if (conversation.control === 'ended') return problem('assistant.ended');
  if (conversation.control !== 'assistant') return reply(201, await detailOf(ctx.db, conversation));
  await appendMessage(ctx, conversation, {
    author: 'assistant',
    parts: [{ kind: 'handover', text: 'A person will take over here. They see everything we wrote.' }],
  });
  const row = await handOver(ctx, conversation, 'customerAsked');
  return reply(201, await detailOf(ctx.db, row));
};
