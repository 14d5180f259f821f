import { describe, expect, it } from 'vitest';
import { compileBody, compileSchema } from './compile.ts';

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
});

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
