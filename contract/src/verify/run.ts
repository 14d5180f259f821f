// Runs a plan: jobs side by side, cases one after another; the first failure of each cause is made as simple as it gets.

import { Choices } from '../generate/choices.ts';
import { hashText } from '../generate/draw.ts';
import { createGenerator } from '../generate/instance.ts';
import { shrink } from '../generate/shrink.ts';
import { Builder } from './builder.ts';
import type { Check } from './checks.ts';
import type { Principal, Send } from './exchange.ts';
import { type Facts, tellsFacts } from './facts.ts';
import { causeOf, type Failure, failureOf } from './failure.ts';
import { Judge } from './judge.ts';
import { Meter, type OperationCoverage, percentOf } from './meter.ts';
import type { Job, Phase, TestPlan } from './plan.ts';
import { Sources } from './things.ts';
import { type Bench, type Found, NoAnswer, Shelf, Trial, Unsendable } from './trial.ts';
import { Wire } from './wire.ts';

export interface RunPorts {
  send: Send;
  principals?: readonly Principal[];
  /** Facts that the target tells meanwhile; without them `event-missing` does not run. */
  facts?: Facts | undefined;
  /** Dates lie around it. */
  now: Temporal.Instant;
  /** The same seed sends the same requests. */
  seed: number;
  /** Jobs at the same time; default 1, which alone repeats the order of requests too. */
  workers?: number;
  /** Ends the run early; what was found until then is reported. */
  signal?: AbortSignal;
}

export interface TestReport {
  contract: { title: string; version: string };
  seed: number;
  requests: number;
  /** Each cause once, in the order of the contract. */
  failures: Failure[];
  coverage: OperationCoverage[];
  /** 0 to 100. */
  coveragePercent: number;
  skipped: TestPlan['skipped'];
  /** Checks that the contract implies and the target gave no means for. */
  notRun: { check: Check; reason: string }[];
  /** False when the run was ended early. */
  finished: boolean;
}

export type TestEvent =
  | { type: 'job'; phase: Phase; operation: string; requests: number; done: number; jobs: number }
  | { type: 'failure'; failure: Failure }
  | { type: 'report'; report: TestReport };

/** Nothing answers at the target. */
export class Unreachable extends Error {
  override readonly name = 'Unreachable';
}

/** Tests that may be made to simplify one failure. */
const shrinkTries = 60;
/** Sends without any answer after which the target counts as unreachable. */
const patience = 3;

/** Runs the tests of a plan. The last event is the report. Throws Unreachable when the target never answers. */
export async function* run(plan: TestPlan, ports: RunPorts): AsyncGenerator<TestEvent> {
  const events: TestEvent[] = [];
  let wake: () => void = idle;
  const runner = new Runner(plan, ports, (event) => {
    events.push(event);
    wake();
  });
  let isOver = false;
  const work = runner.all().finally(() => {
    isOver = true;
    wake();
  });
  for (;;) {
    for (let event = events.shift(); event; event = events.shift()) yield event;
    if (isOver) break;
    await new Promise<void>((resolve) => {
      wake = resolve;
      if (events.length > 0 || isOver) resolve();
    });
  }
  await work;
  yield { type: 'report', report: runner.report() };
}

function idle(): void {}

class Runner {
  readonly #plan: TestPlan;
  readonly #ports: RunPorts;
  readonly #tell: (event: TestEvent) => void;
  readonly #bench: Bench;
  readonly #meter: Meter;
  readonly #failures = new Map<string, Failure>();
  #requests = 0;
  #answers = 0;
  #done = 0;

  constructor(plan: TestPlan, ports: RunPorts, tell: (event: TestEvent) => void) {
    const { contract, options } = plan;
    this.#plan = plan;
    this.#ports = ports;
    this.#tell = tell;
    this.#meter = new Meter(contract, plan.constraints);
    const wire = new Wire(contract);
    const generator = createGenerator({ document: contract.document, seed: ports.seed, now: ports.now });
    this.#bench = {
      contract,
      wire,
      builder: new Builder({ contract, wire, generator, now: ports.now }),
      sources: new Sources(contract),
      judge: new Judge(contract),
      meter: this.#meter,
      send: (request) => this.#send(request),
      principals: ports.principals ?? [],
      facts: ports.facts,
      silent: new Set(),
      operations: new Set(plan.operations),
      safe: options.safe,
      destructive: options.destructive,
    };
  }

  async all(): Promise<void> {
    const { jobs } = this.#plan;
    const together = jobs.filter(({ alone }) => !alone);
    const workers = Math.max(1, Math.min(this.#ports.workers ?? 1, together.length));
    const queue = together.values();
    await Promise.all(Array.from({ length: workers }, () => this.#work(queue)));
    await this.#work(jobs.filter(({ alone }) => alone).values());
  }

  report(): TestReport {
    const { contract, operations, skipped } = this.#plan;
    const order = new Map(contract.operations.map(({ id }, index) => [id, index]));
    const coverage = this.#meter.rows(operations);
    return {
      contract: { title: contract.title, version: contract.version },
      seed: this.#ports.seed,
      requests: this.#requests,
      failures: [...this.#failures.values()].toSorted(
        (left, right) => (order.get(left.operation) ?? 0) - (order.get(right.operation) ?? 0),
      ),
      coverage,
      coveragePercent: percentOf(coverage),
      skipped,
      notRun: this.#notRun(),
      finished: this.#done === this.#plan.jobs.length,
    };
  }

  #notRun(): TestReport['notRun'] {
    const { contract, options } = this.#plan;
    const isWanted = options.checks.includes('event-missing') && options.phases.includes('stateful') && !options.safe;
    return isWanted && this.#ports.facts === undefined && tellsFacts(contract)
      ? [{ check: 'event-missing', reason: 'the target shows no facts' }]
      : [];
  }

  get #isEnded(): boolean {
    return this.#ports.signal?.aborted === true;
  }

  async #send(request: Parameters<Send>[0]): ReturnType<Send> {
    this.#requests += 1;
    try {
      const answer = await this.#ports.send(request);
      this.#answers += 1;
      return answer;
    } catch (error) {
      if (this.#answers === 0 && this.#requests >= patience) throw new Unreachable((error as Error).message);
      throw error;
    }
  }

  /** One worker: takes the next job until there is none. */
  async #work(queue: Iterable<Job>): Promise<void> {
    for (const job of queue) {
      const before = this.#requests;
      if (this.#isEnded || !(await this.#runJob(job))) return;
      this.#done += 1;
      const { phase, operation } = job;
      this.#tell({
        type: 'job',
        phase,
        operation: operation.id,
        requests: this.#requests - before,
        done: this.#done,
        jobs: this.#plan.jobs.length,
      });
    }
  }

  async #runJob(job: Job): Promise<boolean> {
    const shelf = new Shelf();
    for (let index = 0; index < job.cases; index++) {
      if (this.#isEnded) return false;
      const place = `${this.#ports.seed}/${job.phase}/${job.operation.id}/${index}`;
      const trial = await this.#try(job, { index, shelf, draw: Choices.record(hashText(place)) });
      for (const found of trial.found) await this.#note(found, job, { index, shelf, taken: trial.draw.taken });
    }
    return true;
  }

  async #try(job: Job, of: { index: number; shelf: Shelf; draw: Choices }): Promise<Trial> {
    const trial = new Trial(this.#bench, of.shelf, of.draw);
    try {
      await job.test(trial, of.index);
    } catch (error) {
      if (this.#answers === 0 && this.#requests >= patience) throw new Unreachable((error as Error).message);
      if (!(error instanceof NoAnswer || error instanceof Unsendable)) throw error;
    }
    return trial;
  }

  async #note(found: Found, job: Job, of: { index: number; shelf: Shelf; taken: readonly number[] }): Promise<void> {
    if (!this.#plan.options.checks.includes(found.fault.check)) return;
    const cause = causeOf(found);
    const known = this.#failures.get(cause);
    if (known) {
      known.count += 1;
      return;
    }
    const about = { bench: this.#bench, phase: job.phase, seed: this.#ports.seed };
    const failure = failureOf(found, about);
    // Noted before it is simplified: another worker may meet it meanwhile.
    this.#failures.set(cause, failure);
    // What is missing is waited for: to look for it sixty times would take minutes, and the chain is short.
    const isQuick = found.fault.check !== 'event-missing';
    const simplest = isQuick ? await this.#simplest(cause, job, of) : undefined;
    if (simplest) Object.assign(failure, { ...failureOf(simplest, about), count: failure.count });
    this.#tell({ type: 'failure', failure });
  }

  /** The same failure from fewer and lower choices; undefined when nothing simpler fails. */
  async #simplest(
    cause: string,
    job: Job,
    of: { index: number; shelf: Shelf; taken: readonly number[] },
  ): Promise<Found | undefined> {
    let simplest: Found | undefined;
    await shrink(
      of.taken,
      async (list) => {
        if (this.#isEnded) return undefined;
        const trial = await this.#try(job, { ...of, draw: Choices.replay(list) });
        const again = trial.found.find((each) => causeOf(each) === cause);
        if (!again) return undefined;
        simplest = again;
        return trial.draw.taken.slice(0, Math.max(list.length, 1));
      },
      { tries: shrinkTries },
    );
    return simplest;
  }
}
