// Contracts of the field against themselves, as they are and written in other words: nothing may be found.

import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { load } from '../load/load.ts';
import { isObject } from '../load/pointer.ts';
import type { Contract, JsonObject, JsonValue } from '../model/contract.ts';
import { diff } from './diff.ts';

const folder = path.join(
  process.env['PLINTH_TEST_DATA'] ?? path.resolve(import.meta.dirname, '../../../../shared/data'),
  'contracts',
);
const files = [
  'adyen/json/CheckoutService-v70.json',
  'adyen/json/CheckoutService-v71.json',
  'adyen/json/CheckoutService-v72.json',
  'adyen/json/TransferService-v3.json',
  'adyen/json/TransferService-v4.json',
  'adyen/json/Webhooks-v1.json',
  'cdr-telco/docs/includes/swagger/cds_telco.yaml',
  'medusa-store/www/apps/api-reference/specs/store/openapi.full.yaml',
  'openai/openapi.yaml',
  'tmforum/apis/TMF621_Trouble_Ticket/swaggers/TMF621-TroubleTicket-v4.0.0.swagger.json',
  'tmforum/apis/TMF622_Product_Ordering/swaggers/TMF622-ProductOrdering-v4.0.0.swagger.json',
];

/** The value with every object of it changed, inside out. */
function rewritten(value: JsonValue, change: (object: JsonObject) => JsonObject): JsonValue {
  if (Array.isArray(value)) return value.map((item) => rewritten(item, change));
  if (!isObject(value)) return value;
  const inner = Object.entries(value).map(([key, part]): [string, JsonValue] => [
    key,
    isData(key, value) ? part : rewritten(part, change),
  ]);
  return change(Object.fromEntries(inner));
}

/** Values, not schemas; a property may have such a name. */
function isData(key: string, owner: JsonObject): boolean {
  const words = ['example', 'examples', 'default', 'enum', 'const'];
  return words.includes(key) && !(isObject(owner[key]) && Object.values(owner).every((one) => isObject(one)));
}

const types = ['string', 'number', 'integer', 'boolean', 'array', 'object'];
const isSchema = (object: JsonObject): boolean => types.some((type) => type === object['type']);
const keysOf = (object: JsonObject): string =>
  Object.keys(object)
    .toSorted((a, b) => (a < b ? -1 : 1))
    .join();
const component = '#/components/schemas/';

/** The same contract in other words. */
const manners: [name: string, change: (document: JsonObject) => JsonObject][] = [
  [
    'in another order',
    (document) =>
      rewritten(document, (object) =>
        Object.fromEntries(
          Object.entries(object)
            .toReversed()
            .map(([key, value]) => [
              key,
              ['required', 'enum', 'allOf', 'anyOf', 'oneOf', 'parameters', 'tags'].includes(key) &&
              Array.isArray(value)
                ? value.toReversed()
                : value,
            ]),
        ),
      ) as JsonObject,
  ],
  [
    'with components inlined once',
    (document) => {
      const components = document['components'];
      const schemas = isObject(components) && isObject(components['schemas']) ? components['schemas'] : {};
      return {
        ...document,
        paths: rewritten(document['paths'] ?? {}, (object) => {
          const reference = object['$ref'];
          const known = typeof reference === 'string' ? schemas[reference.slice(component.length)] : undefined;
          return keysOf(object) === '$ref' && isObject(known) && JSON.stringify(reference).startsWith(`"${component}`)
            ? { ...known }
            : object;
        }),
      };
    },
  ],
  [
    'with other names of components',
    (document) => {
      const text = JSON.stringify(document).replaceAll(
        /"#\/components\/schemas\/([^"]+)"/g,
        '"#/components/schemas/$1Renamed"',
      );
      const renamed = JSON.parse(text) as JsonObject;
      const components = isObject(renamed['components']) ? renamed['components'] : {};
      const schemas = isObject(components['schemas']) ? components['schemas'] : {};
      const named = Object.entries(schemas).map(([name, schema]): [string, JsonValue] => [`${name}Renamed`, schema]);
      return { ...renamed, components: { ...components, schemas: Object.fromEntries(named) } };
    },
  ],
  [
    'with every typed schema inside an allOf',
    (document) => rewritten(document, (object) => (isSchema(object) ? { allOf: [object] } : object)) as JsonObject,
  ],
  [
    'with allOf flattened',
    (document) =>
      rewritten(document, (object) => {
        const [first, ...rest] = Array.isArray(object['allOf']) ? object['allOf'] : [];
        if (!isObject(first) || rest.length > 0 || keysOf(first) !== '$ref') return object;
        const { allOf: _allOf, ...others } = object;
        return Object.keys(others).every((key) => key === 'description') ? { ...others, ...first } : object;
      }) as JsonObject,
  ],
  [
    'with null as a branch of its own',
    (document) =>
      rewritten(document, (object) => {
        const { type } = object;
        if (!Array.isArray(type) || type.length !== 2 || !type.includes('null') || 'enum' in object) return object;
        const other = type.find((name) => name !== 'null') ?? 'null';
        return { oneOf: [{ ...object, type: other }, { type: 'null' }] };
      }) as JsonObject,
  ],
];

async function read(text: string): Promise<Contract> {
  const { contract, findings } = await load('contract.json', { read: async () => text });
  const wrong = findings.filter(({ severity }) => severity === 'error');
  if (!contract || wrong.length > 0) throw new Error(wrong.map(({ message }) => message).join('\n'));
  return contract;
}

const told = (base: Contract, revision: Contract): unknown => {
  const { status, reason, findings } = diff(base, revision, { today: '2026-06-01' });
  return [status, reason, findings.slice(0, 5).map(({ rule, message }) => `${rule} ${message}`)];
};
const nothing = ['same', undefined, []];

// eslint-disable-next-line no-console -- A suite that does not run must say so.
if (!existsSync(folder)) console.warn(`SKIPPED: public contracts are not at ${folder} (set PLINTH_TEST_DATA)`);

describe.runIf(existsSync(folder))('a public contract is the same', () => {
  it.each(files)(
    'as itself, upgraded and in other words: %s',
    async (file) => {
      const given = path.join(folder, file);
      const { contract } = await load(given, { read: (name) => readFile(name, 'utf8') });
      if (!contract) throw new Error('there must be a contract');
      expect(told(contract, contract)).toEqual(nothing);
      // The document as it is after upgrading, as an author of OpenAPI 3.1 would have written it.
      const { swagger: _swagger, ...upgraded } = contract.document;
      const document: JsonObject = { ...upgraded, openapi: '3.1.0' };
      expect(told(contract, await read(JSON.stringify(document)))).toEqual(nothing);
      for (const [manner, change] of manners)
        expect([manner, told(contract, await read(JSON.stringify(change(document))))]).toEqual([manner, nothing]);
    },
    120_000,
  );
});
