// Small truths about things of a kind: their ids, owners, states and dates.

import { alike } from '../generate/alike.ts';
import { Draw, hashText } from '../generate/draw.ts';
import { follow, isObject } from '../load/pointer.ts';
import type { Contract, JsonObject, JsonValue, Schema } from '../model/contract.ts';
import { declaredMembers, type Members } from '../schema/members.ts';
import type { Kind } from './kinds.ts';

const crockford = '0123456789abcdefghjkmnpqrstvwxyz';

/** By what is known of a schema's members: the schemas of its properties behind their references. */
const propertiesOf = new WeakMap<Members, Map<string, JsonObject>>();

/** The schema of one property, behind its reference; {} when it is not declared. */
export function propertyOf(contract: Contract, schema: Schema, name: string): JsonObject {
  const members = declaredMembers(schema, contract.document);
  const property = members.properties.get(name);
  if (property === undefined) return {};
  let properties = propertiesOf.get(members);
  if (!properties) propertiesOf.set(members, (properties = new Map()));
  let node = properties.get(name);
  if (!node) {
    const target = follow(contract.document, property);
    properties.set(name, (node = isObject(target) ? target : {}));
  }
  return node;
}

/** What the contract says of the ids of a kind. */
interface IdForm {
  isNumber: boolean;
  isBound: boolean;
  /** One to be alike. */
  example: string | undefined;
  prefix: string;
  maxLength: number;
}

const idForms = new WeakMap<Kind, IdForm>();

function idFormOf(contract: Contract, kind: Kind): IdForm {
  let form = idForms.get(kind);
  if (form) return form;
  const node = kind.id === undefined ? {} : propertyOf(contract, kind.schema, kind.id);
  const { type, examples, maxLength } = node;
  const example = Array.isArray(examples) ? examples[0] : kind.examples[0]?.[kind.id ?? ''];
  form = {
    isNumber: type === 'integer' || type === 'number',
    isBound: isBound(node),
    example: typeof example === 'string' && example.length > 3 ? example : undefined,
    prefix: prefixOf(kind.word),
    maxLength: typeof maxLength === 'number' ? maxLength : Number.POSITIVE_INFINITY,
  };
  idForms.set(kind, form);
  return form;
}

/** A new id in the shape the contract shows: by its schema, else like its example, else `<prefix>_<26 base32>`. */
export function newId(contract: Contract, kind: Kind, wish: { given: JsonValue | undefined; key: string }): JsonValue {
  const form = idFormOf(contract, kind);
  const draw = new Draw(hashText(`id/${kind.name}/${wish.key}`));
  if (form.isNumber) return draw.int(1, 2_000_000_000);
  if (form.isBound && wish.given !== undefined) return wish.given;
  const { example, prefix, maxLength } = form;
  const made = example === undefined ? `${prefix}_0${draw.letters(25, crockford)}` : alike(example, draw);
  return made.length > maxLength ? made.slice(0, maxLength) : made;
}

/** Only a value that was drawn by the schema fits. */
function isBound({ format, pattern, enum: values }: JsonObject): boolean {
  return pattern !== undefined || values !== undefined || format === 'uuid' || format === 'uri';
}

/** Whether a new id of this kind depends on nothing but its key. */
export function isFreeId(contract: Contract, kind: Kind): boolean {
  return kind.id !== undefined && !idFormOf(contract, kind).isBound;
}

function prefixOf(name: string): string {
  return (
    name
      .toLowerCase()
      .replaceAll(/[^a-z]/g, '')
      .slice(0, 3) || 'id'
  );
}

const owners = ['customerId', 'ownerId', 'owner', 'holderId', 'customer_id', 'owner_id'];

/** The property that says whose a thing is. */
export function ownerProperty(contract: Contract, schema: Schema): string | undefined {
  return owners.find((name) => propertyOf(contract, schema, name)['type'] === 'string');
}

export interface StateProperty {
  name: string;
  values: string[];
}

/** The property that looks like a state, with its values, where none is declared. */
export function stateProperty(contract: Contract, schema: Schema): StateProperty | undefined {
  for (const name of ['state', 'status']) {
    const { enum: values } = propertyOf(contract, schema, name);
    if (Array.isArray(values)) return { name, values: values.filter((value) => typeof value === 'string') };
  }
  return undefined;
}

/** Verbs whose state shares no stem with them. */
const irregular: Readonly<Record<string, readonly string[]>> = {
  freeze: ['frozen'],
  unfreeze: ['active'],
  unblock: ['active'],
  pay: ['paid'],
  send: ['sent'],
  begin: ['begun', 'started'],
  ship: ['shipped', 'in_transit'],
  finish: ['done', 'completed'],
  complete: ['completed', 'done'],
  run: ['running'],
  win: ['won'],
  lose: ['lost'],
};

const methods = new Set(['get', 'put', 'post', 'patch', 'delete']);

function plain(value: string): string {
  return value.toLowerCase().replaceAll(/[^a-z]/g, '');
}

/** The state a verb leads to: `cancelOrder` or `…/cancellations` share four letters with `cancelled` and `canceled`. */
export function stateOfVerb(operation: { id: string; path: string }, values: readonly string[]): string | undefined {
  const last = operation.path.split(/[/:]/).at(-1) ?? '';
  const [verb = ''] = operation.id.split(/(?=[A-Z])|[_-]/);
  const words = [last, methods.has(verb.toLowerCase()) ? '' : verb].map((word) => word.toLowerCase());
  for (const word of words) {
    for (const known of irregular[word.replace(/s$/, '')] ?? []) {
      const match = values.find((value) => plain(value) === plain(known));
      if (match !== undefined) return match;
    }
    const stem = word.slice(0, word.startsWith('un') ? 6 : 4);
    const match = stem.length >= 4 ? values.find((value) => plain(value).startsWith(stem)) : undefined;
    if (match !== undefined) return match;
  }
  return undefined;
}

/** How a finished task calls itself. */
export function doneState(values: readonly string[]): string | undefined {
  return values.find((value) => /^(done|complete|succe|applied|finished|accepted|effective)/i.test(value));
}

export function isDateTime(node: JsonObject): boolean {
  return node['format'] === 'date-time';
}
