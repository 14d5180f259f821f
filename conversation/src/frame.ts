// One skill being filled: fill silently, look up, ask, read back, call. `advance` does the next of these.

import { captured } from './capture.ts';
import { answerTo, extractAll } from './extract.ts';
import { numberOf, pointsBack } from './lexicon.ts';
import type { Skill, Slot } from './model.ts';
import type { Choice } from './reply.ts';
import { inputOf, offerChoices, personChoice, type Run, skillOf, slotAt, tell, today } from './run.ts';
import type { Entity, FilledSlot, Frame } from './state.ts';

const mostFrames = 5;
const mostRetries = 3;

/** Puts a skill on top, with all values the words already hold. */
export function openFrame(run: Run, skill: Skill, said: string): Frame {
  const frame: Frame = {
    skill: skill.operation,
    slots: {},
    status: 'filling',
    said,
    captured: Object.fromEntries(captured(skill, said).values),
    retries: 0,
  };
  for (const [path, found] of extractAll(skill, said, today(run))) frame.slots[path] = found;
  for (const slot of skill.slots) {
    const words = frame.captured[slot.path];
    if (words === undefined || slot.from !== undefined || frame.slots[slot.path] !== undefined) continue;
    const found = answerTo(slot, words, today(run));
    if (found !== undefined) frame.slots[slot.path] = found;
  }
  run.state.frames = [...run.state.frames, frame].slice(-mostFrames);
  run.state.failed = 0;
  return frame;
}

/** The next thing this frame needs. */
export function advance(run: Run, frame: Frame): void {
  const skill = skillOf(run, frame);
  if (skill === undefined) {
    drop(run);
    tell(run, 'That is not offered any more.');
    return;
  }
  if (!skill.callable) {
    drop(run);
    tell(run, `${skill.title}: that is yours alone to do. Here is the form.`);
    run.parts.push({ kind: 'link', href: (run.env.formHref ?? formHref)(skill.operation), label: skill.title });
    return;
  }
  frame.status = 'filling';
  delete frame.asking;
  for (const slot of skill.slots) {
    if (frame.slots[slot.path] !== undefined) continue;
    if (slot.fill !== undefined) {
      frame.slots[slot.path] = {
        value: slot.fill as FilledSlot['value'],
        label: typeof slot.fill === 'string' ? slot.fill : JSON.stringify(slot.fill),
        silent: true,
      };
      continue;
    }
    if (!slot.required) continue;
    if (slot.from !== undefined) lookUp(run, frame, skill, slot);
    else ask(run, frame, slot);
    if (frame.slots[slot.path] === undefined) return;
  }
  if (skill.needsBody && !Object.keys(frame.slots).some((path) => path.startsWith('body.'))) {
    askWhich(run, frame, skill);
    return;
  }
  const input = inputOf(frame);
  frame.status = skill.writes ? 'reading' : 'calling';
  run.effects.push({ kind: skill.writes ? 'readBack' : 'call', operation: skill.operation, input });
}

/** Uses what was shown before when the words point at it; else asks the list operation. */
function lookUp(run: Run, frame: Frame, skill: Skill, slot: Slot): void {
  const { from } = slot;
  if (from === undefined) return;
  const known =
    frame.lookAgain === true ? undefined : run.state.shown.find(({ resource }) => resource === from.resource);
  const names = /\d/.test(frame.said) && numberOf(frame.said) === undefined;
  if (known !== undefined && from.value === 'id' && !names && (pointsBack(frame.said) || skill.writes)) {
    useEntity(frame, slot, known);
    return;
  }
  frame.status = 'looking';
  frame.asking = slot.path;
  const captured = frame.captured[slot.path];
  const search =
    from.search !== undefined && captured !== undefined
      ? { [from.search]: captured.split(' ').map(bare).join(' ') }
      : {};
  run.effects.push({ kind: 'lookup', operation: from.operation, input: { ...from.input, ...search } });
}

/** `kettles` → `kettle`: shops search for parts of names. */
function bare(word: string): string {
  return word.length > 3 ? word.replace(/(?<=[^s])s$/, '') : word;
}

export function useEntity(frame: Frame, slot: Slot, entity: Entity): void {
  frame.slots[slot.path] = { value: entity.id, label: entity.label, facts: entity.facts };
  delete frame.asking;
  delete frame.candidates;
}

/** Asks for one value, with buttons where there are few possible ones. */
export function ask(run: Run, frame: Frame, slot: Slot, problem?: string): void {
  frame.status = 'filling';
  frame.asking = slot.path;
  if (problem !== undefined) tell(run, problem);
  tell(run, slot.ask);
  if (slot.secret) tell(run, 'Please never write passwords or card numbers here.');
  const values: Choice[] = slot.values
    .slice(0, 10)
    .map(({ value, label }) => ({ label, value: slotChoice(slot.path, value) }));
  const yesNo: Choice[] =
    slot.kind === 'boolean'
      ? [
          { label: 'Yes', value: slotChoice(slot.path, true) },
          { label: 'No', value: slotChoice(slot.path, false) },
        ]
      : [];
  const candidates = (frame.candidates ?? []).map(({ label, id }) => ({ label, value: slotChoice(slot.path, id) }));
  offerChoices(run, [...values, ...yesNo, ...candidates, ...(frame.retries >= 2 ? [personChoice] : [])]);
}

/** A change without anything to change: which member is meant? */
function askWhich(run: Run, frame: Frame, skill: Skill): void {
  const open = skill.slots.filter(({ path }) => path.startsWith('body.'));
  const named = namedSlot(open, frame.said);
  if (named !== undefined) {
    ask(run, frame, named);
    return;
  }
  frame.asking = '?';
  tell(run, 'What would you like to change?');
  offerChoices(
    run,
    open.slice(0, 8).map((slot) => ({ label: slot.title, value: `member:${slot.path}` })),
  );
}

/** The one slot whose title stands in the words. */
export function namedSlot(slots: readonly Slot[], said: string): Slot | undefined {
  const plain = plainWords(said);
  const hits = slots.filter((slot) => plain.includes(plainWords(slot.title)));
  return hits.length === 1 ? hits[0] : undefined;
}

function plainWords(text: string): string {
  return ` ${text
    .toLowerCase()
    .replaceAll('-', '')
    .replaceAll(/[^\p{L}\p{N}]+/gu, ' ')
    .trim()} `;
}

export function slotChoice(path: string, value: unknown): string {
  return `slot:${path}=${typeof value === 'string' ? value : JSON.stringify(value)}`.slice(0, 200);
}

/** The answer was no value for the slot that was asked for. */
export function askAgain(run: Run, frame: Frame): void {
  const skill = skillOf(run, frame);
  const slot = skill === undefined ? undefined : slotAt(skill, frame.asking);
  frame.retries++;
  if (frame.retries >= mostRetries) {
    run.state.offered = 'handover';
    tell(run, 'I still do not understand. Shall a person take over?');
    offerChoices(run, [personChoice, { label: 'Never mind', value: 'act:cancel' }]);
    return;
  }
  if (slot === undefined) advance(run, frame);
  else ask(run, frame, slot, 'Sorry, I did not understand that.');
}

/** Takes the top frame away. What was read back for it must be voided by the caller. */
export function drop(run: Run): void {
  run.state.frames.pop();
}

/** Voids what was read back: it can never be confirmed again. */
export function voidPending(run: Run, frame: Frame): void {
  if (frame.pending === undefined) return;
  run.effects.push({ kind: 'void', confirmationId: frame.pending.confirmationId });
  delete frame.pending;
  frame.status = 'filling';
}

function formHref(operation: string): string {
  return `/portal/do/${operation.replace('.', '/')}`;
}

/** Ends the task without doing it, and says so. */
export function decline(run: Run, frame: Frame): void {
  const title = skillOf(run, frame)?.title;
  voidPending(run, frame);
  drop(run);
  tell(
    run,
    title === undefined
      ? 'All right. Nothing was changed.'
      : `All right. Nothing was changed (${title.charAt(0).toLowerCase()}${title.slice(1)}).`,
  );
}
