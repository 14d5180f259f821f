// Channels send operations by this client and no other way: its retries, keys and problems hold everywhere.

import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';

const channels = path.resolve(import.meta.dirname, '../../channels');

/** What is no operation: a browser's sign-in, a kiosk's enrolment and visits, the list of contracts. */
const elsewhere = ['kiosk/src/device.ts', 'ui/src/contracts/use-operations.ts', 'ui/src/platform/plinth.tsx'];

it('no page of a channel calls an operation by itself', () => {
  const sources = globSync('*/src/**/*.{ts,tsx}', { cwd: channels }).filter((file) => !file.includes('.test.'));
  expect(sources.length).toBeGreaterThan(100);
  const calling = sources.filter((file) =>
    /\bfetch\(|XMLHttpRequest|sendBeacon/.test(readFileSync(path.join(channels, file), 'utf8')),
  );
  expect(calling.toSorted()).toEqual(elsewhere);
  for (const file of elsewhere) {
    const text = readFileSync(path.join(channels, file), 'utf8');
    const paths = [...text.matchAll(/(?:fetch\(|ask\('[A-Z]+', )'(\/[^']*)'/g)].map(([, at = '']) => at);
    expect(paths.filter((at) => !/^\/(?:session|openapi\.json)(?:\/|$)/.test(at))).toEqual([]);
  }
});
