// Who uses what of a contract: calls, parameters and properties by application and day. Not what was sent, only that it
// was. The gate asks these records who would be hurt by a change (`plinth usage`, `plinth diff --usage`).

import { FileReference, isBodyFile } from '@plinth/contract/serving';
import { sql } from 'kysely';
import { elapsedMs } from '../kernel/index.ts';
import type { Database, Db, Tx } from '../ports/index.ts';

const everyMs = 1000;
/** Applications × operations × versions of one day; what comes later that day is not recorded, and said so. */
const mostUses = 20_000;
/** Names below one body, and how deep they stand. */
const mostNames = 2_000;
const deepest = 16;
/** Days that records are kept. */
const keptDays = 400;

/** An answered call, as far as use is concerned; the edge's interactions are such. */
export interface AnsweredCall {
  readonly capability: string;
  /** operationId */
  readonly operation: string;
  /** Version of the contract. */
  readonly version: string;
  readonly principal: { readonly applicationId?: string };
  readonly channel: string;
  readonly input: Readonly<Record<string, unknown>>;
  /** Names of the parameters that were sent: `query.limit`. */
  readonly parameters: () => string[];
  readonly status: number;
}

/** What one application did with one operation in some days. */
export interface UseOfOperation {
  /** Id of the application, or the channel of our own apps. */
  consumer: string;
  operation: string;
  /** Version of the contract. */
  version: string;
  calls: number;
  /** `query.limit`, `header.accept-language`. */
  parameters: string[];
  /** Properties of bodies: `/lines/[]/sku`. */
  sent: string[];
}

interface Use {
  readonly place: { consumer: string; capability: string; operation: string; version: string; day: string };
  calls: number;
  readonly parameters: Set<string>;
  readonly body: Name;
  names: number;
}

/** A property that was sent, with those below it; `[]` stands for the items of a list. */
type Name = Map<string, Name>;

export interface UsageOptions {
  database: Database;
  now: () => Temporal.Instant;
  /** Called when records could not be written; they are tried again. */
  onError: (error: unknown) => void;
}

/** The records of one process. A crash loses at most the last second of them. */
export class UsageBook {
  readonly #options: UsageOptions;
  #uses = new Map<string, Use>();
  #timer: NodeJS.Timeout | undefined;
  #writing = Promise.resolve();
  #day = '';
  #dayEndsMs = 0;
  #isFull = false;

  constructor(options: UsageOptions) {
    this.#options = options;
  }

  /** Calls noted and not yet written. */
  get pending(): number {
    return [...this.#uses.values()].reduce((sum, { calls }) => sum + calls, 0);
  }

  /** For the edge's `onRecorded`. Only what was understood counts: refusals before the handler use nothing. */
  readonly note = (call: AnsweredCall): void => {
    if (call.status >= 400 && call.status !== 409) return;
    const use = this.#useOf(call);
    if (use === undefined) return;
    use.calls += 1;
    for (const name of call.parameters()) if (!use.parameters.has(name)) use.parameters.add(name);
    const { body } = call.input;
    if (typeof body === 'object' && body !== null && !(body instanceof Uint8Array)) addNames(use, use.body, body, 0);
    this.#timer ??= setTimeout(() => void this.flush(), everyMs).unref();
  };

  /** Writes what was noted. Called by itself; and once at the end, which waits for what is being written, too. */
  flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const uses = [...this.#uses.values()];
    this.#writing = this.#writing.then(() => this.#write(uses.filter(({ calls }) => calls > 0)));
    return this.#writing;
  }

  /** Never rejects. */
  async #write(uses: readonly Use[]): Promise<void> {
    if (uses.length === 0) return;
    const { database, onError } = this.#options;
    // New calls are counted anew; names that were sent once need not be sent again.
    const counts = uses.map((use) => use.calls);
    for (const use of uses) use.calls = 0;
    try {
      await database.transaction(async (tx) => {
        for (const [index, use] of uses.entries()) await put(tx, use, counts[index] as number);
      });
    } catch (error) {
      for (const [index, use] of uses.entries()) use.calls += counts[index] as number;
      onError(error);
    }
  }

  #useOf({ capability, operation, version, principal, channel }: AnsweredCall): Use | undefined {
    if (elapsedMs() >= this.#dayEndsMs) this.#beginDay();
    const consumer = principal.applicationId ?? channel;
    const key = `${consumer}|${operation}|${version}`;
    const known = this.#uses.get(key);
    if (known !== undefined) return known;
    if (this.#uses.size >= mostUses) {
      if (!this.#isFull)
        this.#options.onError(new Error(`usage of more than ${mostUses} kinds on one day is not kept`));
      this.#isFull = true;
      return undefined;
    }
    const place = { consumer, capability, operation, version, day: this.#day };
    const use: Use = { place, calls: 0, parameters: new Set(), body: new Map(), names: 0 };
    this.#uses.set(key, use);
    return use;
  }

  /** Records of the day before are written once more, then forgotten here. */
  #beginDay(): void {
    const now = this.#options.now().toZonedDateTimeISO('UTC');
    const end = now.toPlainDate().add({ days: 1 }).toZonedDateTime('UTC');
    this.#dayEndsMs = elapsedMs() + now.until(end).total('milliseconds');
    this.#day = now.toPlainDate().toString();
    void this.flush();
    this.#uses = new Map();
    this.#isFull = false;
  }
}

function addNames(use: Use, into: Name, value: object, depth: number): void {
  // A file has no properties of its own that a contract could name.
  if (depth >= deepest || isBodyFile(value) || value instanceof FileReference) return;
  if (Array.isArray(value)) {
    const items = below(use, into, '[]');
    for (const item of value as unknown[])
      if (items !== undefined && typeof item === 'object' && item !== null) addNames(use, items, item, depth + 1);
    return;
  }
  for (const name in value) {
    const found = below(use, into, name);
    const member = (value as Record<string, unknown>)[name];
    if (found !== undefined && typeof member === 'object' && member !== null) addNames(use, found, member, depth + 1);
  }
}

function below(use: Use, into: Name, name: string): Name | undefined {
  const known = into.get(name);
  if (known !== undefined) return known;
  if (use.names >= mostNames) return undefined;
  use.names += 1;
  const made: Name = new Map();
  into.set(name, made);
  return made;
}

function pathsOf(names: Name, at = ''): string[] {
  return [...names].flatMap(([name, under]) => {
    const path = `${at}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
    return name === '[]' ? pathsOf(under, path) : [path, ...pathsOf(under, path)];
  });
}

async function put(tx: Tx, use: Use, calls: number): Promise<void> {
  const { consumer, capability, operation, version, day } = use.place;
  await sql`
    insert into runtime.usage (consumer, capability, operation, version, day, calls, parameters, sent)
    values (${consumer}, ${capability}, ${operation}, ${version}, ${day}, ${calls}, ${[...use.parameters]}, ${pathsOf(use.body)})
    on conflict (capability, operation, consumer, version, day) do update set
      calls = usage.calls + excluded.calls,
      parameters = array(select distinct unnest(usage.parameters || excluded.parameters) order by 1),
      sent = array(select distinct unnest(usage.sent || excluded.sent) order by 1)`.execute(tx);
}

/** Deletes records older than 400 days; a job runs it. */
export async function sweepUsage(db: Db): Promise<void> {
  await sql`delete from runtime.usage where day < current_date - ${keptDays}::integer`.execute(db);
}

/** Use of a capability's operations since there are records; `days` = how many those are, today included. */
export async function readUsageOf(db: Db, capability: string): Promise<{ days: number; uses: UseOfOperation[] }> {
  const { rows } = await sql<UseOfOperation>`
    with mine as (select * from runtime.usage where capability = ${capability})
    select operation, consumer, version, sum(calls)::float8 as calls,
      array(select distinct name from mine m, unnest(m.parameters) as name
        where (m.operation, m.consumer, m.version) = (mine.operation, mine.consumer, mine.version) order by 1) as parameters,
      array(select distinct name from mine m, unnest(m.sent) as name
        where (m.operation, m.consumer, m.version) = (mine.operation, mine.consumer, mine.version) order by 1) as sent
    from mine group by operation, consumer, version order by operation, consumer, version`.execute(db);
  const {
    rows: [span],
  } = await sql<{ days: number }>`
    select coalesce(current_date - min(day) + 1, 0)::integer as days from runtime.usage`.execute(db);
  return { days: span?.days ?? 0, uses: rows };
}
