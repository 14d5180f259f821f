// Real versions of real contracts: what the gate tells of them is read by people and kept.

import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { load } from '../load/load.ts';
import { diff } from './diff.ts';
import { adviceOf, summaryOfDiff } from './format.ts';

const folder = path.join(
  process.env['PLINTH_TEST_DATA'] ?? path.resolve(import.meta.dirname, '../../../../shared/data'),
  'contracts/adyen/json',
);

async function report(base: string, revision: string): Promise<string> {
  const [old, fresh] = await Promise.all(
    [base, revision].map((name) =>
      load(path.join(folder, `${name}.json`), { read: (file) => readFile(file, 'utf8'), foreign: true }),
    ),
  );
  if (!old?.contract || !fresh?.contract) throw new Error('both contracts must load');
  const result = diff(old.contract, fresh.contract, { today: '2026-06-01' });
  const lines = result.findings.map(({ severity, rule, message, operations, witness }) => {
    const others = operations.length > 1 ? ` (${operations.length} operations)` : '';
    return `${severity.padEnd(5)} ${rule}${witness === undefined ? '' : ', shown'}\n      ${message}${others}`;
  });
  return [...lines, '', summaryOfDiff(result), ...adviceOf(result), ''].join('\n');
}

// eslint-disable-next-line no-console -- A suite that does not run must say so.
if (!existsSync(folder)) console.warn(`SKIPPED: public contracts are not at ${folder} (set PLINTH_TEST_DATA)`);

describe.runIf(existsSync(folder))('the report about Adyen', () => {
  it.each([
    ['CheckoutService-v70', 'CheckoutService-v71'],
    ['CheckoutService-v71', 'CheckoutService-v72'],
    ['TransferService-v3', 'TransferService-v4'],
  ])(
    '%s → %s is as it was read',
    async (base, revision) => {
      await expect(await report(base, revision)).toMatchFileSnapshot(`golden/${base}-${revision.split('-')[1]}.txt`);
    },
    60_000,
  );
});
