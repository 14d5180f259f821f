import type { Contract, JsonObject } from '@plinth/contract';
import { beforeAll, describe, expect, it } from 'vitest';
import { notesContract } from '../../pipeline/test-edge.ts';
import { eventViews } from './event-view.ts';

const inner = {
  type: 'object',
  properties: { street: {}, code: { 'x-plinth': { sensitivity: 'secret' } }, note: { writeOnly: true } },
};
const person = {
  type: 'object',
  allOf: [{ properties: { id: {}, iban: { 'x-plinth': { audience: ['staff'] } } } }],
  properties: {
    name: { 'x-plinth': { audience: ['staff', 'partner'] } },
    birthday: { 'x-plinth': { purpose: ['marketing'] } },
    homes: { type: 'array', items: { $ref: '#/components/schemas/Home' } },
    free: { type: 'object', additionalProperties: true },
  },
};
const data = {
  id: 'p1',
  iban: 'DE00',
  name: 'Ada',
  birthday: '2000-02-29',
  homes: [{ street: 'S', code: '1234', note: 'n', undeclared: 1 }],
  free: { any: { thing: 1 } },
  undeclared: 'x',
};
const shown = { id: 'p1', name: 'Ada', homes: [{ street: 'S' }], free: { any: { thing: 1 } } };

let contract: Contract;
beforeAll(async () => {
  contract = await notesContract();
  ((contract.document['components'] as JsonObject)['schemas'] as JsonObject)['Home'] = inner;
  for (const type of ['person.told', 'person.emitted', 'person.hidden'])
    contract.events.push({ type, when: '', data: person });
  // Offered to partners by the operation that emits it, and by a webhook that names it.
  const create = contract.operations.find(({ id }) => id === 'createNote');
  create?.policy.emits.push({ event: 'person.emitted' });
  contract.operations.find(({ id }) => id === 'listNotes')?.policy.emits.push({ event: 'person.hidden' });
  const [first] = contract.operations;
  if (first === undefined) throw new Error('no operation');
  const policy = { ...first.policy, delivery: { event: 'person.told', orderBy: 'data#/id', retryForS: 60 } };
  contract.webhooks.push(
    { ...first, id: 'onToldStaff', policy: { ...policy, audience: ['staff'] } },
    { ...first, id: 'onTold', policy: { ...policy, audience: ['partner'] } },
  );
});

const see = (type: string) => eventViews('partner')([contract], type)?.see(data);

describe('a partner sees of an event', () => {
  it('what is declared and for partners, at any depth', () => {
    expect(see('person.told')).toEqual(shown);
    expect(see('person.emitted')).toEqual(shown);
  });

  it('nothing when it is offered to others only', () => {
    expect(see('person.hidden')).toBeUndefined();
    expect(eventViews('partner')([contract], 'person.unheardOf')).toBeUndefined();
  });

  it('how its webhook is sent', () => {
    const view = eventViews('partner')([contract], 'person.told');
    expect(view?.delivery).toEqual({ event: 'person.told', orderBy: 'data#/id', retryForS: 60 });
    expect(eventViews('partner')([contract], 'person.emitted')?.delivery).toBeUndefined();
  });

  it('what others see too, and not the other way round', () => {
    expect(eventViews('staff')([contract], 'person.told')?.see(data)).toEqual({ ...shown, iban: 'DE00' });
  });

  it('nothing at a depth that no contract means', () => {
    let deep: unknown = { end: 1 };
    for (let depth = 0; depth < 40; depth++) deep = { next: deep };
    const schema = { type: 'object', properties: {} } as JsonObject;
    (schema['properties'] as JsonObject)['next'] = schema;
    contract.events.push({ type: 'chain.told', when: '', data: schema });
    contract.operations.find(({ id }) => id === 'createNote')?.policy.emits.push({ event: 'chain.told' });
    const fresh = { ...contract };
    expect(JSON.stringify(eventViews('partner')([fresh], 'chain.told')?.see(deep))).not.toContain('end');
  });
});
