// A call that a person settles: what the other system says of it, read as its answer would have been.

import type { Contract } from '@plinth/contract';
import type { Db } from '@plinth/runtime';
import { readTrace, type UpstreamCallRow, UpstreamIds } from '@plinth/runtime/pipeline';
import { type Manifest, operationOf, prefixesOf } from './manifest.ts';
import { compilePlan, type Read } from './plan.ts';

export interface SettledParts {
  manifest: Manifest;
  contract: Contract;
  target: Contract;
}

/** Our answer made of theirs; ids of theirs in it are entered. undefined = the manifest has nothing about the operation. */
export async function readSettled(
  { manifest, contract, target }: SettledParts,
  row: UpstreamCallRow,
  { body, db }: { body: unknown; db: Db },
): Promise<Read | undefined> {
  const name = row.operation.slice(row.operation.indexOf('.') + 1);
  const entry = manifest.operations?.[name];
  if (entry === undefined) return undefined;
  const operation = operationOf(contract, name);
  const ids = new UpstreamIds(manifest.upstream, prefixesOf(manifest));
  const { request, response } = entry;
  const theirs = operationOf(target, entry.target);
  const plan = compilePlan({ manifest, contract, operation, theirs, ids, request, response, errors: [] });
  const { principal, traceId, reference, input } = row;
  const ctx = {
    principal,
    owner: principal.customerId,
    expectedVersion: undefined,
    traceId,
    trace: readTrace(traceId),
  };
  const answer = {
    status: 200,
    headers: { 'content-type': 'application/json' },
    body: Buffer.from(JSON.stringify(body)),
  };
  return plan.read(answer, { input, reference, ctx: { ...ctx, db } });
}
