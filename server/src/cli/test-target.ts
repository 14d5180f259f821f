// Sends the requests of `plinth test` over kept connections, with a bound on size, time and rate.

import http from 'node:http';
import https from 'node:https';
import { setTimeout as wait } from 'node:timers/promises';
import type { Send, TestAnswer, TestRequest } from '@plinth/contract';

export interface TargetOptions {
  /** Connections at the same time. */
  workers: number;
  /** Requests a second at most; undefined = as fast as it goes. */
  rate?: number | undefined;
}

export interface Target {
  send: Send;
  close(): void;
}

/** An answer that takes longer counts as none. */
const patienceMs = 30_000;
/** Bytes of an answer that are read. */
const mostBytes = 16 * 1024 * 1024;

/** `baseUrl` without a slash at its end. */
export function openTarget(baseUrl: string, { workers, rate }: TargetOptions): Target {
  const { protocol } = new URL(baseUrl);
  const { Agent, request } = protocol === 'https:' ? https : http;
  // Some requests of the protocol phase are sent together, whatever the number of workers.
  const agent = new Agent({ keepAlive: true, maxSockets: workers * 4 });
  const once = (asked: TestRequest): Promise<TestAnswer> =>
    new Promise((resolve, reject) => {
      const started = performance.now();
      const body = asked.body === undefined ? undefined : Buffer.from(asked.body);
      const headers = { ...asked.headers, ...(body ? { 'content-length': String(body.length) } : {}) };
      const outgoing = request(
        `${baseUrl}${asked.target}`,
        { method: asked.method, headers, agent, timeout: patienceMs },
        (incoming) => {
          const chunks: Buffer[] = [];
          let sizeBytes = 0;
          incoming.on('data', (chunk: Buffer) => {
            sizeBytes += chunk.length;
            if (sizeBytes > mostBytes) incoming.destroy(new Error(`the answer is longer than ${mostBytes} bytes`));
            else chunks.push(chunk);
          });
          incoming.on('error', reject);
          incoming.on('end', () =>
            resolve({
              status: incoming.statusCode ?? 0,
              headers: flat(incoming.headers),
              body: chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks),
              ms: performance.now() - started,
            }),
          );
        },
      );
      outgoing.on('timeout', () => outgoing.destroy(new Error(`no answer within ${patienceMs / 1000} s`)));
      outgoing.on('error', reject);
      outgoing.end(body);
    });
  return { send: rate === undefined ? once : paced(once, rate), close: () => agent.destroy() };
}

/** Longest state that is looked at to know a mock. */
const mostStateBytes = 4 * 1024 * 1024;

/** True when `plinth mock` answers there with this contract: it alone shows callers of its own machine what it keeps. */
export async function isMock(baseUrl: string, contractId: string): Promise<boolean> {
  try {
    const response = await fetch(new URL('/__plinth/state', baseUrl), {
      signal: AbortSignal.timeout(2_000),
      redirect: 'error',
    });
    if (response.status !== 200 || Number(response.headers.get('content-length') ?? 0) > mostStateBytes) return false;
    const state = (await response.json()) as Record<string, { marks?: unknown; things?: unknown } | undefined> | null;
    const own = state?.[contractId];
    return Array.isArray(own?.marks) && typeof own.things === 'object';
  } catch {
    return false;
  }
}

/** At most `rate` a second, evenly. */
function paced(send: Send, rate: number): Send {
  let next = 0;
  return async (request) => {
    const now = performance.now();
    const at = Math.max(now, next);
    next = at + 1000 / rate;
    if (at > now) await wait(at - now);
    return send(request);
  };
}

function flat(headers: http.IncomingHttpHeaders): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, Array.isArray(value) ? value.join(', ') : value]],
    ),
  );
}
