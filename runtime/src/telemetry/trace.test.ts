import { expect, it } from 'vitest';
import { newTrace, newTraceId, readTrace, traceOf, traceparentOf, traceText } from './trace.ts';

const id = '4bf92f3577b34da6a3ce929d0e0e4736';
const parent = `00-${id}-00f067aa0ba902b7-01`;

it('a valid traceparent is the place of the caller', () => {
  expect(traceOf(parent)).toEqual({
    traceId: id,
    spanId: '00f067aa0ba902b7',
    isSampled: true,
    traceState: undefined,
  });
  expect(traceOf(`00-${id}-00f067aa0ba902b7-02`)?.isSampled).toBe(false);
  expect(traceOf(`cc-${id}-00f067aa0ba902b7-01-later`)?.traceId).toBe(id);
});

it.each([
  undefined,
  '',
  `ff-${id}-00f067aa0ba902b7-01`,
  `0x-${id}-00f067aa0ba902b7-01`,
  `00-${id.toUpperCase()}-00f067aa0ba902b7-01`,
  `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`,
  `00-${id}-0000000000000000-01`,
  `00-${id}-00f067aa0ba902b7-0g`,
  `00-${id}x00f067aa0ba902b7-01`,
  `00-${id}-00f067aa0ba902b7_01`,
  `00-${id}-00f067aa0ba902b7-01-`,
  `cc-${id}-00f067aa0ba902b7-01.later`,
])('%s is no place', (traceparent) => {
  expect(traceOf(traceparent)).toBeUndefined();
});

const state = (field: string): string | undefined => traceOf(parent, field)?.traceState;

it('tracestate is kept as it came', () => {
  expect(state('rojo=00f067aa0ba902b7,congo=t61rcWkgMzE')).toBe('rojo=00f067aa0ba902b7,congo=t61rcWkgMzE');
  expect(state('a=1 , ,\tfw529a3039@dt=FfAA')).toBe('a=1,fw529a3039@dt=FfAA');
  expect(state(Array.from({ length: 32 }, (_, index) => `k${index}=v`).join(','))?.split(',')).toHaveLength(32);
});

it.each([
  '',
  'a',
  'a=',
  '=a',
  'A=1',
  'a=1,a=2',
  'a=b=c',
  'a=é',
  'a=1\r\nset-cookie: x',
  Array.from({ length: 33 }, (_, index) => `k${index}=v`).join(','),
])('tracestate %j is dropped', (field) => {
  expect(traceOf(parent, field)).toEqual(traceOf(parent));
});

it('of a tracestate that is too long, long members go first, then the last ones', () => {
  const long = `long=${'x'.repeat(200)}`;
  const short = Array.from({ length: 4 }, (_, index) => `k${index}=${'y'.repeat(120)}`);
  const kept = state([short[0], long, ...short.slice(1)].join(',')) as string;
  expect(kept).toBe(short.join(','));
  expect(kept.length).toBeLessThanOrEqual(512);
  const five = Array.from({ length: 5 }, (_, index) => `k${index}=${'y'.repeat(120)}`);
  expect(state(five.join(','))).toBe(five.slice(0, 4).join(','));
});

it('a tracestate of 512 letters is not too long, and a field of 16,384 is looked at', () => {
  // Members of 128 letters are no long ones.
  const most = ['a', 'b', 'c', 'd'].map((key, index) => `${key}=${'x'.repeat(index === 3 ? 123 : 126)}`);
  expect(most.join(',')).toHaveLength(512);
  expect(state(most.join(','))).toBe(most.join(','));
  expect(state(`${most.join(',')}x`)).toBe(most.slice(0, 3).join(','));
  expect([state('a=1'.padEnd(16_384, ' ')), state('a=1'.padEnd(16_385, ' '))]).toEqual(['a=1', undefined]);
});

it('what rows keep is read again, and so are rows that hold a trace id alone', () => {
  const trace = traceOf(parent, 'rojo=1,congo=t61 rcW');
  expect(readTrace(traceText(trace as never))).toEqual(trace);
  expect(readTrace(traceText(traceOf(parent) as never))).toEqual(traceOf(parent));
  expect(readTrace(id)).toEqual(newTrace(id));
  expect(readTrace('t')).toMatchObject({ spanId: '', isSampled: false });
  expect(readTrace(null).traceId).toMatch(/^[0-9a-f]{32}$/);
});

it('a trace that nobody records still has a valid traceparent', () => {
  const trace = newTrace();
  expect(traceOf(traceparentOf(trace))).toMatchObject({ traceId: trace.traceId, isSampled: false });
  // Systems with ids of 64 bits write zeros before them.
  const short = `${'0'.repeat(16)}${'a'.repeat(16)}`;
  expect(traceOf(traceparentOf(newTrace(short)))).toMatchObject({ traceId: short });
});

it('new ids differ, also beyond one pool', () => {
  expect(new Set(Array.from({ length: 1000 }, newTraceId)).size).toBe(1000);
});
