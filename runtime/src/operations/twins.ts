// Repetitions of one call that meet in one process: the first runs, the others wait for it without holding a connection.

import { elapsedMs } from '../kernel/index.ts';
import type { Answer, Exchange } from '../pipeline/exchange.ts';
import { refuse } from '../pipeline/operation.ts';
import type { KeyPlace } from './fingerprint.ts';

/** What another call with the same key waits for the first to end, at most. */
const mostPatienceMs = 2_000;

/** Of what is left of its time; the rest is for saying that the first still runs, before it is too late for that. */
const shareOfLeft = 0.8;

/** Whole milliseconds that a call waits for another with its key. */
export function patienceMs({ deadlineMs }: Pick<Exchange, 'deadlineMs'>): number {
  if (deadlineMs === 0) return mostPatienceMs;
  return Math.max(1, Math.min(mostPatienceMs, Math.floor((deadlineMs - elapsedMs()) * shareOfLeft)));
}

interface Flight {
  fingerprint: Buffer;
  ended: Promise<unknown>;
}

export class Twins {
  readonly #flights = new Map<string, Flight>();

  /** `run` for the first, `replay` (or `run`, when the first left nothing) for those who waited. */
  async join(
    x: Exchange,
    place: KeyPlace,
    run: () => Promise<Answer>,
    replay: () => Promise<Answer | undefined>,
  ): Promise<Answer> {
    const name = `${place.principalHash.toString('latin1')}${place.operation}${place.keyHash.toString('latin1')}`;
    const first = this.#flights.get(name);
    if (first === undefined) return this.#fly(name, place, run);
    if (!first.fingerprint.equals(place.fingerprint)) return refuse(x, 'idempotency-key-reused');
    if (!(await endsWithin(first.ended, patienceMs(x)))) {
      return refuse(x, 'idempotency-in-progress', { headers: ['Retry-After', '1'] });
    }
    return (await replay()) ?? this.#fly(name, place, run);
  }

  #fly(name: string, place: KeyPlace, run: () => Promise<Answer>): Promise<Answer> {
    const flying = run();
    const flight = { fingerprint: place.fingerprint, ended: flying.then(noop, noop) };
    this.#flights.set(name, flight);
    const land = (): void => {
      if (this.#flights.get(name) === flight) this.#flights.delete(name);
    };
    flying.then(land, land);
    return flying;
  }
}

function noop(): void {}

async function endsWithin(work: Promise<unknown>, waitMs: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), waitMs);
  });
  const ended = await Promise.race([work.then(() => true), tooLate]);
  clearTimeout(timer);
  return ended;
}
