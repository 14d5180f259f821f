// Which facts are told of an answer, and with which data.

import type { Contract } from '@plinth/contract';
import { beforeAll, describe, expect, it } from 'vitest';
import type { WriteContext } from '../context.ts';
import { notesContract } from '../pipeline/test-edge.ts';
import { emitDeclared } from './declared-facts.ts';

let contract: Contract;

beforeAll(async () => {
  contract = await notesContract(parcelsYaml);
  const members = { id: {}, size: {}, state: {}, label: { type: 'object', properties: { line: {} } } };
  contract.events.push(
    ...['parcel.sent', 'parcel.held', 'parcel.lost', 'label.printed', 'van.called', 'parcel.moved'].map((type) => ({
      type,
      when: '',
      data: { type: 'object', required: ['id'], properties: members } as never,
    })),
  );
});

describe('facts', () => {
  it.each([
    ['all that are declared', ['label.printed', 'van.called'], {}, ['label.printed', 'van.called']],
    ['of alternatives the state reached', ['parcel.sent', 'parcel.held'], { state: 'held' }, ['parcel.held']],
    ['none of the alternatives in another state', ['parcel.sent', 'parcel.held'], { state: 'packed' }, []],
    [
      'beside an alternative all others',
      ['parcel.sent', 'van.called', 'parcel.held'],
      { state: 'sent' },
      ['parcel.sent', 'van.called'],
    ],
    ['the first of the alternatives when nobody says which', ['parcel.sent', 'parcel.held'], {}, ['parcel.sent']],
  ])('told are %s', (_, declared, body, told) => {
    expect(types(named(declared), { body })).toEqual(told);
  });

  it('that are given up are not told', () => {
    const given = { body: {}, untold: ['van.called'] };
    expect(types(named(['van.called', 'label.printed']), given)).toEqual(['label.printed']);
  });

  it.each([
    ['a status', '201', {}, ['parcel.moved']],
    ['another status', '200', {}, []],
    ['a state', 'held', { state: 'held' }, ['parcel.moved']],
    ['a move', 'hold', { state: 'held' }, ['parcel.moved']],
    ['a move to another state', 'send', { state: 'held' }, []],
  ])('with `when` are told at %s', (_, when, body, told) => {
    expect(types([{ event: 'parcel.moved', when }], { body })).toEqual(told);
  });
});

it('data is what the schema declares, from the answer, else from the request', () => {
  const body = { id: 'pcl_1', iban: 'DE00', label: { line: 'a', secret: 'b' } };
  const input = { id: 'pcl_0', body: { size: 3, wish: 'x' } };
  expect(emitted([{ event: 'van.called' }], { body, input })).toEqual([
    ['van.called', { subject: 'pcl_1', customerId: 'cus_a', data: { id: 'pcl_1', size: 3, label: { line: 'a' } } }],
  ]);
});

const named = (events: readonly string[]) => events.map((event) => ({ event }));

interface Given {
  body: Record<string, unknown>;
  input?: Record<string, unknown>;
  untold?: string[];
}

function emitted(emits: { event: string; when?: string }[], { body, input = {}, untold = [] }: Given): unknown[] {
  const facts: unknown[] = [];
  const context = { emit: (type: string, fact: unknown) => void facts.push([type, fact]) } as unknown as WriteContext;
  const [found] = contract.operations.filter(({ id }) => id === 'sendParcel');
  const operation = { ...found, policy: { ...found?.policy, emits } } as never;
  const told = { operation, contract, binding: { untold: { sendParcel: untold } } };
  emitDeclared({ operation: told, input, principal: { customerId: 'cus_a' } }, context, { status: 201, body });
  return facts;
}

const types = (...given: Parameters<typeof emitted>): unknown[] =>
  emitted(...given).map((fact) => (fact as unknown[])[0]);

const parcelsYaml = `
openapi: 3.1.0
info: { title: Parcels, version: 1.0.0, description: Parcels. }
servers: [{ url: /parcels/v1 }]
x-plinth: { capability: parcels, owner: { team: test, contact: test@example.org }, audience: [customer] }
paths:
  /parcels:
    post:
      operationId: sendParcel
      summary: Send a parcel
      security: [{ oidc: [parcels.write] }]
      x-plinth: { effect: write }
      requestBody: { content: { application/json: { schema: { type: object } } } }
      responses: { '201': { description: Sent., content: { application/json: { schema: { $ref: '#/components/schemas/Parcel' } } } } }
  /parcels/{parcelId}:
    get:
      operationId: getParcel
      summary: See a parcel
      security: [{ oidc: [parcels.read] }]
      x-plinth: { ownerCheck: { object: parcel, id: path.parcelId } }
      parameters: [{ name: parcelId, in: path, required: true, schema: { type: string } }]
      responses: { '200': { description: It., content: { application/json: { schema: { $ref: '#/components/schemas/Parcel' } } } } }
components:
  securitySchemes: { oidc: { type: openIdConnect, openIdConnectUrl: /oidc/.well-known/openid-configuration } }
  schemas:
    Parcel:
      type: object
      x-plinth:
        resource: { name: parcel, id: id }
        states:
          property: state
          initial: packed
          final: [sent, lost]
          moves:
            - { name: send, from: [packed, held], to: sent, by: sendParcel }
            - { name: hold, from: [packed], to: held, by: sendParcel }
            - { name: lose, from: [packed], to: lost, by: sendParcel }
      required: [id]
      properties: { id: { type: string }, state: { type: string, enum: [packed, sent, held, lost] } }
`;
