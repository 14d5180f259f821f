// A message while a question is open: its answer, another wish, or something to ask again about.

import { withoutFillers } from './capture.ts';
import { answerTo, extractAll } from './extract.ts';
import { advance, ask, askAgain, drop, namedSlot, useEntity } from './frame.ts';
import { actOf, ordinalOf } from './lexicon.ts';
import type { Skill, Slot } from './model.ts';
import { type Run, skillOf, slotAt, tell, today } from './run.ts';
import type { Frame } from './state.ts';
import { normalize } from './text.ts';
import { clearlyOther, rankFor, start } from './wish.ts';

/** True when the message answered the question of this frame, or was taken as an answer to ask again. */
export function takesAnswer(run: Run, frame: Frame, message: string): boolean {
  const skill = skillOf(run, frame);
  if (skill === undefined || frame.asking === undefined || frame.status !== 'filling') return false;
  if (frame.asking === '?') {
    const named = namedSlot(
      skill.slots.filter(({ path }) => path.startsWith('body.')),
      message,
    );
    if (named === undefined) return leaves(run, frame, skill, message);
    ask(run, frame, named);
    return true;
  }
  const slot = slotAt(skill, frame.asking);
  if (slot === undefined) return false;
  if (slot.from !== undefined) return takesCandidate(run, frame, slot, message);
  const isFree = slot.kind === 'text';
  if (isFree && (actOf(message) === 'deny' || clearlyOther(run, skill, message, 0.93)))
    return leaves(run, frame, skill, message);
  const found = answerTo(slot, message, today(run));
  if (found === undefined) return leaves(run, frame, skill, message);
  if (!isFree && slot.kind === 'pattern' && clearlyOther(run, skill, message, 0.7))
    return leaves(run, frame, skill, message);
  frame.slots[slot.path] = found;
  for (const [path, value] of extractAll(skill, message, today(run)))
    if (!isFree && path !== slot.path && frame.slots[path] === undefined) frame.slots[path] = value;
  advance(run, frame);
  return true;
}

export function takesCandidate(run: Run, frame: Frame, slot: Slot, message: string): boolean {
  const skill = skillOf(run, frame);
  if (skill === undefined) return false;
  const list = frame.candidates ?? [];
  const plain = normalize(message);
  const compact = plain.replaceAll(/[^\p{L}\p{N}]/gu, '');
  const ordinal = ordinalOf(message);
  const byName = list.filter(({ label }) => {
    const name = normalize(label);
    return compact.includes(name.replaceAll(/[^\p{L}\p{N}]/gu, '')) || (plain.length >= 3 && name.includes(plain));
  });
  const hit =
    byName.length === 1
      ? byName[0]
      : ordinal === 'newest'
        ? list[0]
        : ordinal === undefined
          ? undefined
          : list[ordinal];
  if (hit !== undefined) {
    useEntity(frame, slot, hit);
    advance(run, frame);
    return true;
  }
  if (
    (list.length === 0 || slot.from?.search !== undefined) &&
    actOf(message) === undefined &&
    !clearlyOther(run, skill, message, 0.6)
  ) {
    // Nothing was found for the words before: look again with these.
    frame.said = message;
    frame.captured[slot.path] = withoutFillers(normalize(message).slice(0, 200));
    advance(run, frame);
    return true;
  }
  return leaves(run, frame, skill, message);
}

/** A new wish leaves the task; anything else is asked again. */
export function leaves(run: Run, frame: Frame, skill: Skill, message: string): boolean {
  if (clearlyOther(run, skill, message, 0)) {
    const [best] = rankFor(run, message);
    if (best === undefined) return false;
    if (best.skill.writes || !skill.writes) {
      drop(run);
      if (skill.writes) tell(run, `I have left this undone: ${skill.title}.`);
    }
    start(run, best.skill, message);
    return true;
  }
  if (actOf(message) !== undefined) return false;
  askAgain(run, frame);
  return true;
}
