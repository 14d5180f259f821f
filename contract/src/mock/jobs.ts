// Work that takes time: 202, a job that is asked after, and its end. A job is a thing of the kind that the status operation
// reads; how far it is follows from the clock. Its effect happens when it ends well, not before.

import { follow, isObject } from '../load/pointer.ts';
import { secondsOf } from '../load/policy.ts';
import type { Contract, JsonObject, JsonValue, Operation } from '../model/contract.ts';
import { declaredMembers } from '../schema/members.ts';
import type { Kind } from './kinds.ts';
import { drop, put } from './overlay.ts';
import { chooseAnswer, thingPlace } from './places.ts';
import type { Plan } from './plan.ts';
import type { Store, Thing } from './store.ts';
import { doneState, isDateTime, propertyOf, stateProperty } from './things.ts';

/** Seconds a job takes, and before callers are told to come back. */
const usualJobS = 10;
const usualRetainS = 86_400;
/** Share of its time that a job waits, where waiting is a state of its own. */
const waitingShare = 0.2;

/** Where the records stand in the store; no resource is called like this. */
export const jobResource = '~job';

export interface AsyncPolicy {
  mode: 'always' | 'allowed';
  retainS: number;
  /** operationIds. */
  status: string | undefined;
  cancel: string | undefined;
}

export type JobEnd = 'done' | 'failed' | 'cancelled';

export interface Job {
  /** Of the thing that callers ask after, or of its own where the contract has none. */
  id: string;
  /** '' where callers cannot ask after it. */
  resource: string;
  operation: string;
  owner: string | undefined;
  input: JsonObject;
  startedAt: Temporal.Instant;
  dueAt: Temporal.Instant;
  retainS: number;
  /** operationId of what stops it; removing it, and verbs that say so, do too. */
  cancel: string | undefined;
  end: JobEnd | undefined;
  /** Body of the answer it would have had at once, or the problem why not. */
  outcome: JsonValue | undefined;
  /** True when the effect waits for the end. */
  isDeferred: boolean;
}

/** `x-plinth.async`, else `always` where 202 is the only success. */
export function asyncOf(operation: Operation): AsyncPolicy | undefined {
  const extension = operation.node['x-plinth'];
  const declared = isObject(extension) ? extension['async'] : undefined;
  const statuses = operation.responses.map(({ status }) => status).filter((status) => String(status).startsWith('2'));
  if (isObject(declared))
    return {
      mode: declared['mode'] === 'always' ? 'always' : 'allowed',
      retainS: typeof declared['retain'] === 'string' ? secondsOf(declared['retain']) : usualRetainS,
      status: textOf(declared['status']),
      cancel: textOf(declared['cancel']),
    };
  if (!statuses.includes(202) || operation.method === 'get') return undefined;
  const mode = statuses.length === 1 ? 'always' : 'allowed';
  return { mode, retainS: usualRetainS, status: undefined, cancel: undefined };
}

/** The kind of thing that callers ask after; undefined = the contract has no way to ask. */
export function statusKind(
  contract: Contract,
  { operation, kind }: Plan,
  of: { policy: AsyncPolicy; plans: ReadonlyMap<string, Plan>; kinds: ReadonlyMap<string, Kind> },
): Kind | undefined {
  const named = of.policy.status === undefined ? undefined : of.plans.get(of.policy.status)?.kind;
  if (named) return named;
  const schema = chooseAnswer(operation, 202)?.media?.schema;
  if (schema === undefined) return undefined;
  const said = (name: string): JsonValue | undefined =>
    follow(contract.document, thingPlace(contract, schema, name).schema);
  const isSaid = (each: Kind): boolean =>
    each.readPaths.length > 0 && said(each.name) === follow(contract.document, each.schema);
  return kind && isSaid(kind) ? kind : [...of.kinds.values()].find(isSaid);
}

export class Jobs {
  readonly #contract: Contract;
  readonly #store: Store;

  constructor(contract: Contract, store: Store) {
    this.#contract = contract;
    this.#store = store;
  }

  all(): Job[] {
    return this.#store.all(jobResource).map(({ item }) => jobOf(item));
  }

  of(kind: Kind, id: string): Job | undefined {
    const record = this.#store.get(jobResource, keyOf(kind.name, id));
    return record && jobOf(record.item);
  }

  begin(job: Omit<Job, 'dueAt' | 'end' | 'outcome'>): Job {
    const begun: Job = { ...job, dueAt: job.startedAt.add({ seconds: usualJobS }), end: undefined, outcome: undefined };
    this.#keep(begun);
    return begun;
  }

  /** Jobs whose time has come, the earliest first. */
  due(now: Temporal.Instant): Job[] {
    const records = this.#store.all(jobResource);
    // Asked before every answer, and most contracts have no jobs.
    if (records.length === 0) return [];
    return records
      .filter(({ item }) => item['end'] === undefined)
      .map(({ item }) => jobOf(item))
      .filter((job) => Temporal.Instant.compare(job.dueAt, now) <= 0)
      .toSorted((left, right) => Temporal.Instant.compare(left.dueAt, right.dueAt));
  }

  /** Ends a job that is under way; `at` is no later than it would have ended. */
  end(job: Job, end: JobEnd, { at, outcome }: { at: Temporal.Instant; outcome?: JsonValue | undefined }): void {
    const dueAt = Temporal.Instant.compare(at, job.dueAt) < 0 ? at : job.dueAt;
    this.#keep({ ...job, end, dueAt, outcome });
  }

  #keep(job: Job): void {
    const item = JSON.parse(JSON.stringify(job)) as JsonObject;
    const id = keyOf(job.resource, job.id);
    this.#store.put(jobResource, { id, under: {}, since: job.startedAt.toString(), item });
  }

  /** The thing as its job has it now; undefined when it is no longer kept. */
  seen(
    kind: Kind,
    thing: Thing,
    by: { now: Temporal.Instant; fits: (item: JsonObject) => boolean },
  ): Thing | undefined {
    const job = this.of(kind, thing.id);
    if (!job) return thing;
    const isOver =
      job.end !== undefined && Temporal.Instant.compare(job.dueAt.add({ seconds: job.retainS }), by.now) <= 0;
    if (isOver) return undefined;
    const item = structuredClone(thing.item);
    this.#tellState(kind, item, job, by);
    this.#tellProgress(kind, item, job, by);
    this.#tellOutcome(kind, item, job, by);
    return { ...thing, item };
  }

  #tellState(
    kind: Kind,
    item: JsonObject,
    job: Job,
    by: { now: Temporal.Instant; fits: (item: JsonObject) => boolean },
  ): void {
    const state = kind.states ? undefined : stateProperty(this.#contract, kind.schema);
    if (!state) return;
    const now = stateOf(state.values, job.end, shareDone(job, by.now));
    if (now !== undefined) put(item, state.name, now, by.fits);
  }

  #tellProgress(
    kind: Kind,
    item: JsonObject,
    job: Job,
    by: { now: Temporal.Instant; fits: (item: JsonObject) => boolean },
  ): void {
    for (const name of declaredMembers(kind.schema, this.#contract.document).properties.keys()) {
      if (!/^(progress|completion|percent(age)?(_?complete[d]?)?|progress_?percent(age)?)$/i.test(name)) continue;
      const { maximum, type } = propertyOf(this.#contract, kind.schema, name);
      const whole = typeof maximum === 'number' ? maximum : 100;
      const value = shareDone(job, by.now) * whole;
      put(item, name, type === 'integer' ? Math.floor(value) : value, by.fits);
    }
  }

  /** What came of it, and when; neither is there while it is under way. */
  #tellOutcome(kind: Kind, item: JsonObject, job: Job, { fits }: { fits: (item: JsonObject) => boolean }): void {
    for (const name of declaredMembers(kind.schema, this.#contract.document).properties.keys()) {
      const isEnd = /^(finished|completed|ended|done|closed)(_?(at|on|date|time))?$/i.test(name);
      const isResult = /^(result|output|response)$/i.test(name);
      const isError = /^(error|failure|problem)$/i.test(name);
      if (isEnd && isDateTime(propertyOf(this.#contract, kind.schema, name))) {
        if (job.end === undefined) drop(item, name, fits);
        else put(item, name, job.dueAt.toString({ smallestUnit: 'second' }), fits);
      }
      if (!isResult && !isError) continue;
      const isMeant = job.end === (isResult ? 'done' : 'failed');
      if (!isMeant) drop(item, name, fits);
      else if (job.outcome !== undefined) put(item, name, job.outcome, fits);
    }
  }
}

/** Seconds until a caller should ask again; undefined when it has ended. */
export function retryAfterS(job: Job, now: Temporal.Instant): number | undefined {
  if (job.end !== undefined) return undefined;
  return Math.max(1, Math.ceil(job.dueAt.since(now).total('seconds')));
}

/** 0 at the beginning, 1 at the end; one that was stopped stays where it was. */
export function shareDone({ startedAt, dueAt, end }: Job, now: Temporal.Instant): number {
  if (end === 'done') return 1;
  const at = end === undefined ? now : dueAt;
  return Math.min(1, Math.max(0, at.since(startedAt).total('seconds') / usualJobS));
}

const waiting = /^(queued|pending|accepted|submitted|created|received|scheduled|new|open)/i;
const running = /^(running|in[-_ ]?progress|processing|started|active|working|validating|executing)/i;

function stateOf(values: readonly string[], end: JobEnd | undefined, share: number): string | undefined {
  const first = (pattern: RegExp): string | undefined => values.find((value) => pattern.test(value));
  const failed = first(/^(fail|error|reject|abort)/i);
  switch (end) {
    case 'done':
      return doneState(values) ?? first(/^(ready|closed|sent|available|ok)/i);
    case 'failed':
      return failed;
    case 'cancelled':
      return first(/^(cancel|stop|abort)/i) ?? failed;
    default: {
      const order = share < waitingShare ? [waiting, running] : [running, waiting];
      return order.map(first).find((value) => value !== undefined);
    }
  }
}

function keyOf(resource: string, id: string): string {
  return `${resource}/${id}`;
}

function jobOf(item: JsonObject): Job {
  const { startedAt, dueAt, end, owner, outcome, cancel } = item;
  return {
    ...(item as unknown as Job),
    end: end as JobEnd | undefined,
    owner: textOf(owner),
    cancel: textOf(cancel),
    outcome,
    startedAt: Temporal.Instant.from(startedAt as string),
    dueAt: Temporal.Instant.from(dueAt as string),
  };
}

function textOf(value: JsonValue | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
