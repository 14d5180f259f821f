// Executes an admitted, authorized and validated call: reads on the pool, writes in ONE transaction together with their
// idempotency row, facts and audit, orchestrating handlers under a leased row. The table of outcomes: edge, section 6.

import type { OpenContext, Sent, WriteContext } from '../context.ts';
import { assert, crashPoint, elapsedMs, isPlanted, isProblem, pause } from '../kernel/index.ts';
import type { announcePurge } from '../pipeline/cache/purge-feed.ts';
import type { Answer, Exchange } from '../pipeline/exchange.ts';
import { settle } from '../pipeline/stages/check-response.ts';
import type { Database, Tx } from '../ports/index.ts';
import type { Trace } from '../telemetry/trace.ts';
import { traced, transactionSpan } from '../telemetry/tracer.ts';
import { enqueueCallbacks } from './callbacks.ts';
import { baseContext, openContext, readContext, under } from './contexts.ts';
import { emitDeclared } from './declared-facts.ts';
import { placeOf, scopedKey, type KeyPlace } from './fingerprint.ts';
import type * as keyRows from './key-rows.ts';
import { MemoryKeys } from './memory-keys.ts';
import { answerOfMock } from './mock-write.ts';
import { positioned } from './position.ts';
import type { ExecutionServices } from './services.ts';
import { bounded, inProgress, isFinal, kept, storedAnswer } from './stored-answer.ts';
import { patienceMs, Twins } from './twins.ts';

/** Leaves the transaction without committing it, with the answer to give. */
export class RolledBack extends Error {
  override readonly name = 'RolledBack';
  readonly answer: Answer;

  constructor(answer: Answer) {
    super('rolled back');
    this.answer = answer;
  }
}

/** A transaction that was left on purpose did not fail. */
function rolledBack(error: unknown): RolledBack {
  if (error instanceof RolledBack) return error;
  throw error;
}

/** A database with what writes keys to it. */
interface Stored {
  database: Database;
  rows: typeof keyRows;
  announcePurge: typeof announcePurge;
}

export class Executor {
  readonly #services: ExecutionServices;
  readonly #twins = new Twins();
  readonly #memory = new MemoryKeys();
  readonly #stored: Promise<Stored> | undefined;

  constructor(services: ExecutionServices) {
    this.#services = services;
    this.#stored = services.database && storedIn(services.database);
  }

  /** What handler or mock say of an operation that changes nothing; `settle` makes an answer of it. */
  read(x: Exchange): unknown {
    const { handler } = x.operation;
    return handler === undefined
      ? answerOfMock(x, this.#services)
      : (handler.run as Run)(x.input, readContext(x, this.#services), sentOf(x));
  }

  /** The answer of an operation that writes, at most one effect per key. */
  write(x: Exchange): Answer | Promise<Answer> {
    const place = this.#placeOf(x);
    return this.#stored === undefined ? this.#withoutStore(x, place) : this.#withStore(x, this.#stored, place);
  }

  async #withStore(x: Exchange, storing: Promise<Stored>, place: KeyPlace | undefined): Promise<Answer> {
    const stored = await storing;
    if (place === undefined)
      return this.#open(x) ? this.#runUnkeyed(x, stored) : this.#inTransaction(x, stored, undefined);
    const run = (): Promise<Answer> =>
      this.#open(x) ? this.#runLeased(x, stored, place) : this.#inTransaction(x, stored, place);
    return this.#twins.join(x, place, run, () => this.#replay(x, stored, place));
  }

  /** Ends kept answers of other edges after what no single transaction has done. They end by their `ttl` when it fails. */
  async announce(tags: readonly string[]): Promise<void> {
    const stored = await this.#stored;
    await stored?.announcePurge(stored.database.db, tags, this.#services.edgeId).catch(() => undefined);
  }

  #open(x: Exchange): boolean {
    return x.operation.handler?.kind === 'open';
  }

  #placeOf(x: Exchange): KeyPlace | undefined {
    if (x.idempotencyKey === undefined) return undefined;
    return placeOf(x, x.idempotencyKey, this.#services.sealingKey);
  }

  /** Row, effect, facts and stored answer commit together or not at all. */
  async #inTransaction(x: Exchange, stored: Stored, place: KeyPlace | undefined): Promise<Answer> {
    try {
      const answer = await (isPlanted('answer.early')
        ? this.#answeredEarly(x, stored, place)
        : traced(this.#services.tracer, x.trace, transactionSpan, (trace) =>
            stored.database.transaction((tx) => this.#work(x, { ...stored, tx, trace }, place)).catch(rolledBack),
          ));
      if (answer instanceof RolledBack) return answer.answer;
      crashPoint('write.after-commit');
      this.#services.committed();
      return answer;
    } catch (error) {
      if (error instanceof RolledBack) return error.answer;
      throw error;
    }
  }

  /** What must never be: the caller is told before the commit. Planted by fault suites only. */
  #answeredEarly(x: Exchange, stored: Stored, place: KeyPlace | undefined): Promise<Answer> {
    return new Promise((resolve, reject) => {
      stored.database
        .transaction(async (tx) => {
          resolve(await this.#work(x, { ...stored, tx, trace: x.trace }, place));
          await pause(50);
          crashPoint('write.told-early');
        })
        .then(this.#services.committed, reject);
    });
  }

  async #work(
    x: Exchange,
    { tx, rows, announcePurge: announce, trace }: Omit<Stored, 'database'> & { tx: Tx; trace: Trace },
    place: KeyPlace | undefined,
  ): Promise<Answer> {
    const { takePlace, isLockTimeout, limitStatements, savepoint, finishPlace } = rows;
    const statementMs = statementMsOf(x);
    if (place === undefined && statementMs !== undefined) await limitStatements(tx, statementMs);
    let held: keyRows.HeldPlace | undefined;
    if (place !== undefined) {
      const { retainS } = x.operation.operation.policy.idempotency;
      const taking = { retainS, state: 'running', waitMs: patienceMs(x), statementMs } as const;
      const taken = await takePlace(tx, place, taking).catch((error: unknown) => {
        if (isLockTimeout(error)) throw new RolledBack(inProgress(x));
        throw error;
      });
      if (!('held' in taken)) throw new RolledBack(storedAnswer(x, place, taken.row));
      ({ held } = taken);
      x.tookKey = true;
      await savepoint.set(tx);
    }
    crashPoint('write.before-handler');
    const unit = this.#services.beginWrite(under(baseContext(x, this.#services), trace), tx);
    let answer = await effectOf(x, unit.context, this.#services);
    if (x.answered) throw new RolledBack(answer); // The deadline has passed: the caller was told so.
    if (answer.code !== undefined || answer.status >= 400) {
      if (place === undefined || !isFinal(answer)) throw new RolledBack(answer);
      await savepoint.back(tx);
    } else {
      answer = positioned(answer, await unit.flush());
      // One that was released since, because the caller was answered, undoes it all.
      if (x.files.length > 0) await this.#services.files?.keep(x.files, tx);
      const key = place === undefined ? this.#services.ids.uuid() : scopedKey(place);
      await enqueueCallbacks(tx, x, { answer, key }, this.#services);
      if (x.purges !== undefined) await announce(tx, x.purges(x, answer), this.#services.edgeId);
    }
    if (held !== undefined) await finishPlace(tx, held, bounded(answer));
    crashPoint('write.before-commit');
    return answer;
  }

  /** For handlers that open their own transactions: the row is committed first, under a lease. */
  async #runLeased(x: Exchange, { database }: Stored, place: KeyPlace): Promise<Answer> {
    const { runLeased } = await import('./leased.ts');
    const run = (services: ExecutionServices): Promise<Answer> => this.#runOpen(x, place, services);
    return runLeased(x, { database, services: this.#services, place, run });
  }

  /** Each call is a new wish. */
  async #runUnkeyed(x: Exchange, { database }: Stored): Promise<Answer> {
    const answer = await this.#runOpen(x, undefined);
    if (x.callbacks !== undefined && answer.status < 400)
      await database.transaction((tx) =>
        enqueueCallbacks(tx, x, { answer: kept(x, answer), key: this.#services.ids.uuid() }, this.#services),
      );
    return answer;
  }

  async #runOpen(x: Exchange, place: KeyPlace | undefined, services = this.#services): Promise<Answer> {
    const key = place === undefined ? services.ids.uuid() : scopedKey(place);
    const context: OpenContext = openContext(x, services, key);
    const { handler } = x.operation;
    assert(handler !== undefined, 'only handlers orchestrate');
    return positioned(settle(x, await (handler.run as Run)(x.input, context, sentOf(x))), x.position);
  }

  /** A twin that ended in this process: its stored answer. */
  async #replay(x: Exchange, { database, rows }: Stored, place: KeyPlace): Promise<Answer | undefined> {
    const row = await rows.readPlace(database.db, place);
    return row === undefined ? undefined : storedAnswer(x, place, row);
  }

  async #keepFiles(x: Exchange, answered: Answer | Promise<Answer>): Promise<Answer> {
    const answer = await answered;
    if (answer.status < 400) await this.#services.files?.keep(x.files, undefined);
    return answer;
  }

  /** Mocks and benches without a database: keys are kept in memory, facts go nowhere. */
  #withoutStore(x: Exchange, place: KeyPlace | undefined): Answer | Promise<Answer> {
    const run = (): Answer | Promise<Answer> => {
      const { handler } = x.operation;
      if (handler?.kind === 'open') return this.#runOpen(x, place);
      const result =
        handler === undefined
          ? answerOfMock(x, this.#services)
          : (handler.run as Run)(x.input, readContext(x, this.#services), sentOf(x));
      const answer = result instanceof Promise ? result.then((value) => settle(x, value)) : settle(x, result);
      return x.files.length === 0 ? answer : this.#keepFiles(x, answer);
    };
    if (place === undefined) return run();
    const replay = (): Promise<Answer | undefined> => {
      const row = this.#memory.get(place);
      return Promise.resolve(row === undefined ? undefined : storedAnswer(x, place, row));
    };
    const first = async (): Promise<Answer> => {
      const stored = await replay();
      if (stored !== undefined) return stored;
      x.tookKey = true;
      const answer = await run();
      if (answer.status < 400 || isFinal(answer)) this.#memory.put(place, kept(x, answer));
      return answer;
    };
    return this.#twins.join(x, place, first, replay);
  }
}

/** What is left of the caller's time; undefined = nobody waits. */
function statementMsOf({ deadlineMs }: Exchange): number | undefined {
  return deadlineMs === 0 ? undefined : Math.max(1, Math.ceil(deadlineMs - elapsedMs()));
}

/** Mocks have no store, and load nothing that writes to one. */
async function storedIn(database: Database): Promise<Stored> {
  const [rows, { announcePurge }] = await Promise.all([
    import('./key-rows.ts'),
    import('../pipeline/cache/purge-feed.ts'),
  ]);
  return { database, rows, announcePurge };
}

/** Handler or mock inside the transaction of `context`. */
export async function effectOf(x: Exchange, context: WriteContext, services: ExecutionServices): Promise<Answer> {
  const { handler } = x.operation;
  if (handler !== undefined) return settle(x, await (handler.run as Run)(x.input, context));
  const result = await answerOfMock(x, services);
  if (!isProblem(result) && result.status < 300) emitDeclared(x, context, result);
  return settle(x, result);
}

/** Handlers are typed by their contract; here they meet as what they are: a function of input and context. */
export type Run = (input: unknown, context: unknown, sent?: Sent) => unknown;

/** undefined = it came from within, or is made for more than one caller. */
function sentOf(x: Exchange): Sent | undefined {
  return x.transport === undefined ? undefined : x;
}
