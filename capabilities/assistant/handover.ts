// Passing on to a person: one transaction changes who has the word and tells everything a person needs to go on.

import { plainText } from '@plinth/conversation';
import { toWireId, type WriteContext } from '@plinth/runtime';
import { changeControl, messagesOf } from './conversation.ts';
import type { ConversationRow, MessageRow } from './tables.ts';

const longestSubject = 120;
const longestLine = 2000;

export async function handOver(
  ctx: WriteContext,
  conversation: ConversationRow,
  reason: string,
): Promise<ConversationRow> {
  const messages = await messagesOf(ctx.db, conversation.id);
  const row = await changeControl(ctx, conversation, 'waiting', { staffName: null });
  const conversationId = toWireId('cnv', row.id);
  ctx.emit('handover.requested', {
    subject: conversationId,
    customerId: row.customerId,
    data: {
      conversationId,
      reason,
      subject: subjectOf(messages),
      transcript: messages.map(line).filter(({ text }) => text !== ''),
    },
  });
  return row;
}

function line(message: MessageRow): { author: string; text: string; at: string } {
  return { author: message.author, text: plainText(message.parts).slice(0, longestLine), at: message.at.toString() };
}

/** What the customer last wanted; asking for a person is no matter. */
function subjectOf(messages: readonly MessageRow[]): string {
  const said = messages.filter(({ author }) => author === 'customer').map(({ parts }) => plainText(parts));
  const matter = said.findLast(
    (text) => text.split(' ').length > 1 && !/\b(person|human|agent|someone|somebody)\b/i.test(text),
  );
  return (matter ?? 'Wants to talk to a person').slice(0, longestSubject);
}
