// Keys and ids of steps: functions of the run and the step's name, so every attempt and every replay has the same.

import { createHash } from 'node:crypto';
import { sha256, toWireId, uuidv7 } from '../kernel/index.ts';

/** Idempotency key under which a step calls. */
export function stepKey(runId: string, name: string): string {
  return sha256(`${runId}/${name}`);
}

/** Wire id that a step chooses: version 7, with the time the run began. */
export function stepId(run: { id: string; startedAt: Temporal.Instant }, name: string, prefix: string): string {
  const entropy = createHash('sha256').update(`${run.id}/id/${prefix}/${name}`).digest();
  return toWireId(prefix, uuidv7(run.startedAt.epochMilliseconds, entropy.subarray(0, 10)));
}
