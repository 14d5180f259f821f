// One turn: an input moves the state and yields parts and effects. Pure and synchronous. Order of reading: a button, the
// answer to a read-back, an act (yes, no, never mind, a person), a correction, the answer to a question, a new wish.

import { withoutFillers } from './capture.ts';
import { answerTo, extractAll } from './extract.ts';
import { advance, ask, askAgain, drop, namedSlot, openFrame, useEntity, voidPending } from './frame.ts';
import { type Act, actOf, ordinalOf, pointsBack } from './lexicon.ts';
import type { Skill, SkillModel, Slot } from './model.ts';
import { bandOf, rank, type Ranked } from './rank.ts';
import type { Part } from './reply.ts';
import {
  begin,
  end,
  helpChoice,
  offerChoices,
  personChoice,
  type Run,
  skillOf,
  slotAt,
  tell,
  today,
  topFrame,
} from './run.ts';
import type { DialogueState, Environment, FilledSlot, Frame, TurnInput, TurnResult } from './state.ts';
import { normalize } from './text.ts';

/** First words. They say that software is speaking. */
export function opening(model: SkillModel, name: string): Part[] {
  const list = suggestions(model);
  return [
    {
      kind: 'text',
      text: `Hello, I am the ${name} assistant. I am software, not a person. Tell me what you need; you can talk to a person at any time.`,
    },
    { kind: 'choices', choices: [...list, personChoice] },
  ];
}

/** The customer's next message. */
export function turn(model: SkillModel, state: DialogueState, input: TurnInput, env: Environment): TurnResult {
  const run = begin(model, state, env);
  const offered = run.state.offered;
  delete run.state.offered;
  // Work that was cut off before its outcome was stored is over: nothing waits for it any more.
  run.state.frames = run.state.frames.filter(({ status }) => status === 'filling' || status === 'readback');
  if (input.confirmation !== undefined) answerButton(run, input.confirmation);
  else if (input.choice !== undefined) pressed(run, input.choice);
  else if (input.values !== undefined) formValues(run, input.values);
  else said(run, input.text ?? '', offered);
  return end(run);
}

/** What the input says, for the transcript. */
export function inputText(state: DialogueState, input: TurnInput): string {
  if (input.text !== undefined) return input.text;
  if (input.confirmation !== undefined) return input.confirmation.accept ? 'Yes' : 'No';
  if (input.choice !== undefined) return state.choices.find(({ value }) => value === input.choice)?.label ?? 'Chosen';
  return (
    Object.values(input.values ?? {})
      .map(String)
      .join(', ')
      .slice(0, 2000) || 'Filled in'
  );
}

function answerButton(run: Run, { id, accept }: { id: string; accept: boolean }): void {
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

function confirm(run: Run, frame: Frame): void {
  const { pending } = frame;
  if (pending === undefined) return;
  frame.status = 'calling';
  run.effects.push({ kind: 'confirm', operation: frame.skill, ...pending });
}

function decline(run: Run, frame: Frame): void {
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

function pressed(run: Run, choice: string): void {
  const frame = topFrame(run);
  const [kind = '', rest = ''] = split(choice, ':');
  if (kind === 'act' && rest === 'none') notUnderstood(run);
  else if (kind === 'act') act(run, rest as Act, undefined);
  else if (kind === 'skill') start(run, run.model.byOperation.get(rest), '');
  else if (kind === 'see') seeOther(run, rest);
  else if (kind === 'member' && frame !== undefined) askFor(run, frame, rest);
  else if (kind === 'slot' && frame !== undefined) pressedValue(run, frame, rest);
  else tell(run, 'That button is no longer open. What do you need?');
}

/** `getOrder?orderId=…` of another thing that was offered. */
function seeOther(run: Run, rest: string): void {
  const [operation = '', value = ''] = split(rest, '?');
  const [path = '', id = ''] = split(value, '=');
  const skill = run.model.byOperation.get(operation);
  const slot = skill === undefined ? undefined : slotAt(skill, path);
  if (skill === undefined || slot === undefined || skill.writes) {
    tell(run, 'That button is no longer open. What do you need?');
    return;
  }
  const frame = openFrame(run, skill, '');
  useEntity(frame, slot, { resource: slot.from?.resource ?? '', id, label: id, facts: [] });
  advance(run, frame);
}

function askFor(run: Run, frame: Frame, path: string): void {
  const skill = skillOf(run, frame);
  const slot = skill === undefined ? undefined : slotAt(skill, path);
  if (slot === undefined) tell(run, 'That button is no longer open. What do you need?');
  else ask(run, frame, slot);
}

function pressedValue(run: Run, frame: Frame, rest: string): void {
  const [path = '', raw = ''] = split(rest, '=');
  const skill = skillOf(run, frame);
  const slot = skill === undefined ? undefined : slotAt(skill, path);
  if (slot === undefined) {
    tell(run, 'That button is no longer open. What do you need?');
    return;
  }
  voidPending(run, frame);
  const candidate = frame.candidates?.find(({ id }) => String(id) === raw);
  const named = slot.values.find(({ value }) => String(value) === raw);
  if (candidate !== undefined) useEntity(frame, slot, candidate);
  else if (named !== undefined) frame.slots[path] = { value: named.value as FilledSlot['value'], label: named.label };
  else if (slot.kind === 'boolean') frame.slots[path] = { value: raw === 'true', label: raw === 'true' ? 'Yes' : 'No' };
  else {
    askAgain(run, frame);
    return;
  }
  advance(run, frame);
}

function formValues(run: Run, values: Readonly<Record<string, unknown>>): void {
  const frame = topFrame(run);
  const skill = frame === undefined ? undefined : skillOf(run, frame);
  if (frame === undefined || skill === undefined) {
    tell(run, 'That form is no longer open. What do you need?');
    return;
  }
  voidPending(run, frame);
  for (const [name, value] of Object.entries(values).slice(0, 50)) {
    const slot = slotAt(skill, name) ?? slotAt(skill, `body.${name}`);
    if (slot !== undefined)
      frame.slots[slot.path] = { value: value as FilledSlot['value'], label: String(value).slice(0, 200) };
  }
  advance(run, frame);
}

function said(run: Run, message: string, offered: DialogueState['offered']): void {
  const frame = topFrame(run);
  const meaning = actOf(message);
  if (frame?.status === 'readback' && frame.pending !== undefined) {
    duringReadBack(run, frame, message, meaning);
    return;
  }
  if (
    frame !== undefined &&
    meaning !== 'human' &&
    meaning !== 'cancel' &&
    meaning !== 'help' &&
    takesAnswer(run, frame, message)
  )
    return;
  if (meaning !== undefined) {
    act(run, meaning, offered);
    return;
  }
  wish(run, message);
}

/** How people begin to correct what was read, or to agree with a condition. */
const correcting =
  /^(yes|yeah|ok|okay|sure|no|not|nope|actually|sorry|wait|rather|make|i mean|i meant|change it|but)\b/;

/** Only the next message may say yes, and only yes: everything else voids what was read. */
function duringReadBack(run: Run, frame: Frame, message: string, meaning: Act | undefined): void {
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
function correct(run: Run, frame: Frame, skill: Skill, message: string): boolean {
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

/** True when the message answered the question of this frame, or was taken as an answer to ask again. */
function takesAnswer(run: Run, frame: Frame, message: string): boolean {
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
  if (slot.from !== undefined) return takesCandidate(run, frame, skill, slot, message);
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

function takesCandidate(run: Run, frame: Frame, skill: Skill, slot: Slot, message: string): boolean {
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
function leaves(run: Run, frame: Frame, skill: Skill, message: string): boolean {
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

function clearlyOther(run: Run, skill: Skill, message: string, least: number): boolean {
  const ranked = rankFor(run, message);
  const [best] = ranked;
  return best !== undefined && best.skill !== skill && best.score >= least && bandOf(ranked).band === 'act';
}

/** Acts mean the same whatever is under way. */
function act(run: Run, meaning: Act, offered: DialogueState['offered']): void {
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

function wish(run: Run, message: string): void {
  const ranked = rankFor(run, message);
  const { band, choices } = bandOf(ranked);
  const [first] = choices;
  if (band === 'act' && first !== undefined) {
    start(run, first.skill, message);
    return;
  }
  if (band === 'clarify' && first !== undefined) {
    run.state.failed = 0;
    tell(run, choices.length === 1 ? 'Do you mean this?' : 'Which of these do you mean?');
    offerChoices(run, [
      ...choices.map(({ skill }) => ({ label: skill.title, value: `skill:${skill.operation}` })),
      { label: 'None of these', value: 'act:none' },
    ]);
    return;
  }
  notUnderstood(run);
}

/** Says so and offers a person; a bare yes is enough then. */
function notUnderstood(run: Run): void {
  run.state.failed++;
  run.state.offered = 'handover';
  if (run.state.failed === 1)
    tell(run, 'I cannot help with that by myself. Shall I pass it on to a person, or do you want to try other words?');
  else tell(run, 'I still do not understand, and I do not want to guess. A person can help. Shall I pass this on?');
  offerChoices(run, [personChoice, helpChoice]);
}

/** Likeness, and for "it" what was shown last: a skill for that kind of thing is meant. */
function rankFor(run: Run, message: string): Ranked[] {
  const ranked = rank(run.model, message);
  const last = run.state.shown[0];
  if (last === undefined || !pointsBack(message)) return ranked;
  return ranked
    .map(({ skill, score }) => ({
      skill,
      score:
        skill.resource === last.resource && skill.slots.some(({ from }) => from?.resource === last.resource)
          ? Math.min(1, score + 0.12)
          : score,
    }))
    .toSorted((a, b) => b.score - a.score);
}

function start(run: Run, skill: Skill | undefined, message: string): void {
  if (skill === undefined) {
    tell(run, 'That is not offered any more. What do you need?');
    return;
  }
  for (const frame of run.state.frames) voidPending(run, frame);
  // Only a question that is still open comes back after this.
  run.state.frames = run.state.frames.filter(({ asking }) => asking !== undefined);
  advance(run, openFrame(run, skill, message));
}

/** At most four things a customer may want, one of each capability. */
function suggestions(model: SkillModel): { label: string; value: string }[] {
  const seen = new Set<string>();
  return model.skills
    .filter(
      ({ mode, operation }) =>
        mode === 'usable' && !seen.has(operation.split('.')[0] ?? '') && seen.add(operation.split('.')[0] ?? ''),
    )
    .slice(0, 4)
    .map((skill) => ({ label: skill.title, value: `skill:${skill.operation}` }));
}

/** The part before the first mark and the rest. */
function split(text: string, mark: string): [string, string] {
  const at = text.indexOf(mark);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}
