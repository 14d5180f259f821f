// Contracts that other people wrote: the mock answers each of their operations with data valid against their schemas.

import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { createGenerator } from '../generate/instance.ts';
import { load } from '../load/load.ts';
import type { Contract } from '../model/contract.ts';
import { checkMock, inputFor, judgeAnswer } from './check.ts';
import { createMock } from './mock.ts';
import { now } from './samples.ts';

const folder = path.join(
  process.env['PLINTH_TEST_DATA'] ?? path.resolve(import.meta.dirname, '../../../../shared/data'),
  'contracts',
);
const contracts: readonly [file: string, operations: number][] = [
  ['adyen/json/CheckoutService-v70.json', 28],
  ['adyen/json/CheckoutService-v71.json', 28],
  ['adyen/json/CheckoutService-v72.json', 28],
  ['adyen/json/TransferService-v3.json', 10],
  ['adyen/json/TransferService-v4.json', 12],
  ['adyen/json/Webhooks-v1.json', 0],
  ['cdr-telco/docs/includes/swagger/cds_telco.yaml', 18],
  ['medusa-store/www/apps/api-reference/specs/store/openapi.full.yaml', 46],
  ['openai/openapi.yaml', 288],
  ['tmforum/apis/TMF621_Trouble_Ticket/swaggers/TMF621-TroubleTicket-v4.0.0.swagger.json', 13],
  ['tmforum/apis/TMF622_Product_Ordering/swaggers/TMF622-ProductOrdering-v4.0.0.swagger.json', 18],
];

async function contractOf(file: string): Promise<Contract> {
  const { contract } = await load(path.join(folder, file), { read: (name) => readFile(name, 'utf8'), foreign: true });
  if (!contract) throw new Error(`${file} does not load`);
  return contract;
}

// eslint-disable-next-line no-console -- A suite that does not run must say so.
if (!existsSync(folder)) console.warn(`SKIPPED: public contracts are not at ${folder} (set PLINTH_TEST_DATA)`);

describe.runIf(existsSync(folder))('the mock of a public contract', () => {
  it.each(contracts)(
    '%s answers everything validly',
    async (file, operations) => {
      const rows = [...checkMock(await contractOf(file), { seed: 1, now })];
      expect(rows.filter(({ ok }) => !ok)).toEqual([]);
      expect(rows).toHaveLength(operations);
    },
    60_000,
  );

  it.each([
    'adyen/json/TransferService-v4.json',
    'cdr-telco/docs/includes/swagger/cds_telco.yaml',
    'tmforum/apis/TMF622_Product_Ordering/swaggers/TMF622-ProductOrdering-v4.0.0.swagger.json',
  ])('%s answers validly however it is called: with filters, later, again, as a job', async (file) => {
    const contract = await contractOf(file);
    const mock = createMock(contract, { seed: 2 });
    for (let round = 0; round < 3; round++) {
      const at = now.add({ seconds: round * 20 });
      const generator = createGenerator({ document: contract.document, seed: round, now: at });
      for (const operation of contract.operations) {
        const { input } = inputFor(operation, generator);
        for (const { name, schema } of operation.params) {
          const { value, valid } = generator.instance(schema, { name, direction: 'request' });
          if (valid && round > 0) input[name] ??= value;
        }
        const prefer = round === 2 ? 'respond-async' : undefined;
        const answer = mock.answer({ operation, input: mock.sample({ operation, input, now: at }), now: at, prefer });
        const told = answer.kind === 'answer' ? judgeAnswer(operation, generator, answer) : answer.code;
        expect([operation.id, told]).toEqual([operation.id, expect.stringMatching(/^(not-found)?$/)]);
      }
    }
  });

  it('says the same again', async () => {
    const file = 'adyen/json/TransferService-v4.json';
    const run = async (): Promise<unknown[]> => [...checkMock(await contractOf(file), { seed: 3, now })];
    expect(await run()).toEqual(await run());
  });

  it.each(['adyen/json/Webhooks-v1.json', 'openai/openapi.yaml'])(
    '%s: what its webhooks send can be made',
    async (file) => {
      const contract = await contractOf(file);
      const generator = createGenerator({ document: contract.document, seed: 1, now });
      expect(
        contract.webhooks.map((webhook) => inputFor(webhook, generator)).filter(({ fault }) => fault !== ''),
      ).toEqual([]);
    },
    60_000,
  );
});
