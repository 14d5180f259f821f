import { describe, expect, it } from 'vitest';
import { diff, failedDiff } from './diff.ts';
import { contractOf, documentOf, findingsOf } from './sample-contract.ts';

const state = (...values: string[]) => ({ type: 'string', enum: values });

const component = (...values: string[]) => ({
  bodyProperty: { $ref: '#/components/schemas/State' },
  answerProperty: { $ref: '#/components/schemas/State' },
  document: { components: { schemas: { State: state(...values) } } },
});

const object = (more: object, ...names: string[]) => ({
  type: 'object',
  properties: Object.fromEntries(names.map((name) => [name, { type: 'string' }])),
  ...more,
});

const rules = async (before: object, after: object): Promise<string[]> => {
  const found = await findingsOf(
    { body: object(before, 'a', 'b'), answer: object(before, 'a', 'b') },
    { body: object(after, 'a'), answer: object(after, 'a') },
  );
  return found.map(({ rule, severity }) => `${rule} ${severity}`);
};

describe('the gate', () => {
  it('finds nothing between a contract and itself', async () => {
    const contract = await contractOf(documentOf());
    const { status, findings, compared } = diff(contract, contract, { today: '2026-06-01' });
    expect([status, findings, compared.operations]).toEqual(['same', [], 1]);
  });

  it('says what changed, how bad it is for whom, and where it is written', async () => {
    const found = await findingsOf(component('new', 'used'), component('new', 'used', 'broken'));
    expect(found.map(({ rule, severity, message }) => [rule, severity, message])).toEqual([
      ['request.property.enum.value-added', 'info', 'makeThing request body /p: "broken" may come now.'],
      ['response.property.enum.value-added', 'error', 'makeThing answer 200 /p: "broken" may come now.'],
    ]);
    expect(found[0]?.pointer).toBe('/components/schemas/State');
  });

  it('tells a removed property by who sends it and what the object takes', async () => {
    expect(await rules({}, {})).toEqual(['request.property.removed warn', 'response.property.removed warn']);
    const closed = { additionalProperties: false };
    expect(await rules(closed, closed)).toEqual([
      'request.property.removed-refused error',
      'response.property.removed warn',
    ]);
    expect(await rules({ required: ['b'] }, {})).toContain('response.property.removed-required error');
  });

  it('ends on schemas that name only themselves', async () => {
    const circle = { A: { allOf: [{ $ref: '#/components/schemas/B' }] }, B: { $ref: '#/components/schemas/A' } };
    const slots = { body: { $ref: '#/components/schemas/A' }, document: { components: { schemas: circle } } };
    expect(await findingsOf(slots, slots)).toEqual([]);
    expect((await findingsOf(slots, { body: { type: 'object' } })).map(({ rule }) => rule)).not.toEqual([]);
  });

  it('is not the same as nothing changed when it failed', () => {
    expect(failedDiff('The base cannot be read.')).toMatchObject({ status: 'failed', findings: [] });
  });
});
