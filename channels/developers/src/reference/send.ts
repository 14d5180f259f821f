// One real call from the reference, sent by the same client that channels use, and what is worth seeing of the exchange.

import type { ContractOperation } from '@plinth/channels-ui';
import { type ClientOptions, createClient, type Exchange } from '@plinth/client';

export interface Shown {
  status: number;
  ms: number;
  /** Quote it when you ask for help. */
  requestId: string;
  /** What was sent: request line and header fields; the key is masked. */
  request: string;
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
  /** Values of parameters by name; empty ones are not sent. */
  params: Readonly<Record<string, unknown>>;
  /** Without one the call is made as who is signed in. */
  apiKey: string;
  body: unknown;
}

/**
 * The answer to the last attempt; problems are answers too. Rejects with PlinthProblem when nothing answers, with
 * TypeError when a part of the path is missing.
 */
export async function call({ operation, params, apiKey, body }: Call, options: ClientOptions = {}): Promise<Shown> {
  let exchange: Exchange | undefined;
  const client = createClient({
    ...options,
    ...(apiKey === '' ? {} : { auth: () => apiKey }),
    onExchange: (each) => {
      exchange = each;
    },
  });
  const filled = Object.entries(params).filter(([, value]) => value !== '');
  const result = await client.safe(operation.descriptor, { ...Object.fromEntries(filled), body });
  if (!result.ok && (result.problem.status === 0 || !exchange)) throw result.problem;
  if (!exchange) throw new Error('An answer came without an exchange.');
  return shown(exchange);
}

async function shown({ method, url, headers, response, ms }: Exchange): Promise<Shown> {
  return {
    status: response.status,
    ms: Math.round(ms),
    requestId: response.headers.get('traceparent')?.split('-')[1] ?? '',
    request: [`${method} ${url}`, ...Object.entries(headers).map(masked)].join('\n'),
    headers: shownHeaders
      .flatMap((name) => (response.headers.has(name) ? [`${name}: ${response.headers.get(name)}`] : []))
      .join('\n'),
    body: pretty(await response.text()),
  };
}

function masked([name, value]: readonly [string, string]): string {
  return `${name}: ${name === 'authorization' ? `Bearer ••••${value.slice(-4)}` : value}`;
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
