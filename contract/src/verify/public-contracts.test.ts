// Mocks of contracts that other people wrote, and of our own, tested against themselves: no failure. Each phase runs;
// the random ones with few cases, so that it takes seconds.

import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { load } from '../load/load.ts';
import type { Contract } from '../model/contract.ts';
import { reportAsText } from './format.ts';
import { plan, type PlanOptions } from './plan.ts';
import { run, type TestReport } from './run.ts';
import { mockSend } from './samples.ts';

const now = Temporal.Instant.from('2026-06-01T12:00:00Z');
const folder = path.join(
  process.env['PLINTH_TEST_DATA'] ?? path.resolve(import.meta.dirname, '../../../../shared/data'),
  'contracts',
);
/** Every so many operations one is tested, where there are many and their values are large. */
const files: readonly [file: string, every: number][] = [
  ['adyen/json/CheckoutService-v70.json', 14],
  ['adyen/json/CheckoutService-v71.json', 14],
  ['adyen/json/CheckoutService-v72.json', 10],
  ['adyen/json/TransferService-v3.json', 2],
  ['adyen/json/TransferService-v4.json', 4],
  ['cdr-telco/docs/includes/swagger/cds_telco.yaml', 4],
  ['medusa-store/www/apps/api-reference/specs/store/openapi.full.yaml', 15],
  ['openai/openapi.yaml', 40],
  ['tmforum/apis/TMF621_Trouble_Ticket/swaggers/TMF621-TroubleTicket-v4.0.0.swagger.json', 3],
  ['tmforum/apis/TMF622_Product_Ordering/swaggers/TMF622-ProductOrdering-v4.0.0.swagger.json', 3],
];

async function contractOf(file: string, problems?: string): Promise<Contract> {
  const companions = problems === undefined ? {} : { problems };
  const { contract } = await load(file, { read: (name) => readFile(name, 'utf8'), companions });
  if (!contract) throw new Error(`${file} does not load`);
  return contract;
}

async function reportOf(contract: Contract, options: PlanOptions): Promise<TestReport> {
  // The mock alone lets everybody in.
  const tests = plan(contract, { cases: 3, destructive: true, secured: false, ...options });
  for await (const event of run(tests, { send: mockSend(contract, { seed: 1, now }), now, seed: 1 }))
    if (event.type === 'report') return event.report;
  throw new Error('a run ends with a report');
}

function failuresOf(report: TestReport): string {
  return reportAsText({ ...report, coverage: [], skipped: [], notRun: [] }, { baseUrl: 'http://mock' });
}

// eslint-disable-next-line no-console -- A suite that does not run must say so.
if (!existsSync(folder)) console.warn(`SKIPPED: public contracts are not at ${folder} (set PLINTH_TEST_DATA)`);

describe.runIf(existsSync(folder))('the mock of a public contract has no failure', () => {
  it.each(files)(
    '%s',
    async (file, every) => {
      const contract = await contractOf(path.join(folder, file));
      const operations = contract.operations.filter((_, index) => index % every === 0).map(({ id }) => id);
      const report = await reportOf(contract, { operations });
      expect(failuresOf(report)).toBe('');
      expect(report.requests).toBeGreaterThan(operations.length * 3);
    },
    60_000,
  );
});

const capabilities = path.resolve(import.meta.dirname, '../../../capabilities');
const ours = (await readdir(capabilities)).filter((name) => existsSync(path.join(capabilities, name, 'contract.yaml')));

describe('the mock of a contract of ours has no failure', () => {
  it.each(ours)('%s', async (name) => {
    const file = path.join(capabilities, name, 'contract.yaml');
    const contract = await contractOf(file, path.join(capabilities, name, 'problems.yaml'));
    const report = await reportOf(contract, {});
    expect(failuresOf(report)).toBe('');
  });
});
