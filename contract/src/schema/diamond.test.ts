// Schemas that reach one component on many ways: two references a layer, and two to the power of the layers ways.

import { describe, expect, it } from 'vitest';
import { shapeOf, typesOf } from '../codec/typing.ts';
import type { JsonObject } from '../model/contract.ts';
import { compileBody, compileSchema } from './compile.ts';

const layers = 40;

/** Each layer applies both schemas of the one below to the same value. */
function diamond(applicator: 'allOf' | 'anyOf' | 'oneOf', more: JsonObject = {}): JsonObject {
  const schemas: JsonObject = {
    Left0: { type: 'object', required: ['id'], properties: { id: { type: 'string', maxLength: 4 } } },
    Right0: { type: 'object', properties: { size: { type: 'integer' } } },
  };
  for (let layer = 1; layer <= layers; layer++)
    for (const side of ['Left', 'Right'])
      schemas[`${side}${layer}`] = {
        [applicator]: [`Left${layer - 1}`, `Right${layer - 1}`].map((name) => ({
          $ref: `#/components/schemas/${name}`,
        })),
        properties: { [`${side.toLowerCase()}${layer}`]: { type: 'boolean' } },
        ...more,
      };
  return { components: { schemas } };
}

const top = { $ref: `#/components/schemas/Left${layers}` };
const right = { id: 'abcd', size: 1, left40: true, right1: false };
const wrong = { id: 'abcde', size: 'x', left40: 'x', right1: 'x' };
const places = ['/id', '/left40', '/right1', '/size'];

describe('a diamond of allOf', () => {
  it('is judged in linear time by both engines', () => {
    const validator = compileSchema(top, { document: diamond('allOf') });
    expect([validator.check(right), validator.check(wrong)]).toEqual([true, false]);
    validator.prepare();
    expect([validator.check(right), validator.check(wrong)]).toEqual([true, false]);
  });

  it('tells each fault once', () => {
    const faults = compileSchema(top, { document: diamond('allOf') }).explain(wrong);
    expect(faults.map(({ pointer }) => pointer).toSorted()).toEqual(places);
  });

  it('knows the members of all its layers where it is closed or projected', () => {
    const document = diamond('allOf');
    const refuse = compileBody(top, document, { unknown: 'refuse', direction: 'request' });
    expect([refuse.check(right), refuse.check({ ...right, more: 1 })]).toEqual([true, false]);
    refuse.prepare();
    expect([refuse.check(right), refuse.check({ ...right, more: 1 })]).toEqual([true, false]);
    expect(refuse.explain({ ...right, sixe: 1 })).toMatchObject([
      { pointer: '/sixe', rule: 'unknown-property', message: 'Is not known here. Did you mean `size`?' },
    ]);
    const drop = compileBody(top, document, { unknown: 'drop', direction: 'request' });
    expect(drop.project({ ...right, more: 1 })).toEqual(right);
  });

  it('whose layers are closed each keeps their own view of what is left over', () => {
    const document = diamond('allOf', { unevaluatedProperties: { type: 'boolean' } });
    const validator = compileSchema(top, { document });
    const verdicts = (): boolean[] => [
      validator.check({ id: 'a', other: true }),
      validator.check({ id: 'a', other: 1 }),
      validator.check({ id: 'a', size: 1 }),
    ];
    const interpreted = verdicts();
    validator.prepare();
    expect([interpreted, verdicts()]).toEqual([
      [true, false, true],
      [true, false, true],
    ]);
  });
});

describe.each(['anyOf', 'oneOf'] as const)('a diamond of %s', (applicator) => {
  it('is judged and told in linear time, whichever component is asked first', () => {
    const document = diamond(applicator);
    for (const layer of [3, 12, 20, layers]) {
      const validator = compileSchema({ $ref: `#/components/schemas/Right${layer}` }, { document });
      // Two branches fit wherever one does, from the first layer up.
      expect(validator.check({ id: 'a' })).toBe(applicator === 'anyOf');
      expect(validator.check('text')).toBe(false);
      expect(validator.explain('text')).toMatchObject([{ pointer: '', rule: 'type', expected: 'object' }]);
      validator.prepare();
      expect([validator.check({ id: 'a' }), validator.check('text')]).toEqual([applicator === 'anyOf', false]);
    }
  });
});

it('the types of a parameter are found at the end of a diamond, and of a long chain, in linear time', () => {
  const document = diamond('allOf');
  expect(shapeOf(top, document).kind).toBe('object');
  const chain: JsonObject = { End: { type: 'integer' } };
  for (let link = 5000; link > 0; link--)
    chain[`L${link}`] = { oneOf: [{ $ref: `#/chain/${link === 1 ? 'End' : `L${link - 1}`}` }, { type: 'null' }] };
  expect([...typesOf({ $ref: '#/chain/L5000' }, { chain })].toSorted()).toEqual(['integer', 'null']);
});
