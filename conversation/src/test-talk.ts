// A conversation with answers from a table instead of an edge, for tests.

import { turn } from './dialogue.ts';
import type { SkillModel } from './model.ts';
import { type Part, plainText } from './reply.ts';
import { resume } from './resume.ts';
import { type DialogueState, type Effect, newState, type Outcome, type TurnInput } from './state.ts';

export type Answers = Record<string, (input: Record<string, never>) => { status: number; body: unknown }>;

export interface Talk {
  state: DialogueState;
  /** Calls made since the last message. */
  effects: Effect[];
  parts: Part[];
  text: string;
  say(input: string | TurnInput): Talk;
  confirmationId: string | undefined;
}

export function talkTo(model: SkillModel, answers: Answers, now = '2026-11-24T12:00:00Z'): Talk {
  let count = 0;
  const talk: Talk = {
    state: newState(),
    effects: [],
    parts: [],
    text: '',
    confirmationId: undefined,
    say(input) {
      talk.effects = [];
      talk.parts = [];
      let result = turn(model, talk.state, typeof input === 'string' ? { text: input } : input, { now });
      for (let steps = 0; steps < 10; steps++) {
        talk.parts.push(...result.parts);
        talk.effects.push(...result.effects);
        // Between steps everything goes through JSON, as it does in storage.
        talk.state = JSON.parse(JSON.stringify(result.state)) as DialogueState;
        const outcome = outcomeOf(result.effects.at(-1));
        if (outcome === undefined) break;
        result = resume(model, talk.state, outcome, { now });
      }
      const confirm = talk.parts.findLast((part) => part.kind === 'confirm');
      talk.confirmationId = confirm?.kind === 'confirm' ? confirm.confirmationId : undefined;
      talk.text = plainText(talk.parts);
      return talk;
    },
  };
  const outcomeOf = (effect: Effect | undefined): Outcome | undefined => {
    if (effect === undefined || effect.kind === 'void' || effect.kind === 'handover') return undefined;
    if (effect.kind === 'readBack') {
      count++;
      return { kind: 'readBack', confirmationId: `conf-${count}`, key: `key-${count}`, text: '' };
    }
    const answer = answers[effect.operation];
    if (answer === undefined) return { kind: 'answered', status: 404, body: { title: 'Not found' } };
    return { kind: 'answered', ...answer(effect.input as Record<string, never>) };
  };
  return talk;
}
