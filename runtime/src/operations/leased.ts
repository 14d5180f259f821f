// A keyed call of a handler that opens its own transactions. The key's row is committed first, under a lease that is
// prolonged while the process lives; after a crash the key is free when the lease is over. A process that was only silent
// finds its fence gone: its transactions do not commit, and it answers like any repetition.

import type { Log } from '../context.ts';
import { crashPoint, isPlantedNow, repeat } from '../kernel/index.ts';
import type { Answer, Exchange } from '../pipeline/exchange.ts';
import type { Database, Db, Tx } from '../ports/index.ts';
import { logOf } from '../telemetry/log.ts';
import { enqueueCallbacks } from './callbacks.ts';
import { scopedKey, type KeyPlace } from './fingerprint.ts';
import {
  demandPlace,
  dropPlace,
  finishPlace,
  type HeldPlace,
  holdPlace,
  isLockTimeout,
  keepPlace,
  KeyLost,
  readPlace,
  takePlace,
} from './key-rows.ts';
import type { ExecutionServices } from './services.ts';
import { inProgress, isFinal, kept, storedAnswer, unknownJob } from './stored-answer.ts';
import { patienceMs } from './twins.ts';
import { underLease } from './under-lease.ts';

/** Milliseconds without a heartbeat after which another call may take the key; a heartbeat every third of it. */
const usualLeaseMs = 15_000;

export interface LeasedCall {
  database: Database;
  services: ExecutionServices;
  place: KeyPlace;
  /** The handler, with services that act only while the key is held. */
  run: (services: ExecutionServices) => Promise<Answer>;
}

/** The answer of the call, or of whoever has the key. */
export async function runLeased(x: Exchange, call: LeasedCall): Promise<Answer> {
  const { database, services, place } = call;
  const { leaseMs = usualLeaseMs } = services;
  const { retainS } = x.operation.operation.policy.idempotency;
  let taken: Awaited<ReturnType<typeof takePlace>>;
  try {
    taken = await takePlace(database.db, place, { retainS, state: 'started', waitMs: patienceMs(x), leaseMs });
  } catch (error) {
    if (isLockTimeout(error)) return inProgress(x);
    throw error;
  }
  if (!('held' in taken)) return storedAnswer(x, place, taken.row);
  x.tookKey = true;
  crashPoint('open.after-start');
  const log = logOf(services.logger, { trace: x.traceId, operation: x.operation.key });
  const lease = new KeyLease(database.db, taken.held, { leaseMs, log });
  try {
    const answer = await runOrFree(call, lease);
    await end(x, call, { held: taken.held, answer });
    crashPoint('open.after-done');
    return answer;
  } catch (error) {
    if (!(error instanceof KeyLost)) throw error;
    log.warn('a key was taken over while its call ran');
    return storedAnswer(x, place, await readPlace(database.db, place));
  } finally {
    lease.close();
  }
}

/** A failure leaves the key free. */
async function runOrFree({ database, services, run }: LeasedCall, lease: KeyLease): Promise<Answer> {
  try {
    return await run(underLease(services, (db) => lease.demand(db)));
  } catch (error) {
    if (!(error instanceof KeyLost)) await dropPlace(database.db, lease.held);
    throw error;
  }
}

async function end(
  x: Exchange,
  { database, services, place }: LeasedCall,
  { held, answer }: { held: HeldPlace; answer: Answer },
): Promise<void> {
  if (isPlantedNow('key.kept')) return;
  const job = unknownJob(answer);
  if (job !== undefined) await holdPlace(database.db, held, job);
  else if (answer.status < 400 || isFinal(answer))
    await database.transaction(async (tx) => {
      const stored = kept(x, answer);
      await finishPlace(tx, held, stored);
      if (answer.status < 400) await enqueueCallbacks(tx, x, { answer: stored, key: scopedKey(place) }, services);
    });
  else await dropPlace(database.db, held);
}

/** A key in the hands of this process. */
class KeyLease {
  readonly held: HeldPlace;
  readonly #db: Db;
  readonly #options: { leaseMs: number; log: Log };
  readonly #stopBeating: () => void;
  #isLost = false;
  #isBeating = false;

  constructor(db: Db, held: HeldPlace, options: { leaseMs: number; log: Log }) {
    this.#db = db;
    this.held = held;
    this.#options = options;
    this.#stopBeating = repeat(options.leaseMs / 3, () => void this.#beat());
  }

  /** Throws KeyLost. In a transaction nobody takes the key before it has ended. */
  async demand(db: Db | Tx): Promise<void> {
    if (this.#isLost) throw new KeyLost();
    await demandPlace(db, this.held);
  }

  close(): void {
    this.#stopBeating();
  }

  async #beat(): Promise<void> {
    // One at a time: a database that is slow is not asked more for it.
    if (this.#isBeating) return;
    this.#isBeating = true;
    const { leaseMs, log } = this.#options;
    try {
      await keepPlace(this.#db, this.held, leaseMs);
    } catch (error) {
      this.#isLost ||= error instanceof KeyLost;
      if (this.#isLost) this.close();
      // Else the lease runs out unless a later beat gets through; the fence keeps it safe.
      else log.warn('the lease of a key was not prolonged', { error: String(error) });
    } finally {
      this.#isBeating = false;
    }
  }
}
