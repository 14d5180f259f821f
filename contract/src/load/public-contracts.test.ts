// Contracts that other people wrote, as they are in the field: everything must load, compile and judge their examples.

import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { compileParams } from '../codec/params.ts';
import type { Contract, Media } from '../model/contract.ts';
import { type Direction, compileBody } from '../schema/compile.ts';
import { load } from './load.ts';
import { Origins } from './origin.ts';
import { parseText } from './parse.ts';

const folder = path.join(
  process.env['PLINTH_TEST_DATA'] ?? path.resolve(import.meta.dirname, '../../../../shared/data'),
  'contracts',
);
/**
 * `faults`: what the contract's own examples break. Seven examples of Adyen's webhooks carry properties that their
 * schemas forbid by `additionalProperties: false`; plain Ajv over the raw file finds the same 16.
 */
const contracts: readonly [file: string, operations: number, webhooks: number, faults: number][] = [
  ['adyen/json/CheckoutService-v70.json', 28, 0, 0],
  ['adyen/json/CheckoutService-v71.json', 28, 0, 0],
  ['adyen/json/CheckoutService-v72.json', 28, 0, 0],
  ['adyen/json/TransferService-v3.json', 10, 0, 0],
  ['adyen/json/TransferService-v4.json', 12, 0, 0],
  ['adyen/json/Webhooks-v1.json', 0, 48, 16],
  ['cdr-telco/docs/includes/swagger/cds_telco.yaml', 18, 0, 0],
  ['medusa-store/www/apps/api-reference/specs/store/openapi.full.yaml', 46, 0, 0],
  ['openai/openapi.yaml', 288, 16, 0],
  ['tmforum/apis/TMF621_Trouble_Ticket/swaggers/TMF621-TroubleTicket-v4.0.0.swagger.json', 13, 0, 0],
  ['tmforum/apis/TMF622_Product_Ordering/swaggers/TMF622-ProductOrdering-v4.0.0.swagger.json', 18, 0, 0],
];

/** Counted in the file as it was written. */
function operationsIn(text: string): number {
  const { paths } = parseText(text, 'raw', new Origins()) as Record<string, Record<string, object>>;
  const verbs = new Set(['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace']);
  return Object.values(paths ?? {}).flatMap((item) => Object.keys(item).filter((key) => verbs.has(key))).length;
}

/** Every body of a contract with the way it travels. */
function bodiesOf(contract: Contract): [name: string, direction: Direction, media: Media][] {
  return [...contract.operations, ...contract.webhooks].flatMap((operation) => [
    ...(operation.body?.media ?? []).map((media) => [operation.id, 'request', media] as [string, Direction, Media]),
    ...operation.responses.flatMap((response) =>
      response.media.map((media) => [operation.id, 'response', media] as [string, Direction, Media]),
    ),
  ]);
}

// eslint-disable-next-line no-console -- A suite that does not run must say so.
if (!existsSync(folder)) console.warn(`SKIPPED: public contracts are not at ${folder} (set PLINTH_TEST_DATA)`);

describe.runIf(existsSync(folder))('a public contract', () => {
  it.each(contracts)(
    '%s loads, compiles and judges its own examples',
    async (file, operations, webhooks, faults) => {
      const { contract, findings } = await load(path.join(folder, file), { read: (name) => readFile(name, 'utf8') });
      expect(findings.filter((finding) => finding.severity === 'error')).toEqual([]);
      if (!contract) throw new Error('there must be a contract');
      // Nothing is lost on the way: each written operation is there.
      expect(contract.operations.length).toBe(operationsIn(await readFile(path.join(folder, file), 'utf8')));
      expect([contract.operations.length, contract.webhooks.length]).toEqual([operations, webhooks]);
      const wrong: string[] = [];
      for (const [name, direction, media] of bodiesOf(contract)) {
        if (media.schema === undefined) continue;
        const reader = compileBody(media.schema, contract.document, { unknown: 'drop', direction });
        for (const { value } of media.examples) {
          for (const fault of reader.explain(value))
            wrong.push(`${name} ${direction} ${fault.pointer} ${fault.message}`);
          const projected = reader.project(value);
          if (!reader.check(projected)) wrong.push(`${name} ${direction}: projected, it is no longer valid`);
        }
        // Both verdict and words must be there for anything that arrives.
        expect(reader.check('🙂')).toBe(reader.explain('🙂').length === 0);
      }
      if (wrong.length !== faults) throw new Error(`${faults} faults were expected:\n${wrong.join('\n')}`);
      for (const operation of contract.operations) {
        const { violations } = compileParams(operation, contract.document).read({
          path: {},
          query: '',
          header: () => undefined,
        });
        expect(violations.every(({ rule }) => rule === 'required')).toBe(true);
      }
    },
    30_000,
  );
});
