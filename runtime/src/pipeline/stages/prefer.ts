// Stage `prefer`: whether the call becomes a job and how long its answer is waited for, by the contract and the header
// `Prefer` (RFC 7240). Only for operations with `async`; unknown preferences and values are ignored.

import type { Policy } from '@plinth/contract';
import type { Step } from '../exchange.ts';
import type { CompiledOperation } from '../operation.ts';

/** Longest wait for an answer, whatever the caller prefers. */
export const mostWaitMs = 30_000;

/** Only the first so many letters of the header are read. */
const mostLetters = 500;

export interface Preference {
  respondAsync: boolean;
  waitS: number | undefined;
}

/** Reads `respond-async` and `wait`; of a preference that comes twice the first counts. */
export function readPrefer(field: string | undefined): Preference {
  const read: Preference = { respondAsync: false, waitS: undefined };
  if (field === undefined) return read;
  for (const part of field.slice(0, mostLetters).split(',')) {
    const [name = '', value = ''] = (part.split(';', 1)[0] ?? '').split('=', 2).map((word) => word.trim());
    if (name.toLowerCase() === 'respond-async') read.respondAsync = true;
    else if (name.toLowerCase() === 'wait' && /^"?\d{1,9}"?$/.test(value))
      read.waitS ??= Number(value.replaceAll('"', ''));
  }
  return read;
}

/** How long a wait of so many seconds lasts here. */
export function waitMsOf({ waitS = 0 }: Preference): number {
  return Math.min(mostWaitMs, waitS * 1000);
}

/** `Preference-Applied`, empty when nothing was preferred. */
export function appliedHeader({ respondAsync, waitS }: Preference): string[] {
  const applied = [...(respondAsync ? ['respond-async'] : []), ...(waitS === undefined ? [] : [`wait=${waitS}`])];
  return applied.length === 0 ? [] : ['Preference-Applied', applied.join(', ')];
}

/** undefined for operations that always answer in the request. Sets `x.background`; without it the call is no job. */
export function compilePrefer(operation: CompiledOperation): Step | undefined {
  const { async: work } = operation.operation.policy;
  // A mock answers for itself, with the contract's own operations for reading a job.
  if (work === undefined || operation.handler === undefined) return undefined;
  const usualMs = work.afterMs ?? (work.mode === 'always' ? 0 : undefined);
  return (x) => {
    const preferred = readPrefer(x.header('prefer'));
    const isPreferred = preferred.respondAsync || preferred.waitS !== undefined;
    if (isPreferred) x.background = { waitMs: waitMsOf(preferred), headers: appliedHeader(preferred) };
    else if (usualMs !== undefined) x.background = { waitMs: Math.min(mostWaitMs, usualMs), headers: [] };
    return undefined;
  };
}

/** Caches must not mix answers to different preferences. */
export function preferHeaders({ async: work }: Policy): string[] {
  return work === undefined ? [] : ['Vary', 'Prefer'];
}
