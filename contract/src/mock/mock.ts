// The stateful mock: what a contract's operations would answer if somebody had written them. Things are created, read
// back, listed, changed and removed; declared state machines are kept; every answer is valid against its own schema.
// Pure: time comes with the call, chance from the seed, so equal calls give equal bytes.

import { Generator } from '../generate/instance.ts';
import type { Contract, JsonObject, Operation } from '../model/contract.ts';
import { type MockAnswer, type MockCall, type MockExplanation, refusal } from './answer.ts';
import { addPart, addressOf, made, moved, patched, replaced, taken } from './change.ts';
import { type DeclaredError, declaredError } from './declared-error.ts';
import type { Kind } from './kinds.ts';
import { pageOf } from './list.ts';
import { narrowed, type Page, speakList } from './page.ts';
import { type Plan, planContract } from './plan.ts';
import { isStateless, readPreferences } from './prefer.ts';
import { replyGenerated, replyWith } from './reply.ts';
import { speakThing } from './speak.ts';
import { MemoryStore, type Store, type Thing } from './store.ts';
import { textOfId, type Turn, type UnknownId, World } from './world.ts';

export interface MockOptions {
  /** Default 1. */
  seed?: number;
  /** Where things are kept; a store of its own by default. */
  store?: Store;
  /** Default `auto`. */
  unknownId?: UnknownId;
}

export class Mock {
  readonly contract: Contract;
  readonly #world: World;
  readonly #plans: ReadonlyMap<string, Plan>;
  readonly #kinds: ReadonlyMap<string, Kind>;

  constructor(contract: Contract, { seed = 1, store = new MemoryStore(), unknownId = 'auto' }: MockOptions = {}) {
    this.contract = contract;
    this.#world = new World(contract, { store, seed, unknownId });
    const { plans, kinds } = planContract(contract);
    this.#plans = plans;
    this.#kinds = kinds;
  }

  /** How each operation was understood, in the order of the contract. */
  explain(): MockExplanation[] {
    return this.contract.operations.map(({ id }) => {
      const plan = this.#plans.get(id);
      const reason = plan?.moves
        ? `${plan.reason}; moves the ${plan.moves.kind.name} by x-plinth.states`
        : plan?.reason;
      return {
        operation: id,
        resource: plan?.kind?.name ?? '',
        action: plan?.action ?? 'stateless',
        reason: reason ?? '',
      };
    });
  }

  /** Whose things are; ids nobody has seen are missing, things of nobody in particular have no owner keys. */
  owners(resource: string, ids: readonly string[]): Map<string, readonly string[]> {
    return new Map(
      ids.flatMap((id): [string, readonly string[]][] => {
        const thing = this.#world.store.get(resource, id);
        return thing && !thing.gone ? [[id, thing.owner === undefined ? [] : [thing.owner]]] : [];
      }),
    );
  }

  /** Answers a call whose input the contract accepts. Never throws for what a contract can say. */
  answer(call: MockCall): MockAnswer {
    const preferences = readPreferences(call.prefer);
    const turn = this.#turn(call, preferences.seed);
    if (isStateless(preferences)) return replyGenerated(turn, preferences);
    const { plan } = turn;
    const orphan = this.#withoutParent(turn);
    if (orphan) return orphan;
    if (plan.moves && plan.moves.kind !== plan.kind) return this.#moveOther(turn, plan.moves);
    if (!plan.kind) return replyGenerated(turn);
    return this.#act(plan.kind, turn);
  }

  /** A problem document in the form that the operation declares for such an error; undefined = as it is. */
  declaredError(operation: Operation, problem: JsonObject, now: Temporal.Instant): DeclaredError | undefined {
    const generator = new Generator({ document: this.contract.document, seed: this.#world.seed, now });
    return declaredError(this.contract, operation, problem, generator);
  }

  /** The input with ids of things that are there, in a state that allows the operation where one is. */
  sample(call: MockCall): Record<string, unknown> {
    const input: Record<string, unknown> = { ...call.input };
    const { plan } = this.#turn(call);
    for (const variable of plan.parents) {
      const parent = this.#kindAt(plan, variable);
      const [thing] = parent ? this.#candidates(parent, { ...call, input }) : [];
      if (thing) input[variable] = thing.id;
    }
    if (plan.kind && plan.variable !== undefined) {
      const things = this.#candidates(plan.kind, { ...call, input });
      const moves = plan.kind.states?.moves.filter((move) => move.by === call.operation.id) ?? [];
      const property = plan.kind.states?.property ?? '';
      const ready = things.find(({ item }) => moves.some((move) => move.from.includes(textOfId(item[property]))));
      const thing = ready ?? things[0];
      if (thing) input[plan.variable] = thing.id;
    }
    return input;
  }

  /** State as plain data, to be kept or put back. */
  snapshot(): JsonObject {
    return this.#world.store.snapshot();
  }

  /** Throws a TypeError when `state` is no snapshot. */
  restore(state: JsonObject): void {
    this.#world.store.restore(state);
  }

  /**
   * Forgets what does not fit the contract: things of kinds that are gone, items that are no longer valid. For a store
   * that an earlier version of the contract has filled.
   */
  adopt(now: Temporal.Instant): { kept: number; forgotten: number } {
    const { store, seed } = this.#world;
    const generator = new Generator({ document: this.contract.document, seed, now });
    const told = { kept: 0, forgotten: 0 };
    for (const name of store.resources()) {
      const kind = this.#kinds.get(name);
      const validator = kind && generator.validator(kind.schema, 'response');
      for (const { id, item } of store.all(name))
        if (validator?.check(item) === true) told.kept += 1;
        else {
          store.forget(name, id);
          told.forgotten += 1;
        }
    }
    return told;
  }

  #turn(call: MockCall, seed = this.#world.seed): Turn {
    const plan = this.#plans.get(call.operation.id);
    if (!plan) throw new TypeError(`${call.operation.id} is no operation of ${this.contract.id}`);
    const under: Record<string, string> = {};
    for (const name of plan.parents) if (call.input[name] !== undefined) under[name] = textOfId(call.input[name]);
    const generator = new Generator({ document: this.contract.document, seed, now: call.now });
    return { ...call, plan, generator, under };
  }

  /** Things of a kind as this caller would list them. */
  #candidates(kind: Kind, call: MockCall): Thing[] {
    const turn = this.#turn(call);
    const seen = { ...turn, under: kind === turn.plan.kind ? turn.under : {} };
    this.#world.seedFor(kind, seen);
    return this.#world.listed(kind, seen);
  }

  /** The kind a path variable names: the one whose reading path ends there. */
  #kindAt(plan: Plan, variable: string): Kind | undefined {
    const { path } = plan.operation;
    const upTo = path.slice(0, path.indexOf(`{${variable}}`) + variable.length + 2);
    return [...this.#kinds.values()].find((kind) => kind.readPaths.includes(upTo));
  }

  /** A parent that was removed, or that callers would have to create first, is not found. */
  #withoutParent(turn: Turn): MockAnswer | undefined {
    for (const [variable, id] of Object.entries(turn.under)) {
      const parent = this.#kindAt(turn.plan, variable);
      if (!parent || parent === turn.plan.kind) continue;
      const seen: Turn = { ...turn, under: {} };
      this.#world.seedFor(parent, seen);
      const known = this.#world.store.get(parent.name, id);
      if (known ? known.gone : parent.isMade) return refusal('not-found');
    }
    return undefined;
  }

  #act(kind: Kind, turn: Turn): MockAnswer {
    const world = this.#world;
    const { action } = turn.plan;
    if (action === 'list') {
      world.seedFor(kind, turn);
      const page = pageOf(world, kind, world.listed(kind, turn), turn);
      return withPageHeaders(
        turn,
        page,
        replyWith(turn, (schema) => narrowed(world, turn, schema, speakList(world, turn, schema, page))),
      );
    }
    if (action === 'create') return this.#create(kind, turn);
    const found = this.#find(kind, turn, action === 'replace');
    if (!found) return refusal('not-found');
    if (isStale(turn, found)) return refusal('precondition-failed');
    switch (action) {
      case 'read':
        return replyWith(turn, (schema) =>
          narrowed(world, turn, schema, speakThing(world, turn, schema, { kind, thing: found })),
        );
      case 'replace':
        return this.#keep(kind, turn, replaced(world, kind, turn, found));
      case 'update':
        return this.#keep(kind, turn, patched(world, kind, turn, found));
      case 'remove':
        return this.#remove(kind, turn, found);
      case 'transition': {
        const next = moved(world, kind, turn, found);
        return 'kind' in next ? next : this.#keep(kind, turn, next, true);
      }
      default:
        return replyGenerated(turn);
    }
  }

  #find(kind: Kind, turn: Turn, orMake: boolean): Thing | undefined {
    this.#world.seedFor(kind, turn);
    const { variable } = turn.plan;
    const owner = this.#world.ownerOf(kind, turn) ?? '';
    // There is one of it: per owner and parents.
    const id =
      variable === undefined ? ['~', owner, ...Object.values(turn.under)].join('/') : textOfId(turn.input[variable]);
    const found = this.#world.findOrConjure(kind, id, turn);
    // PUT makes what is not there, unless making is said elsewhere.
    return found ?? (orMake && !kind.isMade ? this.#world.draft(kind, turn, { key: `put/${id}`, id }) : undefined);
  }

  #create(kind: Kind, turn: Turn): MockAnswer {
    const world = this.#world;
    world.seedFor(kind, turn);
    const thing = made(world, kind, turn);
    if (!thing) return replyGenerated(turn);
    if (world.find(kind, thing.id, turn)) return refusal('conflicting-state', { currentState: 'exists', next: [] });
    const answer = this.#keep(kind, turn, thing);
    const location = addressOf(world, kind, { ...turn, origin: undefined }, thing);
    if (answer.kind !== 'answer' || location === undefined) return answer;
    return { ...answer, headers: { ...answer.headers, location } };
  }

  #remove(kind: Kind, turn: Turn, thing: Thing): MockAnswer {
    const answer = this.#say(kind, turn, thing);
    if (answer.kind === 'answer') this.#world.store.put(kind.name, { ...thing, gone: true });
    return answer;
  }

  /** An operation that moves one thing and answers with another: a freeze of a card. */
  #moveOther(turn: Turn, { kind: other, variable }: NonNullable<Plan['moves']>): MockAnswer {
    const world = this.#world;
    const body = turn.input['body'] as JsonObject | undefined;
    const id = textOfId(turn.input[variable] ?? body?.[variable]);
    const seen: Turn = { ...turn, under: {}, plan: { ...turn.plan, variable } };
    world.seedFor(other, seen);
    const thing = world.findOrConjure(other, id, seen);
    if (!thing) return refusal('not-found');
    const next = moved(world, other, turn, thing);
    if ('kind' in next) return next;
    const { kind, action } = turn.plan;
    const answer = kind && action !== 'transition' ? this.#act(kind, turn) : this.#say(other, turn, next);
    if (answer.kind === 'answer') world.store.put(other.name, next);
    return answer;
  }

  /** Answers with the thing, and keeps it when the answer is one. */
  #keep(kind: Kind, turn: Turn, thing: Thing, mayAdd = false): MockAnswer {
    const twin = taken(this.#world, kind, turn, thing);
    if (twin !== undefined) return refusal('conflicting-state', { currentState: `${twin} is taken`, next: [] });
    const answer = this.#say(kind, turn, thing);
    if (answer.kind !== 'answer') return answer;
    if (mayAdd) addPart(this.#world, kind, turn, { thing, part: answer.body });
    this.#world.store.put(kind.name, thing);
    return answer;
  }

  #say(kind: Kind, turn: Turn, thing: Thing): MockAnswer {
    return replyWith(turn, (schema) => speakThing(this.#world, turn, schema, { kind, thing }));
  }
}

/** `Link` and a total, where the contract declares such headers. */
function withPageHeaders({ plan }: Turn, page: Page, answer: MockAnswer): MockAnswer {
  if (answer.kind !== 'answer') return answer;
  for (const { name } of plan.answer.headers) {
    const lower = name.toLowerCase();
    const links = Object.entries(page.links).filter(([relation]) => relation !== 'self');
    if (lower === 'link' && links.length > 0)
      answer.headers[lower] = links.map(([relation, address]) => `<${address}>; rel="${relation}"`).join(', ');
    if (/^x-(total|result|items?|total-items)-?(count)?$|^total-count$/.test(lower)) {
      const isResult = lower === 'x-result-count';
      answer.headers[lower] = String(isResult ? page.things.length : page.total);
    }
  }
  return answer;
}

/** The thing has another version than the one the caller has seen. */
function isStale({ ifMatch, plan }: Turn, { item }: Thing): boolean {
  return plan.action !== 'read' && ifMatch !== undefined && item['version'] !== ifMatch;
}

/** `createMock(contract, { seed, store })`. */
export function createMock(contract: Contract, options: MockOptions = {}): Mock {
  return new Mock(contract, options);
}
