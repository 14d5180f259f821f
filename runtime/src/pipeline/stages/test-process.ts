// A process for tests of `admit`, on a clock of its own.

import { seededRandom } from '../../kernel/index.ts';
import { Pace } from '../../resilience/pace.ts';
import { classes } from '../admission/levels.ts';
import type { Exchange, Step } from '../exchange.ts';
import { later } from '../exchange.ts';
import type { CompiledOperation } from '../operation.ts';
import { Admission } from './admit.ts';

/** Work takes `workMs`, and sockets have been read when `turn` is called. */
export class Process {
  nowMs = 1_000;
  workMs = 3;
  heap = 0;
  loop = 0;
  poolWaitMs = 0;
  /** `name` of those that ran, in order. */
  ran: string[] = [];
  refused: string[] = [];
  /** Refusals that end their connection. */
  last: string[] = [];
  /** Class and wait of each that was begun. */
  waits: [criticality: string, durationMs: number][] = [];
  readonly admission: Admission;
  #due: (() => void)[] = [];

  constructor(mostUnderWay?: number) {
    this.admission = new Admission(
      (x, isLast) => {
        this.refused.push(x.traceId);
        if (isLast) this.last.push(x.traceId);
      },
      {
        ...(mostUnderWay === undefined ? {} : { mostUnderWay }),
        signals: { heap: () => this.heap, loop: () => this.loop, poolWaitMs: () => this.poolWaitMs },
        now: () => this.nowMs,
        waited: (...wait) => this.waits.push(wait),
        random: seededRandom(1),
        afterReading: (work) => this.#due.push(work),
      },
    );
  }

  request(at: number, name: string, more: Request = {}): Exchange {
    const { who = name, connection = {}, headers = {}, timeoutMs = 10_000 } = more;
    const work: Step = (x) => {
      this.nowMs += this.workMs;
      this.ran.push(name);
      if (more.stays !== true) this.admission.release(x, this.nowMs);
      return later;
    };
    const operation = { timeoutMs, pace: more.pace ?? new Pace(), steps: [work], callSteps: [] };
    const x = {
      operation: operation as unknown as CompiledOperation,
      startedMs: this.nowMs,
      traceId: name,
      at: 0,
      answered: false,
      admittedMs: -1,
      transport: {
        connection,
        gone: more.gone ?? false,
        isUnproven: more.isUnproven ?? false,
        address: who,
        header: (key: string) => headers[key],
      },
      header: (key: string) => headers[key],
    } as unknown as Exchange;
    if (this.admission.admit(x, at) === undefined) work(x);
    return x;
  }

  /** As many as there are of one class, from as many callers. */
  flood(at: number, count: number, name = classes[at] ?? ''): void {
    for (let n = 0; n < count; n++) this.request(at, `${name} ${n}`);
  }

  /** Sockets were read until they brought nothing more; a slice of work is done. */
  turn(): void {
    const before = this.ran.length;
    for (let n = 0; n < 3 && this.ran.length === before; n++) this.read();
  }

  /** The event loop goes round once. */
  read(): void {
    for (const work of this.#due.splice(0)) work();
  }

  /** Nothing is to be done in the next turn of the event loop. */
  get isIdle(): boolean {
    return this.#due.length === 0;
  }

  turns(most = 10_000): void {
    for (let n = 0; n < most && this.#due.length > 0; n++) this.turn();
  }

  /** Time without requests. */
  pass(ms: number): void {
    this.nowMs += ms;
  }

  refusedOf(at: number): number {
    return this.refused.filter((name) => name.startsWith(`${classes[at]} `)).length;
  }
}

interface Request {
  who?: string;
  connection?: object;
  headers?: Record<string, string>;
  timeoutMs?: number;
  pace?: Pace;
  gone?: boolean;
  isUnproven?: boolean;
  /** It is never answered. */
  stays?: boolean;
}
