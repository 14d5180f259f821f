// Which requests get a line of their own. While little happens, all do; under load successes are sampled and refusals of
// one kind are added up, so that the log costs the same however much is asked.

import { elapsedMs, later } from '../kernel/index.ts';
import type { AccessLine } from './access-log.ts';
import type { EdgeLogger } from './log.ts';

/** Lines of successes a second; beyond, one in `sampleOf` until there are as many again, then one in `sampleOf` of those. */
const allSuccesses = 100;
const sampleOf = 20;
/** Lines of refusals with one code a second; beyond, they are counted. */
const allRefusals = 10;
/** Codes told apart in one second; all other refusals are counted together. */
const mostCodes = 100;
const windowMs = 1000;

export class AccessLines {
  readonly #logger: EdgeLogger;
  #since = 0;
  #successes = 0;
  /** How many successes one line stands for now. */
  #standsFor = 1;
  readonly #refusals = new Map<string, number>();
  #stop: (() => void) | undefined;

  constructor(logger: EdgeLogger) {
    this.#logger = logger;
  }

  /** `line` is only made when it is written. */
  write(status: number, code: string | undefined, line: () => AccessLine): void {
    const now = elapsedMs();
    if (now - this.#since >= windowMs) {
      this.#turn();
      this.#since = now;
    }
    if (status < 400) {
      this.#successes += 1;
      if (this.#successes > allSuccesses * this.#standsFor) this.#standsFor *= sampleOf;
      const standsFor = this.#standsFor;
      if (this.#successes % standsFor === 0)
        this.#logger.info(standsFor === 1 ? line() : { ...line(), standsFor }, 'request');
      return;
    }
    const known = code !== undefined && (this.#refusals.has(code) || this.#refusals.size < mostCodes);
    const name = known ? code : 'other';
    const count = (this.#refusals.get(name) ?? 0) + 1;
    this.#refusals.set(name, count);
    if (count <= allRefusals) this.#logger.info(line(), 'request');
    else this.#stop ??= later(windowMs, () => this.#turn());
  }

  /** The second is over: what got no line of its own is told in one. */
  #turn(): void {
    this.#stop?.();
    this.#stop = undefined;
    for (const [code, count] of this.#refusals)
      if (count > allRefusals) this.#logger.info({ code, refused: count - allRefusals }, 'refusals');
    this.#refusals.clear();
    this.#successes = 0;
    this.#standsFor = 1;
  }
}
