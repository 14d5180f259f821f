import { describe, expect, it, vi } from 'vitest';
import type { Schema } from '../model/contract.ts';
import { compileSchema, type SchemaOptions, type Validator } from './compile.ts';
import { literal } from './writer.ts';

/** Texts that would end a literal, a line, a comment, a template or a script if they were not quoted. */
const hostile = [
  `'`,
  `"`,
  '`',
  '\\',
  '*/',
  '//',
  '${process.exit(1)}',
  '\u2028',
  '\u2029',
  '\n',
  '\r',
  '\0',
  '</script>',
  '<!--',
  '"];throw 1;["',
  "');throw 1;('",
  '__proto__',
  'constructor',
  'prototype',
  'hasOwnProperty',
  'toString',
  'valueOf',
  'v',
  'h',
  'f0',
  'return false;',
  '\uD800',
  '😀',
  '',
];

/** A validator whose code has been emitted. */
function emitted(schema: Schema, options?: SchemaOptions): Validator {
  const validator = compileSchema(schema, options);
  validator.prepare();
  return validator;
}

function objectOf(name: string, value: unknown): object {
  return Object.defineProperty({}, name, { value, enumerable: true, configurable: true, writable: true });
}

function tagged(tag: string): Schema {
  return { type: 'object', required: ['t'], properties: { t: { const: tag } } };
}

describe('text of a contract in emitted code', () => {
  it.each(hostile)('is data wherever it stands: %j', (name) => {
    const properties = objectOf(name, { type: 'integer' }) as Record<string, { type: 'integer' }>;
    const closed = emitted({ type: 'object', properties, required: [name], additionalProperties: false });
    expect(closed.check(objectOf(name, 1))).toBe(true);
    expect(closed.check(objectOf(name, 'x'))).toBe(false);
    expect(closed.check({})).toBe(false);
    expect(closed.check({ ...objectOf(name, 1), [`${name}!`]: 1 })).toBe(false);

    expect(emitted({ const: name }).check(name)).toBe(true);
    expect(emitted({ const: name }).check(`${name}!`)).toBe(false);
    expect(emitted({ enum: [name, { a: name }] }).check({ a: name })).toBe(true);
    expect(emitted({ enum: [name, { a: name }] }).check({ a: `${name}!` })).toBe(false);
    expect(
      emitted({ dependentRequired: objectOf(name, ['a']) as Record<string, string[]> }).check(objectOf(name, 1)),
    ).toBe(false);
    expect(emitted({ oneOf: [tagged(name), tagged(`${name}!`)] }).check({ t: name })).toBe(true);
    expect(emitted({ oneOf: [tagged(name), tagged(`${name}!`)] }).check({ t: `${name}?` })).toBe(false);
    const many = Array.from({ length: 20 }, (_, index) => `${name}${index}`);
    expect(emitted({ enum: many }).check(`${name}7`)).toBe(true);
    expect(emitted({ enum: many }).check(name)).toBe(false);
  });

  it.each(['a/b', "'", '"', '`', '[/]', '\\/', '</script>', '\\u2028', '[\u2028\\n]', '\\$\\{a\\}'])(
    'is data in a pattern: %j',
    (pattern) => {
      const regex = new RegExp(pattern, 'u');
      for (const text of ['a/b', "'", '"', '`', '/', '</script>', '\u2028', '\n', '${a}', 'x'])
        expect(emitted({ pattern }).check(text)).toBe(regex.test(text));
    },
  );

  it('enters as printable ASCII without <, whatever it was', () => {
    for (const text of hostile) {
      expect(literal(text)).toMatch(/^"[ !#-;=-~"]*"$/);
      expect(JSON.parse(literal(text))).toBe(text);
      const validator = compileSchema({
        properties: { [text]: { const: text } },
        additionalProperties: { enum: [text] },
      });
      expect(validator.source()).toMatch(/^[\n -~]*$/);
      expect(validator.source()).not.toMatch(/<(?:\/|!)/);
    }
  });

  it('does not reach members that every object inherits', () => {
    const schema = { type: 'object', properties: { constructor: { type: 'string' }, toString: { type: 'string' } } };
    expect(emitted(schema).check({})).toBe(true);
    expect(emitted({ required: ['constructor'] }).check({})).toBe(false);
    expect(emitted({ required: ['__proto__'] }).check(JSON.parse('{"__proto__":1}'))).toBe(true);
  });
});

describe('a validator', () => {
  it('emits code for its twenty-first call and says the same before and after', () => {
    const build = vi.spyOn(globalThis, 'Function');
    const validator = compileSchema({ type: 'array', items: { type: 'string', maxLength: 2 } });
    for (let call = 0; call < 20; call++)
      expect(validator.check(call % 2 === 0 ? ['ab'] : ['abc'])).toBe(call % 2 === 0);
    expect(build).not.toHaveBeenCalled();
    for (let call = 0; call < 20; call++)
      expect(validator.check(call % 2 === 0 ? ['ab'] : ['abc'])).toBe(call % 2 === 0);
    expect(build).toHaveBeenCalledTimes(1);
    build.mockRestore();
  });

  it('goes on interpreting where code may not be generated', () => {
    const build = vi.spyOn(globalThis, 'Function').mockImplementation(function refuse() {
      throw new EvalError('refused by policy');
    });
    const validator = emitted({ type: 'string', minLength: 2 });
    expect([validator.check('ab'), validator.check('a')]).toEqual([true, false]);
    build.mockRestore();
  });

  it('shares the functions of components among the schemas of a document', () => {
    const components = {
      schemas: { Node: { type: 'object', properties: { next: { $ref: '#/components/schemas/Node' } } } },
    };
    const document = { components };
    emitted({ $ref: '#/components/schemas/Node' }, { document });
    const list = compileSchema({ type: 'array', items: { $ref: '#/components/schemas/Node' } }, { document });
    const build = vi.spyOn(globalThis, 'Function');
    list.prepare();
    const [[, source]] = build.mock.calls as [[string, string]];
    build.mockRestore();
    expect(source).toContain('h.emitted(');
    expect(source).not.toContain('"next"');
    expect([list.check([{ next: { next: {} } }]), list.check([{ next: { next: 1 } }])]).toEqual([true, false]);
  });
});

describe('what only a walk can tell', () => {
  it('is left to the interpreter: items that some branch contains', () => {
    const schema = { type: 'array', contains: { type: 'string' }, unevaluatedItems: { type: 'integer' } };
    const validator = emitted(schema);
    expect(validator.source()).toContain('h.isValid(');
    expect([validator.check(['a', 1]), validator.check(['a', 1.5]), validator.check([1])]).toEqual([
      true,
      false,
      false,
    ]);
  });

  it('is emitted where branches name their members', () => {
    const card = { type: 'object', properties: { kind: { const: 'card' }, pan: {} }, required: ['kind'] };
    const bank = { type: 'object', properties: { kind: { const: 'bank' }, iban: {} }, required: ['kind'] };
    const validator = emitted({ oneOf: [card, bank], properties: { id: {} }, unevaluatedProperties: false });
    expect(validator.source()).not.toContain('h.isValid(');
    expect(validator.check({ id: 1, kind: 'card', pan: 1 })).toBe(true);
    expect(validator.check({ id: 1, kind: 'card', iban: 1 })).toBe(false);
    expect(validator.check({ id: 1, kind: 'bank', iban: 1 })).toBe(true);
  });
});
