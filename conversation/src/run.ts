// One step of a conversation being worked out: the state to be stored and what is said and asked for.

import type { JsonObject, JsonValue } from '@plinth/contract';
import type { Skill, SkillModel, Slot } from './model.ts';
import type { Choice, Part } from './reply.ts';
import { bounded, type DialogueState, type Effect, type Environment, type Frame, type TurnResult } from './state.ts';

export interface Run {
  readonly model: SkillModel;
  readonly state: DialogueState;
  readonly env: Environment;
  readonly parts: Part[];
  readonly effects: Effect[];
  finished?: string;
}

export function begin(model: SkillModel, state: DialogueState, env: Environment): Run {
  return { model, state: structuredClone(state), env, parts: [], effects: [] };
}

export function end(run: Run): TurnResult {
  const { state, effects, parts, finished } = run;
  const shown = parts.findLast((part) => part.kind === 'choices');
  if (parts.length > 0) state.choices = shown?.kind === 'choices' ? shown.choices : [];
  return { state: bounded(state), effects, parts, ...(finished === undefined ? {} : { finished }) };
}

export function tell(run: Run, text: string): void {
  run.parts.push({ kind: 'text', text });
}

export function offerChoices(run: Run, list: readonly Choice[]): void {
  if (list.length > 0)
    run.parts.push({
      kind: 'choices',
      choices: list.slice(0, 12).map(({ label, value }) => ({ label: label.slice(0, 80), value })),
    });
}

export const personChoice: Choice = { label: 'Talk to a person', value: 'act:human' };
export const helpChoice: Choice = { label: 'What can you do?', value: 'act:help' };

export function today(run: Run): string {
  return run.env.now.slice(0, 10);
}

export function topFrame(run: Run): Frame | undefined {
  return run.state.frames.at(-1);
}

export function skillOf(run: Run, frame: Frame): Skill | undefined {
  return run.model.byOperation.get(frame.skill);
}

export function slotAt(skill: Skill, path: string | undefined): Slot | undefined {
  return skill.slots.find((slot) => slot.path === path);
}

/** Input of the call: parameters by name, the body as `body`. */
export function inputOf(frame: Frame): JsonObject {
  const input: JsonObject = {};
  for (const [path, { value }] of Object.entries(frame.slots)) setAt(input, path.split('.'), value);
  return input;
}

function setAt(target: JsonObject, path: readonly string[], value: JsonValue): void {
  let current: JsonObject | JsonValue[] = target;
  for (const [index, name] of path.entries()) {
    if (index === path.length - 1) {
      (current as JsonObject)[name] = value;
      return;
    }
    const known: JsonValue | undefined = (current as JsonObject)[name];
    const next: JsonObject | JsonValue[] =
      typeof known === 'object' && known !== null ? known : /^\d+$/.test(path[index + 1] ?? '') ? [] : {};
    (current as JsonObject)[name] = next;
    current = next;
  }
}
