// What any program may be told by its environment. Apart from config.ts, so that a command which only reads a contract
// does not load what settings are made of.

import { ConfigError } from './config-error.ts';

/** The environment's own wishes for terminals. */
export function terminalWishes(env: Readonly<Record<string, string | undefined>> = process.env): { color: boolean } {
  return { color: env['NO_COLOR'] === undefined && env['TERM'] !== 'dumb' };
}

/**
 * The moment that generated documents are made for: `SOURCE_DATE_EPOCH` (seconds since 1970, reproducible-builds.org),
 * else one fixed day, so that the same contract gives the same bytes on any day. Throws ConfigError.
 */
export function buildMoment(env: Readonly<Record<string, string | undefined>> = process.env): Temporal.Instant {
  const { SOURCE_DATE_EPOCH: given } = env;
  if (given === undefined || given === '') return Temporal.Instant.from('2026-01-01T00:00:00Z');
  if (!/^\d{1,11}$/.test(given))
    throw new ConfigError('SOURCE_DATE_EPOCH', `SOURCE_DATE_EPOCH=${given} is no time`, 'use whole seconds since 1970');
  return Temporal.Instant.fromEpochMilliseconds(Number(given) * 1000);
}
