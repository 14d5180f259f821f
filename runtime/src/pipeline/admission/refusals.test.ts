// What is said to work there is no time for, over real connections.

import { connect, type AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import type { EdgeLogger } from '../../telemetry/log.ts';
import type { Exchange } from '../exchange.ts';
import type { ProblemBook } from '../problems.ts';
import { startTestEdge, type TestEdge } from '../test-edge.ts';
import { Refusals } from './refusals.ts';

let world: TestEdge;
beforeAll(async () => {
  world = await startTestEdge({
    edge: { admission: { signals: { heap: () => 1, poolWaitMs: () => 0, loop: () => 0 } } },
  });
});
afterAll(() => world.close());
afterEach(() => {
  vi.useRealTimers();
});

it('those who are refused together are told to come back in one to five seconds, spread', async () => {
  const waits: number[] = [];
  const bodies = new Set<string>();
  for (let n = 0; n < 20; n++) {
    const refused = await fetch(`${world.url}/notes/v1/motto`);
    expect(refused.status).toBe(503);
    expect(refused.headers.get('cache-control')).toBe('no-store');
    waits.push(Number(refused.headers.get('retry-after')));
    bodies.add(await refused.text());
  }
  expect([1, 2, 3, 4, 5].map((wait) => waits.filter((each) => each === wait).length)).toEqual([4, 4, 4, 4, 4]);
  // Made once, not for each.
  expect(bodies.size).toBe(1);
  expect(JSON.parse([...bodies][0] ?? '')).toMatchObject({ code: 'overloaded', retryable: true });
});

it('HEAD is refused without a body', async () => {
  const text = await exchange('HEAD /notes/v1/motto HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
  expect(text).toMatch(/^HTTP\/1\.1 503 /);
  expect(text.endsWith('\r\n\r\n')).toBe(true);
});

it('a body that was not read ends its connection', async () => {
  const text = await exchange('POST /notes/v1/notes HTTP/1.1\r\nHost: a\r\nContent-Length: 900\r\n\r\n{');
  expect(text).toMatch(/^HTTP\/1\.1 503 /);
  expect(text).toMatch(/Connection: close/i);
});

it('one connection is refused twice, and ends with the second', async () => {
  const text = await exchange('GET /notes/v1/motto HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(3));
  expect(text.match(/HTTP\/1\.1 503 /g)).toHaveLength(2);
});

it('their number is told once a second, and each is counted', () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  const told: unknown[] = [];
  const counted: unknown[][] = [];
  const logger = { warn: (fields: { refused: number }) => told.push(fields.refused) } as unknown as EdgeLogger;
  const book = { answer: () => ({ status: 503, body: '{}', type: 'application/problem+json' }) };
  const refusals = new Refusals(book as unknown as ProblemBook, logger);
  const x = {
    startedMs: 0,
    transport: { method: 'GET', scheme: 'http', send: () => undefined },
    operation: { meter: { record: (...figures: unknown[]) => counted.push(figures) } },
  } as unknown as Exchange;
  for (const waitMs of [0, 0, 0, 999, 1, 0, 2_000]) {
    vi.advanceTimersByTime(waitMs);
    refusals.send(x, false);
  }
  expect(told).toEqual([1, 4, 2]);
  expect(counted).toHaveLength(7);
  expect(counted.map(([status, , scheme, code]) => [status, scheme, code])).toEqual(
    counted.map(() => [503, 'http', 'overloaded']),
  );
});

/** What comes until the server ends the connection. */
function exchange(request: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect((world.server.address() as AddressInfo).port, '127.0.0.1');
    let text = '';
    socket.on('data', (chunk) => (text += chunk.toString()));
    socket.on('error', reject);
    socket.on('close', () => resolve(text));
    socket.write(request);
  });
}
