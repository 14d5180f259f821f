// What became of an effect: a lookup chose a thing, a call was read back, a call ended well or with a problem.

import type { JsonObject } from '@plinth/contract';
import { advance, ask, drop, slotChoice, useEntity } from './frame.ts';
import type { Skill, SkillModel, Slot } from './model.ts';
import { pick } from './pick.ts';
import { entityOf, itemsOf, renderAnswer } from './render.ts';
import { type LabelledValue, plainText } from './reply.ts';
import { begin, end, inputOf, offerChoices, personChoice, type Run, skillOf, slotAt, tell, topFrame } from './run.ts';
import { isObject, textOf } from './schema.ts';
import { type DialogueState, type Environment, type Frame, type Outcome, remember, type TurnResult } from './state.ts';

const mostRows = 12;

/** The outcome of the last effect. */
export function resume(model: SkillModel, state: DialogueState, outcome: Outcome, env: Environment): TurnResult {
  const run = begin(model, state, env);
  const frame = topFrame(run);
  const skill = frame === undefined ? undefined : skillOf(run, frame);
  if (frame === undefined || skill === undefined) return end(run);
  if (outcome.kind === 'readBack') readBack(run, frame, skill, outcome);
  else if (outcome.kind === 'expired') expired(run, frame);
  else if (frame.status === 'looking') looked(run, frame, skill, outcome);
  else ended(run, frame, skill, outcome);
  return end(run);
}

/** The record of the edge is bound to this input: yes means exactly this. */
function readBack(run: Run, frame: Frame, skill: Skill, outcome: { confirmationId: string; key: string }): void {
  frame.pending = { input: inputOf(frame), key: outcome.key, confirmationId: outcome.confirmationId };
  frame.status = 'readback';
  run.parts.push({
    kind: 'confirm',
    confirmationId: outcome.confirmationId,
    title: `${skill.title.replace(/\?$/, '')}?`,
    readback: rowsToRead(frame, skill),
    accept: 'Yes, do it',
    decline: 'No',
  });
}

/** Every value of the call that was said or chosen, and what is known of the things it names. */
function rowsToRead(frame: Frame, skill: Skill): LabelledValue[] {
  const rows = Object.entries(frame.slots).flatMap(([path, filled]) => {
    if (
      filled.silent === true &&
      !(skill.say.readback ?? []).some((wanted) => path === wanted || path.startsWith(`${wanted}.`))
    )
      return [];
    const title = slotAt(skill, path)?.title ?? path;
    return [{ label: title, value: filled.label }, ...(filled.facts ?? [])];
  });
  return rows.slice(0, mostRows);
}

function expired(run: Run, frame: Frame): void {
  delete frame.pending;
  tell(run, 'That took too long, so I ask again. Nothing was done.');
  advance(run, frame);
}

function looked(run: Run, frame: Frame, skill: Skill, outcome: { status: number; body: unknown }): void {
  const slot = slotAt(skill, frame.asking);
  if (slot?.from === undefined) return;
  if (outcome.status >= 300) {
    problemOf(run, skill, outcome);
    return;
  }
  const list = run.model.byOperation.get(slot.from.operation);
  const items =
    list === undefined
      ? listOf(outcome.body, slot.from.items)
      : (itemsOf(list.view, outcome.body) ?? listOf(outcome.body, slot.from.items));
  const found = pick(run.model, items, {
    skill,
    slot,
    said: frame.said,
    captured: frame.captured[slot.path],
    about: run.state.about,
  });
  switch (found.kind) {
    case 'one':
      useEntity(frame, slot, found.entity);
      remember(run.state, found.entity);
      if (found.others.length > 0) frame.candidates = found.others;
      advance(run, frame);
      return;
    case 'many':
      frame.candidates = found.entities;
      ask(run, frame, { ...slot, ask: `Which ${slot.title.toLowerCase()} do you mean?` });
      return;
    case 'unfit':
      nothingFits(run, slot, found.entity.label, found.entity.facts);
      return;
    case 'none':
      nothingFound(run, frame, slot, list);
  }
}

function listOf(body: unknown, items: string): JsonObject[] {
  const list = items === '' ? body : isObject(body) ? body[items] : undefined;
  return Array.isArray(list) ? (list as unknown[]).filter(isObject) : [];
}

function nothingFits(run: Run, slot: Slot, label: string, facts: readonly LabelledValue[]): void {
  const skill = skillOf(run, run.state.frames.at(-1) as Frame);
  drop(run);
  const state = facts[0];
  tell(
    run,
    `That is not possible now: ${slot.title.toLowerCase()} ${label}${state === undefined ? '' : ` is ${state.value.toLowerCase()}`}. (${skill?.title ?? ''})`,
  );
  offerChoices(run, [personChoice]);
}

function nothingFound(run: Run, frame: Frame, slot: Slot, list: Skill | undefined): void {
  const words = frame.captured[slot.path];
  if (words !== undefined) {
    delete frame.captured[slot.path];
    frame.candidates = [];
    ask(run, frame, slot, `I found nothing for “${words.slice(0, 80)}”.`);
    return;
  }
  drop(run);
  tell(run, list?.say.empty ?? `I found no ${slot.title.toLowerCase()} of yours.`);
}

function ended(run: Run, frame: Frame, skill: Skill, outcome: { status: number; body: unknown }): void {
  const confirmationId = frame.pending?.confirmationId;
  if (outcome.status >= 300) {
    if (refill(run, frame, skill, outcome)) return;
    drop(run);
    if (skill.writes && outcome.status >= 500 && confirmationId !== undefined) {
      tell(
        run,
        'I do not know whether that was done: the answer did not arrive. Please look before you try again, or let a person check.',
      );
      offerChoices(run, [personChoice]);
      return;
    }
    problemOf(run, skill, outcome, true);
    return;
  }
  const others = frame.candidates ?? [];
  const about = skill.slots.find(({ from, path }) => from !== undefined && frame.slots[path] !== undefined);
  drop(run);
  const parts = renderAnswer(skill, outcome.status, outcome.body);
  run.parts.push(...parts);
  rememberAnswer(run, frame, skill, outcome.body);
  if (about !== undefined && others.length > 0)
    offerChoices(
      run,
      others.map(({ label, id }) => ({ label, value: `see:${skill.operation}?${about.path}=${id}` })),
    );
  if (confirmationId !== undefined)
    run.state.used = { confirmationId, text: plainText(parts.slice(0, 1)).slice(0, 500) };
  run.finished = skill.operation;
  remindOf(run);
}

/** What was shown last is what "it" means next. */
function rememberAnswer(run: Run, frame: Frame, skill: Skill, body: unknown): void {
  const { view } = skill;
  if (view.list !== undefined) {
    const items = itemsOf(view, body) ?? [];
    const [only] = items;
    if (items.length === 1 && only !== undefined && view.list.view.resource !== undefined)
      shown(run, view.list.view, only);
    return;
  }
  const slot = skill.slots.findLast(({ path, from }) => from?.value === 'id' && frame.slots[path] !== undefined);
  const filled = slot === undefined ? undefined : frame.slots[slot.path];
  if (isObject(body) && view.resource !== undefined && (slot === undefined || view.resource === slot.from?.resource))
    shown(run, view, body);
  else if (
    slot?.from !== undefined &&
    filled !== undefined &&
    (typeof filled.value === 'string' || typeof filled.value === 'number')
  )
    // Facts may have changed by what was just done.
    remember(run.state, { resource: slot.from.resource, id: filled.value, label: filled.label, facts: [] });
}

function shown(run: Run, view: Skill['view'], item: JsonObject): void {
  const entity = entityOf(view, item, { resource: view.resource ?? '', value: view.id, label: view.label ?? view.id });
  if (entity !== undefined) remember(run.state, entity);
}

/** A refused value is asked for again, in the words of the refusal. */
function refill(run: Run, frame: Frame, skill: Skill, outcome: { status: number; body: unknown }): boolean {
  const errors = isObject(outcome.body) && Array.isArray(outcome.body['errors']) ? outcome.body['errors'] : [];
  for (const error of errors) {
    if (!isObject(error)) continue;
    const pointer = (textOf(error['pointer']) ?? textOf(error['parameter']) ?? '')
      .replace(/^[#/]+/, '')
      .replaceAll('/', '.');
    const slot = [pointer, `body.${pointer}`].map((path) => slotAt(skill, path)).find((each) => each !== undefined);
    if (slot === undefined || frame.retries >= 3) continue;
    delete frame.slots[slot.path];
    delete frame.pending;
    delete frame.captured[slot.path];
    frame.retries++;
    frame.candidates = [];
    const message = typeof error['message'] === 'string' ? error['message'] : 'That value does not fit.';
    ask(run, frame, slot, `${slot.title}: ${message}`);
    return true;
  }
  return false;
}

/** A problem in the contract's words, with what one can do next. */
function problemOf(run: Run, skill: Skill, outcome: { status: number; body: unknown }, isDropped = false): void {
  if (!isDropped) drop(run);
  const body = isObject(outcome.body) ? outcome.body : {};
  const line = (name: string): string => {
    const value = body[name];
    return typeof value === 'string' && value !== '' ? value : '';
  };
  const title = line('title') || 'That did not work';
  tell(run, [`${title.replace(/\.$/, '')}.`, line('detail'), line('advice')].filter(Boolean).join(' '));
  const next = Array.isArray(body['next']) ? body['next'].filter(isObject) : [];
  const known = next.flatMap(
    (each) =>
      run.model.byOperation.get(nameOf(each)) ??
      run.model.skills.filter(({ operation }) => operation.endsWith(`.${nameOf(each)}`)),
  );
  offerChoices(run, [
    ...known.slice(0, 3).map((each) => ({ label: each.title, value: `skill:${each.operation}` })),
    personChoice,
  ]);
  if (outcome.status >= 500) run.state.offered = 'handover';
}

/** After a digression the older question comes back in one line. */
function remindOf(run: Run): void {
  const below = topFrame(run);
  const skill = below === undefined ? undefined : skillOf(run, below);
  const slot = below === undefined || skill === undefined ? undefined : slotAt(skill, below.asking);
  if (below === undefined || skill === undefined || slot === undefined) return;
  tell(run, `Back to this: ${skill.title}. ${slot.ask}`);
  const list = (below.candidates ?? []).map(({ label, id }) => ({ label, value: slotChoice(slot.path, id) }));
  offerChoices(run, list);
}

function nameOf(next: JsonObject): string {
  return textOf(next['operation']) ?? '';
}
