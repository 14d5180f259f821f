import { inputText, readState, type SkillModel, type TurnInput } from '@plinth/conversation';
import { type OpenContext, type OpenHandler, problem, reply } from '@plinth/runtime';
import { sql } from 'kysely';
import { appendMessage, findConversation, messagesOf, toMessage } from '../conversation.ts';
import { handOver } from '../handover.ts';
import { inOrder } from '../in-order.ts';
import { closingOffer, work, type Worked } from '../interpret.ts';
import type { AssistantPorts } from '../ports.ts';
import { assistantDb, type ConversationRow, type StoredState } from '../tables.ts';

/** How often a turn is worked out anew because another changed the conversation meanwhile. */
const mostTries = 3;

export function sendTurn(skills: () => SkillModel, ports: AssistantPorts): OpenHandler<'assistant.sendTurn'> {
  const queue = inOrder();
  return (input, ctx) =>
    queue(input.conversationId, async () => {
      const { text, choice, values, confirmation } = input.body;
      const said: TurnInput = { text, choice, values, confirmation };
      const first = await findConversation(ctx.db, input.conversationId);
      if (first === undefined) return problem('not-found');
      if (first.control === 'ended') return problem('assistant.ended');
      const own = await ctx.transaction((tx) =>
        appendMessage(tx, first, {
          author: 'customer',
          name: ctx.principal.name ?? null,
          turnKey: ctx.key,
          parts: [{ kind: 'text', text: inputText(readState(first.state.dialogue), said) }],
        }),
      );
      const control = await answerTurn(first, said, ctx, { skills, ports });
      const messages = (await messagesOf(ctx.db, first.id)).filter(({ sequence }) => sequence >= own.sequence);
      return reply(201, { messages: messages.map(toMessage), control });
    });
}

/** Works the turn out and commits it, if the conversation is still as it was; else works it out again. */
async function answerTurn(
  first: ConversationRow,
  said: TurnInput,
  ctx: OpenContext,
  { skills, ports }: { skills: () => SkillModel; ports: AssistantPorts },
): Promise<ConversationRow['control']> {
  for (let tries = 0, row: ConversationRow | undefined = first; tries < mostTries && row !== undefined; tries++) {
    // While a person has the word the assistant is silent: they read along and answer.
    if (row.control !== 'assistant') return row.control;
    const before = { state: readState(row.state.dialogue), asked: row.state.asked, input: said };
    const worked = await work(skills(), before, ctx, ports);
    const offer =
      worked.finished === undefined || row.state.hasOffer || !isTask(worked, skills())
        ? undefined
        : await closingOffer(worked.finished, ctx, ports);
    if (offer !== undefined) worked.parts.push(offer);
    const committed = await commit(row, worked, offer !== undefined, ctx);
    if (committed !== undefined) return committed.control;
    row = await assistantDb(ctx.db)
      .selectFrom('conversations')
      .selectAll()
      .where('id', '=', first.id)
      .executeTakeFirst();
  }
  return first.control;
}

/** Looking something up is no task that ended; doing something is. */
function isTask(worked: Worked, model: SkillModel): boolean {
  return worked.state.frames.length === 0 && model.byOperation.get(worked.finished ?? '')?.writes === true;
}

/** undefined when somebody else changed the conversation since `row` was read. */
function commit(
  row: ConversationRow,
  worked: Worked,
  isOffering: boolean,
  ctx: OpenContext,
): Promise<ConversationRow | undefined> {
  const state: StoredState = {
    dialogue: worked.state,
    hasOffer: row.state.hasOffer || isOffering,
    ...(worked.asked === undefined ? {} : { asked: worked.asked }),
  };
  return ctx.transaction(async (tx) => {
    const changed = await assistantDb(tx.db)
      .updateTable('conversations')
      .set({ state: JSON.stringify(state) as unknown as StoredState, version: sql<bigint>`version + 1` })
      .where('id', '=', row.id)
      .where('version', '=', row.version)
      .where('control', '=', 'assistant')
      .returningAll()
      .executeTakeFirst();
    if (changed === undefined) return undefined;
    if (worked.parts.length > 0) await appendMessage(tx, changed, { author: 'assistant', parts: worked.parts });
    return worked.handover === undefined ? changed : handOver(tx, changed, worked.handover);
  });
}
