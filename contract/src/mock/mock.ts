// The stateful mock: what a contract's operations would answer if somebody had written them. Things are created, read
// back, listed, changed and removed; declared state machines are kept; every answer is valid against its own schema.
// Pure: time comes with the call, chance from the seed, so equal calls give equal bytes.

import type { ExchangeSeen } from '../codec/expression.ts';
import { Generator } from '../generate/instance.ts';
import type { Contract, JsonObject, JsonValue, Operation } from '../model/contract.ts';
import { Acts } from './acts.ts';
import type { MockAnswer, MockCall, MockExplanation } from './answer.ts';
import { locationOf, made } from './change.ts';
import { type DeclaredError, declaredError } from './declared-error.ts';
import { type AsyncPolicy, type Job, jobResource, Jobs, retryAfterS, statusKind } from './jobs.ts';
import type { Kind } from './kinds.ts';
import { callbacksOf, messageOf, type Outgoing, webhooksOf } from './outgoing.ts';
import { chooseAnswer } from './places.ts';
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
  /** False: every answer is the contract's own, as with `Prefer: state=off`. Default true. */
  keepsState?: boolean;
}

export class Mock {
  readonly contract: Contract;
  readonly #world: World;
  readonly #plans: ReadonlyMap<string, Plan>;
  readonly #kinds: ReadonlyMap<string, Kind>;
  readonly #jobs: Jobs;
  readonly #acts: Acts;
  readonly #keepsState: boolean;
  /** Keeps what was compiled from call to call. */
  #latest: Generator | undefined;

  constructor(contract: Contract, options: MockOptions = {}) {
    const { seed = 1, store = new MemoryStore(), unknownId = 'auto', keepsState = true } = options;
    this.contract = contract;
    this.#keepsState = keepsState;
    this.#jobs = new Jobs(contract, store);
    this.#world = new World(contract, { store, seed, unknownId, jobs: this.#jobs });
    const { plans, kinds } = planContract(contract);
    this.#plans = plans;
    this.#kinds = kinds;
    this.#acts = new Acts(this.#world, kinds, this.#jobs);
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
    if (!this.#keepsState || isStateless(preferences)) return replyGenerated(turn, preferences);
    this.#settleJobs(call.now);
    const { async: policy } = turn.plan;
    const isLater = policy?.mode === 'always' || (policy && preferences.respondAsync === true);
    return isLater ? this.#answerLater(turn, policy) : this.#acts.perform(turn);
  }

  /** 202: the job is there, its effect is to come. */
  #answerLater(turn: Turn, policy: AsyncPolicy): MockAnswer {
    const { plan, operation, now } = turn;
    const kind = statusKind(this.contract, plan, { policy, plans: this.#plans, kinds: this.#kinds });
    const isOwn = kind === plan.kind && plan.action === 'create';
    const refused = isOwn ? undefined : this.#acts.refused(turn);
    if (refused) return refused;
    const world = this.#world;
    const thing = kind && made(world, kind, isOwn ? turn : { ...turn, under: {} });
    const input = structuredClone(turn.input) as JsonObject;
    const resource = thing && kind ? kind.name : '';
    const id = thing?.id ?? `${operation.id}-${world.store.next()}`;
    const { owner } = turn;
    const { retainS, cancel } = policy;
    const job = this.#jobs.begin({
      id,
      resource,
      operation: operation.id,
      owner,
      input,
      startedAt: now,
      retainS,
      cancel,
      isDeferred: !isOwn,
    });
    if (kind && thing) world.store.put(kind.name, thing);
    const answer = this.#sayBegun(turn, kind, thing);
    if (answer.kind !== 'answer') return answer;
    answer.job = job.id;
    answer.headers['retry-after'] = String(retryAfterS(job, now));
    const location = kind && thing && locationOf(world, kind, turn, thing);
    if (location !== undefined) answer.headers['location'] = location;
    if (policy.mode === 'allowed') answer.headers['preference-applied'] = 'respond-async';
    return answer;
  }

  #sayBegun(turn: Turn, kind: Kind | undefined, thing: Thing | undefined): MockAnswer {
    const answer = chooseAnswer(turn.operation, 202);
    const seen = kind && thing && this.#world.find(kind, thing.id, { ...turn, under: {} });
    if (!answer || !kind || !seen) return replyGenerated(turn, answer ? { code: 202 } : {});
    return replyWith(turn, (schema) => speakThing(this.#world, turn, schema, { kind, thing: seen }), answer);
  }

  /** What has come due happens now, in the order of its time. */
  #settleJobs(now: Temporal.Instant): void {
    for (const job of this.#jobs.due(now)) this.#finish(job, job.dueAt);
  }

  #finish(job: Job, at: Temporal.Instant): void {
    const operation = this.contract.operations.find(({ id }) => id === job.operation);
    if (!operation || !job.isDeferred) return this.#jobs.end(job, 'done', { at });
    const turn = this.#turn({ operation, input: job.input, owner: job.owner, now: at });
    const later = operation.responses.find(
      ({ status }) => typeof status === 'number' && status < 300 && status !== 202,
    );
    const answer = later && chooseAnswer(operation, Number(later.status));
    const said = this.#acts.perform(answer ? { ...turn, plan: { ...turn.plan, answer } } : turn);
    const outcome = said.body instanceof Uint8Array || said.body === undefined ? undefined : (said.body as JsonValue);
    return this.#jobs.end(job, said.kind === 'answer' ? 'done' : 'failed', { at, outcome });
  }

  /** What a service would send by itself after this exchange. */
  outgoing(operation: Operation, seen: ExchangeSeen, now: Temporal.Instant): Outgoing[] {
    const plan = this.#plans.get(operation.id);
    if (!plan || (operation.callbacks.length === 0 && this.contract.webhooks.length === 0)) return [];
    const generator = this.#generator(now);
    const by = { seen, kinds: this.#kinds, store: this.#world.store };
    return [
      ...callbacksOf(this.contract, operation, seen, generator),
      ...webhooksOf(this.contract, plan, by, generator),
    ];
  }

  /** A webhook by its name or id, to an address; undefined when there is none. */
  webhook(name: string, url: string, now: Temporal.Instant): Outgoing | undefined {
    const webhook = this.contract.webhooks.find(({ id, path }) => id === name || path === `/${name}`);
    return (
      webhook && messageOf(this.contract, webhook, { kind: 'webhook', url, seen: undefined }, this.#generator(now))
    );
  }

  #generator(now: Temporal.Instant, seed = this.#world.seed): Generator {
    return (this.#latest =
      this.#latest?.at(now, seed) ?? new Generator({ document: this.contract.document, seed, now }));
  }

  /** Jobs as of now, the oldest first. */
  jobs(now: Temporal.Instant): Job[] {
    this.#settleJobs(now);
    return this.#jobs.all();
  }

  /** Ends a job before its time; undefined when none of this id is under way. */
  endJob(id: string, end: 'done' | 'failed', now: Temporal.Instant): Job | undefined {
    const job = this.jobs(now).find((each) => each.id === id && each.end === undefined);
    if (!job) return undefined;
    const outcome = { type: 'about:blank', title: 'Failed on request', status: 500 };
    if (end === 'done') this.#finish(job, now);
    else this.#jobs.end(job, 'failed', { at: now, outcome });
    return this.#jobs.all().find((each) => each.id === id && each.resource === job.resource);
  }

  /** A problem document in the form that the operation declares for such an error; undefined = as it is. */
  declaredError(operation: Operation, problem: JsonObject, now: Temporal.Instant): DeclaredError | undefined {
    return declaredError(this.contract, operation, problem, this.#generator(now));
  }

  /** The input with ids of things that are there, in a state that allows the operation where one is. */
  sample(call: MockCall): Record<string, unknown> {
    const input: Record<string, unknown> = { ...call.input };
    const { plan } = this.#turn(call);
    for (const variable of plan.parents) {
      const parent = this.#acts.kindAt(plan, variable);
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
    const { store } = this.#world;
    const generator = this.#generator(now);
    const told = { kept: 0, forgotten: 0 };
    for (const name of store.resources().filter((each) => each !== jobResource)) {
      const kind = this.#kinds.get(name);
      const validator = kind && generator.validator(kind.schema, 'response');
      for (const thing of store.all(name))
        if (validator?.check(thing.item) === true) told.kept += 1;
        else {
          store.forget(name, thing);
          told.forgotten += 1;
        }
    }
    return told;
  }

  #turn(call: MockCall, seed = this.#world.seed): Turn {
    const plan = this.#plans.get(call.operation.id);
    if (!plan) throw new TypeError(`${call.operation.id} is no operation of ${this.contract.id}`);
    const { operation, input, owner, now, caller, prefer, ifMatch, origin } = call;
    const under: Record<string, string> = {};
    for (const name of plan.parents) if (input[name] !== undefined) under[name] = textOfId(input[name]);
    const { contract } = this;
    const generator = this.#generator(now, seed);
    return { operation, input, owner, now, caller, prefer, ifMatch, origin, contract, plan, generator, under };
  }

  /** Things of a kind as this caller would list them. */
  #candidates(kind: Kind, call: MockCall): Thing[] {
    const turn = this.#turn(call);
    const seen = { ...turn, under: kind === turn.plan.kind ? turn.under : {} };
    this.#world.seedFor(kind, seen);
    return this.#world.listed(kind, seen);
  }
}

/** `createMock(contract, { seed, store })`. */
export function createMock(contract: Contract, options: MockOptions = {}): Mock {
  return new Mock(contract, options);
}
