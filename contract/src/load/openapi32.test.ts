import { describe, expect, it } from 'vitest';
import { compileParams, encodeParams } from '../codec/params.ts';
import { compileRoutes } from '../model/routes.ts';
import { load } from './load.ts';

const head = 'openapi: 3.2.0\ninfo: { title: T, version: 1.2.3 }\n';

async function contractOf(text: string) {
  const { contract, findings } = await load('a.yaml', { read: async () => head + text });
  expect(findings).toEqual([]);
  if (!contract) throw new Error('there must be a contract');
  return contract;
}

describe('OpenAPI 3.2', () => {
  it('has QUERY and further methods as ordinary operations', async () => {
    const contract = await contractOf(`paths:
  /things:
    query: { operationId: findThings, responses: { '200': { description: It. } } }
    additionalOperations:
      COPY: { operationId: copyThings, responses: { '204': { summary: Copied } } }
`);
    expect(contract.dialect).toBe('3.2');
    expect(contract.operations.map(({ id, key, policy }) => [id, key, policy.effect])).toEqual([
      ['findThings', 'QUERY /things', 'read'],
      ['copyThings', 'COPY /things', 'write'],
    ]);
    const route = compileRoutes([contract]);
    expect(route('COPY', '/things')).toMatchObject({ kind: 'match', operation: { id: 'copyThings' } });
    expect(route('GET', '/things')).toEqual({ kind: 'method', allow: ['COPY', 'QUERY'] });
    expect(contract.operations[1]?.responses[0]).toMatchObject({ status: 204, summary: 'Copied', description: '' });
  });

  it.each([
    ['application/json', { a: [1, 2] }, '?%7B%22a%22%3A%5B1%2C2%5D%7D'],
    ['application/x-www-form-urlencoded', { a: 'x y', b: 2 }, '?a=x%20y&b=2'],
    ['text/plain', 'x=1&y', '?x%3D1%26y'],
  ])('reads the whole query as %s and writes it back', async (media, value, query) => {
    const shape = typeof value === 'string' ? 'string' : 'object';
    const contract = await contractOf(`x-plinth: { unknown: refuse }
paths:
  /things:
    get:
      parameters: [{ name: q, in: querystring, required: true, content: { ${media}: { schema: { type: ${shape}, properties: { a: {}, b: { type: integer } } } } } }]
      responses: { '200': { description: It. } }
`);
    const [operation] = contract.operations;
    if (!operation) throw new Error('there must be an operation');
    expect(operation.params[0]).toMatchObject({ in: 'querystring', media });
    expect(encodeParams(operation, { q: value }).query).toBe(query);
    const reader = compileParams(operation, contract.document);
    const read = (text: string) => reader.read({ path: {}, query: text, header: () => undefined });
    expect(read(query.slice(1))).toEqual({ values: { q: value }, violations: [] });
    expect(read('').violations).toMatchObject([{ in: 'query', pointer: '/q', rule: 'required' }]);
  });

  it('describes the items of streams, and parts by position', async () => {
    const contract = await contractOf(`paths:
  /things:
    get:
      responses:
        '200':
          description: It.
          content:
            text/event-stream: { itemSchema: { type: object, properties: { data: { type: string } } } }
            application/jsonl: { $ref: '#/components/mediaTypes/Lines' }
            multipart/mixed:
              itemSchema: { type: string }
              prefixEncoding: [{ contentType: text/plain }]
              itemEncoding: { contentType: image/png }
components: { mediaTypes: { Lines: { itemSchema: { type: integer } } } }
`);
    expect(contract.operations[0]?.responses[0]?.media).toMatchObject([
      { type: 'text/event-stream', itemSchema: { type: 'object' } },
      { type: 'application/jsonl', itemSchema: { type: 'integer' } },
      {
        type: 'multipart/mixed',
        prefixEncoding: [{ contentType: 'text/plain' }],
        itemEncoding: { contentType: 'image/png' },
      },
    ]);
  });

  it('follows links by id and by pointer, and takes better words beside a reference', async () => {
    const contract = await contractOf(`paths:
  /things/{id}:
    get:
      operationId: getThing
      parameters: [{ $ref: '#/components/parameters/id', description: Better }]
      responses: { '200': { description: It., links: { self: { $ref: '#/components/links/self' }, drop: { operationRef: '#/paths/~1things~1{id}/delete' }, lost: { operationId: nothing } } } }
    delete: { operationId: dropThing, parameters: [{ $ref: '#/components/parameters/id' }], responses: { '204': { description: Gone. } } }
components:
  parameters: { id: { name: id, in: path, required: true, description: Good, schema: { type: string } } }
  links: { self: { operationId: getThing, parameters: { id: $response.body#/id }, requestBody: 1 } }
`);
    const [get, drop] = contract.operations;
    expect([get?.params[0]?.description, drop?.params[0]?.description]).toEqual(['Better', 'Good']);
    expect(get?.links).toEqual([
      {
        name: 'self',
        status: 200,
        operation: 'getThing',
        params: { id: '$response.body#/id' },
        body: 1,
        description: '',
      },
      { name: 'drop', status: 200, operation: 'dropThing', params: {}, description: '' },
      { name: 'lost', status: 200, params: {}, description: '' },
    ]);
  });

  it('takes examples as data and as text on the wire', async () => {
    const contract = await contractOf(`paths:
  /things:
    get:
      responses:
        '200':
          description: It.
          content:
            application/json:
              examples: { a: { dataValue: { x: 1 } }, b: { serializedValue: '{"x":2}' }, c: { serializedValue: '{' }, d: { value: 3 } }
            text/plain: { examples: { a: { serializedValue: x } } }
`);
    const [json, plain] = contract.operations[0]?.responses[0]?.media ?? [];
    expect(json?.examples.map(({ name, value }) => [name, value])).toEqual([
      ['a', { x: 1 }],
      ['b', { x: 2 }],
      ['d', 3],
    ]);
    expect(plain?.examples[0]?.value).toBe('x');
  });

  it('orders tags, and knows cookies in their own style and the device flow', async () => {
    const contract =
      await contractOf(`tags: [{ name: things, summary: Things, kind: nav }, { name: parts, parent: things }]
paths:
  /things:
    get:
      tags: [parts]
      parameters: [{ name: c, in: cookie, style: cookie, schema: { type: array, items: { type: string } } }]
      responses: { '200': { description: It. } }
components:
  securitySchemes:
    login: { type: oauth2, oauth2MetadataUrl: /oauth, flows: { deviceAuthorization: { deviceAuthorizationUrl: /device, tokenUrl: /token, scopes: {} } } }
`);
    expect(contract.tags).toEqual([
      { name: 'things', summary: 'Things', kind: 'nav' },
      { name: 'parts', parent: 'things' },
    ]);
    expect(contract.operations[0]?.params[0]).toMatchObject({ style: 'cookie', explode: true });
    expect(contract.securitySchemes.get('login')).toMatchObject({ flows: { deviceAuthorization: { scopes: {} } } });
  });
});
