// One audited run of a deployment whose accounts are kept by the core bank, while the line to it or the bank itself fails in
// one way after the other. Beside the audit: calls of the bank end in time, the breaker opens and closes, and whoever does
// not need the bank is served as before.

import { seededRandom } from '@plinth/runtime';
import type { AuditClient, AuditTokens, ChaosContext, ChaosOutcome } from '@plinth/testing';
import { auditedRun, type Faulted, makeTemplate } from './audited-run.ts';
import { bankTimeoutMs, type CoreBank, openCoreBank } from './core-bank.ts';
import { openDatabaseServer, type ServerProcess } from './deployment.ts';

/** One way to fail. */
export interface Phase {
  name: string;
  begin(bank: CoreBank): Promise<void> | void;
  /** Takes it back. */
  end(bank: CoreBank): Promise<void> | void;
}

const calmMs = 1_000;
const longSeconds = 30;
/** Each phase once in the short form; in the long form they are drawn. */
const longPhaseMs = 5_000;
const breathMs = 200;
/** The breaker may have doubled its pause to a minute. */
const backWithinMs = 90_000;
/** Beyond the time a call has: what this machine needs to say so. */
const graceMs = 1_000;
const mostFailedShare = 0.001;
/** From the start of one call to the start of the next. */
const paceMs = 25;
const longRestMs = 330_000;

export async function upstreamRun(
  { log, seconds, seed }: ChaosContext,
  phases: readonly Phase[],
): Promise<ChaosOutcome> {
  const place = await openDatabaseServer();
  const template = await makeTemplate(place.url);
  const bank = await openCoreBank();
  const isLong = seconds >= longSeconds;
  const seen = { calm: new Tally(), fault: new Tally(), bank: new Tally(), backMs: 0, breaker: noBreaker() };
  try {
    const { figures, findings, acts, replayed } = await auditedRun({
      log,
      // The client goes on until the bank is back.
      seconds: seconds + backWithinMs / 1000,
      seed,
      databaseUrl: place.url,
      template: template.name,
      bank,
      endWithFaults: true,
      insistMs: isLong ? 15_000 : 3_000,
      restWithinMs: isLong ? longRestMs : 60_000,
      async faults(world) {
        const watch = new Watch(world);
        try {
          watch.into(seen.calm);
          await pause(calmMs);
          watch.into(seen.fault);
          await failInTurn(bank, { seconds, seed, isLong, phases, log });
          watch.into(undefined);
          seen.backMs = await untilBack(world.server);
          seen.breaker = breakerOf(await world.server.metrics());
        } finally {
          seen.bank = await watch.stop();
        }
      },
    });
    const slowestMs = seen.bank.quantile(1);
    const { opened, closed } = seen.breaker;
    const served = seen.fault.served / seen.fault.asked;
    for (const fault of [...seen.fault.faults, ...seen.calm.faults].slice(0, 5))
      log(`✗ who does not need it: ${fault}`);
    if (slowestMs > bankTimeoutMs + graceMs) log(`✗ a call of the bank ended after ${Math.round(slowestMs)} ms`);
    if (opened === 0 || closed === 0) log(`✗ the breaker opened ${opened} times and closed ${closed} times`);
    return {
      ok:
        findings.length === 0 &&
        figures.unknown + figures.acked > 0 &&
        served >= 1 - mostFailedShare &&
        opened > 0 &&
        closed > 0 &&
        slowestMs <= bankTimeoutMs + graceMs,
      figures: {
        acts: acts.length,
        ...figures,
        replayed,
        breakerOpened: opened,
        breakerClosed: closed,
        backMs: seen.backMs,
        bankAsked: seen.bank.asked,
        bankSlowestMs: slowestMs,
        othersAsked: seen.fault.asked,
        othersServed: served,
        othersBusy: seen.fault.busy,
        othersP99Ms: seen.fault.quantile(0.99),
        othersCalmP99Ms: seen.calm.quantile(0.99),
        findings: findings.length,
      },
    };
  } finally {
    await bank.close();
    await template.close();
    await place.close();
  }
}

async function failInTurn(
  bank: CoreBank,
  { seconds, seed, isLong, phases, log }: ChaosContext & { isLong: boolean; phases: readonly Phase[] },
): Promise<void> {
  const random = seededRandom(seed);
  const turns = isLong ? Math.ceil((seconds * 1000) / longPhaseMs) : phases.length;
  const phaseMs = (seconds * 1000) / turns - breathMs;
  for (let turn = 0; turn < turns; turn++) {
    const phase = (isLong ? random.pick(phases) : phases[turn]) as Phase;
    log(phase.name);
    await phase.begin(bank);
    await pause(phaseMs);
    await phase.end(bank);
    await pause(breathMs);
  }
}

/** Calls that were made while something was as it was. */
class Tally {
  asked = 0;
  served = 0;
  /** Refused because the machine had too much to do. */
  busy = 0;
  readonly faults: string[] = [];
  readonly #tookMs: number[] = [];

  note(tookMs: number, status: number | undefined, body: string): void {
    // That may happen to anybody on a machine that others use too; it is counted, and not against the bank.
    if (status === 503 && body.includes('"code":"overloaded"')) {
      this.busy += 1;
      return;
    }
    this.asked += 1;
    this.#tookMs.push(tookMs);
    if (status !== undefined && status < 300) this.served += 1;
    else this.faults.push(`${status ?? 'no answer'} ${body.slice(0, 200)}`);
  }

  quantile(part: number): number {
    const sorted = this.#tookMs.toSorted((a, b) => a - b);
    return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;
  }
}

/** Asks all the time, at a pace of its own whatever the answers: a write and a read that need no bank, and a read of it. */
class Watch {
  readonly #client: AuditClient;
  readonly #tokens: AuditTokens;
  readonly #bank = new Tally();
  readonly #underWay = new Set<Promise<void>>();
  readonly #timer: NodeJS.Timeout;
  #others: Tally | undefined;
  #count = 0;
  readonly #customerId: string;

  constructor({ client, tokens, customerId }: Faulted) {
    this.#client = client;
    this.#tokens = tokens;
    this.#customerId = customerId;
    this.#timer = setInterval(() => this.#next(), paceMs);
  }

  /** Where calls that need no bank are counted from now on. */
  into(others: Tally | undefined): void {
    this.#others = others;
  }

  /** What came of the calls of the bank. */
  async stop(): Promise<Tally> {
    clearInterval(this.#timer);
    await Promise.all(this.#underWay);
    return this.#bank;
  }

  #next(): void {
    const n = this.#count++;
    // Somebody else every few calls: limits of one caller are not what is judged.
    const headers = { authorization: `Bearer ${this.#tokens.of({ subject: `watch-${n >> 4}`, kind: 'service' })}` };
    const customer = this.#customerId;
    if (n % 3 === 0)
      this.#ask(this.#bank, { method: 'GET', path: `/accounts/v1/accounts?customerId=${customer}`, headers });
    else if (this.#others === undefined) return;
    else if (n % 3 === 1) this.#ask(this.#others, { method: 'GET', path: `/loyalty/v1/members/${customer}`, headers });
    else
      this.#ask(this.#others, {
        method: 'POST',
        path: '/loyalty/v1/accruals',
        headers: { ...headers, 'idempotency-key': `watch-${n}` },
        body: { customerId: customer, points: 1, reference: `watch-${n}`, reason: 'Watch' },
      });
  }

  #ask(tally: Tally, question: Parameters<AuditClient['ask']>[0]): void {
    const started = performance.now();
    const asking = this.#client
      .ask(question)
      .then(
        ({ status, body }) => tally.note(performance.now() - started, status, body),
        (error: unknown) => tally.note(performance.now() - started, undefined, String(error)),
      )
      .finally(() => this.#underWay.delete(asking));
    this.#underWay.add(asking);
  }
}

/** Milliseconds until transfers and reads go through again: a call that gets there had a closed breaker before it. */
async function untilBack(server: ServerProcess): Promise<number> {
  const started = performance.now();
  const doneIn = async (): Promise<[read: number, transfers: number]> => {
    const text = await server.metrics();
    return [passedOf(text, 'listAccounts'), passedOf(text, 'createTransfer')];
  };
  const before = await doneIn();
  for (;;) {
    const now = await doneIn();
    const tookMs = performance.now() - started;
    if (now.every((count, n) => count > (before[n] ?? 0))) return tookMs;
    if (tookMs > backWithinMs) throw new Error(`the bank is not reached ${backWithinMs} ms after its faults ended`);
    await pause(50);
  }
}

function passedOf(text: string, operation: string): number {
  return sumOf(text, 'plinth_upstream_duration', (labels) =>
    [`operation="accounts.${operation} `, 'result="20'].every((label) => labels.includes(label)),
  );
}

interface BreakerCounts {
  opened: number;
  closed: number;
}

function noBreaker(): BreakerCounts {
  return { opened: 0, closed: 0 };
}

function breakerOf(text: string): BreakerCounts {
  const of = (state: string): number =>
    sumOf(text, 'plinth_upstream_breaker', (labels) => labels.includes(`state="${state}"`));
  return { opened: of('open'), closed: of('closed') };
}

/** Of counters, or of the counts of histograms. */
function sumOf(text: string, name: string, fits: (labels: string) => boolean): number {
  let sum = 0;
  for (const line of text.split('\n')) {
    const [, labels = '', value = '0'] = /^\w+\{(.*)\} (\S+)$/.exec(line) ?? [];
    if (line.startsWith(name) && !labels.includes('le="') && !/_sum\{/.test(line) && fits(labels)) sum += Number(value);
  }
  return sum;
}

function pause(forMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, forMs));
}
