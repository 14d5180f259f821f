import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { property, assert as check, jsonValue, constantFrom } from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Contract, JsonObject, JsonValue, Operation } from '../model/contract.ts';
import { bundleContract, type BundleOptions } from './bundle-contract.ts';
import { load } from './load.ts';
import { Origins } from './origin.ts';
import { parseText } from './parse.ts';
import { print } from './print.ts';

/** What a contract means, without where it was written. */
function meaningOf(contract: Contract | undefined): unknown {
  if (!contract) throw new Error('there must be a contract');
  const { schemas, operations, webhooks } = contract;
  const parts = [contract.id, contract.basePath, contract.tags, contract.policy, contract.resources, contract.events];
  return {
    parts,
    schemes: Object.fromEntries(contract.securitySchemes),
    schemas: Object.fromEntries(schemas),
    operations: operations.map(withoutNode),
    webhooks: webhooks.map(withoutNode),
  };
}

function withoutNode(operation: Operation): unknown {
  return { ...operation, node: undefined, callbacks: operation.callbacks.map(withoutNode) };
}

const readFrom = (files: Record<string, string>) => async (name: string) =>
  files[name] ?? Promise.reject(new Error('no such file'));
const answer = (schema: string): string =>
  `responses: { '200': { description: d, content: { application/json: { schema: ${schema} } } } }`;
const again = { $ref: '#/components/schemas/mineResponse200Again' };
const referencesIn = (text: string): string[] => [...text.matchAll(/\$ref: '?([^'\n]*)/g)].map(([, ref = '']) => ref);
const schemasOf = (document: JsonObject): JsonObject => (document['components'] as JsonObject)['schemas'] as JsonObject;
const readFile = async (name: string): Promise<string> => readFileSync(name, 'utf8');
const errors = (findings: { severity: string }[]) => findings.filter(({ severity }) => severity === 'error');

async function bundled(files: Record<string, string>, options: Partial<BundleOptions> = {}): Promise<JsonObject> {
  const { document, findings } = await bundleContract('api/a.yaml', { read: readFrom(files), ...options });
  expect(errors(findings)).toEqual([]);
  if (!document) throw new Error('there must be a document');
  return document;
}

const many = (version: string) => ({
  'api/a.yaml': `${version}
info: { title: Things, version: 1.0.0 }
tags: [{ name: things }, { name: never }]
paths:
  /things: { $ref: ./things.yaml }
components: { schemas: { Thing: { $ref: ./Thing.yaml } } }
`,
  'api/things.yaml': `get:
  operationId: listThings
  tags: [things]
  parameters: [{ $ref: '../shared.yaml#/components/parameters/limit' }]
  responses: { '200': { description: d, content: { application/json: { schema: { type: array, items: { $ref: ./Thing.yaml } } } } } }
`,
  'api/Thing.yaml': `type: object
required: [id]
properties: { id: { type: string }, parent: { $ref: ./Thing.yaml }, size: { $ref: '../shared.yaml#/components/schemas/Size' } }
`,
  'shared.yaml': `components:
  parameters: { limit: { name: limit, in: query, schema: { $ref: '#/components/schemas/Size' } } }
  schemas: { Size: { type: integer, minimum: 0 } }
`,
});

describe('a bundle', () => {
  it.each(['openapi: 3.0.3', 'openapi: 3.1.0', 'openapi: 3.2.0'])(
    'of %s is one document with named components and the same model',
    async (version) => {
      const files = many(version);
      const document = await bundled(files);
      const text = print(document, 'yaml');
      expect(referencesIn(text).filter((ref) => !/^#\/components\/\w+\/[\w.-]+$/.test(ref))).toEqual([]);
      expect(Object.keys(schemasOf(document)).toSorted()).toEqual(['Size', 'Thing']);
      const before = await load('api/a.yaml', { read: readFrom(files) });
      const after = await load('b.yaml', { read: readFrom({ 'b.yaml': text }) });
      expect(after.findings).toEqual([]);
      expect(meaningOf(after.contract)).toEqual(meaningOf(before.contract));
    },
  );

  it('names what stood inside a path, wherever it is used', async () => {
    const pointer = '#/paths/~1mine/get/responses/200/content/application~1json/schema';
    const document = await bundled({
      'api/a.yaml': `openapi: 3.1.0
info: { title: T, version: 1.0.0 }
paths:
  /same: { get: { ${answer(`{ $ref: '${pointer}' }`)} } }
  /inner: { get: { ${answer(`{ $ref: '${pointer}/properties/again' }`)} } }
  /mine: { get: { operationId: mine, ${answer(`{ type: object, properties: { again: { type: array, items: { $ref: '${pointer}' } } } }`)} } }
`,
    });
    const mine = { $ref: '#/components/schemas/mineResponse200' };
    expect(referencesIn(print(document, 'yaml'))).toEqual([mine.$ref, again.$ref, mine.$ref, again.$ref, mine.$ref]);
    expect(document['components']).toEqual({
      schemas: {
        mineResponse200: { type: 'object', properties: { again } },
        mineResponse200Again: { type: 'array', items: mine },
      },
    });
  });

  it('takes overlays with it', async () => {
    const files = {
      ...many('openapi: 3.1.0'),
      'o.yaml':
        "overlay: 1.0.0\ninfo: { title: O, version: '1' }\nactions: [{ target: $.info, update: { title: Changed } }]\n",
    };
    expect(await bundled(files, { overlays: ['o.yaml'] })).toMatchObject({ info: { title: 'Changed' } });
  });

  it('of half a contract is none', async () => {
    const { 'shared.yaml': _, ...files } = many('openapi: 3.1.0');
    const { document, findings } = await bundleContract('api/a.yaml', { read: readFrom(files) });
    expect(document).toBeUndefined();
    expect(findings.map(({ rule }) => rule)).toContain('ref-unresolved');
  });

  it('can be upgraded', async () => {
    const old = `swagger: '2.0'
info: { title: T, version: '1' }
host: example.com
basePath: /v1
schemes: [https]
paths: { /a: { get: { operationId: a, produces: [application/json], responses: { '200': { description: d, schema: { $ref: '#/definitions/A' } } } } } }
definitions: { A: { type: object, x-nullable: true, properties: { n: { type: number, minimum: 1, exclusiveMinimum: true } } } }
`;
    for (const [upgrade, version] of [
      ['3.1', '3.1.1'],
      ['3.2', '3.2.0'],
    ] as const) {
      const document = await bundled({ 'api/a.yaml': old }, { upgrade });
      expect(document).toMatchObject({
        openapi: version,
        servers: [{ url: 'https://example.com/v1' }],
        components: { schemas: { A: { type: ['object', 'null'], properties: { n: { exclusiveMinimum: 1 } } } } },
      });
      const { findings } = await load('b.json', { read: async () => print(document, 'json') });
      expect(findings).toEqual([]);
    }
    const modern = await bundled(many('openapi: 3.2.0'), { upgrade: '3.1' });
    expect(modern['openapi']).toBe('3.2.0');
  });
});

describe('a bundle for an audience', () => {
  const own = {
    'api/a.yaml': `openapi: 3.2.0
info: { title: T, version: 1.0.0 }
x-plinth: { capability: t, audience: [staff] }
tags: [{ name: open }, { name: inner }, { name: above }, { name: below, parent: above }]
paths:
  /open: { get: { operationId: open, tags: [open, below], x-plinth: { audience: [customer, staff] }, responses: { '200': { description: d, content: { application/json: { schema: { $ref: '#/components/schemas/Open' } } } } } } }
  /inner: { get: { operationId: inner, tags: [inner], responses: { '200': { description: d, content: { application/json: { schema: { $ref: '#/components/schemas/Inner' } } } } } } }
components:
  schemas:
    Open: { type: object, required: [id, note], properties: { id: { $ref: '#/components/schemas/Id' }, note: { type: string, x-plinth: { audience: [staff] } } } }
    Inner: { type: object }
    Id: { type: string }
`,
  };

  it('holds what it may call and see, and no more', async () => {
    const document = await bundled(own, { audience: 'customer' });
    expect(Object.keys(document['paths'] as JsonObject)).toEqual(['/open']);
    expect(document['components']).toEqual({
      schemas: {
        Open: { type: 'object', required: ['id'], properties: { id: { $ref: '#/components/schemas/Id' } } },
        Id: { type: 'string' },
      },
    });
    expect(document['tags']).toEqual([{ name: 'open' }, { name: 'above' }, { name: 'below', parent: 'above' }]);
    expect(Object.keys((await bundled(own, { audience: 'staff' }))['paths'] as JsonObject)).toEqual([
      '/open',
      '/inner',
    ]);
  });

  it('drops path items of other files when none of their operations is left', async () => {
    const files = {
      'api/a.yaml': `openapi: 3.1.0\ninfo: { title: T, version: 1.0.0 }\nx-plinth: { capability: t, audience: [staff] }\npaths: { /a: { $ref: p.yaml } }\n`,
      'api/p.yaml': 'get: { operationId: a, responses: { default: { description: d } } }\n',
    };
    expect(await bundled(files, { audience: 'customer' })).toMatchObject({ paths: {} });
    expect((await bundled(files, { audience: 'customer' }))['components']).toBeUndefined();
  });
});

describe('a dereferenced bundle', () => {
  it('holds what it uses where it is used; only what contains itself is referred to', async () => {
    const document = await bundled(many('openapi: 3.1.0'), { dereference: true });
    const things = (document['paths'] as JsonObject)['/things'] as JsonObject;
    expect(things['get']).toMatchObject({
      parameters: [{ name: 'limit', schema: { type: 'integer' } }],
      responses: {
        200: {
          content: {
            'application/json': {
              schema: {
                items: { properties: { parent: { $ref: '#/components/schemas/Thing' }, size: { type: 'integer' } } },
              },
            },
          },
        },
      },
    });
    expect(Object.keys(schemasOf(document)).toSorted()).toEqual(['Size', 'Thing']);
    expect((await load('b.yaml', { read: async () => print(document, 'yaml') })).findings).toEqual([]);
  });

  it('keeps what stands beside a reference, and data that looks like one', async () => {
    const document = await bundled(
      {
        'api/a.yaml': `openapi: 3.1.0
info: { title: T, version: 1.0.0 }
paths:
  /a:
    get:
      parameters: [{ $ref: '#/components/parameters/P', description: Better }]
      responses: { '200': { description: d, content: { application/json: { schema: { $ref: '#/components/schemas/A', maxLength: 5, default: { $ref: '#/components/schemas/A' } } } } } }
components: { parameters: { P: { name: p, in: query, description: Good, schema: { type: string } } }, schemas: { A: { type: string } } }
`,
      },
      { dereference: true },
    );
    expect(document).toMatchObject({
      paths: {
        '/a': {
          get: {
            parameters: [{ name: 'p', description: 'Better' }],
            responses: {
              200: {
                content: {
                  'application/json': {
                    schema: { allOf: [{ type: 'string' }], maxLength: 5, default: { $ref: '#/components/schemas/A' } },
                  },
                },
              },
            },
          },
        },
      },
    });
    expect(document['components']).toBeUndefined();
  });

  it('that would never end is refused', async () => {
    const levels = Array.from(
      { length: 20 },
      (_, at) =>
        `    L${at}: { type: object, properties: { a: { $ref: '#/components/schemas/L${at + 1}' }, b: { $ref: '#/components/schemas/L${at + 1}' } } }\n`,
    );
    const text = `openapi: 3.1.0\ninfo: { title: T, version: 1.0.0 }\npaths: { /a: { get: { responses: { '200': { description: d, content: { application/json: { schema: { $ref: '#/components/schemas/L0' } } } } } } } }\ncomponents:\n  schemas:\n${levels.join('')}    L20: { type: string }\n`;
    const { document, findings } = await bundleContract('a.yaml', { read: async () => text, dereference: true });
    expect(document).toBeUndefined();
    expect(findings).toMatchObject([{ rule: 'load-limit' }]);
  });
});

const data = path.join(
  process.env['PLINTH_TEST_DATA'] ?? path.resolve(import.meta.dirname, '../../../../shared/data'),
  'contracts',
);
const contracts = [
  'adyen/json/CheckoutService-v72.json',
  'adyen/json/Webhooks-v1.json',
  'cdr-telco/docs/includes/swagger/cds_telco.yaml',
  'medusa-store/www/apps/api-reference/specs/store/openapi.full.yaml',
  'openai/openapi.yaml',
  'tmforum/apis/TMF622_Product_Ordering/swaggers/TMF622-ProductOrdering-v4.0.0.swagger.json',
];

describe.runIf(existsSync(data))('a public contract', () => {
  it.each(contracts)(
    '%s means the same as a bundle, in either format, also upgraded',
    async (file) => {
      const meaning = meaningOf((await load(path.join(data, file), { read: readFile })).contract);
      // The largest once: printing and reading it takes its time.
      const versions = file.startsWith('openai') ? (['3.2'] as const) : ([undefined, '3.1', '3.2'] as const);
      for (const upgrade of versions) {
        const { document } = await bundleContract(path.join(data, file), {
          read: readFile,
          ...(upgrade ? { upgrade } : {}),
        });
        const text = print(document ?? {}, upgrade === '3.1' ? 'json' : 'yaml');
        const again = await load('again', { read: async () => text });
        expect(errors(again.findings)).toEqual([]);
        expect(meaningOf(again.contract)).toEqual(meaning);
      }
    },
    30_000,
  );
});

describe('a printed tree', () => {
  it('is read again as it was', () => {
    check(
      property(jsonValue(), constantFrom('yaml' as const, 'json' as const), (value, format) => {
        const tree = JSON.parse(JSON.stringify({ value })) as JsonValue;
        expect(parseText(print(tree, format), 'a', new Origins())).toEqual(tree);
      }),
      { numRuns: 300 },
    );
  });

  it('is safe for readers that take words and dates for something else', () => {
    const text = print({ country: 'no', since: '2026-11-24', version: '1.10', clock: '12:30', '<<': 1 }, 'yaml');
    expect(text).toBe("country: 'no'\nsince: '2026-11-24'\nversion: '1.10'\nclock: '12:30'\n'<<': 1\n");
    expect(parseText(text, 'a', new Origins())).toHaveProperty('<<', 1);
  });
});
