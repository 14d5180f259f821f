// Proofs are checked against values: of 500 samples of the smaller schema none may break the larger one. Schemas that are
// drawn, and all that share a name in two versions of real contracts. `PLINTH_PROOF_PAIRS=20000` draws more pairs.

import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createGenerator } from '../generate/instance.ts';
import { load } from '../load/load.ts';
import type { JsonObject, JsonValue, Schema } from '../model/contract.ts';
import { compileSchema } from '../schema/compile.ts';
import { Equality } from './equal.ts';
import { Prover } from './subsumes.ts';

/** Pairs that are drawn; about two in three are proved. */
const pairs = Number(process.env['PLINTH_PROOF_PAIRS'] ?? 60);
const samples = 500;
/** Values that the generator may make for one pair: some schemas have few. */
const tries = 1_500;

const text = { type: 'string' };
const whole = { type: 'integer' };
const now = Temporal.Instant.fromEpochMilliseconds(0);

interface Side {
  schema: Schema;
  document: JsonObject;
}

function proverOf(small: Side, large: Side): Prover {
  const equality = new Equality(small.document, large.document);
  const alike = (x: Schema, y: Schema): boolean => equality.equal(x, y);
  return new Prover({ smaller: small, larger: large, alike, open: false });
}

function isProved(small: Side, large: Side): boolean {
  return proverOf(small, large).proves(small.schema, large.schema);
}

/**
 * Valid values of the smaller schema that the larger one refuses, and how many were tried. What is not declared counts as
 * absent, so values with more than a closed schema takes show nothing.
 */
function broken(small: Side, large: Side, others: Iterable<JsonValue> = []): { wrong: JsonValue[]; tried: number } {
  const generator = createGenerator({ document: small.document, seed: 1, now });
  const closed = compileSchema(small.schema, { document: small.document, closed: true });
  const open = compileSchema(small.schema, { document: small.document });
  const larger = compileSchema(large.schema, { document: large.document });
  const wrong: JsonValue[] = [];
  let tried = 0;
  const judge = (value: JsonValue): void => {
    if (!open.check(value) || !closed.check(value)) return;
    tried += 1;
    if (!larger.check(value)) wrong.push(value);
  };
  for (const value of others) judge(value);
  for (let key = 0; key < tries; key++) {
    const { value, valid } = generator.instance(small.schema, { key: String(key) });
    if (valid) judge(value);
    if (tried >= samples) break;
  }
  return { wrong, tried };
}

/** Small schemas that often lie within one another. */
const schemas = fc.letrec<{ schema: Schema }>((tie) => ({
  schema: fc.oneof(
    { depthSize: 'small', maxDepth: 3, withCrossShrink: true },
    fc.constantFrom<Schema>(
      true,
      {},
      text,
      whole,
      { type: 'number' },
      { type: ['string', 'null'] },
      { type: 'boolean' },
    ),
    fc.record({
      enum: fc.uniqueArray(fc.constantFrom<JsonValue>('a', 'b', 1, 2, null, true), { minLength: 1, maxLength: 3 }),
    }),
    fc.record(
      {
        type: fc.constant('integer'),
        minimum: fc.integer({ min: 0, max: 2 }),
        maximum: fc.integer({ min: 2, max: 4 }),
      },
      { requiredKeys: ['type'] },
    ),
    fc.record(
      {
        type: fc.constant('string'),
        minLength: fc.integer({ min: 0, max: 2 }),
        maxLength: fc.integer({ min: 1, max: 3 }),
      },
      { requiredKeys: ['type'] },
    ),
    fc.record(
      {
        type: fc.constant('object'),
        properties: fc.dictionary(fc.constantFrom('a', 'b'), tie('schema') as fc.Arbitrary<JsonValue>, { maxKeys: 2 }),
        required: fc.subarray(['a', 'b']),
        additionalProperties: fc.constantFrom<JsonValue>(false, text),
        unevaluatedProperties: fc.constant(false),
      },
      { requiredKeys: ['type', 'properties'] },
    ),
    fc.record(
      {
        type: fc.constant('array'),
        items: tie('schema') as fc.Arbitrary<JsonValue>,
        minItems: fc.constantFrom(0, 1),
        maxItems: fc.constantFrom(1, 2),
      },
      { requiredKeys: ['type', 'items'] },
    ),
    fc
      .tuple(
        fc.constantFrom('allOf', 'anyOf', 'oneOf'),
        fc.array(tie('schema') as fc.Arbitrary<JsonValue>, { minLength: 1, maxLength: 3 }),
      )
      .map(([key, list]) => ({ [key]: list })),
    fc.record({ not: fc.constantFrom<JsonValue>(text, { required: ['a'] }) }),
  ) as fc.Arbitrary<Schema>,
}));

const anything = fc.jsonValue({ maxDepth: 2 }) as fc.Arbitrary<JsonValue>;
const near = fc.letrec<{ value: JsonValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom<JsonValue>('a', 'b', '', 'abcd', 0, 1, 2, 3, 5, 1.5, null, true, false),
    fc.dictionary(fc.constantFrom('a', 'b'), tie('value'), { maxKeys: 2 }) as fc.Arbitrary<JsonValue>,
    fc.array(tie('value'), { maxLength: 3 }) as fc.Arbitrary<JsonValue>,
  ),
}));

/** Changes a schema a little, so that proofs are common. */
const loosened = (schema: Schema): Schema[] => {
  if (typeof schema === 'boolean') return [schema];
  const keys = Object.keys(schema);
  return [
    schema,
    { allOf: [schema] },
    { anyOf: [schema, text] },
    ...keys.map((key) => ({ ...schema, [key]: undefined })),
  ].map((one) => JSON.parse(JSON.stringify(one)) as Schema);
};

describe('what is proved', () => {
  it('holds for every sample of drawn schemas', () => {
    let [proofs, full] = [0, 0];
    fc.assert(
      fc.property(
        schemas.schema,
        schemas.schema,
        fc.nat(7),
        fc.array(fc.oneof(near.value, anything), { minLength: 40, maxLength: 40 }),
        (a, other, pick, some) => {
          const b = pick === 7 ? other : (loosened(a)[pick % loosened(a).length] ?? other);
          const [small, large] = [a, b].map((schema): Side => ({ schema, document: {} })) as [Side, Side];
          if (!isProved(small, large)) return;
          const { wrong, tried } = broken(small, large, some);
          expect(wrong).toEqual([]);
          proofs += 1;
          if (tried >= samples) full += 1;
        },
      ),
      { numRuns: pairs, seed: 7 },
    );
    expect(proofs).toBeGreaterThan(pairs / 3);
    expect(full).toBeGreaterThan(proofs / 2);
  }, 600_000);

  const folder = path.join(
    process.env['PLINTH_TEST_DATA'] ?? path.resolve(import.meta.dirname, '../../../../shared/data'),
    'contracts/adyen/json',
  );
  it.skipIf(!existsSync(folder)).each([
    ['CheckoutService-v70', 'CheckoutService-v71'],
    ['CheckoutService-v71', 'CheckoutService-v72'],
    ['TransferService-v3', 'TransferService-v4'],
  ])(
    'holds between %s and %s, both ways',
    async (...names) => {
      const [base, revision] = await Promise.all(
        names.map(async (name) => {
          const { contract } = await load(path.join(folder, `${name}.json`), {
            read: (file) => readFile(file, 'utf8'),
            foreign: true,
          });
          if (!contract) throw new Error(`${name} must load`);
          return contract;
        }),
      );
      if (!base || !revision) throw new Error('both versions must load');
      const shared = [...base.schemas].flatMap(([name, schema]): [Side, Side][] => {
        const other = revision.schemas.get(name);
        if (other === undefined || JSON.stringify(schema) === JSON.stringify(other)) return [];
        const sides: [Side, Side] = [
          { schema, document: base.document },
          { schema: other, document: revision.document },
        ];
        return [sides, [sides[1], sides[0]]];
      });
      // One prover for each direction, as the gate has it: what one proof leaves behind must not mislead the next.
      const provers = new Map<JsonObject, Prover>();
      const provedOnes = shared.filter(([small, large]) => {
        const prover = provers.get(small.document) ?? proverOf(small, large);
        provers.set(small.document, prover);
        return prover.proves(small.schema, large.schema);
      });
      expect(provedOnes).toEqual(shared.filter(([small, large]) => isProved(small, large)));
      expect(provedOnes.length).toBeGreaterThan(0);
      for (const [small, large] of provedOnes) expect(broken(small, large).wrong).toEqual([]);
    },
    120_000,
  );
});
