// One real call from the reference, and what is worth seeing of its answer.

import type { ContractOperation } from '@plinth/channels-ui';

export interface Shown {
  status: number;
  ms: number;
  /** Quote it when you ask for help. */
  requestId: string;
  headers: string;
  body: string;
}

const shownHeaders = [
  'etag',
  'location',
  'ratelimit',
  'ratelimit-policy',
  'retry-after',
  'idempotency-replayed',
  'content-type',
];

export interface Call {
  operation: ContractOperation;
  target: string;
  apiKey: string;
  body: string;
}

/** Rejects when nothing answers. */
export async function call({ operation, target, apiKey, body }: Call): Promise<Shown> {
  const { method, effect } = operation.descriptor;
  const started = performance.now();
  const response = await fetch(target, {
    method,
    // A key speaks for itself; the session would hide what it may not do.
    credentials: apiKey === '' ? 'same-origin' : 'omit',
    headers: {
      ...(apiKey === '' ? {} : { authorization: `Bearer ${apiKey}` }),
      ...(effect === 'read' ? {} : { 'idempotency-key': crypto.randomUUID() }),
      ...(operation.body && body.trim() !== '' ? { 'content-type': 'application/json' } : {}),
    },
    ...(operation.body && body.trim() !== '' ? { body } : {}),
  });
  const text = await response.text();
  const trace = response.headers.get('traceparent')?.split('-')[1] ?? '';
  return {
    status: response.status,
    ms: Math.round(performance.now() - started),
    requestId: trace,
    headers: shownHeaders
      .flatMap((name) => (response.headers.has(name) ? [`${name}: ${response.headers.get(name)}`] : []))
      .join('\n'),
    body: pretty(text),
  };
}

function pretty(text: string): string {
  const value = parsed(text);
  return value === undefined ? text : JSON.stringify(value, undefined, 2);
}

/** The JSON value; undefined for what is none. */
export function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
