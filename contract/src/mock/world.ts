// The things of a mock: seeded, conjured, found, moved on by timers. Everything that becomes a thing passes here.

import type { Generator } from '../generate/instance.ts';
import { isObject } from '../load/pointer.ts';
import type { Contract, JsonObject, JsonValue, Schema } from '../model/contract.ts';
import { compileBody } from '../schema/compile.ts';
import type { MockCall } from './answer.ts';
import type { Jobs } from './jobs.ts';
import type { Kind } from './kinds.ts';
import { Makings } from './making.ts';
import { copied, drop, put } from './overlay.ts';
import { withPart } from './places.ts';
import type { Plan } from './plan.ts';
import type { Sketch } from './sketch.ts';
import { isUnder, type Store, type Thing } from './store.ts';
import { isFreeId, newId, propertyOf } from './things.ts';

/** One call, with what was worked out for it. */
export interface Turn extends MockCall {
  contract: Contract;
  plan: Plan;
  generator: Generator;
  /** Parents by path variable. */
  under: Record<string, string>;
}

/** What is known of a new thing before it is made up. */
export interface Fresh {
  sketch: Sketch;
  given: JsonObject;
  /** Parts that it will not have. */
  absent: ReadonlySet<string>;
}

interface PathPart {
  text: string;
  /** Of a variable. */
  name: string | undefined;
  /** The path ends with it. */
  isLast: boolean;
}

interface DraftWish {
  /** What makes it another one than its neighbours. */
  key: string;
  ordinal?: number;
  example?: JsonObject | undefined;
  id?: string;
  /** A new one: without parts that nobody has given it yet. */
  fresh?: Fresh;
}

/** Things an owner begins with, unless `x-plinth.mock.count` says how many. */
const usualCount = 5;
/** Things of the examples that are seeded, at most. */
const mostExamples = 50;

/** What an id that nobody has seen means: `auto` = not found where callers can make such things, else it appears. */
export type UnknownId = 'auto' | 'conjure' | '404';

export interface WorldOptions {
  store: Store;
  seed: number;
  unknownId: UnknownId;
  jobs: Jobs;
}

export class World {
  readonly contract: Contract;
  readonly store: Store;
  readonly seed: number;
  readonly #unknownId: UnknownId;
  readonly #jobs: Jobs;
  /** Worked out once: by kind, and by schema of an answer. */
  readonly #projections = new Map<Kind, (item: JsonObject) => JsonObject>();
  readonly makings: Makings;
  /** Of the paths of the contract. */
  readonly #parts = new Map<string, readonly PathPart[]>();
  readonly #envelopes = new WeakMap<object, JsonValue>();

  constructor(contract: Contract, { store, seed, unknownId, jobs }: WorldOptions) {
    this.contract = contract;
    this.makings = new Makings(contract);
    this.store = store;
    this.seed = seed;
    this.#unknownId = unknownId;
    this.#jobs = jobs;
  }

  /** Each owner begins with a few things: those of the examples, then generated ones. */
  seedFor(kind: Kind, turn: Turn): void {
    const owner = this.ownerOf(kind, turn);
    const parents = Object.entries(turn.under);
    let place = `${kind.name}/${owner ?? ''}`;
    for (const [name, id] of parents) place += `/${name}=${id}`;
    // Who sees everybody's things needs no things of nobody.
    if (!this.store.mark(place)) return;
    const isSettled = owner === undefined && this.store.all(kind.name).some((thing) => isUnder(thing, turn.under));
    if (isSettled) return;
    const count = this.contract.policy.mock?.count ?? usualCount;
    const examples = kind.examples.slice(0, mostExamples);
    const total = parents.length > 0 ? count : Math.max(count, owner === undefined ? examples.length : 0);
    for (let index = 0; index < total; index++) {
      const thing = this.draft(kind, turn, { key: `${place}/${index}`, ordinal: index, example: examples[index] });
      if (thing && !this.store.get(kind.name, thing.id, thing.under))
        this.store.put(kind.name, { ...thing, seeded: true });
    }
  }

  /** A thing that is not kept yet; undefined when the kind's items are no objects. */
  draft(kind: Kind, turn: Turn, { key, ordinal = 0, example, id, fresh }: DraftWish): Thing | undefined {
    const { generator } = turn;
    const fits = this.fits(kind, turn);
    const shown = example && fits(example) ? copied(example) : undefined;
    const made = (schema: Schema): JsonValue =>
      generator.instance(schema, { name: kind.name, direction: 'response', key, ordinal }).value;
    const ownId = fresh && id === undefined ? this.#giveId(kind, fresh, key) : undefined;
    const item = shown ?? (fresh && this.#fresh(kind, fresh, { made, fits })) ?? made(kind.schema);
    if (!isObject(item)) return undefined;
    const owner = this.ownerOf(kind, turn);
    if (kind.owner !== undefined && owner !== undefined) put(item, kind.owner, owner, fits);
    this.#nameParents(item, kind, { under: turn.under, fits });
    if (!shown && kind.states) {
      put(item, kind.states.property, restingState(kind), fits);
      dropUnreached(kind, item, fits);
    }
    return {
      id: id ?? this.#identify(kind, item, { key, isShown: shown !== undefined, ownId }),
      ...(owner === undefined ? {} : { owner }),
      under: { ...turn.under },
      since: textOfTime(turn.now),
      item,
    };
  }

  /** Parents stand in the properties that have their names. */
  #nameParents(item: JsonObject, kind: Kind, at: { under: Turn['under']; fits: (item: JsonObject) => boolean }): void {
    for (const [name, parent] of Object.entries(at.under))
      if (name !== kind.id && propertyOf(this.contract, kind.schema, name)['type'] === 'string')
        put(item, name, parent, at.fits);
  }

  /** An id that needs nothing of the thing is given before: no other has to be made up for its place. */
  #giveId(kind: Kind, { given }: Fresh, key: string): JsonValue | undefined {
    if (kind.id === undefined || !isFreeId(this.contract, kind)) return undefined;
    return (given[kind.id] = newId(this.contract, kind, { given: undefined, key: `${this.seed}/${key}/0` }));
  }

  /** The sketch of a new thing; what is given is not made up, unless the whole is not valid then. It stands there as it is. */
  #fresh(
    kind: Kind,
    { sketch, given, absent }: Fresh,
    by: { made: (schema: Schema) => JsonValue; fits: (item: JsonObject) => boolean },
  ): JsonObject | undefined {
    const isKnown = sketch.names.every((name) => given[name] !== undefined || absent.has(name));
    const rest = isKnown ? {} : by.made(sketch.without(new Set([...Object.keys(given), ...absent])));
    if (isObject(rest)) {
      const item: JsonObject = {};
      for (const name of sketch.names) {
        const value = given[name] ?? copied(rest[name]);
        if (value !== undefined) item[name] = value;
      }
      if (by.fits(item)) return item;
    }
    const whole = by.made(sketch.whole);
    return isObject(whole) && by.fits(whole) ? whole : undefined;
  }

  /** Literal parts and variables of a path, in turn. */
  partsOf(path: string): readonly PathPart[] {
    let parts = this.#parts.get(path);
    if (!parts) {
      parts = path.split(/(\{[^}]+\})/).map((text) => ({
        text,
        name: text.startsWith('{') ? text.slice(1, -1) : undefined,
        isLast: path.endsWith(text),
      }));
      this.#parts.set(path, parts);
    }
    return parts;
  }

  /** The item without what only requests may say. */
  readable(kind: Kind, item: JsonObject): JsonObject {
    let project = this.#projections.get(kind);
    if (!project) {
      const reader = compileBody(kind.schema, this.contract.document, { unknown: 'pass', direction: 'response' });
      this.#projections.set(kind, (project = (each) => reader.project(each) as JsonObject));
    }
    return project(item);
  }

  /** What stands around the part at `path` in answers of a schema: made up once, with nothing in that place. */
  envelopeOf(turn: Turn, schema: JsonObject, path: readonly string[]): JsonValue {
    let envelope = this.#envelopes.get(schema);
    if (envelope === undefined) {
      const { value } = turn.generator.instance(schema, { name: 'page', direction: 'response', key: 'page' });
      this.#envelopes.set(schema, (envelope = withPart(value, path, null)));
    }
    return copied(envelope);
  }

  /** The id an example shows is kept by the first who has it; everybody else gets a new one. */
  #identify(
    kind: Kind,
    item: JsonObject,
    { key, isShown, ownId }: { key: string; isShown: boolean; ownId: JsonValue | undefined },
  ): string {
    if (kind.id === undefined)
      return textOfId(newId(this.contract, kind, { given: undefined, key: `${this.seed}/${key}` }));
    const given = item[kind.id];
    if (isShown && given !== undefined && !this.store.get(kind.name, textOfId(given))) return textOfId(given);
    for (let turn = 0; turn < 20; turn++) {
      const isFirst = turn === 0;
      const made =
        (isFirst ? ownId : undefined) ??
        newId(this.contract, kind, { given: isFirst ? given : undefined, key: `${this.seed}/${key}/${turn}` });
      item[kind.id] = made;
      if (!this.store.get(kind.name, textOfId(made))) break;
    }
    return textOfId(item[kind.id]);
  }

  fits(kind: Kind, turn: Turn): (item: JsonObject) => boolean {
    const validator = turn.generator.validator(kind.schema, 'response');
    return (item) => validator.check(item);
  }

  /** Whose things a call is about: the caller's, else those of the owner that path or query name. */
  ownerOf(kind: Kind, turn: Turn): string | undefined {
    if (turn.owner !== undefined) return turn.owner;
    const named = kind.owner === undefined ? undefined : turn.input[kind.owner];
    return typeof named === 'string' ? named : undefined;
  }

  /** What is there, as of now: timers that ran out have moved it on. */
  find(kind: Kind, id: string, turn: Turn): Thing | undefined {
    const thing = this.store.get(kind.name, id, turn.under);
    if (!thing || thing.gone) return undefined;
    return this.#seen(kind, this.#timed(kind, thing, turn), turn);
  }

  /** Things of a list, in the order they were made. */
  listed(kind: Kind, turn: Turn): Thing[] {
    const owner = this.ownerOf(kind, turn);
    return this.store
      .all(kind.name)
      .filter((thing) => !thing.gone && isUnder(thing, turn.under) && (owner === undefined || thing.owner === owner))
      .map((thing) => this.#seen(kind, this.#timed(kind, thing, turn), turn))
      .filter((thing) => thing !== undefined);
  }

  /** As its job has it now; one that is no longer retained is gone. */
  #seen(kind: Kind, thing: Thing, turn: Turn): Thing | undefined {
    const seen = this.#jobs.seen(kind, thing, { now: turn.now, fits: this.fits(kind, turn) });
    if (!seen) this.store.put(kind.name, { ...thing, gone: true });
    return seen;
  }

  /** The thing; or, where callers cannot make any, one that appears from seed, id and owner, and then stays. */
  findOrConjure(kind: Kind, id: string, turn: Turn): Thing | undefined {
    const found = this.find(kind, id, turn);
    if (found ?? this.store.get(kind.name, id, turn.under)?.gone) return found;
    const isNamed = turn.plan.variable !== undefined && !id.startsWith('~');
    if (isNamed && !this.#appears(kind, id)) return undefined;
    const shown = kind.examples.find((example) => kind.id !== undefined && textOfId(example[kind.id]) === id);
    const thing = this.draft(kind, turn, {
      key: [kind.name, turn.owner ?? '', ...Object.values(turn.under), id].join('/'),
      example: shown ?? (isNamed ? undefined : kind.examples[0]),
      id,
    });
    if (!thing) return undefined;
    if (isNamed && kind.id !== undefined) {
      const { type } = propertyOf(this.contract, kind.schema, kind.id);
      const isNumber = type === 'integer' || type === 'number';
      put(thing.item, kind.id, isNumber && id.trim() !== '' ? Number(id) : id, this.fits(kind, turn));
    }
    this.store.put(kind.name, thing);
    return thing;
  }

  /** Ids that the contract shows are always there. */
  #appears(kind: Kind, id: string): boolean {
    if (this.#unknownId === 'conjure' || kind.shownIds.has(id)) return true;
    return this.#unknownId === 'auto' && !kind.isMade;
  }

  /** `by: timer` moves whose time has come, one after another. */
  #timed(kind: Kind, thing: Thing, turn: Turn): Thing {
    const { states } = kind;
    if (!states?.moves.some((move) => move.by === 'timer')) return thing;
    let current = thing;
    for (let step = 0; step < states.moves.length; step++) {
      const state = current.item[states.property];
      const since = Temporal.Instant.from(current.since);
      const move = states.moves.find((entry) => entry.by === 'timer' && entry.from.includes(state as string));
      const due = move && since.add({ seconds: Math.ceil(move.afterS ?? 0) });
      if (!move || !due || Temporal.Instant.compare(due, turn.now) > 0) break;
      current = { ...current, since: due.toString(), item: { ...current.item, [states.property]: move.to } };
    }
    if (current !== thing) this.store.put(kind.name, current);
    return current;
  }
}

/** `rejectedBecause` and `cancelledAt` are not there while nothing is rejected or cancelled. */
function dropUnreached({ states }: Kind, item: JsonObject, fits: (item: JsonObject) => boolean): void {
  if (!states) return;
  const current = textOfId(item[states.property]);
  const others = [...states.final, ...states.moves.map(({ to }) => to)].filter((state) => state !== current);
  for (const name of Object.keys(item)) {
    const isOther = others.some((state) => state.length > 3 && name.toLowerCase().startsWith(state.toLowerCase()));
    if (isOther && name !== states.property) drop(item, name, fits);
  }
}

/** Where seeded things stand: the first state, or the one it leads to by itself when callers cannot act in it. */
function restingState({ states, makers }: Kind): string {
  let state = states?.initial ?? '';
  const moves = states?.moves ?? [];
  for (let step = 0; step < moves.length; step++) {
    const open = moves.filter((move) => move.from.includes(state));
    const own = open.find(({ by }) => by === 'timer' || by.startsWith('event:') || makers.includes(by));
    if (!own || own !== open[0]) break;
    state = own.to;
  }
  return state;
}

/** The last time that was asked for: many things are made in one step of the clock. */
let lastTime: { at: Temporal.Instant | undefined; text: string } = { at: undefined, text: '' };

function textOfTime(at: Temporal.Instant): string {
  if (lastTime.at !== at) lastTime = { at, text: at.toString() };
  return lastTime.text;
}

export function textOfId(id: unknown): string {
  return typeof id === 'string' || typeof id === 'number' ? String(id) : '';
}
