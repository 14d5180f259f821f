// Acts mean the same whatever is under way: a person, yes, no, never mind, help, hello.

import { decline, voidPending } from './frame.ts';
import type { Act } from './lexicon.ts';
import { offerChoices, personChoice, type Run, tell, topFrame } from './run.ts';
import type { DialogueState } from './state.ts';
import { suggestions, wish } from './wish.ts';

/** Acts mean the same whatever is under way. */
export function act(run: Run, meaning: Act, offered: DialogueState['offered']): void {
  const frame = topFrame(run);
  switch (meaning) {
    case 'human':
      handOver(run, 'customerAsked');
      return;
    case 'affirm':
      if (offered === 'handover') handOver(run, 'notUnderstood');
      else tell(run, 'There is nothing to confirm just now. What do you need?');
      return;
    case 'deny':
    case 'cancel':
      if (frame !== undefined) decline(run, frame);
      else tell(run, 'All right. Is there anything else?');
      return;
    case 'help':
      if (frame !== undefined) voidPending(run, frame);
      tell(run, 'I can do these things for you, among others. Say it in your own words.');
      offerChoices(run, [...suggestions(run.model), personChoice]);
      return;
    case 'greet':
      tell(run, 'Hello. What can I do for you?');
      offerChoices(run, suggestions(run.model));
      return;
    case 'thanks':
      tell(run, 'You are welcome.');
      return;
    case 'bye':
      tell(run, 'Goodbye. Everything we said stays here.');
      return;
    default:
      wish(run, String(meaning));
  }
}

export function handOver(run: Run, reason: string): void {
  for (const frame of run.state.frames) voidPending(run, frame);
  run.state.frames = [];
  run.state.failed = 0;
  run.parts.push({
    kind: 'handover',
    text: 'A person will take over here. They see everything we wrote, so you need not repeat it.',
  });
  run.effects.push({ kind: 'handover', reason });
}
