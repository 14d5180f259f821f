// The audited client: a process of its own, so that no fault of the server reaches its journal. Started with the path of
// a settings file; ends at the time set there. What it learns stands in the journal; a last line on stdout sums it up.

import { readFileSync } from 'node:fs';
import { seededRandom } from '@plinth/runtime';
import { type Asked, Client, type TokenIssue, Tokens } from './ask.ts';
import { type Attempted, type Ended, type Journal, openJournal } from './journal.ts';
import { Workload, type WorkloadWorld } from './workload.ts';

export interface ClientSettings {
  port: number;
  issue: TokenIssue;
  world: WorkloadWorld;
  journal: string;
  seed: number;
  seconds: number;
  /** Acts under way at once. */
  parallel: number;
  /** How long an act without an answer is repeated with its key before its client gives up. */
  insistMs: number;
}

/** One act in so many is not repeated when its answer is lost: its outcome stays unknown to the client. */
const givesUpOneIn = 8;
/** Before an act is sent again: doubled each time, up to the most. */
const pauseMs = 100;
const mostPauseMs = 1_000;

async function main(file: string): Promise<void> {
  const settings = JSON.parse(readFileSync(file, 'utf8')) as ClientSettings;
  const { parallel, seed, world, seconds } = settings;
  const journal = await openJournal(settings.journal);
  const actor = new Actor(settings, journal);
  let until = performance.now() + seconds * 1000;
  process.once('SIGTERM', () => (until = 0));
  const root = seededRandom(seed);
  const thread = async (place: number): Promise<void> => {
    const random = root.stream(`thread ${place}`);
    const workload = new Workload(world, random, `load-${seed}-${place}`);
    for (let acked = true; performance.now() < until;) {
      const gives = random.int(givesUpOneIn) === 0;
      acked = (await actor.act(workload.next(acked), gives ? 0 : settings.insistMs)) === 'acked';
    }
  };
  await Promise.all(Array.from({ length: parallel }, (_, place) => thread(place)));
  await journal.close();
  actor.close();
  process.stdout.write(`${JSON.stringify(actor.counts)}\n`);
}

class Actor {
  readonly #client: Client;
  readonly #tokens: Tokens;
  readonly #journal: Journal;
  readonly counts = { acked: 0, refused: 0, unknown: 0 };

  constructor(settings: ClientSettings, journal: Journal) {
    this.#client = new Client(settings.port);
    this.#tokens = new Tokens(settings.issue);
    this.#journal = journal;
  }

  async act(wish: Attempted, insistMs: number): Promise<Ended['state']> {
    await this.#journal.write(wish);
    const started = performance.now();
    let end: Ended | undefined;
    for (let sent = 1; end === undefined; sent++) {
      const answer = await this.#client.ask(questionOf(wish, this.#tokens)).catch(() => undefined);
      const tookMs = Math.round(performance.now() - started);
      const state = answer === undefined ? undefined : stateOf(answer);
      if (answer !== undefined && state !== undefined)
        end = { state, id: wish.id, status: answer.status, body: answer.body, sent, tookMs };
      else if (tookMs >= insistMs)
        end = { state: 'unknown', id: wish.id, status: answer?.status ?? 0, body: '', sent, tookMs };
      else await new Promise((resolve) => setTimeout(resolve, Math.min(mostPauseMs, pauseMs * 2 ** (sent - 1))));
    }
    await this.#journal.write(end);
    this.counts[end.state] += 1;
    return end.state;
  }

  close(): void {
    this.#client.close();
  }
}

/** The question of an act, for its client and for whoever asks it again. */
export function questionOf(wish: Attempted, tokens: Tokens, body: unknown = wish.body) {
  const { subject, customerId, method, path, key } = wish;
  const token = tokens.of({
    subject,
    kind: customerId === undefined ? 'service' : 'customer',
    ...(customerId && { customerId }),
  });
  return { method, path, body, headers: { authorization: `Bearer ${token}`, 'idempotency-key': key } };
}

/** undefined = nothing is known yet: ask again with the same key. */
function stateOf({ status, body }: Asked): Ended['state'] | undefined {
  if (status < 300) return 'acked';
  if (status >= 500 || status === 429 || status === 408) return undefined;
  const { code, retryable } = JSON.parse(body) as { code?: string; retryable?: boolean };
  // Repeating does not help, and yet it is no refusal: the same key tells the end once it is known.
  return retryable === true || code === 'outcome-unknown' ? undefined : 'refused';
}

const [, program = '', file] = process.argv;
if (import.meta.filename === program && file !== undefined) await main(file);

/** To be started as a process of its own: `node <clientProgram> <settings file>`. */
export const clientProgram: string = import.meta.filename;
