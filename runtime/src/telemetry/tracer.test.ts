import { expect, it } from 'vitest';
import type { EndedSpan } from '../ports/index.ts';
import { newTrace } from './trace.ts';
import { traced, Tracer } from './tracer.ts';

/** Traces recorded in each of some seconds, when so many begin at even distances. */
function recorded(perSecond: readonly number[], ratio?: number): number[] {
  const spans: EndedSpan[] = [];
  const tracer = new Tracer({ take: (span) => void spans.push(span), close: async () => {} }, ratio);
  return perSecond.map((count, second) => {
    const before = spans.length;
    for (let index = 0; index < count; index++) {
      const startedMs = 10_000 + second * 1_000 + (index * 1_000) / count;
      tracer.start(newTrace(), { name: 'a', kind: 'server', startedMs })?.end();
    }
    return spans.length - before;
  });
}

it('records all traces while few begin', () => {
  expect(recorded([90, 100, 60])).toEqual([90, 100, 60]);
});

it('records about a hundred a second while many begin, from the first second on', () => {
  const [first = 0, ...later] = recorded([20_000, 20_000, 20_000, 50, 50]);
  expect(first).toBeLessThan(1_000);
  for (const count of later.slice(0, 2)) {
    expect(count).toBeGreaterThan(50);
    expect(count).toBeLessThan(160);
  }
  // The second after a rush still goes by it; then all are recorded again.
  expect(later[3]).toBe(50);
});

it('records no more than its share', () => {
  expect(recorded([90, 90], 0)).toEqual([0, 0]);
});

it('decides for a trace once while a second lasts', () => {
  const tracer = new Tracer({ take: () => undefined, close: async () => {} });
  const start = (trace = newTrace(), startedMs = 10_000) =>
    tracer.start(trace, { name: 'a', kind: 'server', startedMs });
  for (let index = 0; index < 5_000; index++) start();
  start(newTrace(), 11_500);
  const pairs = Array.from({ length: 1_000 }, () => {
    const trace = newTrace();
    return [start(trace, 11_600), start(trace, 11_601)].map((span) => span !== undefined);
  });
  expect(pairs.filter(([outer]) => outer)).not.toEqual([]);
  expect(pairs.filter(([outer, inner]) => outer !== inner)).toEqual([]);
});

it('a span ends once, or is dropped, and never both', () => {
  const spans: EndedSpan[] = [];
  const tracer = new Tracer({ take: (span) => void spans.push(span), close: async () => {} });
  const [one, other] = ['one', 'other'].map((name) => tracer.start(newTrace(), { name, kind: 'server' }));
  one?.end();
  one?.end({ 'error.type': 'late' }, true);
  one?.drop();
  other?.drop();
  other?.end();
  expect(spans).toMatchObject([{ name: 'one', attributes: {}, isError: false }]);
  expect(tracer.open).toBe(0);
});

it('work that fails says so in its span, and fails all the same', async () => {
  const spans: EndedSpan[] = [];
  const tracer = new Tracer({ take: (span) => void spans.push(span), close: async () => {} });
  const about = { name: 'a', kind: 'internal' } as const;
  const fault = new TypeError('no');
  await expect(traced(tracer, newTrace(), about, () => Promise.reject(fault))).rejects.toBe(fault);
  expect(await traced(tracer, newTrace(), about, async ({ spanId }) => spanId)).toBe(spans[1]?.spanId);
  expect(spans.map(({ attributes, isError }) => [attributes, isError])).toEqual([
    [{ 'error.type': 'TypeError' }, true],
    [{}, false],
  ]);
});
