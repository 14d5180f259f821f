import { expect, it } from 'vitest';
import type { Contract, Operation } from '../model/contract.ts';
import { load } from './load.ts';

const text = `swagger: "2.0"
info: {title: Shop, version: 1.0.0}
host: shop.example
basePath: /v1
schemes: [https]
consumes: [application/json]
produces: [application/json]
securityDefinitions:
  code: {type: oauth2, flow: accessCode, authorizationUrl: https://a.example, tokenUrl: https://t.example, scopes: {r: read}}
  plain: {type: basic}
parameters:
  Order: {name: order, in: body, required: true, schema: {$ref: '#/definitions/Order'}}
  Page: {name: page, in: query, type: integer, minimum: 1}
responses:
  Gone: {description: gone, schema: {$ref: '#/definitions/Order'}}
definitions:
  Order:
    type: object
    discriminator: kind
    properties:
      kind: {type: string}
      note: {type: string, x-nullable: true}
      total: {type: number, minimum: 0, exclusiveMinimum: true}
      $ref: {type: string}
paths:
  /orders:
    post:
      operationId: place
      produces: [application/xml]
      parameters: [{$ref: '#/parameters/Order'}, {$ref: '#/parameters/Page'}]
      responses:
        '201': {description: ok, schema: {$ref: '#/definitions/Order'}, headers: {X-Left: {type: integer}}}
        '410': {$ref: '#/responses/Gone'}
    get:
      operationId: list
      parameters:
        - {name: csv, in: query, type: array, items: {type: string}}
        - {name: multi, in: query, type: array, items: {type: string}, collectionFormat: multi}
        - {name: pipes, in: query, type: array, items: {type: string}, collectionFormat: pipes}
        - {name: tabs, in: query, type: array, items: {type: string}, collectionFormat: tsv}
      responses:
        '200': {description: ok, schema: {type: file}, examples: {application/json: {kept: true}}}
  /upload:
    post:
      operationId: upload
      consumes: [multipart/form-data]
      parameters:
        - {name: picture, in: formData, type: file, required: true}
        - {name: tags, in: formData, type: array, items: {type: string}, collectionFormat: multi}
      responses: {'204': {description: ok}}
`;

async function loaded(): Promise<{ contract: Contract; rules: string[]; operation: (id: string) => Operation }> {
  const { contract, findings } = await load('a.yaml', { read: () => Promise.resolve(text) });
  if (!contract) throw new Error('there must be a contract');
  const operation = (id: string): Operation => {
    const found = contract.operations.find((one) => one.id === id);
    if (!found) throw new Error(`there must be ${id}`);
    return found;
  };
  return { contract, operation, rules: findings.map(({ rule, line }) => `${rule} ${line}`) };
}

it('keeps the dialect, the base path and the security schemes of Swagger 2.0', async () => {
  const { contract } = await loaded();
  expect([contract.dialect, contract.basePath]).toEqual(['2.0', '/v1']);
  expect(contract.securitySchemes.get('plain')).toEqual({ type: 'http', scheme: 'basic' });
  expect(contract.securitySchemes.get('code')).toEqual({
    type: 'oauth2',
    flows: {
      authorizationCode: {
        authorizationUrl: 'https://a.example',
        tokenUrl: 'https://t.example',
        scopes: { r: 'read' },
      },
    },
  });
});

it('makes a body of a shared body parameter, and takes the operation’s media types instead of the document’s', async () => {
  const place = (await loaded()).operation('place');
  expect(place.body).toMatchObject({
    required: true,
    media: [{ type: 'application/json', schema: { $ref: '#/components/schemas/Order' } }],
  });
  expect(place.params).toMatchObject([{ name: 'page', in: 'query', schema: { type: 'integer', minimum: 1 } }]);
  expect(place.responses.map(({ status, media }) => [status, media.map(({ type }) => type)])).toEqual([
    [201, ['application/xml']],
    [410, ['application/json']],
  ]);
  expect(place.responses[0]?.headers).toMatchObject([{ name: 'X-Left', schema: { type: 'integer' } }]);
});

it('says collectionFormat as style and explode, and warns where there is no equal', async () => {
  const { operation, rules } = await loaded();
  const list = operation('list');
  expect(list.params.map(({ style, explode }) => [style, explode])).toEqual([
    ['form', false],
    ['form', true],
    ['pipeDelimited', false],
    ['form', false],
  ]);
  expect(rules).toEqual(['collection-format-unsupported 40']);
  expect(list.responses[0]?.media).toMatchObject([
    {
      schema: { type: 'string', contentMediaType: 'application/octet-stream' },
      examples: [{ value: { kept: true } }],
    },
  ]);
});

it('makes a form of formData, files as binary', async () => {
  expect((await loaded()).operation('upload').body?.media).toMatchObject([
    {
      type: 'multipart/form-data',
      schema: { required: ['picture'], properties: { picture: { type: 'string', format: 'binary' } } },
      encoding: { tags: { style: 'form', explode: true } },
    },
  ]);
});

it('carries x-nullable, boolean bounds and a string discriminator through to the 3.1 shape', async () => {
  expect((await loaded()).contract.schemas.get('Order')).toMatchObject({
    discriminator: { propertyName: 'kind' },
    properties: { note: { type: ['string', 'null'] }, total: { exclusiveMinimum: 0 }, $ref: { type: 'string' } },
  });
});
