import { newState, opening, plainText, type SkillModel } from '@plinth/conversation';
import { type OpenHandler, problem, reply, toWireId } from '@plinth/runtime';
import { appendMessage, detailOf } from '../conversation.ts';
import { assistantDb, type ConversationRow, type StoredState } from '../tables.ts';

export function startConversation(skills: () => SkillModel, brand: string): OpenHandler<'assistant.startConversation'> {
  return async (input, ctx) => {
    const { customerId } = ctx.principal;
    if (customerId === undefined) return problem('not-yours');
    const parts = opening(skills(), brand);
    const row = await ctx.transaction(async (tx) => {
      const state: StoredState = { dialogue: newState(input.body?.about), hasOffer: false };
      const values: Omit<ConversationRow, 'turnSeq' | 'version'> = {
        id: tx.ids.uuid(),
        customerId,
        startKey: ctx.key,
        control: 'assistant',
        staffName: null,
        ticketId: null,
        channel: ctx.principal.channel,
        startedAt: tx.clock.now(),
        lastText: plainText(parts).slice(0, 200),
        state,
      };
      const inserted = await assistantDb(tx.db)
        .insertInto('conversations')
        .values({ ...values, state: JSON.stringify(state) as unknown as StoredState })
        .onConflict((conflict) => conflict.column('startKey').doNothing())
        .returningAll()
        .executeTakeFirst();
      if (inserted === undefined)
        return assistantDb(tx.db)
          .selectFrom('conversations')
          .selectAll()
          .where('startKey', '=', ctx.key)
          .executeTakeFirstOrThrow();
      const conversationId = toWireId('cnv', inserted.id);
      tx.emit('conversation.started', { subject: conversationId, customerId, data: { conversationId } });
      await appendMessage(tx, inserted, { author: 'assistant', parts });
      return inserted;
    });
    return reply(201, await detailOf(ctx.db, row));
  };
}
