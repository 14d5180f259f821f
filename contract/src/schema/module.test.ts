// A compiled module against `compileSchema`, which its validators must agree with.

import { execFileSync } from 'node:child_process';
import { existsSync, globSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { createGenerator } from '../generate/instance.ts';
import { load } from '../load/load.ts';
import { isObject } from '../load/pointer.ts';
import type { Contract, JsonValue, Media } from '../model/contract.ts';
import { compileBody, type Validator } from './compile.ts';
import { compileModule, linkModule, type ValidatorModule } from './module.ts';

const root = path.resolve(import.meta.dirname, '../../..');
const data = path.join(process.env['PLINTH_TEST_DATA'] ?? path.resolve(root, '../shared/data'), 'contracts');
const folder = mkdtempSync(path.join(tmpdir(), 'plinth-module-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function contractOf(file: string, text?: string): Promise<Contract> {
  const { contract, findings } = await load(file, {
    read: (name) => (text === undefined ? readFile(name, 'utf8') : Promise.resolve(text)),
  });
  if (!contract) throw new Error(`${file}: ${findings[0]?.message}`);
  return contract;
}

let count = 0;

/** The module as a program would use it: stored, then imported. */
async function imported(contract: Contract): Promise<ValidatorModule> {
  const file = path.join(folder, `${count++}.mjs`);
  writeFileSync(file, compileModule(contract));
  return (await import(/* @vite-ignore */ file)) as ValidatorModule;
}

/** Schema and reference validator of bodies and answers, by the name of the module's. */
function bodiesOf(contract: Contract): Map<string, { media: Media; validator: Validator; isRequest: boolean }> {
  const { document } = contract;
  const found = new Map<string, { media: Media; validator: Validator; isRequest: boolean }>();
  for (const { id, body, responses, policy } of contract.operations) {
    for (const media of body?.media ?? [])
      if (media.schema !== undefined)
        found.set(`${id} request ${media.type}`, {
          media,
          isRequest: true,
          validator: compileBody(media.schema, document, { unknown: policy.unknown, direction: 'request' }),
        });
    for (const { status, media: list } of responses)
      for (const media of list)
        if (media.schema !== undefined)
          found.set(`${id} ${status} ${media.type}`, {
            media,
            isRequest: false,
            validator: compileBody(media.schema, document, { unknown: 'pass', direction: 'response' }),
          });
  }
  return found;
}

/** The value, and copies with one member missing, unknown or of another kind. */
function variants(value: JsonValue): JsonValue[] {
  if (!isObject(value)) return [value, null, [value], { value }];
  const broken = Object.keys(value).flatMap((name) => {
    const { [name]: _dropped, ...rest } = value;
    return [rest, { ...value, [name]: null }, { ...value, [name]: { deep: [1.5] } }, { ...value, [name]: -1 }];
  });
  return [value, { ...value, unheardOf: 1 }, ...broken, 'text', []];
}

/** Compares both on drawn and broken values; gives how many verdicts were yes and no. */
async function compare(contract: Contract, most: number): Promise<{ yes: number; no: number }> {
  const validators = linkModule(await imported(contract));
  const generator = createGenerator({
    document: contract.document,
    seed: 11,
    now: Temporal.Instant.from('2026-11-24T09:30:00Z'),
  });
  const verdicts = { yes: 0, no: 0 };
  for (const [name, { media, validator, isRequest }] of [...bodiesOf(contract)].slice(0, most)) {
    const check = validators.get(name);
    if (!check) throw new Error(`the module has no ${name}`);
    const { value } = generator.instance(media.schema ?? true, { direction: isRequest ? 'request' : 'response' });
    for (const variant of variants(JSON.parse(JSON.stringify(value)) as JsonValue)) {
      const verdict = check(variant);
      if (verdict !== validator.check(variant)) throw new Error(`${name}: ${JSON.stringify(variant)}: ${verdict}`);
      verdicts[verdict ? 'yes' : 'no'] += 1;
    }
  }
  return verdicts;
}

describe('a compiled module', () => {
  const own = globSync('{capabilities,examples/contracts}/*/contract.yaml', { cwd: root }).toSorted();

  it.each(own)('of %s judges bodies and answers as compileBody does', async (file) => {
    const { yes, no } = await compare(await contractOf(path.join(root, file)), 60);
    expect(yes).toBeGreaterThan(0);
    expect(no).toBeGreaterThan(yes);
  });

  const foreign = [
    'adyen/json/CheckoutService-v72.json',
    'openai/openapi.yaml',
    'medusa-store/www/apps/api-reference/specs/store/openapi.full.yaml',
    'tmforum/apis/TMF622_Product_Ordering/swaggers/TMF622-ProductOrdering-v4.0.0.swagger.json',
  ].filter((file) => existsSync(path.join(data, file)));
  // eslint-disable-next-line no-console -- Tests that do not run must say so.
  if (foreign.length === 0) console.warn(`SKIPPED: there are no public contracts at ${data} (set PLINTH_TEST_DATA)`);

  it.each(foreign)(
    'of %s judges bodies and answers as compileBody does',
    async (file) => {
      const { yes, no } = await compare(await contractOf(path.join(data, file)), 80);
      expect(Math.min(yes, no)).toBeGreaterThan(40);
    },
    60_000,
  );

  const hostile = [
    `"];throw 1;["`,
    '\u2028',
    '*/',
    '${1}',
    '</script>',
    '\n//',
    '__proto__',
    '\u0001',
    'constructor',
    '\uE0007\uE000',
  ];

  it('takes names and texts of any kind as texts', async () => {
    const properties = Object.fromEntries(hostile.map((name) => [`${name} `, { const: name, pattern: '^(?:a|b)*' }]));
    const contract = await contractOf(
      'hostile.json',
      JSON.stringify({
        openapi: '3.1.0',
        info: { title: hostile.join(), version: hostile.join(' ') },
        paths: {
          '/x': {
            post: {
              operationId: 'make',
              requestBody: {
                content: {
                  'application/json': { schema: { type: 'object', properties, additionalProperties: false } },
                },
              },
              responses: { '204': { description: 'Made.' } },
            },
          },
        },
      }),
    );
    const module = await imported(contract);
    expect(module.contract.title).toBe(contract.title);
    const check = linkModule(module).get('make request application/json');
    expect(check?.({ '*/ ': '*/', '\u0001 ': '\u0001' })).toBe(true);
    expect(check?.({ '*/ ': '*' })).toBe(false);
    expect(check?.({ '*/': '*/' })).toBe(false);
  });

  const shop = `openapi: 3.1.0
info: { title: Shop, version: 1.0.0 }
paths:
  /orders:
    get:
      operationId: listOrders
      parameters:
        - { name: limit, in: query, schema: { type: integer, maximum: 100 } }
      responses:
        '200':
          description: Them.
          headers: { Total: { schema: { type: integer, minimum: 0 } } }
          content: { application/json: { schema: { type: array, items: { $ref: '#/components/schemas/Order' } } } }
    post:
      operationId: placeOrder
      requestBody: { content: { application/json: { schema: { $ref: '#/components/schemas/Order' } } } }
      responses: { '201': { description: Placed., content: { application/jsonl: { itemSchema: { type: string } } } } }
components:
  schemas:
    Order:
      type: object
      required: [id, code]
      properties:
        id: { type: integer, readOnly: true }
        code: { type: string, pattern: '^(a+)+$' }
        odd: { pattern: '^(?=a)(a+)+\\1$' }
        pairs: { type: array, prefixItems: [{ type: string }], contains: { type: integer }, unevaluatedItems: false }
        inner: { $ref: '#/components/schemas/Order' }
`;

  it('names parameters, headers, bodies and items, and knows directions and what needs the interpreter', async () => {
    const module = await imported(await contractOf('shop.yaml', shop));
    const validators = linkModule(module);
    expect([...validators.keys()].toSorted()).toEqual([
      'listOrders 200 application/json',
      'listOrders 200 header Total',
      'listOrders query limit',
      'placeOrder 201 application/jsonl item',
      'placeOrder request application/json',
    ]);
    const judge = (name: string, value: unknown): unknown => validators.get(name)?.(value);
    expect([judge('listOrders query limit', 100), judge('listOrders query limit', 101)]).toEqual([true, false]);
    expect(judge('placeOrder request application/json', { code: 'aa' })).toBe(true);
    expect(judge('placeOrder request application/json', { code: 'ab' })).toBe(false);
    expect(judge('listOrders 200 application/json', [{ code: 'aa' }])).toBe(false);
    expect(judge('listOrders 200 application/json', [{ id: 1, code: 'aa', pairs: ['x', 1] }])).toBe(true);
    expect(judge('listOrders 200 application/json', [{ id: 1, code: 'aa', pairs: ['x', 1, 'y'] }])).toBe(false);
    expect(judge('listOrders 200 application/json', [{ id: 1, code: 'aa', inner: { id: 1 } }])).toBe(false);
    expect(module.notEnforced).toEqual(['^(?=a)(a+)+\\1$']);
  });

  it('is the same text again, works from a data: address, and where no code may be made', async () => {
    const contract = await contractOf('shop.yaml', shop);
    const text = compileModule(contract);
    expect(compileModule(await contractOf('shop.yaml', shop))).toBe(text);
    const program = `
      import { linkModule } from '@plinth/contract';
      const address = ${JSON.stringify(`data:text/javascript,${encodeURIComponent(text)}`)};
      const check = linkModule(await import(address)).get('placeOrder request application/json');
      let refused = false;
      try { new Function(''); } catch { refused = true; }
      console.log(JSON.stringify([refused, check({ code: 'aa' }), check({ code: 'ab' })]));`;
    const said = execFileSync(
      process.execPath,
      ['--disallow-code-generation-from-strings', '--input-type=module', '--eval', program],
      { cwd: path.join(root, 'contract'), encoding: 'utf8' },
    );
    expect(JSON.parse(said)).toEqual([true, true, false]);
  });

  it('of another version is refused with what to do', async () => {
    const module = await imported(await contractOf('shop.yaml', shop));
    expect(() => linkModule({ ...module, format: 0 })).toThrow('The validators have format 0, not 1: make them again.');
  });

  it('writes functions that say the same once, recursive ones too', async () => {
    const text = compileModule(
      await contractOf('shop.yaml', shop.replaceAll(/, readOnly: true/g, '').replace(/.*pairs.*\n/, '')),
    );
    expect(text.match(/^function /gm)?.length).toBe(5);
  });
});
