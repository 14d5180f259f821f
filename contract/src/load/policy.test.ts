// What holds for an operation whose contract does not say it, and how far it may say so.

import { expect, it } from 'vitest';
import { load } from './load.ts';

const loaded = (operation: string, more = '') =>
  load('a.yaml', {
    read: async () =>
      `openapi: 3.1.0\ninfo: { title: T, version: 1.2.3 }\n${more}paths: { /a: { post: ${operation} } }\n`,
  });

it('an operation takes 30 s at most', async () => {
  for (const ms of [30_000, 30_001]) {
    const operation = `{ x-plinth: { effect: write, timeoutMs: ${ms} }, responses: {} }`;
    const { findings } = await loaded(operation, 'x-plinth: { capability: tt }\n');
    expect(findings.map(({ rule }) => rule).includes('x-plinth-valid')).toBe(ms > 30_000);
  }
});

it('what came later is kept for a day, and it can be ended and followed', async () => {
  const { contract } = await loaded(
    '{ x-plinth: { effect: write, async: { mode: allowed } }, responses: { default: { description: d } } }',
  );
  const { async: told } = contract?.operations[0]?.policy ?? {};
  expect(told).toEqual({ mode: 'allowed', retainS: 86_400, cancel: true, progress: true });
});
