// The lines to other systems as the platform has them, and contracts that such a system fulfils alone.

import { randomBytes } from 'node:crypto';
import { createEgress, type Job, seededRandom } from '@plinth/runtime';
import {
  type ExecutionServices,
  type Metrics,
  reconcileJob,
  type RunningEdge,
  type Tracer,
} from '@plinth/runtime/pipeline';
import type { Config } from './config.ts';
import type { Installed } from './contracts/installed.ts';
import type { OwnContract } from './contracts/majors.ts';
import { fulfil } from './contracts/upstream/fulfil.ts';
import { envName, LineBook } from './contracts/upstream/lines.ts';
import type { Front } from './contracts/upstream/passing.ts';
import type { PlatformKey } from './platform-key.ts';
import { sealingKeyOf } from './sealing-key.ts';

/** As for an upstream: who waits for a token waits to make a call. */
const connectTimeoutMs = 1_000;

interface UpstreamParts {
  config: Config;
  key: PlatformKey;
  metrics: Metrics;
  tracer: Tracer | undefined;
  logger: ExecutionServices['logger'];
  /** Both are made after this. */
  late: { readonly edge?: RunningEdge; readonly installed?: Installed };
}

/** The lines to other systems, and the job that finds out what became of calls whose answer was lost. */
export function upstreamsOf({ config, key, metrics, logger, tracer, late }: UpstreamParts): {
  lines: LineBook;
  reconcile: Job;
} {
  const { allowedPrivateHosts: allowed } = config;
  const own = sealingKeyOf(config);
  const lines = new LineBook({
    metrics,
    logger,
    tracer,
    random: seededRandom(randomBytes(4).readUInt32LE()),
    address: (name) => config.upstreams.get(envName(name)),
    secret: (name) => config.secrets.get(envName(name)),
    exchange: { key, egress: createEgress({ allowed, connectTimeoutMs }), allowed },
    own,
  });
  const reconcile = reconcileJob({
    ask: async (row, ctx) => late.installed?.ask(row, ctx),
    operation: (key) => late.edge?.operations.get(key),
    count: (result) => metrics.count('plinth.upstream.unknown', { result }),
    baseUrl: config.baseUrl,
    own,
  });
  return { lines, reconcile };
}

/** Contracts whose every operation another service fulfils. */
export function behind(fronts: readonly Front[] = [], book: LineBook): OwnContract[] {
  return fronts.map(({ contract, manifest }) => {
    const { handlers } = fulfil({ contract, manifest, target: contract, owners: {}, book });
    return { contract, handlers, owners: {} };
  });
}
