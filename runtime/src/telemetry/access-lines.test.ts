import { expect, it } from 'vitest';
import { pause } from '../kernel/index.ts';
import { AccessLines } from './access-lines.ts';
import type { AccessLine } from './access-log.ts';

const line: AccessLine = {
  operation: 'orders.listOrders',
  method: 'GET',
  status: 200,
  durationMs: 1,
  trace: 't',
  audience: 'customer',
  channel: 'web',
};

function open() {
  const said: Record<string, unknown>[] = [];
  const write = (fields: object) => void said.push(fields as Record<string, unknown>);
  const logger = { info: write, warn: write, error: write, isLevelEnabled: () => true } as never;
  return { said, lines: new AccessLines(logger), logger };
}

it('every request has its line while little is asked', () => {
  const { said, lines } = open();
  for (let n = 0; n < 100; n++) lines.write(200, undefined, () => line);
  for (let n = 0; n < 10; n++) lines.write(404, 'not-found', () => ({ ...line, status: 404 }));
  expect(said).toHaveLength(110);
});

it('under load one success stands for twenty', () => {
  const { said, lines } = open();
  for (let n = 0; n < 2000; n++) lines.write(200, undefined, () => line);
  const sampled = said.filter((each) => each['standsFor'] === 20);
  expect(said.length - sampled.length).toBe(100);
  expect(sampled).toHaveLength(95);
});

it('when the rush is over every request has its line again', async () => {
  const { said, lines } = open();
  for (let n = 0; n < 2000; n++) lines.write(200, undefined, () => line);
  await pause(1100);
  said.length = 0;
  for (let n = 0; n < 10; n++) lines.write(200, undefined, () => line);
  expect(said).toEqual(Array.from({ length: 10 }, () => line));
});

it('however many there are, a few hundred lines a second tell of them', () => {
  const { said, lines } = open();
  for (let n = 0; n < 100_000; n++) lines.write(200, undefined, () => line);
  expect(said.length).toBeLessThan(320);
  const told = said.reduce((sum, each) => sum + ((each['standsFor'] as number | undefined) ?? 1), 0);
  expect(told).toBeGreaterThan(95_000);
  expect(told).toBeLessThanOrEqual(100_000);
});

it('refusals of one kind are added up, each kind by itself, and none is forgotten', async () => {
  const { said, lines } = open();
  for (let n = 0; n < 500; n++) lines.write(429, 'rate-limited', () => ({ ...line, status: 429 }));
  for (let n = 0; n < 11; n++) lines.write(404, 'not-found', () => ({ ...line, status: 404 }));
  expect(said).toHaveLength(20);
  await pause(1200);
  expect(said.slice(20)).toEqual([
    { code: 'rate-limited', refused: 490 },
    { code: 'not-found', refused: 1 },
  ]);
});

it('codes that callers could multiply are bounded', async () => {
  const { said, lines } = open();
  for (let n = 0; n < 500; n++) lines.write(400, `code-${n}`, () => ({ ...line, status: 400 }));
  await pause(1200);
  expect(said.at(-1)).toEqual({ code: 'other', refused: 390 });
});
