// The kinds of things a contract has: their ids, schemas, states, and what its examples show of them.

import { follow, isObject } from '../load/pointer.ts';
import type {
  Contract,
  JsonObject,
  JsonValue,
  Operation,
  Resource,
  ResourceAction,
  Schema,
} from '../model/contract.ts';
import { declaredMembers } from '../schema/members.ts';
import { chooseAnswer, isJson, listPlace, partAt, thingPlace } from './places.ts';
import { ownerProperty } from './things.ts';

/** A kind of thing as the mock keeps it. */
export interface Kind {
  /** Unique in its contract. */
  name: string;
  /** What the contract calls it; kinds that are told apart by where they stand share it. */
  word: string;
  /** Property of the item that holds its id; undefined when the item has none. */
  id: string | undefined;
  schema: Schema;
  /** Property that says whose it is. */
  owner: string | undefined;
  states: Resource['states'];
  /** Callers can make such things: unknown ids are 404 then. */
  isMade: boolean;
  /** Lists of properties whose values no two of them share. */
  unique: readonly (readonly string[])[];
  /** Operations that make them. */
  makers: readonly string[];
  /** Things that the contract's examples show. */
  examples: JsonObject[];
  /** Ids that examples of path variables and of answers show. */
  shownIds: ReadonlySet<string>;
  /** Paths of the operations that read one. */
  readPaths: readonly string[];
}

/** What an operation was understood to do, and why. */
export interface Understood {
  /** Of the kind. */
  name: string;
  /** Where it is not the name. */
  word?: string;
  action: ResourceAction | 'stateless';
  reason: string;
}

/** All kinds that operations were understood to be about, by name. */
export function kindsOf(contract: Contract, understood: ReadonlyMap<Operation, Understood>): Map<string, Kind> {
  const kinds = new Map<string, Kind>();
  const byName = Map.groupBy(understood, ([, { name }]) => name);
  for (const [name, of] of byName) {
    if (name === '') continue;
    const word = of[0]?.[1].word ?? name;
    const resource = contract.resources.find((entry) => entry.name === word);
    const kind = kindOf(contract, { name, word }, of, resource);
    if (kind) kinds.set(name, kind);
  }
  return kinds;
}

/** The operations that say most about a thing, first. Transitions may answer with a task instead; removals say nothing. */
const telling: readonly ResourceAction[] = ['read', 'create', 'replace', 'update', 'list', 'transition'];

function kindOf(
  contract: Contract,
  { name, word }: Pick<Kind, 'name' | 'word'>,
  operations: readonly [Operation, Understood][],
  resource: Resource | undefined,
): Kind | undefined {
  const schemas = telling.flatMap((action) =>
    operations
      .filter(([, entry]) => entry.action === action)
      .flatMap(([operation]) => {
        const schema = itemSchemaOf(contract, operation, word, action === 'list');
        return schema === undefined ? [] : [schema];
      }),
  );
  const isThing = (schema: Schema): boolean => declaredMembers(schema, contract.document).properties.size > 0;
  const withStates = schemas.find(
    (schema) => resource?.states && declaredMembers(schema, contract.document).properties.has(resource.states.property),
  );
  const schema = withStates ?? schemas.find(isThing);
  if (schema === undefined) return undefined;
  const { properties } = declaredMembers(schema, contract.document);
  const makers = operations.filter(([, { action }]) => action === 'create').map(([operation]) => operation.id);
  const reads = operations
    .filter(([operation, { action }]) => action === 'read' && operation.path.endsWith('}'))
    .map(([operation]) => operation);
  const variable = reads[0] ? variablesOf(reads[0]).at(-1) : undefined;
  const examples = examplesOf(contract, word, operations);
  const declaredId = operations.map(([operation]) => operation.policy.resource?.id).find((each) => each !== undefined);
  const names = [
    linkedId(contract, variable, operations),
    declaredId,
    variable,
    resource?.id,
    'id',
    `${word}Id`,
    'uuid',
    'key',
    'code',
    'number',
    'reference',
  ];
  const id = names.find((candidate) => candidate !== undefined && properties.has(candidate));
  return {
    name,
    word,
    id,
    schema,
    owner: ownerProperty(contract, schema),
    states: resource?.states && properties.has(resource.states.property) ? resource.states : undefined,
    unique: uniqueOf(contract, schema),
    isMade: makers.length > 0,
    makers,
    examples,
    shownIds: new Set([...examples.map((example) => textOfShown(example[id ?? ''])), ...shownIn(contract, reads)]),
    readPaths: reads.map((operation) => operation.path),
  };
}

/** `x-plinth.unique`: true on a property, a list of names on the thing. */
function uniqueOf({ document }: Contract, schema: Schema): string[][] {
  const own = uniqueMark(follow(document, schema));
  const groups = Array.isArray(own) ? [own.filter((name) => typeof name === 'string')] : [];
  for (const [name, property] of declaredMembers(schema, document).properties)
    if (uniqueMark(property) === true || uniqueMark(follow(document, property)) === true) groups.push([name]);
  return groups;
}

function uniqueMark(node: JsonValue | undefined): JsonValue | undefined {
  const extension = isObject(node) ? node['x-plinth'] : undefined;
  return isObject(extension) ? extension['unique'] : undefined;
}

/** A Link that passes `$response.body#/number` as the path variable says which property is the id. */
function linkedId(
  contract: Contract,
  variable: string | undefined,
  operations: readonly [Operation, Understood][],
): string | undefined {
  for (const [operation] of operations) {
    for (const response of Object.values(objectAt(operation.node['responses'])))
      for (const link of Object.values(objectAt(objectAt(follow(contract.document, response))['links']))) {
        const parameters = objectAt(objectAt(follow(contract.document, link))['parameters']);
        const given = variable === undefined ? undefined : (parameters[variable] ?? parameters[`path.${variable}`]);
        const [, name] = typeof given === 'string' ? (/^\$response\.body#\/([^/]+)$/.exec(given) ?? []) : [];
        if (name !== undefined) return name;
      }
  }
  return undefined;
}

/** Examples of the path variable that names the thing. */
function shownIn(contract: Contract, reads: readonly Operation[]): string[] {
  return reads.flatMap((operation) => {
    const variable = variablesOf(operation).at(-1);
    const shared = objectAt(objectAt(contract.document['paths'])[operation.path])['parameters'];
    return [operation.node['parameters'], shared]
      .flatMap((list) => (Array.isArray(list) ? list : []))
      .map((node) => objectAt(follow(contract.document, node)))
      .filter((node) => node['name'] === variable && node['in'] === 'path')
      .flatMap((node) => {
        const schema = objectAt(follow(contract.document, node['schema']));
        const listed = schema['examples'];
        const named = Object.values(objectAt(node['examples'])).map((example) => objectAt(example)['value']);
        return [node['example'], schema['example'], ...(Array.isArray(listed) ? listed : []), ...named];
      })
      .map(textOfShown)
      .filter((id) => id !== '');
  });
}

function objectAt(value: JsonValue | undefined): JsonObject {
  return isObject(value) ? value : {};
}

function textOfShown(value: JsonValue | undefined): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

function itemSchemaOf(contract: Contract, operation: Operation, name: string, isList: boolean): Schema | undefined {
  const media = chooseAnswer(operation)?.media;
  if (!media || !isJson(media.type) || media.schema === undefined) return undefined;
  return isList ? listPlace(contract, media.schema)?.schema : thingPlace(contract, media.schema, name).schema;
}

/** Examples of answers hold things that callers will ask for. */
function examplesOf(contract: Contract, name: string, operations: readonly [Operation, Understood][]): JsonObject[] {
  const things: JsonObject[] = [];
  for (const [operation, { action }] of operations) {
    const media = chooseAnswer(operation)?.media;
    if (!media || !isJson(media.type) || media.schema === undefined || action === 'remove') continue;
    const isList = action === 'list';
    const place = isList ? listPlace(contract, media.schema) : thingPlace(contract, media.schema, name);
    for (const { value } of media.examples) {
      const part = place && partAt(value, place.path);
      const found = isList ? (Array.isArray(part) ? part : []) : [part];
      for (const thing of found)
        if (typeof thing === 'object' && thing !== null && !Array.isArray(thing)) things.push(thing);
    }
  }
  return things;
}

/** Names of the variables of a path, in order. */
export function variablesOf(operation: Operation): string[] {
  return [...operation.path.matchAll(/\{([^}]+)\}/g)].map((match) => match[1] ?? '');
}
