// Contracts → skills. A contract nobody has seen becomes something the assistant can do, without a line written for it.

import type { Channel, Contract, JsonObject, Operation } from '@plinth/contract';
import type { Lookup, Skill, SkillModel, Slot } from './model.ts';
import { buildIndex } from './rank.ts';
import { propertiesOf, resolve, textOf, typeOf } from './schema.ts';
import { slotsOf } from './slots-of.ts';
import { humanize } from './text.ts';
import { listIn, viewOf } from './view-of.ts';

export interface CompileOptions {
  /** Channel of the conversation; operations that are not offered there are left out. */
  channel?: Channel;
}

/** Names too common to say where a value comes from. */
const common = new Set([
  'id',
  'name',
  'title',
  'text',
  'subject',
  'state',
  'status',
  'email',
  'phone',
  'city',
  'country',
  'reason',
  'kind',
  'type',
  'description',
  'label',
  'author',
  'locale',
  'method',
  'amount',
  'currency',
  'q',
  'reference',
]);

interface ListOperation {
  contract: Contract;
  operation: Operation;
  items: string;
  properties: ReadonlyMap<string, JsonObject>;
}

/**
 * Every operation offered to customers in this channel: `usable` with phrases, else `suggestOnly`. Operations that
 * software may not call (`audience` without `agent`) are known too: the customer gets the form.
 */
export function compileSkills(contracts: readonly Contract[], options: CompileOptions = {}): SkillModel {
  const channel = options.channel ?? 'chat';
  const all = contracts.flatMap((contract) =>
    contract.operations
      .filter((operation) => isOffered(operation, channel))
      .map((operation) => ({ contract, operation })),
  );
  const lists = all.flatMap(({ contract, operation }) => listOperation(contract, operation) ?? []);
  const skills = all.map(({ contract, operation }) => skillOf(contract, operation, lists));
  return { skills, byOperation: new Map(skills.map((skill) => [skill.operation, skill])), index: buildIndex(skills) };
}

function isOffered(operation: Operation, channel: Channel): boolean {
  const { policy } = operation;
  if (policy.stage === 'draft' || policy.stage === 'retired') return false;
  if (!policy.audience.includes('customer') || (policy.channel !== undefined && !policy.channel.includes(channel)))
    return false;
  // `tool: false` without phrases: plumbing of channels, nothing a customer asks for.
  return (
    !(policy.skill?.tool === false && (policy.skill.phrases ?? []).length === 0) && policy.capability !== 'assistant'
  );
}

function skillOf(contract: Contract, operation: Operation, lists: readonly ListOperation[]): Skill {
  const { policy } = operation;
  const skill = policy.skill ?? {};
  const { slots, needsBody } = slotsOf(contract, operation);
  const resource = resourceOf(contract, operation);
  const phrases = skill.phrases ?? [];
  const view = viewOf(contract, operation);
  return {
    operation: `${contract.id}.${operation.id}`,
    title: operation.summary || humanize(operation.id),
    mode: phrases.length > 0 ? 'usable' : 'suggestOnly',
    callable: policy.audience.includes('agent'),
    writes: policy.effect !== undefined ? policy.effect !== 'read' : operation.method !== 'get',
    phrases,
    negatives: skill.negatives ?? [],
    slots: slots.map((slot) => withLookup(slot, contract, operation, lists)),
    needsBody,
    resource,
    fromStates: statesFor(contract, operation, resource),
    say: {
      ...(skill.say?.done === undefined ? {} : { done: skill.say.done }),
      ...(skill.say?.empty === undefined ? {} : { empty: skill.say.empty }),
      ...(skill.say?.readback === undefined ? {} : { readback: skill.say.readback }),
    },
    view,
  };
}

/** What the path's last id stands for (`/orders/{orderId}/cancellations` → order), else what the answer is. */
function resourceOf(contract: Contract, operation: Operation): string | undefined {
  const segments = operation.path.split('/').filter(Boolean);
  const at = segments.findLastIndex((segment) => segment.startsWith('{'));
  if (at > 0) return nameOfThings(contract, segments[at - 1] ?? '');
  return contract.resources.find((each) => each.operations.some(({ id }) => id === operation.id))?.name;
}

function nameOfThings(contract: Contract, segment: string): string {
  const name = singular(segment);
  return (
    contract.resources.find((resource) => resource.name === name || singular(resource.name) === name)?.name ?? name
  );
}

function statesFor(contract: Contract, operation: Operation, resource: string | undefined): Skill['fromStates'] {
  const states = contract.resources.find(({ name }) => name === resource)?.states;
  const from = states?.moves.filter(({ by }) => by === operation.id).flatMap((move) => move.from) ?? [];
  // Creating starts from nothing; a state there says nothing about the thing that was asked for.
  if (states === undefined || from.length === 0 || !operation.path.includes('{')) return undefined;
  return { property: states.property, states: [...new Set(from)] };
}

function listOperation(contract: Contract, operation: Operation): ListOperation | undefined {
  if (operation.method !== 'get' || !operation.policy.audience.includes('agent')) return undefined;
  const answer = operation.responses.find(({ status }) => status === 200 || status === '2XX');
  const list = listIn(contract, resolve(contract, answer?.media.find(({ type }) => type.includes('json'))?.schema));
  if (
    list === undefined ||
    operation.params.some((param) => param.required && resolve(contract, param.schema)['default'] === undefined)
  )
    return undefined;
  const properties = new Map(propertiesOf(list.schema).map(([name, raw]) => [name, resolve(contract, raw)]));
  return { contract, operation, items: list.items, properties };
}

function withLookup(slot: Slot, contract: Contract, operation: Operation, lists: readonly ListOperation[]): Slot {
  if (slot.fill !== undefined || slot.values.length > 0) return slot;
  const name = slot.path.split('.').findLast((part) => !/^\d+$/.test(part)) ?? slot.path;
  const declared = operation.policy.skill?.from?.[name] ?? operation.policy.skill?.from?.[slot.path];
  if (declared !== undefined) {
    const key = declared.operation.includes('.') ? declared.operation : `${contract.id}.${declared.operation}`;
    const list = lists.find((each) => `${each.contract.id}.${each.operation.id}` === key);
    return list === undefined
      ? slot
      : { ...slot, from: lookup(list, { value: declared.value, label: declared.label, items: declared.items }) };
  }
  const inferred = slot.required && slot.kind === 'text' ? inferList(name, operation, contract, lists) : undefined;
  return inferred === undefined ? slot : { ...slot, from: inferred };
}

function inferList(
  name: string,
  operation: Operation,
  contract: Contract,
  lists: readonly ListOperation[],
): Lookup | undefined {
  const candidates = lists.filter((each) => each.operation !== operation);
  const ofPath = collectionOf(operation, name);
  if (ofPath !== undefined) {
    const list =
      candidates.find((each) => each.contract === contract && each.operation.path === ofPath) ??
      candidates.find((each) => each.operation.path.endsWith(`/${ofPath.split('/').at(-1) ?? ''}`));
    const value = list === undefined ? undefined : [name, 'id'].find((each) => list.properties.has(each));
    if (list !== undefined && value !== undefined) return lookup(list, { value });
  }
  if (common.has(name)) return undefined;
  const things = /^(.+)Id$/.exec(name)?.[1];
  for (const list of candidates) {
    if (
      things !== undefined &&
      nameOfThings(list.contract, list.operation.path.split('/').at(-1) ?? '') === things &&
      list.properties.has('id')
    )
      return lookup(list, { value: 'id' });
  }
  const byName = candidates.find((each) => each.properties.has(name) && !name.endsWith('Id'));
  return byName === undefined ? undefined : lookup(byName, { value: name });
}

/** `/orders` for `orderId` of `/orders/{orderId}/cancellations`. */
function collectionOf(operation: Operation, name: string): string | undefined {
  const at = operation.path.indexOf(`/{${name}}`);
  return at > 0 ? operation.path.slice(0, at) : undefined;
}

function lookup(list: ListOperation, choice: { value: string; label?: string; items?: string | undefined }): Lookup {
  const { contract, operation, properties } = list;
  const label =
    choice.label ??
    ['name', 'title', 'number', 'subject', 'label', 'displayName', 'reference', 'description'].find((name) =>
      properties.has(name),
    ) ??
    choice.value;
  const search = operation.params.find(
    (param) =>
      param.in === 'query' &&
      ['q', 'query', 'search'].includes(param.name) &&
      typeOf(resolve(contract, param.schema)) === 'string',
  );
  const input: JsonObject = {};
  const limit = operation.params.find((param) => param.in === 'query' && param.name === 'limit');
  if (limit !== undefined) {
    const most = resolve(contract, limit.schema)['maximum'];
    input['limit'] = Math.min(50, typeof most === 'number' ? most : 50);
  }
  for (const param of operation.params) {
    const fill = resolve(contract, param.schema)['default'];
    if (param.required && fill !== undefined) input[param.name] = fill;
  }
  return {
    operation: `${contract.id}.${operation.id}`,
    items: choice.items ?? list.items,
    value: choice.value,
    label: textOf(label) ?? 'id',
    resource: nameOfThings(contract, operation.path.split('/').filter(Boolean).at(-1) ?? ''),
    search: search?.name,
    input,
  };
}

/** `orders` → `order`, `categories` → `category`. */
function singular(word: string): string {
  if (/ies$/i.test(word)) return word.replace(/ies$/i, 'y');
  if (/(ss|sh|ch|x|z)es$/i.test(word)) return word.replace(/es$/i, '');
  return /s$/i.test(word) && !/(ss|us|is)$/i.test(word) ? word.slice(0, -1) : word;
}
