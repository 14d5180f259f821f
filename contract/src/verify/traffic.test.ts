import { describe, expect, it } from 'vitest';
import { load } from '../load/load.ts';
import { parcelsYaml } from './parcels-contract.ts';
import { Parcels } from './parcels.ts';
import { readTraffic, type Recorded } from './recorded.ts';
import { type Drift, driftOf, silences } from './traffic.ts';

const loaded = await load('parcels.yaml', { read: async () => parcelsYaml });
if (!loaded.contract) throw new Error('the contract must load');
const { contract } = loaded;

const parcel = { id: 'par_1', label: 'Tea', weight: 1, kind: 'box', state: 'draft', tracking: 'TR-1' };

function recorded(
  url: string,
  body: unknown,
  more: { status?: number; headers?: Record<string, string>; method?: string } = {},
): Recorded {
  const headers = { 'Content-Type': 'application/json', ...more.headers };
  return {
    request: { method: more.method ?? 'GET', url, headers: {} },
    response: { status: more.status ?? 200, headers, body: JSON.stringify(body) },
  };
}

function rulesOf(traffic: Recorded[]): string[] {
  return driftOf(contract, traffic)
    .drifts.filter(({ rule }) => !silences.has(rule))
    .map(({ rule, operation, at }: Drift) => `${rule} ${operation} ${at}`);
}

describe('drift', () => {
  it('is nothing where traffic and contract agree', () => {
    expect(
      rulesOf([recorded('https://api.example/parcels/v1/parcels/par_1', parcel), recorded('/parcels/par_1', parcel)]),
    ).toEqual([]);
  });

  it.each([
    ['an operation nobody declared', recorded('/parcels/v1/invoices', {}), 'unknown-operation GET /invoices '],
    ['a status', recorded('/parcels/par_1', parcel, { status: 203 }), 'undeclared-status getParcel 203'],
    [
      'a media type',
      recorded('/parcels/par_1', parcel, { headers: { 'Content-Type': 'text/html' } }),
      'undeclared-media getParcel 200',
    ],
    ['a property', recorded('/parcels/par_1', { ...parcel, colour: 'red' }), 'undeclared-property getParcel /colour'],
    [
      'a header',
      recorded('/parcels/par_1', parcel, { headers: { 'Parcels-Depot': 'north' } }),
      'undeclared-header getParcel parcels-depot',
    ],
    [
      'a value',
      recorded('/parcels/par_1', { ...parcel, weight: '1' }),
      'response-schema getParcel 200 application/json /weight type',
    ],
    [
      'a request that was accepted',
      recorded('/parcels?limit=900', { items: [], next: null }),
      'request-breaks-contract listParcels query /limit maximum',
    ],
  ])('%s', (_, traffic, expected) => {
    expect(rulesOf([traffic])).toEqual([expected]);
  });

  it('names what is declared and never called, counts equal causes once, and repeats no value', () => {
    const wrong = recorded('/parcels/par_1', { ...parcel, weight: 'secret-weight' });
    const { drifts, seen } = driftOf(contract, [wrong, wrong]);
    expect(seen).toEqual({ getParcel: 2 });
    expect(drifts.find(({ rule }) => rule === 'response-schema')?.count).toBe(2);
    expect(drifts.filter(({ rule }) => rule === 'never-seen')).toHaveLength(8);
    expect(JSON.stringify(drifts)).not.toContain('secret-weight');
    expect(JSON.stringify(driftOf(contract, [wrong], { keepValues: true }).drifts)).toContain('secret-weight');
  });

  it('reads HAR and lines, and tells what is neither', () => {
    const har = {
      log: {
        entries: [
          {
            request: { method: 'GET', url: 'https://h/parcels/v1/parcels/par_1', headers: [] },
            response: {
              status: 200,
              headers: [{ name: 'Content-Type', value: 'application/json' }],
              content: { text: JSON.stringify(parcel) },
            },
          },
          7,
        ],
      },
    };
    expect([...readTraffic(JSON.stringify(har))]).toEqual([
      { ...recorded('https://h/parcels/v1/parcels/par_1', parcel) },
      undefined,
    ]);
    const lines = `${JSON.stringify(recorded('/parcels/par_1', parcel))}\n\nnothing\n`;
    expect([...readTraffic(lines)]).toEqual([recorded('/parcels/par_1', parcel), undefined]);
  });
});

it('a recorded run of the right service holds no drift', async () => {
  const { send } = new Parcels();
  const headers = { authorization: 'Bearer ada', 'content-type': 'application/json', 'idempotency-key': 'k1' };
  const request = {
    method: 'POST',
    target: '/parcels',
    headers,
    body: JSON.stringify({ label: 'Tea', weight: 1, kind: 'box', pin: '123456' }),
  };
  const answer = await send(request);
  const line: Recorded = {
    request: { ...request, url: request.target },
    response: { ...answer, body: new TextDecoder().decode(answer.body) },
  };
  expect(rulesOf([line])).toEqual([]);
});

const post = (query: string, body: unknown, status = 201): Recorded => ({
  request: {
    method: 'POST',
    url: `/notes${query}`,
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  },
  response: { status, headers: {}, body: '' },
});

describe('what callers send', () => {
  const yaml = `openapi: 3.1.0
info: { title: Notes, version: 1.0.0 }
paths:
  /notes:
    post:
      operationId: makeNote
      parameters:
        - { name: dry, in: query, schema: { type: boolean } }
        - { name: filter, in: query, style: deepObject, schema: { type: object, additionalProperties: true } }
        - { name: Note-Source, in: header, schema: { type: string } }
      requestBody: { content: { application/json: { schema: { $ref: '#/components/schemas/Note' } } } }
      responses: { '201': { description: Made. } }
components:
  schemas:
    Note:
      type: object
      properties:
        id: { type: string, readOnly: true }
        text: { type: string }
        place: { type: object, properties: { town: { type: string }, street: { type: string } } }
        tags: { type: array, items: { type: object, properties: { name: { type: string }, colour: { type: string } } } }
        reply: { $ref: '#/components/schemas/Note' }
`;
  const places = async (rule: string, traffic: Recorded[]): Promise<string[]> => {
    const made = (await load('notes.yaml', { read: async () => yaml })).contract;
    if (!made) throw new Error('the contract must load');
    return driftOf(made, traffic)
      .drifts.filter((drift) => drift.rule === rule)
      .map(({ at }) => at);
  };

  it('is told where nothing declares it', async () => {
    const sent = { text: 'a', mood: 'good', place: { town: 'b', floor: 1 }, tags: [{ name: 'c', size: 2 }] };
    expect(await places('undeclared-input', [post('?dry=true&filter[a]=1&draft=1', sent)])).toEqual([
      'query draft',
      'body /mood',
      'body /place/floor',
      'body /tags/*/size',
    ]);
    expect(await places('undeclared-input', [post('?draft=1', sent, 400)])).toEqual([]);
  });

  it('and what is declared is told where nobody sends it', async () => {
    const sent = { place: { town: 'b' }, tags: [{ name: 'c' }] };
    expect(await places('never-sent', [post('?filter[a]=1', sent), post('', {})])).toEqual([
      'query dry',
      'header note-source',
      'body /text',
      'body /place/street',
      'body /tags/*/colour',
      'body /reply',
    ]);
    expect(await places('never-sent', [])).toEqual([]);
  });
});
