// How a mock understands each operation: which thing, what happens to it, where its id stands. Worked out once.
// Begins with the contract's resources and goes on where answers say more (lists inside envelopes, moves of `states`).

import { follow } from '../load/pointer.ts';
import type { Contract, Operation, Resource, ResourceAction } from '../model/contract.ts';
import { singular } from '../model/resources.ts';
import { type AsyncPolicy, asyncOf } from './jobs.ts';
import { type Kind, kindsOf, type Understood, variablesOf } from './kinds.ts';
import { type ChosenAnswer, chooseAnswer, isJson, listPlace, thingPlace } from './places.ts';

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
  /** It answers 202 and has its effect later. */
  async: AsyncPolicy | undefined;
}

/** One plan an operation, by operationId. */
export function planContract(contract: Contract): { plans: Map<string, Plan>; kinds: Map<string, Kind> } {
  const declared = new Map<string, { resource: Resource; action: ResourceAction }>();
  for (const resource of contract.resources)
    for (const { id, action } of resource.operations) declared.set(id, { resource, action });
  const understood = new Map(
    contract.operations.map((operation) => [operation, understand(contract, operation, declared)]),
  );
  tellApart(contract, understood);
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
      async: asyncOf(operation),
      answer: chooseAnswer(operation) ?? { status: 200, media: undefined, headers: [] },
    });
  }
  return { plans, kinds };
}

/**
 * Users of a company and users of a project: things of one name that are read in different forms are different kinds.
 * Gives the operations of all but the first a name of their own.
 */
function tellApart(contract: Contract, understood: Map<Operation, Understood>): void {
  const inferred = [...understood].filter(([operation, { name }]) => name !== '' && !operation.policy.resource);
  for (const [word, of] of Map.groupBy(inferred, ([, { name }]) => name)) {
    const names = new Map<unknown, string>();
    const nameByHome = new Map<string, string>();
    for (const [operation, { action }] of of) {
      const schema = chooseAnswer(operation)?.media?.schema;
      if (action !== 'read' || !operation.path.endsWith('}') || schema === undefined) continue;
      const form = follow(contract.document, thingPlace(contract, schema, word).schema);
      const home = operation.path.slice(0, operation.path.lastIndexOf('/'));
      if (!names.has(form)) names.set(form, names.size === 0 ? word : freeName(word, home, [...names.values()]));
      nameByHome.set(home, names.get(form) ?? word);
    }
    if (names.size < 2) continue;
    const homes = [...nameByHome.keys()].toSorted((left, right) => right.length - left.length);
    for (const [operation, entry] of of) {
      const home = homes.find((each) => operation.path === each || /^[/:]/.test(belowOf(operation.path, each)));
      const name = home === undefined ? word : (nameByHome.get(home) ?? word);
      if (name !== word) understood.set(operation, { ...entry, name, word });
    }
  }
}

/** What follows `home` in a path; '' when it stands elsewhere. */
function belowOf(path: string, home: string): string {
  return path.startsWith(home) ? path.slice(home.length) : '';
}

/** `project-user` for `/projects/{id}/users`. */
function freeName(word: string, home: string, taken: readonly string[]): string {
  const above = home.split('/').filter((segment) => segment !== '' && !segment.startsWith('{'));
  const name = `${singular(above.at(-2) ?? 'other')}-${word}`;
  return taken.includes(name) ? `${name}-${taken.length + 1}` : name;
}

/** The variable with the thing's id: the last of a path that ends with one, or that of the thing the path goes on from. */
function idVariable(operation: Operation, action: Plan['action'], kind: Kind | undefined): string | undefined {
  const variables = variablesOf(operation);
  if (action !== 'transition') return operation.path.endsWith('}') ? variables.at(-1) : undefined;
  const above = kind?.readPaths.find(
    (path) => /^[/:]/.test(operation.path.slice(path.length)) && operation.path.startsWith(path),
  );
  return above === undefined ? variables.at(-1) : [...above.matchAll(/\{([^}]+)\}/g)].at(-1)?.[1];
}

/** `POST /carts/{id}/line-items` that answers with the cart: the name of the kind it changes. */
function parentAnswered(
  contract: Contract,
  operation: Operation,
  { name, word, action }: Understood,
  kinds: ReadonlyMap<string, Kind>,
): string | undefined {
  const schema = chooseAnswer(operation)?.media?.schema;
  if (schema === undefined || !['create', 'update', 'replace', 'transition'].includes(action)) return undefined;
  for (const kind of kinds.values()) {
    if (kind.name === name || !kind.readPaths.some((path) => operation.path.startsWith(`${path}/`))) continue;
    const place = thingPlace(contract, schema, kind.word);
    // An assignment of a role to a user answers with both: it is the role that is made.
    const own = thingPlace(contract, schema, word ?? name).path.join('/');
    if (own !== '' && own !== place.path.join('/')) continue;
    const answered = follow(contract.document, place.schema);
    if (answered !== undefined && answered === follow(contract.document, kind.schema)) return kind.name;
  }
  return undefined;
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
  if (media && !isJson(media.type)) return understandFile(contract, operation, media.type, known);
  const last = operation.path.split(/[/:]/).findLast((segment) => segment !== '' && !segment.startsWith('{')) ?? '';
  const list = media?.schema === undefined ? undefined : listPlace(contract, media.schema);
  const asList =
    list && !operation.path.endsWith('}') ? understandList(operation, last, known?.resource.name) : undefined;
  if (asList) return asList;
  const isListed = contract.operations.some(
    (other) => other.path === operation.path && other.method === 'get' && declared.get(other.id)?.action === 'list',
  );
  const verb = verbOf(operation);
  if (verb) return verb;
  const single = singletonChange(contract, operation, declared);
  if (!known && single) return single;
  if (!known && operation.method === 'post' && isListed)
    return { name: singular(last), action: 'create', reason: 'POST where GET lists' };
  if (!known) return { name: '', action: 'stateless', reason: 'no thing can be seen behind it' };
  return { name: known.resource.name, action: known.action, reason: reasonOf(operation, known.action) };
}

/** What answers with a picture or paper is about a thing, where such things are made. */
function understandFile(
  contract: Contract,
  operation: Operation,
  type: string,
  known: { resource: Resource; action: ResourceAction } | undefined,
): Understood {
  if (known?.action === 'read' && isMadeAt(contract, collectionOf(operation)))
    return { name: known.resource.name, action: 'read', reason: `GET of the ${type} of one by its id` };
  return { name: '', action: 'stateless', reason: `answers ${type}` };
}

/** `/tickets/{id}/attachments` of `/tickets/{id}/attachments/{file}`; undefined for a path that does not end with an id. */
function collectionOf({ method, path }: Operation): string | undefined {
  return method === 'get' ? /^(.+)\/\{[^/{}]+\}$/.exec(path)?.[1] : undefined;
}

/** What is made there is told of, so it can be known again. */
function isMadeAt(contract: Contract, collection: string | undefined): boolean {
  return contract.operations.some(
    (other) => other.method === 'post' && other.path === collection && isJson(chooseAnswer(other)?.media?.type ?? ''),
  );
}

/** `POST /orders/{id}:cancel` moves an order. */
function verbOf({ method, path }: Operation): Understood | undefined {
  const [, above = ''] = /^(.*\/[^/]*\}):[A-Za-z_-]+$/.exec(path) ?? [];
  if (method !== 'post' || above === '') return undefined;
  const collection = above.split('/').findLast((segment) => segment !== '' && !segment.startsWith('{')) ?? '';
  return { name: singular(collection), action: 'transition', reason: 'POST of a verb behind one thing' };
}

const singleActions: Partial<Record<string, ResourceAction>> = { put: 'replace', patch: 'update', delete: 'remove' };

/** `PATCH /me` changes what `GET /me` reads. */
function singletonChange(
  contract: Contract,
  { method, path }: Operation,
  declared: ReadonlyMap<string, { resource: Resource; action: ResourceAction }>,
): Understood | undefined {
  const action = singleActions[method];
  const reader = contract.operations.find((other) => other.method === 'get' && other.path === path);
  const read = reader && declared.get(reader.id);
  if (!action || read?.action !== 'read' || path.endsWith('}')) return undefined;
  return { name: read.resource.name, action, reason: `${method.toUpperCase()} of a thing there is one of` };
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

/** Moves are declared with the operation that makes them; its path, or its body, names the thing. */
function moverOf(kinds: ReadonlyMap<string, Kind>, operation: Operation, variables: readonly string[]): Plan['moves'] {
  for (const kind of kinds.values()) {
    if (!kind.states?.moves.some((move) => move.by === operation.id)) continue;
    const named = variables.findLast((variable) => variable.toLowerCase().startsWith(kind.word.toLowerCase()));
    return { kind, variable: named ?? variables.at(-1) ?? `${kind.word}Id` };
  }
  return undefined;
}
