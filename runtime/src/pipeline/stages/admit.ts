// Stage `admit`: more work than can be done in time is refused before it costs anything. A request runs at once while
// nothing waits; when this turn of the event loop has been busy for a slice, requests wait in one bounded queue per
// criticality, so that sockets are read (and told no) between slices of work. Counting what is under way would not do:
// in a process with one thread the queue hides in the kernel.

import type { Criticality } from '@plinth/contract';
import { elapsedMs, fnv1a, seededRandom, type Random } from '../../kernel/index.ts';
import type { LimitStore } from '../../ports/index.ts';
import { networkOf } from '../../security/forwarded.ts';
import { ClassQueue } from '../admission/class-queue.ts';
import { classes, levelsOf, processSignals, refusedShare, thresholds, type LoadSignals } from '../admission/levels.ts';
import { later, proceed, type Exchange, type Outcome, type Step } from '../exchange.ts';
import { refuse, type CompiledOperation } from '../operation.ts';
import type { Transport } from '../transport.ts';

/** Most requests waiting, in the order of `classes`. */
const rooms = [256, 128, 64, 32] as const;
const sliceMs = 5;
const pulseMs = 100;
/**
 * From here on new connections wait: the second line, for operations that cost no more than their refusal. A heap in use by
 * 94 % is such a level.
 */
const closedLevel = 0.9;
const heapEndsConnections = 0.92;
/** Seconds after which another process has taken over. */
const drainedS = 2;
const critical = 1;
const sheddable = 3;

export interface AdmitOptions {
  /** Most requests dispatched and not yet answered (2,000): they hold memory, not the processor. */
  mostUnderWay?: number;
  /** Milliseconds the oldest request for a database connection has waited. */
  poolWaitMs?: (() => number) | undefined;
  /** Told for each request that is admitted how long it waited, by class. */
  waited?: (criticality: string, durationMs: number) => void;
  /** Instead of this process, for tests. */
  signals?: LoadSignals;
  now?: () => number;
  random?: Random;
  /** Calls `work` when sockets have been read. */
  afterReading?: (work: () => void) => void;
}

/** Work that is not begun, and when it may be tried again. */
export interface LoadRefusal {
  code: 'overloaded' | 'draining';
  retryAfterS: number;
}

/** One per process. */
export class Admission {
  readonly #queues = rooms.map((room) => new ClassQueue(room));
  readonly #most: number;
  readonly #waited: (criticality: string, durationMs: number) => void;
  readonly #signals: LoadSignals;
  readonly #now: () => number;
  readonly #random: Random;
  readonly #afterReading: (work: () => void) => void;
  readonly #turnAway: (x: Exchange, isLast: boolean) => void;
  #levels: readonly number[] = classes.map(() => 0);
  #unproven: readonly number[] = this.#levels;
  #heap = 0;
  /** The first class of which some are refused now; none = the number of classes. */
  #shedFrom = classes.length;
  #waiting = 0;
  #underWay = 0;
  #pulsedMs = -Infinity;
  #turnMs = 0;
  #isTurnOpen = false;
  /** Sockets brought something since the event loop last came by. */
  #hasArrived = false;
  /** When the loop began to go round for reading only; -1 = it works. */
  #readSinceMs = -1;
  #isDraining = false;
  /** Connections whose last request was refused. */
  #refused = new WeakSet<object>();
  #hasRefused = false;

  /** @param turnAway sends a refusal for load; `isLast` = the connection ends with it. */
  constructor(turnAway: (x: Exchange, isLast: boolean) => void, options: AdmitOptions = {}) {
    this.#turnAway = turnAway;
    this.#most = options.mostUnderWay ?? 2_000;
    this.#waited = options.waited ?? (() => undefined);
    this.#signals = options.signals ?? processSignals(options.poolWaitMs ?? (() => 0));
    this.#now = options.now ?? elapsedMs;
    this.#random = options.random ?? seededRandom(1);
    this.#afterReading = options.afterReading ?? setImmediate;
  }

  /** 0 = at ease, 1 = all of the lowest class is refused. */
  get level(): number {
    this.#pulse(this.#now());
    const byWork = this.#underWay / this.#most;
    return Math.max(this.#levels[sheddable] as number, byWork > 0.9 ? (byWork - 0.9) * 10 : 0);
  }

  get underWay(): number {
    return this.#underWay;
  }

  get waiting(): number {
    return this.#waiting;
  }

  /** While true, new connections wait: even what is critical is refused, or memory ends. */
  get isClosed(): boolean {
    this.#pulse(this.#now());
    return (this.#levels[critical] as number) >= closedLevel;
  }

  /** While true, answers end their connections: each of them holds memory. */
  get endsConnections(): boolean {
    return this.#heap >= heapEndsConnections;
  }

  /** New work is refused with `draining` from now on. */
  drain(): void {
    this.#isDraining = true;
  }

  /** @param at place of the operation's criticality in `classes`. */
  admit(x: Exchange, at: number): Outcome {
    const nowMs = x.startedMs;
    this.#hasArrived = true;
    if (nowMs - this.#pulsedMs >= pulseMs) this.#pulse(nowMs);
    if (this.#waiting > 0 || this.#shedFrom <= sheddable || this.#isDraining || this.#underWay >= this.#most) {
      return this.#consider(x, at);
    }
    return this.#start(x, at);
  }

  /**
   * Why what is no operation (a live stream, a call of a tool) is refused now, as an operation of its criticality would be;
   * undefined = it goes on, at once: it has no place in the queues.
   */
  refusalOf(criticality: Criticality): LoadRefusal | undefined {
    this.#pulse(this.#now());
    if (this.#isDraining) return { code: 'draining', retryAfterS: drainedS };
    const at = classes.indexOf(criticality);
    if (at < this.#shedFrom) return undefined;
    const share = refusedShare(this.#levels[at] as number, thresholds[at] as number);
    return this.#random.next() < share ? { code: 'overloaded', retryAfterS: 1 + this.#random.int(5) } : undefined;
  }

  /** A connection was accepted: the system gives out one a turn, and what it will ask is not known yet. */
  noteConnection(): void {
    this.#hasArrived = true;
  }

  /** Called once for every exchange that was admitted. */
  release(x: Exchange, nowMs: number): void {
    this.#underWay -= 1;
    x.operation.pace.note(nowMs - x.admittedMs);
    if (this.#waiting > 0 && !this.#isTurnOpen) this.#openTurn(nowMs);
  }

  /** At once, unless this turn has been busy for a slice. */
  #start(x: Exchange, at: number): Outcome {
    const nowMs = x.startedMs;
    if (!this.#isTurnOpen) this.#openTurn(nowMs);
    if (nowMs - this.#turnMs >= sliceMs) return this.#enqueue(x, at);
    this.#begin(x, at, nowMs);
    return undefined;
  }

  #begin(x: Exchange, at: number, nowMs: number): void {
    this.#underWay += 1;
    this.#waited(classes[at] as string, nowMs - x.startedMs);
    x.admittedMs = nowMs;
    if (this.#hasRefused && x.transport !== undefined) this.#refused.delete(x.transport.connection);
  }

  #consider(x: Exchange, usual: number): Outcome {
    if (this.#isDraining) {
      x.transport?.endConnection();
      return refuse(x, 'draining', { headers: ['Retry-After', String(drainedS)] });
    }
    const at = isPrefetch(x) ? sheddable : usual;
    if (at >= this.#shedFrom) {
      const levels = this.#isUnproven(x) ? this.#unproven : this.#levels;
      const share = refusedShare(levels[at] as number, thresholds[at] as number);
      if (this.#random.next() < share) return this.#refuse(x);
    }
    const isFree = this.#waiting === 0 && this.#underWay < this.#most;
    return isFree ? this.#start(x, at) : this.#enqueue(x, at);
  }

  #enqueue(x: Exchange, at: number): Outcome {
    const queue = this.#queues[at] as ClassQueue;
    if (queue.isFull || !queue.push(x, whoOf(x), this.#isUnproven(x))) return this.#refuse(x);
    this.#waiting += 1;
    if (!this.#isTurnOpen && this.#underWay < this.#most) this.#openTurn(x.startedMs);
    return later;
  }

  /** A refusal is so small an answer that taking it proves nothing. */
  #isUnproven({ transport }: Exchange): boolean {
    return transport !== undefined && (transport.isUnproven || this.#refused.has(transport.connection));
  }

  #refuse(x: Exchange): typeof later {
    const { connection } = x.transport as Transport;
    const isSecond = this.#refused.has(connection);
    this.#refused.add(connection);
    this.#hasRefused = true;
    x.answered = true;
    this.#turnAway(x, isSecond);
    return later;
  }

  #openTurn(nowMs: number): void {
    this.#isTurnOpen = true;
    this.#turnMs = nowMs;
    this.#afterReading(this.#work);
  }

  /**
   * Sockets first: while they bring something, and for a slice at most, the loop goes round again. Work would otherwise go
   * on in the order in which the system hands out connections, and the queue would be there, where no class is known.
   */
  #readsOn(nowMs: number): boolean {
    if (!this.#hasArrived) return false;
    this.#hasArrived = false;
    if (this.#waiting === 0 && nowMs - this.#turnMs < sliceMs) return false;
    if (this.#readSinceMs < 0) this.#readSinceMs = nowMs;
    else if (nowMs - this.#readSinceMs >= sliceMs) return false;
    this.#afterReading(this.#work);
    return true;
  }

  /** A slice of what waits, highest class first; then sockets are read again. */
  readonly #work = (): void => {
    const startMs = this.#now();
    if (this.#readsOn(startMs)) return;
    this.#readSinceMs = -1;
    this.#isTurnOpen = false;
    if (this.#waiting === 0) return;
    let nowMs = startMs;
    while (this.#waiting > 0 && nowMs - startMs < sliceMs && this.#underWay < this.#most) {
      this.#take(nowMs);
      nowMs = this.#now();
    }
    if (nowMs - this.#pulsedMs >= pulseMs) this.#pulse(nowMs);
    if (this.#isTurnOpen || this.#underWay >= this.#most) return;
    // Also when nothing waits any more: what comes right after a slice of work is not run at once.
    this.#openTurn(nowMs);
    if (this.#waiting === 0) this.#turnMs = startMs;
    this.#hasArrived = true;
  };

  #take(nowMs: number): void {
    const at = this.#queues.findIndex(({ size }) => size > 0);
    const x = (this.#queues[at] as ClassQueue).take(nowMs) as Exchange;
    this.#waiting -= 1;
    if (x.transport?.gone === true) {
      x.answered = true;
      x.span?.end({ 'error.type': 'caller-gone' }, true);
    } else if (isTooLate(x, nowMs)) this.#refuse(x);
    else {
      this.#begin(x, at, nowMs);
      proceed(x, undefined);
    }
  }

  #pulse(nowMs: number): void {
    if (nowMs - this.#pulsedMs < pulseMs) return;
    this.#pulsedMs = nowMs;
    if (this.#waiting > 0) this.#sweep(nowMs);
    const { byClass, unproven, heap } = levelsOf(
      this.#queues.map((queue) => queue.delaysMs(nowMs)),
      this.#signals,
    );
    this.#levels = byClass;
    this.#unproven = unproven;
    this.#heap = heap;
    const from = byClass.findIndex((level, at) => Math.max(level, unproven[at] as number) > (thresholds[at] as number));
    this.#shedFrom = from < 0 ? classes.length : from;
    if (from >= 0 || this.#waiting > 0 || !this.#hasRefused) return;
    this.#hasRefused = false;
    this.#refused = new WeakSet();
  }

  #sweep(nowMs: number): void {
    for (const queue of this.#queues) {
      for (const x of queue.sweep((each) => isTooLate(each, nowMs))) {
        this.#waiting -= 1;
        this.#refuse(x);
      }
    }
  }
}

/** What usually takes longer than is left of its time is not begun. */
function isTooLate({ operation, startedMs }: Exchange, nowMs: number): boolean {
  return nowMs + operation.pace.medianMs > startedMs + operation.timeoutMs;
}

/** What nobody has asked for yet is worth least. */
function isPrefetch(x: Exchange): boolean {
  return x.header('sec-purpose')?.includes('prefetch') === true;
}

/** Before authentication a caller is its credential, or else its address. */
function whoOf({ transport }: Exchange): number {
  return fnv1a(transport?.header('authorization') ?? transport?.header('cookie') ?? transport?.address ?? '');
}

/** What one address may call in all, whoever it says it is. */
export interface AddressLimit {
  /** Calls in a minute. */
  quota: number;
  /** False: this address speaks for many (a front proxy, this machine). */
  isCounted: (address: string) => boolean;
}

export interface AdmitParts {
  admission: Admission;
  limitStore: LimitStore;
  addressLimit: AddressLimit | undefined;
}

export function compileAdmit({ operation }: CompiledOperation, parts: AdmitParts): Step {
  const { admission, addressLimit, limitStore } = parts;
  const at = classes.indexOf(operation.policy.criticality);
  if (addressLimit === undefined) return (x) => admission.admit(x, at);
  const { quota, isCounted } = addressLimit;
  const counted = { quota, windowS: 60 };
  return (x) => {
    const { address } = x.transport as Transport;
    if (isCounted(address)) {
      const take = limitStore.take(`address:${networkOf(address)}`, counted, x.startedMs);
      if (!take.allowed) {
        const headers = ['Retry-After', String(take.resetS)];
        return refuse(x, 'rate-limited', { values: { limit: 'address' }, headers });
      }
    }
    return admission.admit(x, at);
  };
}
