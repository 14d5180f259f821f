import { problem, type ReadHandler, reply } from '@plinth/runtime';
import { detailOf, findConversation } from '../conversation.ts';

export const getConversation: ReadHandler<'assistant.getConversation'> = async (input, ctx) => {
  const row = await findConversation(ctx.db, input.conversationId);
  return row === undefined ? problem('not-found') : reply(200, await detailOf(ctx.db, row));
};
