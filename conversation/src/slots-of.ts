// The slots of an operation: its parameters and the leaves of its JSON body, typed by their schemas.

import type { Contract, JsonObject, Operation } from '@plinth/contract';
import type { Slot, SlotKind } from './model.ts';
import { isMoney, isObject, labelsOf, plinthOf, propertiesOf, requiredOf, resolve, textOf, typeOf } from './schema.ts';
import { humanize, normalize, sentence } from './text.ts';

const mostSlots = 40;
/** Machinery of lists and callers; nobody says these in a chat. */
const hidden = new Set(['limit', 'cursor', 'page', 'offset', 'customerId']);
const forOthers = /^(staff|services?|staff and services) only\b/i;

export function slotsOf(contract: Contract, operation: Operation): { slots: Slot[]; needsBody: boolean } {
  const slots: Slot[] = [];
  for (const param of operation.params) {
    if (param.in === 'cookie' || param.in === 'header') continue;
    const schema = resolve(contract, param.schema);
    const fill = schema['default'];
    if (param.required && fill !== undefined) slots.push(slot(operation, param.name, schema, { required: true, fill }));
    else if (param.required || (!hidden.has(param.name) && !forOthers.test(param.description)))
      slots.push(slot(operation, param.name, schema, { required: param.required, description: param.description }));
  }
  const media = operation.body?.media.find(({ type }) => type.includes('json'));
  const before = slots.length;
  if (media?.schema !== undefined)
    addMembers({ contract, operation, slots }, 'body', resolve(contract, media.schema), { needed: true, depth: 0 });
  const body = slots.slice(before);
  const needsBody = operation.body?.required === true && body.length > 0 && body.every(({ required }) => !required);
  return { slots: slots.slice(0, mostSlots), needsBody };
}

interface Target {
  contract: Contract;
  operation: Operation;
  slots: Slot[];
}

function addMembers(target: Target, path: string, schema: JsonObject, at: { needed: boolean; depth: number }): void {
  const { contract, operation, slots } = target;
  const { needed, depth } = at;
  if (depth > 4) return;
  const required = requiredOf(schema);
  for (const [name, raw] of propertiesOf(schema)) {
    const member = resolve(contract, raw);
    const isNeeded = needed && required.has(name);
    const place = `${path}.${name}`;
    if (
      member['readOnly'] === true ||
      (!isNeeded && (hidden.has(name) || forOthers.test(textOf(member['description']) ?? '')))
    )
      continue;
    const type = typeOf(member);
    if (type === 'array') {
      const items = resolve(contract, member['items']);
      if (!isNeeded) continue;
      // One thing at a time: the list of one.
      if (typeOf(items) === 'object') addMembers(target, `${place}.0`, items, { needed: true, depth: depth + 1 });
      else slots.push(slot(operation, `${place}.0`, { title: member['title'] ?? name, ...items }, { required: true }));
    } else if (type === 'object' && !isMoney(member)) {
      addMembers(target, place, member, { needed: isNeeded, depth: depth + 1 });
    } else {
      slots.push(
        slot(operation, place, member, { required: isNeeded, fill: isNeeded ? member['default'] : undefined }),
      );
    }
  }
}

function slot(
  operation: Operation,
  path: string,
  schema: JsonObject,
  more: { required: boolean; fill?: unknown; description?: string },
): Slot {
  const { required, fill, description } = more;
  const name = path.split('.').findLast((part) => !/^\d+$/.test(part)) ?? path;
  const title = textOf(schema['title']) ?? sentence(humanize(name.replace(/Id$/, '')));
  const asks = operation.policy.skill?.ask ?? {};
  const help = textOf(schema['description']) ?? description;
  const declared = asks[path] ?? asks[path.replace(/^body\./, '')] ?? asks[name];
  return {
    path,
    title,
    ask: declared ?? askFor(title, path.endsWith('Id') ? undefined : help),
    kind: kindOf(schema),
    required,
    fill: required ? fill : undefined,
    schema,
    values: valuesOf(schema),
    from: undefined,
    secret: plinthOf(schema)['sensitivity'] === 'secret',
  };
}

/** A title that reads as a question is asked as it stands. */
function askFor(title: string, help: string | undefined): string {
  const question = /^(what|which|how|who|when|where|why|do|is|are)\b/i.test(title)
    ? `${title.replace(/\?$/, '')}?`
    : `What is the ${title.charAt(0).toLowerCase()}${title.slice(1)}?`;
  return help === undefined || help.length > 120 ? question : `${question} ${help}`;
}

function kindOf(schema: JsonObject): SlotKind {
  if (isMoney(schema)) return 'money';
  if (Array.isArray(schema['enum'])) return 'enum';
  const type = typeOf(schema);
  if (type === 'boolean' || type === 'integer' || type === 'number') return type;
  if (schema['format'] === 'date') return 'date';
  if (schema['format'] === 'date-time') return 'dateTime';
  if (typeof schema['pattern'] === 'string' || schema['format'] === 'email' || schema['format'] === 'uuid')
    return 'pattern';
  return 'text';
}

function valuesOf(schema: JsonObject): Slot['values'] {
  if (!Array.isArray(schema['enum'])) return [];
  const labels = labelsOf(schema);
  const synonyms = plinthOf(schema)['synonyms'];
  return schema['enum'].slice(0, 200).map((value) => {
    const name = typeof value === 'string' ? value : JSON.stringify(value);
    const label = labels[name] ?? sentence(humanize(name));
    const more = isObject(synonyms) && Array.isArray(synonyms[name]) ? synonyms[name].map(String) : [];
    return { value, label, words: [...new Set([label, humanize(name), ...more].map(normalize))] };
  });
}
