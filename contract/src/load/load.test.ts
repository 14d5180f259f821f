import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { load } from './load.ts';

const files = (texts: Record<string, string>) => ({
  read: async (name: string): Promise<string> => {
    const text = texts[name];
    if (text === undefined) throw new Error('no such file');
    return text;
  },
});

const head = 'openapi: 3.1.0\ninfo: { title: T, version: 1.2.3 }\n';

describe('loading', () => {
  it('names line and column of broken YAML', async () => {
    const { contract, findings } = await load('a.yaml', files({ 'a.yaml': `${head}paths:\n  /a: [1,\n` }));
    expect(contract).toBeUndefined();
    expect(findings[0]).toMatchObject({ rule: 'syntax', file: 'a.yaml', severity: 'error' });
    expect(findings[0]?.line).toBeGreaterThan(3);
  });

  it('refuses a key that stands twice, and merge keys', async () => {
    const twice = await load('a.yaml', files({ 'a.yaml': 'openapi: 3.1.0\nopenapi: 3.1.0\n' }));
    expect(twice.findings[0]).toMatchObject({ rule: 'syntax', line: 2, column: 1 });
    const merge = await load('a.yaml', files({ 'a.yaml': 'a: &x { b: 1 }\nc:\n  <<: *x\n' }));
    expect(merge.findings[0]?.message).toContain('Merge keys');
  });

  it('keeps YAML 1.1 words and dates as text', async () => {
    const { contract } = await load('a.yaml', files({ 'a.yaml': `${head}x: [no, on, 2026-11-24, 0o17]\npaths: {}\n` }));
    expect(contract?.document['x']).toEqual(['no', 'on', '2026-11-24', 15]);
  });

  it('brings schemas of other files into the components, once, under their own name', async () => {
    const { contract, findings } = await load(
      'c/contract.yaml',
      files({
        'c/contract.yaml': `${head}paths: {}\ncomponents:\n  schemas:\n    Money: { $ref: '../s.yaml#/components/schemas/Money' }\n    Line: { type: object, properties: { price: { $ref: '../s.yaml#/components/schemas/Money' } } }\n`,
        's.yaml':
          'components:\n  schemas:\n    Money: { type: object, properties: { unit: { $ref: "#/components/schemas/Unit" } } }\n    Unit: { type: string }\n',
      }),
    );
    expect(findings).toEqual([]);
    expect([...(contract?.schemas.keys() ?? [])]).toEqual(['Money', 'Line', 'Unit']);
    expect(contract?.schemas.get('Line')).toMatchObject({
      properties: { price: { $ref: '#/components/schemas/Money' } },
    });
    expect(contract?.schemas.get('Money')).toMatchObject({
      properties: { unit: { $ref: '#/components/schemas/Unit' } },
    });
  });

  it('reports a reference that leads nowhere, with the line it stands on', async () => {
    const { findings } = await load(
      'a.yaml',
      files({ 'a.yaml': `${head}paths: {}\ncomponents:\n  schemas:\n    A: { $ref: '#/components/schemas/B' }\n` }),
    );
    expect(findings).toMatchObject([{ rule: 'ref-unresolved', line: 6, pointer: '/components/schemas/A' }]);
  });

  it('upgrades 3.0: nullable beside type, boolean bounds, no siblings of $ref', async () => {
    const text = {
      openapi: '3.0.3',
      info: { title: 'T', version: '1' },
      paths: {},
      components: {
        schemas: {
          A: { type: 'string', nullable: true },
          B: { nullable: true, allOf: [] },
          C: { type: 'number', minimum: 1, exclusiveMinimum: true },
          D: { $ref: '#/components/schemas/A', description: 'dropped' },
        },
      },
    };
    const { contract } = await load('a.json', files({ 'a.json': JSON.stringify(text) }));
    expect(Object.fromEntries(contract?.schemas ?? [])).toEqual({
      A: { type: ['string', 'null'] },
      B: { allOf: [] },
      C: { type: 'number', exclusiveMinimum: 1 },
      D: { $ref: '#/components/schemas/A' },
    });
  });

  it('finds the position of a JSON value although JSON is parsed natively', async () => {
    const text =
      '{\n  "openapi": "3.1.0",\n  "info": {"title": "T", "version": "1"},\n  "x-plinth": {"capability": "tt", "wrong": 1},\n  "paths": {}\n}';
    const { findings } = await load('a.json', files({ 'a.json': text }));
    expect(findings).toMatchObject([{ rule: 'x-unknown-key', line: 4, column: 15 }]);
  });

  it('fills in policy: ours are strict, foreign ones permissive', async () => {
    const paths =
      'paths:\n  /a:\n    post: { operationId: makeA, responses: {} }\n    get: { operationId: listA, responses: {} }\n';
    const own = await load('a.yaml', files({ 'a.yaml': `${head}x-plinth: { capability: t }\n${paths}` }));
    const [get, post] = ['listA', 'makeA'].map(
      (id) => own.contract?.operations.find((entry) => entry.id === id)?.policy,
    );
    expect(get).toMatchObject({
      effect: 'read',
      idempotency: { mode: 'none' },
      unknown: 'refuse',
      audience: ['service'],
    });
    // An own write must say what it does: nothing is guessed.
    expect(post?.effect).toBeUndefined();
    const foreign = await load('a.yaml', files({ 'a.yaml': `${head}${paths}` }));
    expect(foreign.contract?.operations.find((entry) => entry.id === 'makeA')?.policy).toMatchObject({
      effect: 'write',
      idempotency: { mode: 'optional' },
      unknown: 'drop',
    });
  });
});

const data = process.env['PLINTH_TEST_DATA'] ?? path.resolve(import.meta.dirname, '../../../../shared/data');
const contracts: readonly [file: string, operations: number][] = [
  ['adyen/json/CheckoutService-v72.json', 28],
  ['adyen/json/TransferService-v4.json', 0],
  ['cdr-telco/docs/includes/swagger/cds_telco.yaml', 18],
  ['medusa-store/www/apps/api-reference/specs/store/openapi.full.yaml', 46],
  ['openai/openapi.yaml', 288],
];

if (!existsSync(data)) console.warn(`SKIPPED: public contracts are not at ${data} (set PLINTH_TEST_DATA)`);

describe.runIf(existsSync(data))('a public contract', () => {
  it.each(contracts)('%s loads with every operation usable', async (file, operations) => {
    const { contract, findings } = await load(path.join(data, 'contracts', file), {
      read: (name) => readFile(name, 'utf8'),
    });
    expect(findings.filter((finding) => finding.severity === 'error')).toEqual([]);
    expect(contract?.operations.length).toBeGreaterThanOrEqual(Math.max(1, operations));
  });
});
