// How an answer is shown, decided once from its schema: title, state as a badge, at most six fields.

import type { Contract, JsonObject, Operation } from '@plinth/contract';
import type { Field, FieldKind, View } from './model.ts';
import { isMoney, isObject, labelsOf, plinthOf, propertiesOf, requiredOf, resolve, textOf, typeOf } from './schema.ts';
import { humanize, sentence } from './text.ts';

const mostFields = 6;
const names = ['number', 'name', 'title', 'subject', 'label', 'displayName', 'reference', 'code'];

export function viewOf(contract: Contract, operation: Operation): View {
  const answer =
    operation.responses.find(({ status }) => typeof status === 'number' && status >= 200 && status < 300) ??
    operation.responses.find(({ status }) => status === '2XX');
  const schema = resolve(contract, answer?.media.find(({ type }) => type.includes('json'))?.schema);
  const say = operation.policy.skill?.say;
  const list = listIn(contract, schema);
  const item = list === undefined ? schema : list.schema;
  const view = objectView(contract, operation, item, (list === undefined ? say?.card : say?.list) ?? []);
  return list === undefined ? view : { ...view, list: { items: list.items, view } };
}

/** The array of an answer: the answer itself, or the one member that holds the things. */
export function listIn(contract: Contract, schema: JsonObject): { items: string; schema: JsonObject } | undefined {
  if (typeOf(schema) === 'array') return { items: '', schema: resolve(contract, schema['items']) };
  const members = propertiesOf(schema);
  if (members.some(([name]) => name === 'id')) return undefined;
  const arrays = members.flatMap(([name, raw]) => {
    const member = resolve(contract, raw);
    return typeOf(member) === 'array' ? [{ items: name, schema: resolve(contract, member['items']) }] : [];
  });
  return (
    arrays.find(({ items }) => items === 'items' || items === 'data') ?? (arrays.length === 1 ? arrays[0] : undefined)
  );
}

function objectView(contract: Contract, operation: Operation, schema: JsonObject, wanted: readonly string[]): View {
  const all = propertiesOf(schema).flatMap(([name, raw]) => field(resolve(contract, raw), name) ?? []);
  const stateName = stateOf(schema, all);
  const state = all.find(({ name }) => name === stateName);
  const required = requiredOf(schema);
  const rank = ({ name, kind }: Field): number =>
    (required.has(name) ? 0 : 2) + (kind === 'money' || kind === 'date' || kind === 'dateTime' ? 0 : 1);
  const label = names.find((name) => all.some((each) => each.name === name));
  const isShown = ({ name }: Field): boolean => name !== stateName && !/^(id|version)$|Id$|Ref$/.test(name);
  const fields =
    wanted.length > 0
      ? wanted.flatMap((name) => all.find((each) => each.name === name && each.name !== stateName) ?? [])
      : all.filter(isShown).toSorted((a, b) => rank(a) - rank(b));
  const declared = plinthOf(schema)['resource'];
  const resource =
    (isObject(declared) ? textOf(declared['name']) : undefined) ??
    contract.resources.find((each) => each.operations.some(({ id }) => id === operation.id))?.name;
  return {
    title: textOf(schema['title']) ?? sentence(resource ?? humanize(operation.id)),
    resource,
    id: (isObject(declared) ? textOf(declared['id']) : undefined) ?? 'id',
    label,
    state,
    fields: fields.slice(0, mostFields),
    all,
    list: undefined,
  };
}

function stateOf(schema: JsonObject, all: readonly Field[]): string | undefined {
  const states = plinthOf(schema)['states'];
  if (isObject(states) && typeof states['property'] === 'string') return states['property'];
  return ['state', 'status'].find((name) => all.some((each) => each.name === name));
}

/** undefined for what a card cannot show: nested things and secrets. */
function field(schema: JsonObject, name: string): Field | undefined {
  if (plinthOf(schema)['sensitivity'] === 'secret') return undefined;
  const type = typeOf(schema);
  const kind: FieldKind | undefined = isMoney(schema)
    ? 'money'
    : type === 'object' || type === 'array'
      ? undefined
      : Array.isArray(schema['enum'])
        ? 'state'
        : schema['format'] === 'date'
          ? 'date'
          : schema['format'] === 'date-time'
            ? 'dateTime'
            : type === 'integer' || type === 'number'
              ? 'number'
              : 'text';
  if (kind === undefined) return undefined;
  const title = textOf(schema['title']) ?? sentence(humanize(name.replace(/At$/, '')));
  return {
    name,
    label: kind === 'money' && title === 'Amount' ? sentence(humanize(name)) : title,
    kind,
    labels: labelsOf(schema),
  };
}
