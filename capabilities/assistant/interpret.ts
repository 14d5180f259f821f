// Runs the effects a turn asks for through the edge, as software acting for the customer: audience `agent`, so that every
// write meets the edge's confirmation. What the dialogue believes does not matter there; nor does it say yes for anybody:
// a confirmation counts when this very message of the customer is a yes to what was asked before it.

import {
  actOf,
  type Effect,
  type Environment,
  type Part,
  resume,
  type SkillModel,
  turn,
  type DialogueState,
  type Outcome,
  type TurnInput,
  type TurnResult,
} from '@plinth/conversation';
import type { OpenContext, Principal } from '@plinth/runtime';
import type { AssistantAnswer, AssistantPorts, Dialogue } from './ports.ts';

/** Effects of one turn; a dialogue that wants more ends with an apology. */
const mostEffects = 8;
const ours: Dialogue = { turn, resume };

export interface Worked {
  state: DialogueState;
  parts: Part[];
  /** Id of the confirmation that the customer is asked for now. */
  asked?: string;
  /** Why a person is wanted. */
  handover?: string;
  /** Operation that ended well. */
  finished?: string;
}

/** One whole turn: dialogue, effects, dialogue, until nothing is left to do. */
export async function work(
  model: SkillModel,
  before: { state: DialogueState; asked: string | undefined; input: TurnInput },
  ctx: OpenContext,
  ports: AssistantPorts,
): Promise<Worked> {
  const { state, input } = before;
  const env: Environment = {
    now: ctx.clock.now().toString(),
    ...(ports.formHref === undefined ? {} : { formHref: ports.formHref }),
  };
  const dialogue = ports.dialogue ?? ours;
  let result: TurnResult = dialogue.turn(model, state, input, env);
  const worked: Worked = { state: result.state, parts: [...result.parts] };
  for (let count = 0; count < mostEffects; count++) {
    const { outcome, handover } = await runAll(result.effects, { isYes: (id) => isYes(before, id), ctx, ports });
    if (outcome?.kind === 'readBack') worked.asked = outcome.confirmationId;
    if (handover !== undefined) worked.handover = handover;
    if (outcome === undefined) return worked;
    result = dialogue.resume(model, result.state, outcome, env);
    worked.state = result.state;
    worked.parts.push(...result.parts);
    if (result.finished !== undefined) worked.finished = result.finished;
  }
  if (result.effects.length > 0)
    worked.parts.push({ kind: 'text', text: 'That needs more steps than I may take at once. Please try again.' });
  return worked;
}

/** By its own button; or in plain words, which mean what was asked last. */
function isYes({ input, asked }: { input: TurnInput; asked: string | undefined }, id: string): boolean {
  const { confirmation, text } = input;
  if (confirmation !== undefined) return confirmation.accept && confirmation.id === id;
  return id === asked && text !== undefined && actOf(text) === 'affirm';
}

async function runAll(
  effects: readonly Effect[],
  { isYes: isConfirmed, ctx, ports }: { isYes: (id: string) => boolean; ctx: OpenContext; ports: AssistantPorts },
): Promise<{ outcome?: Outcome; handover?: string }> {
  const done: { outcome?: Outcome; handover?: string } = {};
  const customerId = ctx.principal.customerId ?? '';
  for (const effect of effects) {
    switch (effect.kind) {
      case 'void':
        await ports.void(effect.confirmationId, customerId);
        break;
      case 'handover':
        done.handover = effect.reason;
        break;
      case 'lookup':
      case 'call':
        done.outcome = answered(await invoke(effect, ctx, ports));
        break;
      case 'readBack':
        done.outcome = await readBack(effect, ctx, ports);
        break;
      case 'confirm':
        done.outcome =
          isConfirmed(effect.confirmationId) && (await ports.confirm(effect.confirmationId, customerId))
            ? answered(
                await invoke(effect, ctx, ports, { idempotencyKey: effect.key, confirmation: effect.confirmationId }),
              )
            : { kind: 'expired' };
        break;
      default:
        effect satisfies never;
    }
  }
  return done;
}

/** Called without a confirmation, the edge answers 428 with a record that is bound to exactly this call and key. */
async function readBack(
  effect: { operation: string; input: object },
  ctx: OpenContext,
  ports: AssistantPorts,
): Promise<Outcome> {
  const key = ctx.ids.uuid();
  const answer = await invoke(effect, ctx, ports, { idempotencyKey: key });
  const record = (answer.body as { confirmation?: { id?: unknown; readback?: unknown } } | undefined)?.confirmation;
  if (answer.status !== 428 || typeof record?.id !== 'string') return answered(answer);
  return {
    kind: 'readBack',
    confirmationId: record.id,
    key,
    text: typeof record.readback === 'string' ? record.readback : '',
  };
}

function answered(answer: AssistantAnswer): Outcome {
  return { kind: 'answered', status: answer.status, body: answer.body };
}

function invoke(
  effect: { operation: string; input: object },
  ctx: OpenContext,
  ports: AssistantPorts,
  extra: { idempotencyKey?: string; confirmation?: string } = {},
): Promise<AssistantAnswer> {
  return ports.invoke({
    operation: effect.operation,
    principal: delegated(ctx.principal),
    input: structuredClone(effect.input) as Record<string, unknown>,
    channel: 'chat',
    trace: ctx.trace,
    ...extra,
  });
}

/** The assistant in the customer's place: it may do what the customer may, and only as software. */
function delegated(principal: Principal): Principal {
  return { ...principal, audience: 'agent', actor: ['assistant'], scopes: new Set(['*']), channel: 'chat' };
}

/** One suggestion after a task ended well; no idea and no answer are the same. */
export async function closingOffer(
  finished: string,
  ctx: OpenContext,
  ports: AssistantPorts,
): Promise<Part | undefined> {
  try {
    const { status, body } = await ports.invoke({
      operation: 'personalization.decideNextBestAction',
      principal: ctx.principal,
      input: { body: { slots: ['chat.closing'], context: { task: finished } } },
      idempotencyKey: ctx.ids.uuid(),
      channel: 'chat',
      trace: ctx.trace,
    });
    const decision = body as { id?: string; slots?: { items?: Record<string, never>[] }[] };
    const item = decision.slots?.[0]?.items?.[0];
    return status < 300 && typeof decision.id === 'string' && item !== undefined
      ? { kind: 'offer', decisionId: decision.id, item }
      : undefined;
  } catch {
    return undefined;
  }
}
