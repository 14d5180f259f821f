// While a read-back is open: a plain yes confirms exactly it, a no ends it, and everything else voids it.

import { act } from './acts.ts';
import { extractAll } from './extract.ts';
import { advance, ask, decline, drop, namedSlot, voidPending } from './frame.ts';
import type { Act } from './lexicon.ts';
import type { Skill } from './model.ts';
import { bandOf } from './rank.ts';
import { offerChoices, personChoice, type Run, skillOf, tell, today, topFrame } from './run.ts';
import type { Frame } from './state.ts';
import { normalize } from './text.ts';
import { rankFor, start } from './wish.ts';

/** How people begin to correct what was read, or to agree with a condition. */
const correcting =
  /^(yes|yeah|ok|okay|sure|no|not|nope|actually|sorry|wait|rather|make|i mean|i meant|change it|but)\b/;

export function answerButton(run: Run, { id, accept }: { id: string; accept: boolean }): void {
  const frame = topFrame(run);
  if (frame?.pending?.confirmationId === id) {
    if (accept) confirm(run, frame);
    else decline(run, frame);
  } else if (run.state.used?.confirmationId === id) {
    tell(
      run,
      accept
        ? `That is done already. ${run.state.used.text}`
        : 'That is done already; it cannot be taken back by saying no.',
    );
  } else {
    tell(run, 'That question is no longer open. Nothing was done.');
  }
}

export function confirm(run: Run, frame: Frame): void {
  const { pending } = frame;
  if (pending === undefined) return;
  frame.status = 'calling';
  run.effects.push({ kind: 'confirm', operation: frame.skill, ...pending });
}

/** Only the next message may say yes, and only yes: everything else voids what was read. */
export function duringReadBack(run: Run, frame: Frame, message: string, meaning: Act | undefined): void {
  if (meaning === 'affirm') {
    confirm(run, frame);
    return;
  }
  if (meaning === 'deny' || meaning === 'cancel') {
    decline(run, frame);
    return;
  }
  voidPending(run, frame);
  if (meaning === 'human') {
    act(run, 'human', undefined);
    return;
  }
  const skill = skillOf(run, frame);
  const isCorrection = correcting.test(normalize(message));
  const ranked = rankFor(run, message);
  const [best] = ranked;
  const isOther = best !== undefined && best.skill.operation !== frame.skill && bandOf(ranked).band === 'act';
  if (isOther && !isCorrection) {
    drop(run);
    tell(run, `I have not done this: ${skill?.title ?? 'the last task'}.`);
    start(run, best.skill, message);
    return;
  }
  if (skill !== undefined && correct(run, frame, skill, message)) return;
  frame.retries++;
  if (frame.retries >= 3) {
    drop(run);
    run.state.offered = 'handover';
    tell(run, 'Nothing was done. Shall a person take over?');
    offerChoices(run, [personChoice]);
    return;
  }
  tell(run, 'I have not done anything yet. Please answer yes or no to exactly this:');
  advance(run, frame);
}

/** "no, the 14th", "make it three": changes what it types to and reads back anew. */
export function correct(run: Run, frame: Frame, skill: Skill, message: string): boolean {
  const found = [...extractAll(skill, message, today(run))].filter(
    ([path, { value }]) => JSON.stringify(frame.slots[path]?.value) !== JSON.stringify(value),
  );
  const [first] = found;
  if (first === undefined) {
    const named = namedSlot(
      skill.slots.filter(({ fill }) => fill === undefined),
      message,
    );
    const thing = skill.slots.find(({ from }) => from !== undefined);
    const isDenied = /^(no|not|nope|actually|sorry|rather|i mean|i meant)\b/.test(normalize(message));
    const slot = named ?? (isDenied ? thing : undefined);
    if (slot === undefined) return false;
    delete frame.slots[slot.path];
    if (slot.from === undefined) ask(run, frame, slot);
    else {
      frame.said = message.replace(/^\s*(no|not|nope|actually|sorry|rather|i mean|i meant)\b[\s,.:;-]*/i, '');
      frame.lookAgain = true;
      delete frame.captured[slot.path];
      advance(run, frame);
    }
    return true;
  }
  for (const [path, value] of found) frame.slots[path] = value;
  advance(run, frame);
  return true;
}
