import { describe, expect, it } from 'vitest';
import { type BodyReader, compileBody, compileSchema, type Violation } from './compile.ts';

const document = {
  components: {
    schemas: {
      Line: {
        type: 'object',
        required: ['sku', 'quantity'],
        properties: { sku: { type: 'string', minLength: 1 }, quantity: { type: 'integer', minimum: 1 } },
      },
      Order: {
        type: 'object',
        required: ['id', 'lines'],
        properties: {
          id: { type: 'string', readOnly: true },
          lines: { type: 'array', minItems: 1, items: { $ref: '#/components/schemas/Line' } },
          note: { type: 'string', writeOnly: true },
        },
      },
      Base: { type: 'object', properties: { a: { type: 'string' } } },
      Whole: {
        allOf: [{ $ref: '#/components/schemas/Base' }, { type: 'object', properties: { b: { type: 'string' } } }],
      },
    },
  },
};
const order = { $ref: '#/components/schemas/Order' };

describe('a body', () => {
  const reader = compileBody(order, document, { unknown: 'refuse', direction: 'request' });

  it('does not need what only we may set', () => {
    expect(reader.check({ lines: [{ sku: 'A', quantity: 1 }] })).toBe(true);
    expect(
      compileBody(order, document, { unknown: 'pass', direction: 'response' }).check({
        lines: [{ sku: 'A', quantity: 1 }],
      }),
    ).toBe(false);
  });

  it('explains each fault where it stands, in words', () => {
    const faults = reader.explain({ lines: [{ sku: '', quantity: 0 }, {}] });
    expect(faults.map(({ pointer, message }) => [pointer, message])).toEqual(
      expect.arrayContaining([
        ['/lines/0/sku', 'Must not be empty.'],
        ['/lines/0/quantity', 'Must be 1 or more.'],
        ['/lines/1/sku', 'Is required.'],
      ]),
    );
  });

  it('refuses an undeclared property and guesses what was meant', () => {
    const [fault] = reader.explain({ lines: [{ sku: 'A', quantity: 1, quantty: 2 }] });
    expect(fault).toMatchObject({
      pointer: '/lines/0/quantty',
      rule: 'unknown-property',
      message: 'Is not known here. Did you mean `quantity`?',
    });
  });

  it('keeps composed objects open to all their branches', () => {
    const whole = compileBody({ $ref: '#/components/schemas/Whole' }, document, {
      unknown: 'refuse',
      direction: 'request',
    });
    expect(whole.check({ a: '1', b: '2' })).toBe(true);
    expect(whole.check({ a: '1', c: '2' })).toBe(false);
  });

  it('drops what a foreign contract does not name', () => {
    const foreign = compileBody(order, document, { unknown: 'drop', direction: 'request' });
    expect(foreign.project({ id: 'x', lines: [{ sku: 'A', quantity: 1, more: 1 }], extra: true })).toEqual({
      lines: [{ sku: 'A', quantity: 1 }],
    });
  });

  it('drops by a copy: the value that was given stays, and is given back where nothing is dropped', () => {
    const foreign = compileBody(order, document, { unknown: 'drop', direction: 'request' });
    const plain = { sku: 'A', quantity: 1 };
    const value = { lines: [plain, { ...plain, more: 1 }, plain], extra: true };
    const kept = foreign.project(value) as { lines: unknown[] };
    expect(kept).toEqual({ lines: [plain, plain, plain] });
    expect(value).toEqual({ lines: [plain, { ...plain, more: 1 }, plain], extra: true });
    expect(kept.lines[0]).toBe(plain);
    expect(foreign.project(kept)).toBe(kept);
    expect(foreign.project(JSON.parse('{"__proto__":{"a":1}}'))).toEqual({});
  });

  it('drops nothing of a property that branches describe in different ways', () => {
    const schema = { anyOf: [filteredBy('a', 'rules'), filteredBy('b', 'hosts')] };
    const reader = compileBody(schema, schema, { unknown: 'drop', direction: 'request' });
    const rules = { kind: 'a', filter: { rules: [1] } };
    const hosts = { kind: 'a', filter: { hosts: [1] } };
    expect(reader.project({ ...rules, more: 1 })).toEqual(rules);
    expect(reader.project(hosts)).toEqual(hosts);
    expect(reader.project(hosts)).toBe(hosts);
    expect(reader.project({ kind: 'a', filter: { other: [1] } })).toEqual({ kind: 'a', filter: {} });
  });
});

function filteredBy(kind: string, name: string) {
  const filter = { type: 'object', properties: { [name]: { type: 'array' } } };
  return { type: 'object', properties: { kind: { const: kind }, filter } };
}

describe('a choice', () => {
  it('explains the nearest branch only', () => {
    const schema = {
      oneOf: [
        { type: 'object', required: ['card'], properties: { card: { type: 'string', minLength: 4 } } },
        { type: 'string' },
      ],
    };
    const faults = compileSchema(schema).explain({ card: '1' });
    expect(faults.map((fault) => fault.pointer)).toEqual(['/card']);
  });
});

describe('formats', () => {
  it('are asserted, unless annotation was asked for', () => {
    expect(compileSchema({ type: 'string', format: 'iban' }).check('DE89370400440532013000')).toBe(true);
    expect(compileSchema({ type: 'string', format: 'iban' }).check('DE89370400440532013001')).toBe(false);
    expect(compileSchema({ type: 'string', format: 'date' }, { formats: 'annotate' }).check('never')).toBe(true);
    expect(compileSchema({ type: 'string', format: 'of-tomorrow' }).check('x')).toBe(true);
  });
});

const payments = {
  components: {
    schemas: {
      Base: { type: 'object', properties: { a: { type: 'string' } } },
      Nested: {
        allOf: [
          { type: 'object', required: ['b'], properties: { b: { type: 'string' } } },
          { $ref: '#/components/schemas/Base' },
        ],
      },
      Card: {
        type: 'object',
        required: ['kind', 'pan'],
        properties: { kind: { const: 'card' }, pan: { type: 'string', minLength: 4 } },
      },
      Bank: {
        type: 'object',
        required: ['kind', 'iban'],
        properties: {
          kind: { const: 'bank' },
          iban: { type: 'string', minLength: 10, 'x-plinth': { sensitivity: 'pii' } },
        },
      },
      Payment: {
        type: 'object',
        properties: {
          means: { oneOf: [{ $ref: '#/components/schemas/Card' }, { $ref: '#/components/schemas/Bank' }] },
        },
      },
      Thing: { type: 'object', properties: { id: { type: 'string', readOnly: true }, name: { type: 'string' } } },
      NewThing: { allOf: [{ $ref: '#/components/schemas/Thing' }, { required: ['id', 'name'] }] },
      Tree: {
        type: 'object',
        properties: {
          name: { type: 'string' },
          below: { type: 'array', items: { $ref: '#/components/schemas/Tree' } },
        },
      },
      Bag: { type: 'object', properties: { a: { type: 'string' } }, additionalProperties: { type: 'integer' } },
    },
  },
};
const request = (name: string, unknown: 'refuse' | 'drop' | 'pass' = 'refuse'): BodyReader =>
  compileBody({ $ref: `#/components/schemas/${name}` }, payments, { unknown, direction: 'request' });
const told = (faults: readonly Violation[]): unknown[] => faults.map(({ pointer, rule }) => `${pointer} ${rule}`);

const means = (more: object): unknown => ({ means: { kind: 'card', pan: '1234', ...more } });

describe('a closed body', () => {
  it('takes the properties of all branches although lists stand before a reference', () => {
    expect(request('Nested').check({ a: '1', b: '2' })).toBe(true);
    expect(told(request('Nested').explain({ a: '1', b: '2', c: 3 }))).toEqual(['/c unknown-property']);
  });

  it('is closed for a component that others also build upon', () => {
    expect(request('Base').check({ a: '1' })).toBe(true);
    expect(request('Base').check({ a: '1', admin: true })).toBe(false);
  });

  it('is closed inside a choice, and takes no property of the branch that was not chosen', () => {
    expect(request('Payment').check(means({}))).toBe(true);
    expect(told(request('Payment').explain(means({ admin: true })))).toEqual(['/means/admin unknown-property']);
    expect(told(request('Payment').explain(means({ iban: 'DE89370400440532013000' })))).toEqual([
      '/means/iban unknown-property',
    ]);
  });

  it('is closed at every depth of a recursive schema', () => {
    expect(request('Tree').check({ name: 'a', below: [{ name: 'b', below: [{ name: 'c' }] }] })).toBe(true);
    expect(told(request('Tree').explain({ below: [{ below: [{ nmae: 'c' }] }] }))).toEqual([
      '/below/0/below/0/nmae unknown-property',
    ]);
  });

  it('stays open where the contract allows more', () => {
    expect(request('Bag').check({ a: 'x', b: 1 })).toBe(true);
    expect(told(request('Bag').explain({ a: 'x', b: 'y' }))).toEqual(['/b type']);
  });

  it('blames the wrong type of a declared property, not its presence', () => {
    expect(told(request('Nested').explain({ a: 5, b: 'x' }))).toEqual(['/a type']);
  });
});

describe('what only the service sets', () => {
  it('is refused, dropped, and not required, through compositions too', () => {
    expect(told(request('Thing').explain({ id: 'x', name: 'y' }))).toEqual(['/id read-only']);
    expect(request('Thing', 'pass').project({ id: 'x', name: 'y' })).toEqual({ name: 'y' });
    expect(request('NewThing').check({ name: 'y' })).toBe(true);
    expect(told(request('NewThing').explain({}))).toEqual(['/name required']);
  });

  it('never leaves: a writeOnly property is taken out of an answer', () => {
    const answer = compileBody(order, document, { unknown: 'pass', direction: 'response' });
    expect(answer.project({ id: '1', lines: [], note: 'secret', more: 1 })).toEqual({ id: '1', lines: [], more: 1 });
  });

  it('costs nothing where no property is marked', () => {
    const value = { a: '1' };
    expect(request('Base', 'pass').project(value)).toBe(value);
  });
});

describe('words', () => {
  it('tell the nearest branch although the branches are references', () => {
    expect(told(request('Payment').explain({ means: { kind: 'card', pan: '1' } }))).toEqual(['/means/pan minLength']);
    expect(compileSchema({ anyOf: [{ type: 'string' }, { type: 'null' }] }).explain(5)).toMatchObject([
      { pointer: '', message: 'Must be text or null.' },
    ]);
  });

  it('say that two branches fit instead of listing faults', () => {
    const both = compileSchema({ oneOf: [{ type: 'number' }, { type: 'integer' }] });
    expect(told(both.explain(5))).toEqual([' oneOf']);
  });

  it('do not repeat personal data', () => {
    const [fault] = request('Payment').explain({ means: { kind: 'bank', iban: 'DE89' } });
    expect(fault).toMatchObject({ pointer: '/means/iban', rule: 'minLength', expected: 10 });
    expect(fault).not.toHaveProperty('actual');
  });

  it('exist exactly when the verdict is no, and stop at the limit asked for', () => {
    const list = compileSchema({ type: 'array', items: { type: 'string' } });
    expect(list.explain(['a'])).toEqual([]);
    expect(list.explain(Array.from({ length: 100 }, (_, index) => index))).toHaveLength(50);
    expect(list.explain([1, 2, 3], 2)).toHaveLength(2);
  });
});

describe('a schema with an address of its own', () => {
  it('is explained by its own definitions, not by those of the contract around it', () => {
    const named = {
      $id: 'https://example.com/size',
      $defs: { Small: { const: 's' } },
      oneOf: [{ $ref: '#/$defs/Small' }, { type: 'integer' }],
    };
    const around = { components: { schemas: { Size: named } } };
    const size = compileSchema({ $ref: '#/components/schemas/Size' }, { document: around });
    expect(size.check('s')).toBe(true);
    expect(size.explain('m')).toHaveLength(1);
  });
});

describe('a schema without a document', () => {
  it('finds its own definitions', () => {
    const schema = { $defs: { A: { type: 'string' } }, type: 'array', items: { $ref: '#/$defs/A' } };
    expect(compileSchema(schema).check(['a'])).toBe(true);
    expect(told(compileSchema(schema).explain([1]))).toEqual(['/0 type']);
  });
});
