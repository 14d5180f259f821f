// The stateful mock: what a contract's operations would answer if somebody had written them. Things are created, read
// back, listed, changed and removed; declared state machines are kept; every answer is valid against its own schema.
// Pure: time comes with the call, chance from the seed, so equal calls give equal bytes.

import { Generator } from '../generate/instance.ts';
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
import { bodyOf, chooseAnswer, fillEnvelope } from './answers.ts';
import { newId, ownerProperty, stateProperty, stemMatch } from './things.ts';

export interface MockOptions {
  seed?: number;
}

export interface MockCall {
  operation: Operation;
  /** Parameters by name and `body`. */
  input: Readonly<Record<string, unknown>>;
  /** Whose things these are; each owner has a set of their own. */
  owner?: string | undefined;
  now: Temporal.Instant;
}

export type MockAnswer =
  | { kind: 'answer'; status: number; type: string; body: unknown }
  /** `conflicting-state` and `not-found` are refusals a real implementation would give. */
  | {
      kind: 'problem';
      code: 'not-found' | 'conflicting-state' | 'mock-cannot-answer';
      values: Record<string, unknown>;
    };

/** How an operation was understood. */
export interface MockExplanation {
  operation: string;
  resource: string;
  action: ResourceAction | 'stateless';
}

interface Thing {
  owner: string | undefined;
  item: JsonObject;
}

/** Things of one resource kept at most; the oldest leave. */
const mostThings = 10_000;

export class Mock {
  readonly contract: Contract;
  readonly #seed: number;
  readonly #things = new Map<string, Map<string, Thing>>();
  readonly #seeded = new Set<string>();
  readonly #byOperation = new Map<string, { resource: Resource; action: ResourceAction }>();
  #count = 0;

  constructor(contract: Contract, options: MockOptions = {}) {
    this.contract = contract;
    this.#seed = options.seed ?? 1;
    for (const resource of contract.resources) {
      for (const { id, action } of resource.operations) this.#byOperation.set(id, { resource, action });
    }
  }

  explain(): MockExplanation[] {
    return this.contract.operations.map(({ id }) => {
      const known = this.#byOperation.get(id);
      return { operation: id, resource: known?.resource.name ?? '', action: known?.action ?? 'stateless' };
    });
  }

  /** Who owns things of a resource; ids nobody has seen are missing. */
  owners(resource: string, ids: readonly string[]): Map<string, readonly string[]> {
    const things = this.#of(resource);
    return new Map(
      ids.flatMap((id): [string, readonly string[]][] => {
        const thing = things.get(id);
        return thing ? [[id, thing.owner === undefined ? [] : [thing.owner]]] : [];
      }),
    );
  }

  answer(call: MockCall): MockAnswer {
    const known = this.#byOperation.get(call.operation.id);
    const turn: Turn = { ...call, generator: this.#generator(call.now), answer: chooseAnswer(call.operation) };
    if (!known) return this.#stateless(turn);
    // Nothing is known of the thing but its name (a file, a call): there is no state to keep.
    if (known.resource.schema === undefined) return this.#stateless(turn);
    this.#seedFor(known.resource, turn);
    switch (known.action) {
      case 'list':
        return this.#list(known.resource, turn);
      case 'create':
        return this.#create(known.resource, turn);
      case 'read':
        return this.#read(known.resource, turn);
      case 'replace':
      case 'update':
        return this.#change(known.resource, turn);
      case 'remove':
        return this.#remove(known.resource, turn);
      case 'transition':
        return this.#move(known.resource, turn);
      default:
        return this.#stateless(turn);
    }
  }

  /** Path variable and id of a thing the operation could name: for checks and sample calls. */
  sample(call: Pick<MockCall, 'operation' | 'owner' | 'now'>): Record<string, string> {
    const known = this.#byOperation.get(call.operation.id);
    if (!known || known.action === 'list' || known.action === 'create') return {};
    const turn: Turn = {
      ...call,
      input: {},
      generator: this.#generator(call.now),
      answer: chooseAnswer(call.operation),
    };
    this.#seedFor(known.resource, turn);
    const id = this.#of(known.resource.name).keys().next().value;
    return id === undefined ? {} : { [this.#variable(known.resource, call.operation)]: id };
  }

  /** State as plain data, to be kept or put back. */
  snapshot(): JsonObject {
    const things = Object.fromEntries(
      [...this.#things].map(([name, map]) => [
        name,
        [...map].map(([id, { owner, item }]) => ({ id, owner: owner ?? null, item })),
      ]),
    );
    return structuredClone({ count: this.#count, seeded: [...this.#seeded], things }) as unknown as JsonObject;
  }

  restore(state: JsonObject): void {
    const { count, seeded, things } = structuredClone(state) as unknown as {
      count: number;
      seeded: string[];
      things: Record<string, { id: string; owner: string | null; item: JsonObject }[]>;
    };
    this.#count = count;
    this.#seeded.clear();
    seeded.forEach((key) => this.#seeded.add(key));
    this.#things.clear();
    for (const [name, rows] of Object.entries(things))
      this.#things.set(name, new Map(rows.map(({ id, owner, item }) => [id, { owner: owner ?? undefined, item }])));
  }

  #of(resource: string): Map<string, Thing> {
    let things = this.#things.get(resource);
    if (!things) this.#things.set(resource, (things = new Map()));
    return things;
  }

  /** Each owner begins with a few things: those of the examples, then generated ones. */
  #seedFor(resource: Resource, turn: Turn): void {
    const key = `${resource.name}/${turn.owner ?? ''}`;
    if (this.#seeded.has(key) || resource.schema === undefined) return;
    this.#seeded.add(key);
    const count = this.contract.policy.mock?.count ?? 3;
    for (let index = 0; index < count; index++) {
      const item = this.#draft(resource, turn, `${key}/${index}`);
      if (item) this.#keep(resource, turn, item);
    }
  }

  #draft(resource: Resource, turn: Turn, key: string): JsonObject | undefined {
    if (resource.schema === undefined) return undefined;
    const { value } = turn.generator.instance(resource.schema, { name: resource.name, direction: 'response', key });
    if (!isObject(value)) return undefined;
    this.#count += 1;
    const schema = follow(this.contract.document, resource.schema as JsonValue);
    value[resource.id] = newId(this.contract, resource, {
      given: value[resource.id],
      key: `${this.#seed}/${key}/${this.#count}`,
    });
    if (resource.states) value[resource.states.property] = resource.states.initial;
    const owner = isObject(schema) ? ownerProperty(schema, this.contract.document) : undefined;
    if (owner && turn.owner !== undefined) value[owner] = turn.owner;
    return value;
  }

  #keep(resource: Resource, turn: Turn, item: JsonObject): void {
    const things = this.#of(resource.name);
    things.set(String(item[resource.id]), { owner: turn.owner, item });
    if (things.size > mostThings) things.delete(things.keys().next().value ?? '');
  }

  #generator(now: Temporal.Instant): Generator {
    return new Generator({ document: this.contract.document, seed: this.#seed, now });
  }

  #variable(resource: Resource, operation: Operation): string {
    const variables = [...operation.path.matchAll(/\{([^}]+)\}/g)].map((match) => match[1] ?? '');
    const stem = resource.name.toLowerCase().slice(0, 4);
    return variables.findLast((variable) => variable.toLowerCase().startsWith(stem)) ?? variables.at(-1) ?? '';
  }

  /** The thing the path names: by the last variable, or the one before a verb. */
  #find(resource: Resource, turn: Turn): { id: string; thing: Thing | undefined } {
    const name = this.#variable(resource, turn.operation);
    const id = String(turn.input[name] ?? '');
    return { id, thing: this.#of(resource.name).get(id) };
  }

  /** A thing nobody made, where callers cannot make any: it appears, and then stays. */
  #findOrConjure(resource: Resource, turn: Turn): Thing | undefined {
    const { id, thing } = this.#find(resource, turn);
    if (thing) return thing;
    const isMade = resource.operations.some(({ action }) => action === 'create');
    if (isMade && id !== '') return undefined;
    const item = this.#draft(resource, turn, `${resource.name}/${id}`);
    if (!item) return undefined;
    if (id !== '')
      item[resource.id] = typeof item[resource.id] === 'number' && !Number.isNaN(Number(id)) ? Number(id) : id;
    this.#keep(resource, turn, item);
    return this.#of(resource.name).get(String(item[resource.id]));
  }

  #list(resource: Resource, turn: Turn): MockAnswer {
    const { input, owner } = turn;
    let items = [...this.#of(resource.name).values()]
      .filter((thing) => owner === undefined || thing.owner === owner)
      .map(({ item }) => item);
    for (const param of turn.operation.params) {
      const wanted = input[param.name];
      if (param.in === 'query' && wanted !== undefined && items.some((item) => param.name in item)) {
        items = items.filter((item) =>
          Array.isArray(wanted) ? wanted.includes(item[param.name]) : item[param.name] === wanted,
        );
      }
    }
    const limit = Number(input['limit'] ?? input['pageSize'] ?? input['per_page'] ?? 25);
    const from = Number(input['cursor'] ?? input['offset'] ?? input['after'] ?? 0) || 0;
    const page = items.slice(from, from + limit);
    const next = from + limit < items.length ? String(from + limit) : null;
    return this.#reply(turn, (schema) =>
      fillEnvelope(this.contract, schema, {
        generator: turn.generator,
        items: page,
        total: items.length,
        next,
        limit,
        from,
      }),
    );
  }

  #create(resource: Resource, turn: Turn): MockAnswer {
    const item = this.#draft(resource, turn, `created/${resource.name}`);
    if (!item) return this.#stateless(turn);
    const body = turn.input['body'];
    if (isObject(body)) overlay(item, body, this.#names(resource.schema));
    const stamp = turn.now.toString({ smallestUnit: 'second' });
    for (const name of ['createdAt', 'created_at', 'updatedAt', 'updated_at'])
      if (name in item && typeof item[name] === 'string') item[name] = stamp;
    this.#keep(resource, turn, item);
    return this.#item(turn, resource, item);
  }

  #read(resource: Resource, turn: Turn): MockAnswer {
    const thing = this.#findOrConjure(resource, turn);
    return thing ? this.#item(turn, resource, thing.item) : notFound;
  }

  #change(resource: Resource, turn: Turn): MockAnswer {
    const thing = this.#findOrConjure(resource, turn);
    if (!thing) return notFound;
    const body = turn.input['body'];
    if (isObject(body)) overlay(thing.item, body, this.#names(resource.schema));
    if (typeof thing.item['version'] === 'number') thing.item['version'] += 1;
    return this.#item(turn, resource, thing.item);
  }

  #remove(resource: Resource, turn: Turn): MockAnswer {
    const thing = this.#findOrConjure(resource, turn);
    if (!thing) return notFound;
    this.#of(resource.name).delete(String(thing.item[resource.id]));
    return this.#item(turn, resource, thing.item);
  }

  #move(resource: Resource, turn: Turn): MockAnswer {
    const thing = this.#findOrConjure(resource, turn);
    if (!thing) return notFound;
    const { states } = resource;
    if (states) {
      const current = String(thing.item[states.property]);
      const own = states.moves.filter((move) => move.by === turn.operation.id);
      const move = own.find((entry) => entry.from.includes(current));
      if (own.length > 0 && !move) {
        const next = states.moves
          .filter((entry) => entry.from.includes(current) && !entry.by.startsWith('event:') && entry.by !== 'timer')
          .map((entry) => entry.by);
        return {
          kind: 'problem',
          code: 'conflicting-state',
          values: { currentState: current, next: [...new Set(next)] },
        };
      }
      if (move) thing.item[states.property] = move.to;
    } else {
      const state = stateProperty(this.contract, resource.schema);
      const to = state && stemMatch(turn.operation, state.values);
      if (state && to !== undefined) thing.item[state.name] = to;
    }
    if (typeof thing.item['version'] === 'number') thing.item['version'] += 1;
    return this.#item(turn, resource, thing.item);
  }

  /** The thing as the operation's answer describes it: itself, inside an envelope, or a task about it. */
  #item(turn: Turn, resource: Resource, item: JsonObject): MockAnswer {
    return this.#reply(turn, (schema) =>
      bodyOf(this.contract, schema, { generator: turn.generator, resource, item, input: turn.input, now: turn.now }),
    );
  }

  #stateless(turn: Turn): MockAnswer {
    return this.#reply(turn, (schema) => {
      const { value } = turn.generator.instance(schema, {
        name: turn.operation.id,
        direction: 'response',
        key: 'stateless',
      });
      return value;
    });
  }

  /** Proposes a body; what does not fit its schema is replaced by an example or by a generated one. */
  #reply(turn: Turn, propose: (schema: Schema) => JsonValue): MockAnswer {
    const { answer, generator, operation } = turn;
    const { status, media } = answer;
    if (!media) return { kind: 'answer', status, type: '', body: undefined };
    if (!media.type.includes('json')) return { kind: 'answer', status, type: media.type, body: textBody(media.type) };
    if (media.schema === undefined)
      return { kind: 'answer', status, type: media.type, body: media.examples[0]?.value ?? {} };
    const validator = generator.validator(media.schema, 'response');
    const proposal = propose(media.schema);
    const stateful = this.#byOperation.has(operation.id);
    const candidates = stateful
      ? [() => proposal, () => media.examples[0]?.value]
      : [() => media.examples[0]?.value, () => proposal];
    for (const candidate of candidates) {
      const value = candidate();
      if (value !== undefined && validator.check(value))
        return { kind: 'answer', status, type: media.type, body: structuredClone(value) };
    }
    const generated = generator.instance(media.schema, { name: operation.id, direction: 'response' });
    if (generated.valid) return { kind: 'answer', status, type: media.type, body: generated.value };
    const [fault] = validator.explain(generated.value, 1);
    return {
      kind: 'problem',
      code: 'mock-cannot-answer',
      values: { operation: operation.id, pointer: fault?.pointer ?? '', message: fault?.message ?? '' },
    };
  }

  #names(schema: Schema | undefined): ReadonlySet<string> {
    const node = follow(this.contract.document, schema as JsonValue);
    return new Set(isObject(node) && isObject(node['properties']) ? Object.keys(node['properties']) : []);
  }
}

interface Turn extends MockCall {
  generator: Generator;
  answer: ReturnType<typeof chooseAnswer>;
}

const notFound: MockAnswer = { kind: 'problem', code: 'not-found', values: {} };

/** Members of `from` that the thing has, or could have. */
function overlay(item: JsonObject, from: JsonObject, names: ReadonlySet<string>): void {
  for (const [name, value] of Object.entries(from))
    if (name in item || names.has(name)) item[name] = structuredClone(value);
}

/** A small body for media we do not look into. */
function textBody(type: string): string {
  if (type.includes('event-stream')) return 'data: {}\n\n';
  if (type.startsWith('text/html')) return '<!doctype html><title>Mock</title><p>Mock</p>';
  return 'mock';
}

/** `createMock(contract, { seed })`. */
export function createMock(contract: Contract, options: MockOptions = {}): Mock {
  return new Mock(contract, options);
}
