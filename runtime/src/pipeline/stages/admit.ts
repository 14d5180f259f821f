// Stage `admit`: more work than can be done in time is refused before it costs anything. Requests run at once until the
// process has been busy for a whole slice; then they wait in one bounded queue per criticality, highest class first,
// while sockets are read in between. The longer the head of a queue has waited, the more of the lower classes are refused.

import type { Criticality } from '@plinth/contract';
import { elapsedMs } from '../../kernel/index.ts';
import { later, proceed, type Exchange, type Outcome } from '../exchange.ts';
import { refuse } from '../operation.ts';

const classes: readonly Criticality[] = ['critical-plus', 'critical', 'sheddable-plus', 'sheddable'];
/** Most requests waiting, by class. */
const room: Readonly<Record<Criticality, number>> = {
  'critical-plus': 256,
  critical: 128,
  'sheddable-plus': 64,
  sheddable: 32,
};
/** Overload level from which a class is refused more and more. */
const threshold: Readonly<Record<Criticality, number>> = {
  'critical-plus': 0.95,
  critical: 0.7,
  'sheddable-plus': 0.4,
  sheddable: 0.2,
};
const sliceMs = 5;
/** A pause this long means the event loop had nothing to do. */
const idleGapMs = 0.25;
const delayFloorMs = 10;
const delayCeilingMs = 200;

export interface AdmitOptions {
  /** Most requests dispatched and not yet answered. */
  mostUnderWay?: number;
}

/** One per process. */
export class Admission {
  readonly #queues = new Map<Criticality, { x: Exchange; sinceMs: number }[]>(classes.map((name) => [name, []]));
  readonly #most: number;
  #waiting = 0;
  #underWay = 0;
  #sliceStartMs = 0;
  #lastMs = 0;
  #delayMs = 0;
  #draining = false;

  constructor(options: AdmitOptions = {}) {
    this.#most = options.mostUnderWay ?? 2_000;
  }

  /** 0 = at ease, 1 = refuse all but health. From the smoothed age of what left the queues. */
  get level(): number {
    const byDelay = (this.#delayMs - delayFloorMs) / (delayCeilingMs - delayFloorMs);
    const byWork = this.#underWay / this.#most;
    return Math.min(1, Math.max(0, byDelay, byWork > 0.9 ? (byWork - 0.9) * 10 : 0));
  }

  /** New work is refused with `draining` from now on. */
  drain(): void {
    this.#draining = true;
  }

  get underWay(): number {
    return this.#underWay;
  }

  admit(x: Exchange): Outcome {
    if (this.#draining) return refuse(x, 'draining', { headers: ['Retry-After', '2', 'Connection', 'close'] });
    const nowMs = x.startedMs;
    if (this.#waiting === 0) {
      if (nowMs - this.#lastMs > idleGapMs) {
        this.#sliceStartMs = nowMs;
        this.#delayMs *= 0.9;
      }
      this.#lastMs = nowMs;
      if (nowMs - this.#sliceStartMs < sliceMs && this.#underWay < this.#most) {
        this.#underWay += 1;
        x.admitted = true;
        return undefined;
      }
    }
    return this.#enqueue(x, nowMs);
  }

  /** Called once for every exchange that was admitted. */
  release(): void {
    this.#underWay -= 1;
  }

  #enqueue(x: Exchange, nowMs: number): Outcome {
    const { criticality } = x.operation.operation.policy;
    const queue = this.#queues.get(criticality) as { x: Exchange; sinceMs: number }[];
    if (queue.length >= room[criticality] || this.#isShed(criticality, queue.length)) return this.#refuse(x);
    queue.push({ x, sinceMs: nowMs });
    this.#waiting += 1;
    if (this.#waiting === 1) setImmediate(() => this.#work());
    return later;
  }

  /** Refused share grows from 0 to 1 over 0.2 of the level; spread by the length of the queue, not by chance. */
  #isShed(criticality: Criticality, length: number): boolean {
    const share = (this.level - threshold[criticality]) / 0.2;
    return share > 0 && (length % 10) / 10 < share;
  }

  #refuse(x: Exchange): Outcome {
    const afterS = 1 + (this.#waiting % 5);
    return refuse(x, 'overloaded', { headers: ['Retry-After', String(afterS)] });
  }

  #work(): void {
    const startMs = elapsedMs();
    let nowMs = startMs;
    while (this.#waiting > 0 && nowMs - startMs < sliceMs && this.#underWay < this.#most) {
      const queue = classes.map((name) => this.#queues.get(name)).find((each) => each !== undefined && each.length > 0);
      const next = queue?.shift();
      if (next === undefined) break;
      this.#waiting -= 1;
      this.#delayMs = this.#delayMs * 0.9 + (nowMs - next.sinceMs) * 0.1;
      this.#underWay += 1;
      next.x.admitted = true;
      proceed(next.x, undefined);
      nowMs = elapsedMs();
    }
    this.#sliceStartMs = nowMs;
    this.#lastMs = nowMs;
    if (this.#waiting > 0) setImmediate(() => this.#work());
  }
}
