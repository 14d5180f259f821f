// Plans of the applications that call, as they were at most a second ago.

import { elapsedMs } from '../../kernel/index.ts';
import type { FindPlan, Plan } from './plan.ts';

const freshMs = 1_000;
const mostPlans = 10_000;

interface Known {
  plan: Plan | undefined;
  untilMs: number;
}

export class Plans {
  readonly #find: FindPlan;
  readonly #now: () => number;
  readonly #known = new Map<string, Known>();
  readonly #asked = new Map<string, Promise<Plan | undefined>>();

  constructor(find: FindPlan, now: () => number = elapsedMs) {
    this.#find = find;
    this.#now = now;
  }

  /** A promise only when the plan has to be looked up. When it cannot be, the one that was known counts on. */
  of(applicationId: string): Plan | undefined | Promise<Plan | undefined> {
    const known = this.#known.get(applicationId);
    if (known !== undefined && known.untilMs > this.#now()) return known.plan;
    const asked = this.#asked.get(applicationId);
    if (asked !== undefined) return asked;
    const asking = this.#find(applicationId)
      .catch(() => known?.plan)
      .then((plan) => {
        if (this.#known.size >= mostPlans) this.#known.clear();
        this.#known.set(applicationId, { plan, untilMs: this.#now() + freshMs });
        return plan;
      })
      .finally(() => this.#asked.delete(applicationId));
    this.#asked.set(applicationId, asking);
    return asking;
  }
}
