import type { Interaction, RunningEdge } from '@plinth/runtime/pipeline';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Signals } from './signals.ts';

/** Signals by call, and what ends each call. */
let sent: Record<string, unknown>[][];
let ends: (() => void)[];
let signals: Signals;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  [sent, ends] = [[], []];
  const invoke: RunningEdge['invoke'] = ({ operation, input }) => {
    expect(operation).toBe('personalization.recordSignals');
    sent.push((input as { body: { signals: Record<string, unknown>[] } }).body.signals);
    return new Promise((resolve) => ends.push(() => resolve({ status: 200, headers: {}, body: {} })));
  };
  signals = new Signals(() => ({ invoke }) as RunningEdge);
});
afterEach(() => void vi.useRealTimers());

function seen(sku: string, more: Record<string, unknown> = {}): Interaction {
  const principal = { audience: 'customer', customerId: 'cus_a' };
  const signal = { type: 'item.seen', data: { sku: 'response.body#/sku', q: 'query.q' } };
  return { signal, principal, status: 200, input: { q: 'kettle' }, body: { sku }, ...more } as never;
}
const skus = () => sent.map((call) => call.map(({ data }) => (data as { sku: string }).sku));

it('they wait 20 ms for others, and go together', async () => {
  signals.note(seen('A'));
  await vi.advanceTimersByTimeAsync(19);
  signals.note(seen('B'));
  expect(sent).toEqual([]);
  await vi.advanceTimersByTimeAsync(1);
  expect(skus()).toEqual([['A', 'B']]);
  expect(sent[0]?.[0]).toMatchObject({ type: 'item.seen', customerId: 'cus_a', data: { sku: 'A', q: 'kettle' } });
  signals.note(seen('C'));
  await vi.advanceTimersByTimeAsync(20);
  expect(skus()).toEqual([['A', 'B'], ['C']]);
});

it('of what was refused, and of whoever is no customer, there are none', async () => {
  signals.note(seen('A', { status: 404 }));
  signals.note(seen('A', { principal: { audience: 'staff', customerId: 'cus_a' } }));
  signals.note(seen('A', { principal: { audience: 'customer' } }));
  signals.note(seen('A', { signal: undefined }));
  await signals.flush();
  await vi.advanceTimersByTimeAsync(100);
  expect(sent).toEqual([]);
});

it('at the end all are sent, two hundred at a time, and all answers are waited for', async () => {
  signals.note(seen('before'));
  await vi.advanceTimersByTimeAsync(20);
  for (let n = 0; n < 401; n++) signals.note(seen(String(n)));
  let isDone = false;
  const flushed = signals.flush().then(() => (isDone = true));
  expect(sent.map((call) => call.length)).toEqual([1, 200, 200, 1]);
  for (const end of ends.slice(1)) end();
  await vi.advanceTimersByTimeAsync(100);
  expect(isDone).toBe(false);
  ends[0]?.();
  await flushed;
  // Nothing is left that would be sent to a platform that has ended.
  await vi.advanceTimersByTimeAsync(100);
  expect([sent.length, vi.getTimerCount()]).toEqual([4, 0]);
});

it('more than go together go one after the other', async () => {
  for (let n = 0; n < 201; n++) signals.note(seen(String(n)));
  await vi.advanceTimersByTimeAsync(20);
  expect(sent.map((call) => call.length)).toEqual([200]);
  await vi.advanceTimersByTimeAsync(20);
  expect(sent.map((call) => call.length)).toEqual([200, 1]);
});
