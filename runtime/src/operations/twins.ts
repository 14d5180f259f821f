// Repetitions of one call that meet in one process: the first runs, the others wait for it without holding a connection.

import type { Answer, Exchange } from '../pipeline/exchange.ts';
import { refuse } from '../pipeline/operation.ts';
import type { KeyPlace } from './fingerprint.ts';

/** What another call with the same key waits for the first to end. */
export const twinWaitMs = 2_000;

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
    const waitMs = Math.min(twinWaitMs, x.operation.timeoutMs);
    if (!(await endsWithin(first.ended, waitMs))) {
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
