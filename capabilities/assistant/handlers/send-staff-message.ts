import { problem, reply, type WriteHandler } from '@plinth/runtime';
import { appendMessage, changeControl, findConversation, toMessage } from '../conversation.ts';

/** A person's words. Writing takes the word from the assistant; services pass on what was written elsewhere. */
export const sendStaffMessage: WriteHandler<'assistant.sendStaffMessage'> = async (input, ctx) => {
  const conversation = await findConversation(ctx.db, input.conversationId);
  if (conversation === undefined) return problem('not-found');
  if (conversation.control === 'ended') return problem('assistant.ended');
  const isService = ctx.principal.audience === 'service';
  const name = (isService ? input.body.author : ctx.principal.name) ?? 'A member of staff';
  const row =
    conversation.control === 'staff'
      ? conversation
      : await changeControl(ctx, conversation, 'staff', { staffName: name });
  const message = await appendMessage(ctx, row, {
    author: 'staff',
    name,
    parts: [{ kind: 'text', text: input.body.text }],
    ...(isService && input.body.id !== undefined ? { id: input.body.id } : {}),
  });
  return reply(201, toMessage(message));
};
