// The edge of a mock: the pipeline of production, with everything it needs in memory.

import { MemoryLimitStore } from '@plinth/adapters/memory';
import { anonymous, type Clock, newIds, seededRandom, servicePrincipal } from '@plinth/runtime/kernel';
import {
  Authenticator,
  type Binding,
  createEdge,
  type EdgeLogger,
  Metrics,
  type RunningEdge,
} from '@plinth/runtime/pipeline/storeless';
import { type DevTokens, issuer, resource } from './dev-auth.ts';

export interface MockEdgeOptions {
  clock: Clock;
  seed: number;
  /** undefined = every caller may do everything. */
  tokens: DevTokens | undefined;
}

export function createMockEdge({ clock, seed, tokens }: MockEdgeOptions): RunningEdge {
  const limits = new MemoryLimitStore();
  const issuers = tokens
    ? [{ issuer, jwks: tokens.jwks, audience: resource, algorithms: ['ES256'], everyScope: true }]
    : [];
  return createEdge({
    logger: silent,
    metrics: new Metrics(),
    authenticator: new Authenticator({ issuers, limits }),
    // Windows pass with the mock's clock: who advances it may call again.
    limitStore: {
      take: (key, counted) => limits.take(key, counted, clock.now().epochMilliseconds),
    },
    standardLimits: [],
    // Traces are those of its callers, or of its seed: nothing of an answer depends on chance.
    trustsPeer: () => true,
    // It stands in for an API, however busy this machine is: a refusal would say nothing about the contract.
    admission: { signals: { heap: () => 0, poolWaitMs: () => 0, loop: () => 0 } },
    // The mock has judged its own answers already.
    checkReplies: 'sampled',
    // It starts at once, and most of its operations are never called.
    compiles: 'late',
    services: {
      clock,
      ids: newIds(clock),
      random: seededRandom(seed),
      logger: silent,
      database: undefined,
      consents: { has: () => Promise.resolve(true), list: () => Promise.resolve([]), set: () => Promise.resolve() },
      beginWrite: () => {
        throw new Error('a mock has no database');
      },
      committed: () => {},
      settled: () => Promise.resolve(undefined),
      callFor: () => () => Promise.reject(new Error('a mock calls nobody')),
    },
  });
}

/** A mock speaks by its answers and its journal. */
const silent: EdgeLogger = { info: () => {}, warn: () => {}, error: () => {}, isLevelEnabled: () => false };

/** Who every caller is while no credential is looked at. */
export const everybody: NonNullable<Binding['principal']> = {
  ...servicePrincipal('mock'),
  channel: anonymous.channel,
};
