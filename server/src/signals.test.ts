import { anonymous } from '@plinth/runtime';
import type { Interaction, RunningEdge } from '@plinth/runtime/pipeline';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Signals } from './signals.ts';

interface Sent {
  customerId: string;
  data: Record<string, unknown>;
}

/** The batches that were sent on. */
let sent: Sent[][];
let signals: Signals;
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout'] });
  sent = [];
  const invoke = ({ input }: { input: { body: { signals: Sent[] } } }) => sent.push(input.body.signals);
  signals = new Signals(() => ({ invoke }) as unknown as RunningEdge);
});
afterEach(() => {
  vi.useRealTimers();
});

const note = (query: number, more: Partial<Interaction> = {}): void =>
  signals.note({
    signal: { type: 'search.made', data: { text: 'query.q', first: 'response.body#/items/0/sku' } },
    principal: { ...anonymous, customerId: 'cus_ada' },
    status: 200,
    input: { q: query },
    body: { items: [{ sku: 'TOASTER-2' }] },
    ...more,
  } as Interaction);
const queries = (): unknown[] => sent.flat().map(({ data }) => data['text']);

it('twenty thousand wait at most, and what comes after them is lost', () => {
  for (let n = 1; n <= 20_001; n++) note(n);
  expect(sent).toEqual([]);
  vi.advanceTimersByTime(3_000);
  expect([queries().length, queries()[0], queries().at(-1)]).toEqual([20_000, 1, 20_000]);
  // There is room again.
  note(20_002);
  vi.advanceTimersByTime(20);
  expect([queries().length, queries().at(-1)]).toEqual([20_001, 20_002]);
});

it('they are sent on 20 ms later, two hundred at a time', () => {
  for (let n = 1; n <= 201; n++) note(n);
  vi.advanceTimersByTime(19);
  expect(sent).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(sent.map(({ length }) => length)).toEqual([200]);
  vi.advanceTimersByTime(20);
  expect(sent.map(({ length }) => length)).toEqual([200, 1]);
  expect(sent[1]).toMatchObject([{ customerId: 'cus_ada', data: { text: 201, first: 'TOASTER-2' } }]);
});

it.each<[string, Partial<Interaction>]>([
  ['declares no signal', { signal: undefined }],
  ['was refused', { status: 404 }],
  ['staff made', { principal: { ...anonymous, audience: 'staff', customerId: 'cus_ada' } }],
  ['nobody known made', { principal: anonymous }],
])('of a call that %s nothing is noted', (_, more) => {
  note(1, more);
  vi.advanceTimersByTime(1_000);
  expect(sent).toEqual([]);
});
