import { reply, type WriteHandler } from '@plinth/runtime';
import { deliver, toMessage } from '../message.ts';

export const sendMessage: WriteHandler<'notifications.sendMessage'> = async (input, ctx) => {
  const { customerId, title, text, kind = 'service', link, email, emailAddress, dedupeKey } = input.body;
  const message = await deliver(ctx, {
    customerId,
    title,
    text,
    kind,
    link,
    emailAddress: email ? emailAddress : undefined,
    dedupeKey,
  });
  return reply(201, toMessage(message));
};
