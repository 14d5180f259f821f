import { describe, expect, it } from 'vitest';
import type { Schema } from '../model/contract.ts';
import { compileSchema } from './compile.ts';

describe('references', () => {
  it('that lead nowhere are errors which name their place, never an empty schema', () => {
    const schema = { properties: { a: { $ref: '#/$defs/Missing' } } };
    expect(() => compileSchema(schema).check({})).toThrow(
      '#/properties/a: the reference `#/$defs/Missing` leads nowhere.',
    );
    expect(() => compileSchema({ $ref: 'https://elsewhere.example/a' }).check(1)).toThrow('leads nowhere');
    expect(() => compileSchema({ $ref: '#/$defs/a/enum', $defs: { a: { enum: [1] } } }).check(1)).toThrow(
      'leads nowhere',
    );
  });

  it('that lead nowhere do not spoil what else the document holds', () => {
    const Bad = { type: 'object', required: ['a'], properties: { a: { $ref: '#/components/schemas/None' } } };
    const document = { components: { schemas: { Bad, Good: { type: 'string' } } } };
    const refer = (name: string) => compileSchema({ $ref: `#/components/schemas/${name}` }, { document });
    expect(() => refer('Bad').check({})).toThrow('leads nowhere');
    expect([refer('Good').check('x'), refer('Good').check(1)]).toEqual([true, false]);
    expect(() => refer('Bad').check({})).toThrow('leads nowhere');
    expect(() => compileSchema({ items: { $ref: '#/components/schemas/Bad' } }, { document }).check([])).toThrow(
      'leads nowhere',
    );
  });

  it('to other documents are asked for by absolute address', () => {
    const asked: string[] = [];
    const resolve = (uri: string): Schema | undefined => {
      asked.push(uri);
      return uri.endsWith('/sizes') ? { $defs: { Small: { maximum: 9 } } } : undefined;
    };
    const validator = compileSchema({ $ref: 'sizes#/$defs/Small' }, { base: 'https://example.com/a/root', resolve });
    expect([validator.check(9), validator.check(10)]).toEqual([true, false]);
    expect(asked).toEqual(['https://example.com/a/sizes']);
  });

  it('in a circle without a part of the value between them add nothing', () => {
    const round = { $defs: { A: { $ref: '#/$defs/B' }, B: { $ref: '#/$defs/A' } }, $ref: '#/$defs/A' };
    expect(compileSchema(round).check(1)).toBe(true);
    const inward = { type: 'integer', allOf: [{ $ref: '#' }], anyOf: [{ $ref: '#' }, { minimum: 5 }] };
    const validator = compileSchema(inward);
    validator.prepare();
    expect([validator.check(1), validator.check('x')]).toEqual([true, false]);
  });

  it('may be chained without end to the depth', () => {
    const $defs: Record<string, Schema> = { D20000: { type: 'string' } };
    for (let index = 0; index < 20_000; index++) $defs[`D${index}`] = { $ref: `#/$defs/D${index + 1}`, minLength: 1 };
    const validator = compileSchema({ $defs, items: { $ref: '#/$defs/D19000' } });
    expect([validator.check(['a']), validator.check([1])]).toEqual([true, false]);
    validator.prepare();
    expect([validator.check(['a']), validator.check([1])]).toEqual([true, false]);
  });
});

describe('a schema that refers to a few others over and over', () => {
  const $defs: Record<string, Schema> = { D40: { type: 'object', properties: { a: { const: 'x' } }, required: ['a'] } };
  for (let index = 0; index < 40; index++)
    $defs[`D${index}`] = { allOf: [{ $ref: `#/$defs/D${index + 1}` }, { $ref: `#/$defs/D${index + 1}` }] };

  it('is compiled in time that does not double with each level', () => {
    for (const schema of [
      { $defs, not: { $ref: '#/$defs/D0' } },
      { $defs, oneOf: [{ $ref: '#/$defs/D0' }, { type: 'null' }] },
      { $defs, type: 'object', $ref: '#/$defs/D0', unevaluatedProperties: false },
    ]) {
      const validator = compileSchema(schema);
      validator.prepare();
      expect(validator.source().length).toBeLessThan(20_000);
      // The first level that says no ends it.
      expect(validator.check(null)).toBe('not' in schema || 'oneOf' in schema);
    }
  });
});

describe('dialects', () => {
  it('of other drafts are refused by name', () => {
    const draft7 = { $schema: 'http://json-schema.org/draft-07/schema#' };
    expect(() => compileSchema(draft7).check(1)).toThrow('`http://json-schema.org/draft-07/schema#` is not known');
  });

  it('that need an unknown vocabulary are refused', () => {
    const meta = {
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      $id: 'https://example.com/meta',
      $vocabulary: { 'https://example.com/vocab': true },
    };
    const resolve = (): Schema => meta;
    expect(() => compileSchema({ $schema: 'https://example.com/meta' }, { resolve }).check(1)).toThrow(
      'the vocabulary `https://example.com/vocab`',
    );
  });

  it('of 2020-12 and OpenAPI are taken, and a schema can be judged by the meta-schema', () => {
    for (const $schema of [
      'https://json-schema.org/draft/2020-12/schema',
      'https://spec.openapis.org/oas/3.1/dialect/base',
    ])
      expect(compileSchema({ $schema, type: 'integer' }).check('x')).toBe(false);
    const meta = compileSchema({ $ref: 'https://json-schema.org/draft/2020-12/schema' });
    expect(meta.check({ properties: { a: { minLength: 1 } } })).toBe(true);
    expect(meta.check({ properties: { a: { minLength: -1 } } })).toBe(false);
    expect(meta.explain({ properties: { a: { type: 'text' } } })[0]?.pointer).toBe('/properties/a/type');
  });
});

describe('keywords of the wrong form', () => {
  it('assert nothing', () => {
    const odd = { minLength: '3', required: 'a', enum: 'b', properties: [], type: 'string', pattern: 5, multipleOf: 0 };
    const validator = compileSchema(odd);
    validator.prepare();
    expect([validator.check('a'), validator.check(1)]).toEqual([true, false]);
  });
});
