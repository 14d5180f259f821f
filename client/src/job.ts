// Work that goes on after its answer (202): asking until it is done.

import type { Sent } from './answer.ts';
import type { OperationDescriptor } from './descriptor.ts';
import { PlinthProblem, unanswered } from './problem.ts';
import { retryAfterOf } from './retry.ts';

const usualDelayMs = 1000;
const mostDelayMs = 30_000;

/** What asking needs of the client. */
export interface Asking {
  /** One read of an address, repeated as reads are. */
  read: (operation: OperationDescriptor, timeoutMs: number) => Promise<Sent>;
  now: () => number;
  wait: (delayMs: number) => Promise<void>;
  /** On the clock of `now`; for everything together. */
  deadlineMs: number;
}

/** Asks the `Location` of a 202 as often as `Retry-After` says until the work is done or the time is over. */
export async function whenDone(operation: OperationDescriptor, first: Sent, ask: Asking): Promise<Sent> {
  let sent = first;
  let target = locationOf(first);
  while (target !== undefined && isOpen(sent)) {
    const wishedS = retryAfterOf(sent.response?.headers.get('retry-after') ?? null);
    const delayMs = wishedS === undefined ? usualDelayMs : Math.min(mostDelayMs, Math.max(wishedS * 1000, 50));
    if (ask.now() + delayMs >= ask.deadlineMs) return { ...sent, problem: unanswered('timeout') };
    await ask.wait(delayMs);
    sent = await ask.read(statusRead(operation, target), ask.deadlineMs - ask.now());
    target = locationOf(sent) ?? target;
  }
  return settle(sent);
}

/** 202 says that it goes on; so does a job document that says it waits or runs. */
function isOpen({ response, problem, value }: Sent): boolean {
  if (problem !== undefined) return false;
  if (response?.status === 202) return true;
  const state = jobOf(value)?.['state'];
  return state === 'queued' || state === 'running' || state === 'waiting';
}

/** The result inside a job document; its problem when it failed. */
function settle(sent: Sent): Sent {
  const job = jobOf(sent.value);
  if (!job || sent.problem) return sent;
  if (job['state'] === 'succeeded') return { ...sent, value: job['result'] };
  const document = (job['problem'] ?? { code: `job-${String(job['state'])}` }) as Record<string, unknown>;
  return { ...sent, problem: new PlinthProblem(Number(document['status'] ?? 0), document) };
}

const states: readonly unknown[] = ['queued', 'running', 'waiting', 'succeeded', 'failed', 'cancelled'];

function jobOf(value: unknown): Record<string, unknown> | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const job = value as Record<string, unknown>;
  return typeof job['operation'] === 'string' && states.includes(job['state']) ? job : undefined;
}

/** Path of the `Location`. Only on the service itself: credentials go nowhere else. */
function locationOf({ response }: Sent): string | undefined {
  const location = response?.headers.get('location');
  if (!location || response?.status === 201) return undefined;
  const own = new URL(response?.url || 'relative:/', 'relative:/');
  const url = new URL(location, own);
  return url.origin === own.origin && url.protocol === own.protocol ? `${url.pathname}${url.search}` : undefined;
}

function statusRead({ capability, id, foreign }: OperationDescriptor, path: string): OperationDescriptor {
  const read = { capability, id, method: 'GET', path, params: [], hasBody: false } as const;
  return { ...read, effect: 'read', idempotency: 'none', ...(foreign ? { foreign } : {}) };
}
