import { expect, it } from 'vitest';
import { documentOf, retryAfterS } from './document.ts';
import type { JobRow } from './rows.ts';

const created = Temporal.Instant.from('2030-01-01T00:00:00Z');
const rowOf = (more: Partial<JobRow> = {}): JobRow => ({
  id: 'job_1',
  operation: 'reports.makeReport',
  state: 'running',
  progress: null,
  status: null,
  headers: null,
  body: null,
  revision: 1,
  created,
  updated: created,
  expires: created.add({ hours: 24 }),
  ...more,
});

it.each([
  [0, 1],
  [9, 1],
  [10, 2],
  [89, 9],
  [90, 10],
  [86_000, 10],
])('a job of %i s is to be asked for again after %i s', (seconds, afterS) => {
  expect(retryAfterS(rowOf({ updated: created.add({ seconds }) }))).toBe(afterS);
});

it('shows what came of it where that is JSON, and where it is to be had', () => {
  const ended = (type: string, body: string | null) =>
    documentOf(
      rowOf({
        state: 'succeeded',
        status: 201,
        headers: ['Content-Type', type, 'location', '/reports/1'],
        body: body === null ? null : Buffer.from(body),
      }),
    );
  expect(ended('application/json', '{"a":1}')).toMatchObject({ result: { a: 1 }, resource: '/reports/1' });
  expect(ended('application/vnd.x+json; charset=utf-8', '{"a":1}')).toMatchObject({ result: { a: 1 } });
  for (const [type, body] of [
    ['text/csv', 'a;b'],
    ['application/json', null],
  ] as const) {
    const shown = ended(type, body);
    expect(shown).toMatchObject({ state: 'succeeded', resource: '/reports/1' });
    expect(shown).not.toHaveProperty('result');
  }
  expect(documentOf(rowOf({ state: 'cancelled', status: 201, body: Buffer.from('{}') }))).not.toHaveProperty('result');
});
