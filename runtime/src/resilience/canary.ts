// Which release of an upstream answers: the same caller always meets the same one, by hash. A release with a small share
// is on trial against the largest, and is taken out when it is clearly worse.

import { fnv1a } from '../kernel/index.ts';

const windowMs = 300_000;
const sliceMs = 15_000;
const leastCalls = 200;
/** More 5xx answers than the stable release, as a share of calls. */
const worseShare = 0.01;
const slowerFactor = 1.5;
/** Durations kept for one slice of time; beyond them every k-th would be needed, and the first are enough. */
const mostDurations = 2_000;

export interface Route {
  /** Name of the release. */
  release: string;
  /** Share in parts of all weights; 0 = only who asks for it by name. */
  weight: number;
}

export interface CanaryEnd {
  release: string;
  because: 'errors' | 'latency';
  calls: number;
  /** Of the canary and of the stable release. */
  figures: readonly [canary: number, stable: number];
}

export class Canary<R extends Route> {
  readonly #routes: readonly R[];
  readonly #rollout: string;
  readonly #ended: (end: CanaryEnd) => void;
  readonly #out = new Set<R>();
  readonly #seen: Map<R, Slice[]>;
  readonly #stable: R;

  /** `routes` ≥ 1, one of them with a weight. `ended` is told once for each release taken out. */
  constructor(routes: readonly R[], rollout: string, ended: (end: CanaryEnd) => void) {
    this.#routes = routes;
    this.#rollout = rollout;
    this.#ended = ended;
    this.#seen = new Map(routes.map((route) => [route, []]));
    this.#stable = routes.reduce((best, route) => (route.weight > best.weight ? route : best));
  }

  /** `who`: customer or principal. `pinned`: the release that staff ask for; an unknown one is as none. */
  choose(who: string, pinned?: string): R {
    const named = pinned === undefined ? undefined : this.#routes.find(({ release }) => release === pinned);
    if (named !== undefined) return named;
    if (this.#routes.length === 1) return this.#stable;
    const total = this.#routes.reduce((sum, { weight }) => sum + weight, 0);
    let place = (spread(fnv1a(`${this.#rollout} ${who}`)) / 0x1_0000_0000) * total;
    for (const route of this.#routes) {
      place -= route.weight;
      // Who met a release that was taken out goes to the stable one; nobody else moves.
      if (place < 0) return this.#out.has(route) ? this.#stable : route;
    }
    return this.#stable;
  }

  /** The end of a call: judged at once when it belongs to a release on trial. */
  report(route: R, { isError, durationMs }: { isError: boolean; durationMs: number }, nowMs: number): void {
    if (this.#routes.length === 1) return;
    this.#slice(route, nowMs).add(isError, durationMs);
    if (route === this.#stable || this.#out.has(route)) return;
    const end = this.#judge(route, nowMs);
    if (end === undefined) return;
    this.#out.add(route);
    this.#ended(end);
  }

  #judge(route: R, nowMs: number): CanaryEnd | undefined {
    const canary = this.#sum(route, nowMs);
    if (canary.calls < leastCalls) return undefined;
    const stable = this.#sum(this.#stable, nowMs);
    const { release } = route;
    const errors = [canary.errors / canary.calls, stable.calls === 0 ? 0 : stable.errors / stable.calls] as const;
    if (errors[0] - errors[1] >= worseShare) {
      return { release, because: 'errors', calls: canary.calls, figures: errors };
    }
    // Sorting durations for each call would cost more than the call.
    if (canary.calls % 50 !== 0 || stable.calls < leastCalls) return undefined;
    const latency = [canary.p99Ms(), stable.p99Ms()] as const;
    return latency[0] >= latency[1] * slowerFactor
      ? { release, because: 'latency', calls: canary.calls, figures: latency }
      : undefined;
  }

  #slice(route: R, nowMs: number): Slice {
    const slices = this.#seen.get(route) as Slice[];
    const at = Math.floor(nowMs / sliceMs);
    let last = slices.at(-1);
    if (last?.at !== at) {
      slices.push((last = new Slice(at)));
      while (slices.length > windowMs / sliceMs) slices.shift();
    }
    return last;
  }

  #sum(route: R, nowMs: number): Slice {
    const from = Math.floor((nowMs - windowMs) / sliceMs);
    const whole = new Slice(0);
    for (const slice of this.#seen.get(route) as Slice[]) if (slice.at > from) whole.take(slice);
    return whole;
  }
}

/** Neighbours in a row of ids have neighbouring hashes; here each bit of one decides each bit of the other. */
function spread(hash: number): number {
  let mixed = Math.imul(hash ^ (hash >>> 16), 0x85eb_ca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2_ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

class Slice {
  readonly at: number;
  calls = 0;
  errors = 0;
  #durations: number[] = [];

  constructor(at: number) {
    this.at = at;
  }

  add(isError: boolean, durationMs: number): void {
    this.calls += 1;
    if (isError) this.errors += 1;
    if (this.#durations.length < mostDurations) this.#durations.push(durationMs);
  }

  take(other: Slice): void {
    this.calls += other.calls;
    this.errors += other.errors;
    this.#durations.push(...other.#durations);
  }

  p99Ms(): number {
    const sorted = this.#durations.toSorted((left, right) => left - right);
    return sorted[Math.floor(sorted.length * 0.99)] ?? 0;
  }
}
