// How a mock understands each operation: which thing, what happens to it, where its id stands. Worked out once.
// Begins with the contract's resources and goes on where answers say more (lists inside envelopes, moves of `states`).

import { follow } from '../load/pointer.ts';
import type { Contract, JsonObject, Operation, Resource, ResourceAction, Schema } from '../model/contract.ts';
import { singular } from '../model/resources.ts';
import { declaredMembers } from '../schema/members.ts';
import { type ChosenAnswer, chooseAnswer, isJson, listPlace, partAt, thingPlace } from './places.ts';

/** A kind of thing as the mock keeps it. */
export interface Kind {
  name: string;
  /** Property of the item that holds its id; undefined when the item has none. */
  id: string | undefined;
  schema: Schema;
  states: Resource['states'];
  /** Callers can make such things: unknown ids are 404 then. */
  isMade: boolean;
  /** Operations that make them. */
  makers: readonly string[];
  /** Things that the contract's examples show. */
  examples: JsonObject[];
  /** Paths of the operations that read one. */
  readPaths: readonly string[];
}

export interface Plan {
  operation: Operation;
  kind: Kind | undefined;
  action: ResourceAction | 'stateless';
  reason: string;
  /** Path variable with the thing's id; undefined for lists, creations and things there is one of. */
  variable: string | undefined;
  /** The other path variables: parents. */
  parents: readonly string[];
  /** The thing this operation moves from state to state, which may be another one than it answers with. */
  moves: { kind: Kind; variable: string } | undefined;
  answer: ChosenAnswer;
}

interface Understood {
  name: string;
  action: ResourceAction | 'stateless';
  reason: string;
}

/** One plan an operation, by operationId. */
export function planContract(contract: Contract): { plans: Map<string, Plan>; kinds: Map<string, Kind> } {
  const declared = new Map<string, { resource: Resource; action: ResourceAction }>();
  for (const resource of contract.resources)
    for (const { id, action } of resource.operations) declared.set(id, { resource, action });
  const understood = new Map(
    contract.operations.map((operation) => [operation, understand(contract, operation, declared)]),
  );
  // What answers with its parent changes the parent; this is seen when all kinds are known.
  const first = kindsOf(contract, understood);
  for (const [operation, entry] of understood) {
    const parent = operation.policy.resource ? undefined : parentAnswered(contract, operation, entry, first);
    if (parent) understood.set(operation, { name: parent, action: 'transition', reason: 'answers with its parent' });
  }
  const kinds = kindsOf(contract, understood);
  const plans = new Map<string, Plan>();
  for (const [operation, { name, action, reason }] of understood) {
    const kind = kinds.get(name);
    const variables = variablesOf(operation);
    const moves = moverOf(kinds, operation, variables);
    const pointsAtOne = action !== 'list' && action !== 'create' && action !== 'stateless';
    const ownId = pointsAtOne ? idVariable(operation, action, kind) : undefined;
    plans.set(operation.id, {
      operation,
      kind,
      action: kind || moves ? action : 'stateless',
      reason: kind || moves || action === 'stateless' ? reason : 'its answer describes no object',
      variable: ownId,
      parents: variables.filter((variable) => variable !== ownId),
      moves,
      answer: chooseAnswer(operation) ?? { status: 200, media: undefined, headers: [] },
    });
  }
  return { plans, kinds };
}

/** The variable with the thing's id: the last of a path that ends with one, or that of the thing the path goes on from. */
function idVariable(operation: Operation, action: Plan['action'], kind: Kind | undefined): string | undefined {
  const variables = variablesOf(operation);
  if (action !== 'transition') return operation.path.endsWith('}') ? variables.at(-1) : undefined;
  const above = kind?.readPaths.find((path) => operation.path.startsWith(`${path}/`));
  return above === undefined ? variables.at(-1) : [...above.matchAll(/\{([^}]+)\}/g)].at(-1)?.[1];
}

function kindsOf(contract: Contract, understood: ReadonlyMap<Operation, Understood>): Map<string, Kind> {
  const kinds = new Map<string, Kind>();
  for (const { name } of understood.values()) {
    if (name === '' || kinds.has(name)) continue;
    const of = [...understood].filter(([, entry]) => entry.name === name);
    const resource = contract.resources.find((entry) => entry.name === name);
    const kind = kindOf(contract, name, of, resource);
    if (kind) kinds.set(name, kind);
  }
  return kinds;
}

/** `POST /carts/{id}/line-items` that answers with the cart: the name of the kind it changes. */
function parentAnswered(
  contract: Contract,
  operation: Operation,
  { name, action }: Understood,
  kinds: ReadonlyMap<string, Kind>,
): string | undefined {
  const schema = chooseAnswer(operation)?.media?.schema;
  if (schema === undefined || !['create', 'update', 'replace', 'transition'].includes(action)) return undefined;
  for (const kind of kinds.values()) {
    if (kind.name === name || !kind.readPaths.some((path) => operation.path.startsWith(`${path}/`))) continue;
    const answered = follow(contract.document, thingPlace(contract, schema, kind.name).schema);
    if (answered !== undefined && answered === follow(contract.document, kind.schema)) return kind.name;
  }
  return undefined;
}

function variablesOf(operation: Operation): string[] {
  return [...operation.path.matchAll(/\{([^}]+)\}/g)].map((match) => match[1] ?? '');
}

function understand(
  contract: Contract,
  operation: Operation,
  declared: ReadonlyMap<string, { resource: Resource; action: ResourceAction }>,
): Understood {
  const known = declared.get(operation.id);
  const { media } = chooseAnswer(operation) ?? {};
  if (operation.policy.resource && known)
    return { name: known.resource.name, action: known.action, reason: 'x-plinth.resource' };
  if (media && !isJson(media.type)) return { name: '', action: 'stateless', reason: `answers ${media.type}` };
  const last = operation.path.split(/[/:]/).findLast((segment) => segment !== '' && !segment.startsWith('{')) ?? '';
  const list = media?.schema === undefined ? undefined : listPlace(contract, media.schema);
  const asList =
    list && !operation.path.endsWith('}') ? understandList(operation, last, known?.resource.name) : undefined;
  if (asList) return asList;
  const isListed = contract.operations.some(
    (other) => other.path === operation.path && other.method === 'get' && declared.get(other.id)?.action === 'list',
  );
  if (!known && operation.method === 'post' && isListed)
    return { name: singular(last), action: 'create', reason: 'POST where GET lists' };
  if (!known) return { name: '', action: 'stateless', reason: 'no thing can be seen behind it' };
  return { name: known.resource.name, action: known.action, reason: reasonOf(operation, known.action) };
}

function understandList(operation: Operation, last: string, known: string | undefined): Understood | undefined {
  if (/^(search|find|query|lookup)/i.test(last)) {
    const above = operation.path.split(/[/:]/).filter((segment) => segment !== '' && !segment.startsWith('{'));
    return { name: singular(above.at(-2) ?? last), action: 'list', reason: `/${last} lists` };
  }
  if (operation.method !== 'get') return undefined;
  return { name: known ?? singular(last), action: 'list', reason: 'GET answers with a list' };
}

function reasonOf(operation: Operation, action: ResourceAction): string {
  const method = operation.method.toUpperCase();
  if (operation.path.endsWith('}')) return `${method} of one by its id`;
  if (action === 'create') return 'POST to the collection';
  if (action === 'transition') return 'POST below one thing';
  return action === 'list' ? 'GET answers with a list' : `${method} of a thing there is one of`;
}

/** The operations that say most about a thing, first. */
const telling: readonly (ResourceAction | 'stateless')[] = [
  'read',
  'create',
  'replace',
  'update',
  'transition',
  'remove',
  'list',
];

function kindOf(
  contract: Contract,
  name: string,
  operations: readonly [Operation, Understood][],
  resource: Resource | undefined,
): Kind | undefined {
  const schemas = telling.flatMap((action) =>
    operations
      .filter(([, entry]) => entry.action === action)
      .flatMap(([operation]) => {
        const schema = itemSchemaOf(contract, operation, name, action === 'list');
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
  const names = [resource?.id, variable, 'id', `${name}Id`, 'uuid', 'key', 'code', 'number', 'reference'];
  return {
    name,
    id: names.find((candidate) => candidate !== undefined && properties.has(candidate)),
    schema,
    states: resource?.states && properties.has(resource.states.property) ? resource.states : undefined,
    isMade: makers.length > 0,
    makers,
    examples: examplesOf(contract, name, operations),
    readPaths: reads.map((operation) => operation.path),
  };
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

/** Moves are declared with the operation that makes them; its path, or its body, names the thing. */
function moverOf(kinds: ReadonlyMap<string, Kind>, operation: Operation, variables: readonly string[]): Plan['moves'] {
  for (const kind of kinds.values()) {
    if (!kind.states?.moves.some((move) => move.by === operation.id)) continue;
    const named = variables.findLast((variable) => variable.toLowerCase().startsWith(kind.name.toLowerCase()));
    return { kind, variable: named ?? variables.at(-1) ?? `${kind.name}Id` };
  }
  return undefined;
}
