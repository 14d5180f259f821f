// Answers → parts, by the view that was compiled from the schema.

import type { JsonObject } from '@plinth/contract';
import { formatMoney } from '@plinth/runtime/kernel';
import { sayDate } from './dates.ts';
import type { Field, Skill, View } from './model.ts';
import type { LabelledValue, Part } from './reply.ts';
import { isObject } from './schema.ts';
import type { Entity } from './state.ts';
import { humanize, sentence } from './text.ts';

const mostRows = 5;
const longestValue = 300;

/** One value as people read it; undefined when there is nothing to show. */
export function say(field: Field, value: unknown): string | undefined {
  if (value === undefined || value === null || value === '') return undefined;
  if (field.kind === 'money') return isObject(value) ? money(value) : undefined;
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') return undefined;
  const plain = typeof value === 'boolean' ? (value ? 'Yes' : 'No') : String(value);
  if (field.kind === 'state') return field.labels[plain] ?? sentence(humanize(plain));
  if (field.kind === 'date' || field.kind === 'dateTime') return sayDate(plain);
  return plain.slice(0, longestValue);
}

function money(value: JsonObject): string | undefined {
  const { amount, currency } = value;
  return typeof amount === 'number' && typeof currency === 'string' ? formatMoney({ amount, currency }) : undefined;
}

/** Rows of the fields that have a value. */
export function rowsOf(view: View, item: JsonObject, except?: string): LabelledValue[] {
  return view.fields.flatMap((field) => {
    const value = field.name === except ? undefined : say(field, item[field.name]);
    return value === undefined ? [] : [{ label: field.label, value, kind: field.kind }];
  });
}

/** `Order ORD-3416-N7TT`; the kind of thing alone when it has no name. */
export function nameOf(view: View, item: JsonObject): string {
  const label = view.label === undefined ? undefined : item[view.label];
  return typeof label === 'string' && label !== '' ? `${view.title} ${label}` : view.title;
}

function badge(view: View, item: JsonObject): { value: string; label: string } | undefined {
  const value = view.state === undefined ? undefined : item[view.state.name];
  if (typeof value !== 'string' || view.state === undefined) return undefined;
  return { value, label: say(view.state, value) ?? value };
}

function card(view: View, item: JsonObject): Omit<Extract<Part, { kind: 'card' }>, 'kind'> {
  const state = badge(view, item);
  const id = item[view.id];
  return {
    title: nameOf(view, item),
    ...(state === undefined ? {} : { state: state.value, stateLabel: state.label }),
    fields: rowsOf(view, item, view.label),
    ...(typeof id === 'string' ? { id } : {}),
  };
}

/** The answer of a finished operation. `{field}` marks in `say.done` are filled from the body. */
export function renderAnswer(skill: Skill, status: number, body: unknown): Part[] {
  const { view } = skill;
  const parts: Part[] = [];
  const done = skill.writes
    ? (doneText(skill, body) ?? `Done: ${skill.title.charAt(0).toLowerCase()}${skill.title.slice(1)}.`)
    : undefined;
  if (status === 202) parts.push({ kind: 'status', text: `That is under way. ${skill.title}: I have passed it on.` });
  else if (done !== undefined) parts.push({ kind: 'text', text: done });
  const items = itemsOf(view, body);
  if (items !== undefined && view.list !== undefined) return [...parts, ...renderList(skill, view.list.view, items)];
  if (!isObject(body)) return parts.length > 0 ? parts : [{ kind: 'text', text: 'Done.' }];
  if (!skill.writes) parts.push({ kind: 'text', text: lead(skill, body) });
  const shown = card(view, body);
  if (shown.fields.length > 0 || shown.state !== undefined)
    parts.push({ kind: 'card', ...shown, operation: skill.operation });
  return parts;
}

/** One sentence that answers before the card does. */
function lead(skill: Skill, body: JsonObject): string {
  const state = badge(skill.view, body);
  const name = nameOf(skill.view, body);
  if (state !== undefined) return `${name}: ${state.label}.`;
  return name === skill.view.title
    ? 'Here is what I found.'
    : `Here is ${name.charAt(0).toLowerCase()}${name.slice(1)}.`;
}

function renderList(skill: Skill, view: View, items: readonly JsonObject[]): Part[] {
  if (items.length === 0) return [{ kind: 'text', text: skill.say.empty ?? 'There is nothing yet.' }];
  const rows = items.slice(0, mostRows).map((item) => {
    const shown = card(view, item);
    return shown.title === view.title && shown.fields[0] !== undefined
      ? { ...shown, title: shown.fields[0].value, fields: shown.fields.slice(1) }
      : shown;
  });
  const count =
    items.length > mostRows
      ? `Here are the first ${mostRows} of ${items.length}.`
      : items.length === 1
        ? 'There is one.'
        : `There are ${items.length}.`;
  return [
    { kind: 'text', text: count },
    { kind: 'list', title: view.title, items: rows, more: items.length > mostRows },
  ];
}

/** `Order {number} is placed.`; undefined when a mark has no value. */
function doneText(skill: Skill, body: unknown): string | undefined {
  const template = skill.say.done;
  if (template === undefined) return undefined;
  let isComplete = true;
  const filled = template.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const field = skill.view.all.find((each) => each.name === name);
    const value = isObject(body) && field !== undefined ? say(field, body[name]) : undefined;
    if (value === undefined) isComplete = false;
    return value ?? '';
  });
  return isComplete ? filled : undefined;
}

/** The things of a list answer; undefined when the answer is none. */
export function itemsOf(view: View, body: unknown): JsonObject[] | undefined {
  if (view.list === undefined) return undefined;
  const list = view.list.items === '' ? body : isObject(body) ? body[view.list.items] : undefined;
  return Array.isArray(list) ? (list as unknown[]).filter(isObject) : undefined;
}

/** What is remembered of a thing that was shown. */
export function entityOf(
  view: View,
  item: JsonObject,
  names: { resource: string; value: string; label: string },
): Entity | undefined {
  const id = item[names.value];
  if (typeof id !== 'string' && typeof id !== 'number') return undefined;
  const state = view.state === undefined ? undefined : say(view.state, item[view.state.name]);
  const label = item[names.label];
  const facts = [
    ...(state === undefined ? [] : [{ label: view.state?.label ?? 'State', value: state }]),
    ...rowsOf(view, item, names.label).filter(({ label: name }) => name !== 'State'),
  ];
  return {
    resource: names.resource,
    id,
    label: typeof label === 'string' && label !== '' ? label : String(id),
    facts: facts.slice(0, 3),
  };
}
