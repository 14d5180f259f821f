import { expect, it } from 'vitest';
import { newTraceId, traceIdOf } from './trace.ts';

const id = '4bf92f3577b34da6a3ce929d0e0e4736';

it('a valid traceparent is continued', () => {
  expect(traceIdOf(`00-${id}-00f067aa0ba902b7-01`)).toBe(id);
});

it.each([
  undefined,
  '',
  `01-${id}-00f067aa0ba902b7-01`,
  `00-${id.toUpperCase()}-00f067aa0ba902b7-01`,
  `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`,
  `00-${id}-0000000000000000-01`,
  `00-${id}-00f067aa0ba902b7-0g`,
  `00-${id}x00f067aa0ba902b7-01`,
  `00-${id}-00f067aa0ba902b7_01`,
  `00-${id}-00f067aa0ba902b7-01-`,
])('%s begins a new trace', (traceparent) => {
  const made = traceIdOf(traceparent);
  expect(made).toMatch(/^[0-9a-f]{32}$/);
  expect(made).not.toBe(id);
});

it('new ids differ, also beyond one pool', () => {
  expect(new Set(Array.from({ length: 1000 }, newTraceId)).size).toBe(1000);
});
