// The lines to upstreams: pools, retry budgets, guards and rollouts. They outlive a reload of manifests, so that an edit
// elsewhere neither closes connections nor forgets that a breaker is open.

import { openUpstream } from '@plinth/adapters/upstream';
import { checkOutbound, type Egress, later, PortError, type Random, type Upstream } from '@plinth/runtime';
import {
  Canary,
  type ExecutionServices,
  Guard,
  type Metrics,
  RetryBudget,
  type Route,
  type Tracer,
} from '@plinth/runtime/pipeline';
import type { PlatformKey } from '../../platform-key.ts';
import type { Address, ExchangeEntry, Manifest } from './manifest.ts';
import { overEgress, TokenExchange } from './token-exchange.ts';

/** A line no manifest names any more is closed after this: calls of the last manifest may be under way. */
const lingerMs = 60_000;

export interface LinesOptions {
  metrics: Pick<Metrics, 'count' | 'durations'>;
  logger: ExecutionServices['logger'];
  /** undefined = nobody is told of spans. */
  tracer?: Tracer | undefined;
  random: Random;
  /** `PLINTH_UPSTREAM_<NAME>`. */
  address: (setting: string) => string | undefined;
  /** `PLINTH_SECRET_<NAME>`. */
  secret: (name: string) => string | undefined;
  /** What tokens are asked for with; `allowed`: as of the egress. undefined = there is no exchange here. */
  exchange?: { key: PlatformKey; egress: Egress; allowed: readonly string[] };
  /** The deployment's key, with which calls are sealed; undefined = there is none. */
  own?: string | undefined;
}

/** One release of one upstream. */
export class Line implements Route {
  readonly release: string;
  readonly weight: number;
  /** Path before every target, without trailing slash. */
  readonly prefix: string;
  readonly #upstream: Upstream;
  readonly #budget = new RetryBudget();
  readonly #guards = new Map<string, Guard>();
  readonly #name: string;
  readonly #options: LinesOptions;

  constructor(name: string, route: { url: URL; weight: number; release: string }, options: LinesOptions) {
    this.release = route.release;
    this.weight = route.weight;
    this.prefix = route.url.pathname.replace(/\/$/, '');
    this.#name = name;
    this.#options = options;
    this.#upstream = openUpstream({ origin: route.url.origin });
  }

  guard(operation: string): Guard {
    let guard = this.#guards.get(operation);
    if (guard !== undefined) return guard;
    const labels = { upstream: this.#name, operation };
    guard = guardOver(this.#upstream, this.#budget, labels, this.#options);
    this.#guards.set(operation, guard);
    return guard;
  }

  close(): Promise<void> {
    return this.#upstream.close();
  }
}

/** A guard that tells of itself. */
function guardOver(
  upstream: Upstream,
  budget: RetryBudget,
  labels: { upstream: string; operation: string },
  { metrics, logger, random }: LinesOptions,
): Guard {
  return new Guard({
    upstream,
    budget,
    random: () => random.next(),
    observe: metrics.durations('plinth.upstream.duration', labels, 'result'),
    breakerChanged: (state) => {
      metrics.count('plinth.upstream.breaker', { ...labels, state });
      if (state !== 'half-open') logger.warn({ ...labels, state }, 'the breaker of an upstream changed');
    },
  });
}

/** The releases of one manifest and who goes where. */
export interface Lines {
  lines: readonly Line[];
  canary: Canary<Line>;
  /** Where the tokens of calls come from; undefined = the same credential goes with all. */
  exchange: TokenExchange | undefined;
}

/** An address or secret that the configuration does not have. */
export class Unconfigured extends Error {
  override readonly name = 'Unconfigured';
}

export class LineBook {
  readonly options: LinesOptions;
  readonly #open = new Map<string, Lines>();

  constructor(options: LinesOptions) {
    this.options = options;
  }

  /** The lines of a manifest; the same ones while upstream, addresses, weights, rollout and exchange stay. Throws Unconfigured. */
  of(manifest: Manifest): Lines {
    const { upstream, rollout = upstream } = manifest;
    const routes = manifest.routes ?? [{ to: manifest.baseUrl ?? '', weight: 1, release: 'only' }];
    const placed = routes.map(({ to, weight, release }) => ({ url: this.#urlOf(to), weight, release }));
    const asked = exchangeIn(manifest);
    const key = JSON.stringify([upstream, rollout, placed, asked]);
    const known = this.#open.get(key);
    if (known !== undefined) return known;
    const exchange = asked && this.#exchangeOf(upstream, asked);
    const lines = placed.map((route) => new Line(upstream, route, this.options));
    const canary = new Canary(lines, rollout, ({ release, because, calls, figures }) => {
      const { metrics, logger } = this.options;
      metrics.count('plinth.upstream.canary_ended', { upstream, release, because });
      logger.error({ upstream, release, because, calls, figures }, 'a release on trial was taken out');
    });
    const made = { lines, canary, exchange };
    this.#open.set(key, made);
    return made;
  }

  /** `PLINTH_SECRET_<NAME>`. Throws Unconfigured. */
  secret(name: string): string {
    const secret = this.options.secret(name);
    if (secret !== undefined) return secret;
    throw new Unconfigured(`The secret ${name} is not configured. Set PLINTH_SECRET_${envName(name)} or its _FILE.`);
  }

  /** Lines that are not in use are closed after a while. */
  keep(used: ReadonlySet<Lines>): void {
    for (const [key, lines] of this.#open) {
      if (used.has(lines)) continue;
      this.#open.delete(key);
      later(lingerMs, () => void closeAll(lines.lines));
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.#open.values()].map(({ lines }) => closeAll(lines)));
    this.#open.clear();
  }

  #exchangeOf(upstream: string, { endpoint: address, client, secret, audience, scope }: ExchangeEntry): TokenExchange {
    const { logger, exchange } = this.options;
    if (exchange === undefined) throw new Unconfigured('There is no key here to ask for tokens with.');
    const { key, egress, allowed } = exchange;
    const endpoint = this.#urlOf(address);
    try {
      checkOutbound(endpoint.href, { allowed });
    } catch (error) {
      if (!(error instanceof PortError)) throw error;
      const advice = `Use https on port 443, or list ${endpoint.host} in PLINTH_ALLOWED_PRIVATE_HOSTS.`;
      throw new Unconfigured(`No token can be asked for at ${endpoint.host}: ${error.message}. ${advice}`);
    }
    const labels = { upstream, operation: 'token-exchange' };
    const guard = guardOver(overEgress(egress, endpoint.origin), new RetryBudget(), labels, this.options);
    const own = { id: client, secret: this.secret(secret) };
    return new TokenExchange({ upstream, endpoint, client: own, audience, scope, key, guard, logger });
  }

  #urlOf(address: Address): URL {
    if (typeof address === 'string') return new URL(address);
    const { setting } = address;
    const text = this.options.address(setting);
    if (text !== undefined && URL.canParse(text)) return new URL(text);
    throw new Unconfigured(`The address ${setting} is not configured. Set PLINTH_UPSTREAM_${envName(setting)}.`);
  }
}

function exchangeIn({ credential }: Manifest): ExchangeEntry | undefined {
  return credential !== undefined && 'exchange' in credential ? credential.exchange : undefined;
}

/** How a name of a manifest is written in the environment. */
export function envName(name: string): string {
  return name.toUpperCase().replaceAll('-', '_');
}

async function closeAll(lines: readonly Line[]): Promise<void> {
  await Promise.all(lines.map((line) => line.close()));
}
