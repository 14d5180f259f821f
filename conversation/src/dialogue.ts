// One turn: an input moves the state and yields parts and effects. Pure and synchronous. Order of reading: a button, the
// answer to a read-back, an act (yes, no, never mind, a person), the answer to a question, a new wish.

import { act } from './acts.ts';
import { takesAnswer } from './answers.ts';
import { advance, ask, askAgain, openFrame, useEntity, voidPending } from './frame.ts';
import { type Act, actOf } from './lexicon.ts';
import type { SkillModel } from './model.ts';
import { answerButton, duringReadBack } from './read-back.ts';
import type { Part } from './reply.ts';
import { begin, end, personChoice, type Run, skillOf, slotAt, tell, topFrame } from './run.ts';
import type { DialogueState, Environment, FilledSlot, Frame, TurnInput, TurnResult } from './state.ts';
import { notUnderstood, start, suggestions, wish } from './wish.ts';

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

function pressed(run: Run, choice: string): void {
  const frame = topFrame(run);
  const [kind, rest] = split(choice, ':');
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
  const [operation, value] = split(rest, '?');
  const [path, id] = split(value, '=');
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
  const [path, raw] = split(rest, '=');
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

/** The part before the first mark and the rest. */
function split(text: string, mark: string): [string, string] {
  const at = text.indexOf(mark);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}
