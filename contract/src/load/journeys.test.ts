import { existsSync, globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseExpression, readValue } from './expression.ts';
import { loadJourneys } from './journeys.ts';
import { load } from './load.ts';

const shop = `openapi: 3.1.0
info: { title: Shop, version: 1.0.0 }
paths:
  /items:
    get: { operationId: findItems, parameters: [{ name: q, in: query, schema: { type: string } }], responses: { '200': { description: d } } }
  /orders:
    post: { operationId: placeOrder, responses: { '201': { description: d } } }
  /orders/{id}:
    get: { operationId: getOrder, parameters: [{ name: id, in: path, required: true, schema: { type: string } }], responses: { '200': { description: d } } }
`;
const head = `arazzo: 1.0.1
info: { title: Buying, version: 1.0.0 }
sourceDescriptions: [{ name: shop, url: shop.yaml, type: openapi }]
`;
const good = `${head}workflows:
  - workflowId: buy
    summary: Buy one thing
    inputs: { $ref: '#/components/inputs/wish' }
    x-plinth: { audience: [customer] }
    parameters: [{ name: q, in: query, value: everything }]
    steps:
      - stepId: find
        operationId: findItems
        parameters: [{ name: q, in: query, value: 'name={$inputs.name}&max={$inputs.max}' }]
        successCriteria: [{ condition: $statusCode == 200 }, { context: $response.body, condition: '$[?@.price > 0]', type: jsonpath }]
        outputs: { first: $response.body#/0/id }
      - stepId: order
        operationId: $sourceDescriptions.shop.placeOrder
        requestBody: { contentType: application/json, payload: { lines: [{ item: $steps.find.outputs.first, count: 1 }], note: $5 off } }
        onFailure: [{ reference: $components.failureActions.again }]
        outputs: { id: $response.body#/id }
      - stepId: read
        operationPath: '{$sourceDescriptions.shop.url}#/paths/~1orders~1{id}/get'
        parameters: [{ reference: $components.parameters.order, value: $steps.order.outputs.id }]
        onSuccess: [{ name: again, type: goto, stepId: find, criteria: [{ condition: $response.body#/state == 'open' }] }, { name: done, type: end }]
    outputs: { order: $steps.order.outputs.id }
  - workflowId: twice
    dependsOn: [buy]
    steps: [{ stepId: one, workflowId: buy, parameters: [{ name: name, value: tea }] }]
components:
  inputs: { wish: { type: object, properties: { name: { type: string } } } }
  parameters: { order: { name: id, in: path, value: none } }
  failureActions: { again: { name: again, type: retry, retryAfter: 2, retryLimit: 3 } }
`;

async function journeysOf(text: string, more: Record<string, string> = {}) {
  const files: Record<string, string> = { 'j/buy.yaml': text, 'j/shop.yaml': shop, ...more };
  const read = async (name: string): Promise<string> => files[name] ?? Promise.reject(new Error('no such file'));
  const contract = async (name: string) => (await load(name, { read })).contract;
  return loadJourneys('j/buy.yaml', { read, contract });
}

describe('a journey', () => {
  it('has its steps resolved and its expressions read', async () => {
    const { journeys, findings } = await journeysOf(good);
    expect(findings).toEqual([]);
    const [buy, twice] = journeys;
    expect(buy).toMatchObject({
      id: 'buy',
      inputs: { type: 'object', properties: { name: {} } },
      policy: { audience: ['customer'] },
      outputs: { order: { is: 'expression', expression: { root: 'steps', path: ['order', 'outputs', 'id'] } } },
    });
    const [find, order, read] = buy?.steps ?? [];
    expect(find).toMatchObject({
      does: { kind: 'operation', operation: { id: 'findItems' }, contract: { id: 'shop' } },
      params: [
        {
          name: 'q',
          in: 'query',
          value: { is: 'template', parts: ['name=', { path: ['name'] }, '&max=', { path: ['max'] }] },
        },
      ],
      successCriteria: [
        { condition: '$statusCode == 200', language: 'simple' },
        { context: { root: 'response', path: ['body'] }, language: 'jsonpath' },
      ],
      outputs: { first: { is: 'expression', expression: { root: 'response', path: ['body'], pointer: '/0/id' } } },
    });
    expect(order).toMatchObject({
      does: { kind: 'operation', operation: { id: 'placeOrder' } },
      body: {
        contentType: 'application/json',
        payload: {
          is: 'object',
          members: {
            lines: {
              is: 'list',
              items: [{ is: 'object', members: { item: { is: 'expression' }, count: { value: 1 } } }],
            },
            note: { is: 'literal', value: '$5 off' },
          },
        },
      },
      onFailure: [{ type: 'retry', retryAfterS: 2, retryLimit: 3 }],
    });
    expect(read).toMatchObject({
      does: { kind: 'operation', operation: { id: 'getOrder' } },
      onSuccess: [{ type: 'goto', step: 'find' }, { type: 'end' }],
    });
    expect(read?.params).toContainEqual({
      name: 'id',
      in: 'path',
      value: { is: 'expression', expression: parseExpression('$steps.order.outputs.id') },
    });
    expect(twice).toMatchObject({ dependsOn: ['buy'], steps: [{ does: { kind: 'journey', journey: 'buy' } }] });
  });

  it.each([
    ['operationId: findItems', 'operationId: findItem', 'There is no operation findItem.'],
    ['$sourceDescriptions.shop.placeOrder', '$sourceDescriptions.shup.placeOrder', 'There is no source shup.'],
    [
      '~1orders~1{id}/get',
      '~1orders~1{id}/put',
      'There is no operation {$sourceDescriptions.shop.url}#/paths/~1orders~1{id}/put.',
    ],
    ['stepId: find, criteria', 'stepId: fnd, criteria', 'There is no step fnd in this workflow.'],
    [
      'item: $steps.find.outputs.first',
      'item: $steps.fnd.outputs.first',
      '$steps.fnd.outputs.first: there is no step fnd.',
    ],
    [
      'item: $steps.find.outputs.first',
      'item: $steps.find.outputs.last',
      '$steps.find.outputs.last: the step find has no output last.',
    ],
    ['workflowId: buy,', 'workflowId: by,', 'There is no workflow by.'],
    ['dependsOn: [buy]', 'dependsOn: [by]', 'There is no workflow by.'],
    ['$components.parameters.order', '$components.parameters.ordre', 'Nothing stands at $components.parameters.ordre.'],
    ["name: q, in: query, value: 'name", "name: p, in: query, value: 'name", 'findItems has no query parameter p.'],
    [
      'first: $response.body#/0/id',
      'first: $response.body.id',
      '$response.body.id is no expression, so it is only a text.',
    ],
  ])('names what is not there: %s → %s', async (right, wrong, message) => {
    const { findings } = await journeysOf(good.replace(right, wrong));
    expect(findings.map((finding) => finding.message)).toContain(message);
    expect(findings.every(({ rule, line }) => rule === 'ref-unresolved' && line > 3)).toBe(true);
  });

  it('may go through other documents, and through messages that are not looked up', async () => {
    const text = `arazzo: 1.1.0
info: { title: Buying, version: 1.0.0 }
sourceDescriptions: [{ name: shop, url: shop.yaml }, { name: more, url: more.yaml, type: arazzo }, { name: bus, url: bus.yaml, type: asyncapi }]
workflows:
  - workflowId: all
    steps:
      - { stepId: a, workflowId: $sourceDescriptions.more.pay }
      - { stepId: b, channelPath: '{$sourceDescriptions.bus.url}#/channels/orders', action: receive, correlationId: $inputs.id, timeout: 6000 }
      - { stepId: c, operationId: $sourceDescriptions.bus.told, action: send, dependsOn: [b] }
      - { stepId: d, operationId: findItems, parameters: [{ name: q, in: query, value: { context: $inputs.a, selector: $.b, type: jsonpath } }] }
      - { stepId: e, workflowId: $sourceDescriptions.more.none }
`;
    const { journeys, findings } = await journeysOf(text, {
      'j/more.yaml': good.replace('workflowId: buy', 'workflowId: pay'),
    });
    expect(findings.map(({ message }) => message)).toEqual(['The source more has no workflow none.']);
    expect(journeys[0]?.steps).toMatchObject([
      { does: { kind: 'journey', journey: 'pay', source: 'more' } },
      { does: { kind: 'message', action: 'receive', correlationId: { is: 'expression' } }, timeoutMs: 6000 },
      { does: { kind: 'message', action: 'send', name: 'told' }, dependsOn: ['b'] },
      { params: [{ value: { is: 'selector', context: { root: 'inputs' }, selector: '$.b', language: 'jsonpath' } }] },
      {},
    ]);
  });

  it('whose source or form is wrong is named', async () => {
    const absent = await journeysOf(good.replace('url: shop.yaml', 'url: none.yaml'));
    expect(absent.findings.map(({ message }) => message)).toEqual([
      'The source shop cannot be read as a contract: j/none.yaml.',
    ]);
    expect(absent.journeys[0]?.steps[0]?.does).toEqual({ kind: 'unknown', name: 'findItems' });
    const wrong = await journeysOf(`${head}workflows: []\n`);
    expect(wrong.findings).toMatchObject([{ rule: 'spec-structure', line: 4 }]);
    expect((await journeysOf('openapi: 3.1.0\n')).journeys).toEqual([]);
  });
});

describe('expressions', () => {
  it.each([
    ['$url', 'url', [], undefined],
    ['$request.header.X-Id', 'request', ['header', 'X-Id'], undefined],
    ['$request.body#/a~1b/0', 'request', ['body'], '/a~1b/0'],
    ['$response.header.a.b', 'response', ['header', 'a.b'], undefined],
    ['$message.payload#/id', 'message', ['payload'], '/id'],
    ['$inputs.customer.name', 'inputs', ['customer.name'], undefined],
    ['$workflows.a.outputs.b', 'workflows', ['a', 'outputs', 'b'], undefined],
    ['$workflows.a.steps.b.outputs.c#/d', 'workflows', ['a', 'steps', 'b', 'outputs', 'c'], '/d'],
    ['$components.parameters.page', 'components', ['parameters', 'page'], undefined],
  ])('%s', (text, root, way, pointer) => {
    expect(parseExpression(text)).toEqual({ text, root, path: way, ...(pointer === undefined ? {} : { pointer }) });
  });

  it.each([
    '',
    '$',
    '$5',
    'url',
    '$request',
    '$request.body.a',
    '$statusCode.a',
    '$steps.a.b',
    '$nothing.a',
    '$constructor',
  ])('not %j', (text) => {
    expect(parseExpression(text)).toBeUndefined();
    expect(readValue(text, () => undefined)).toEqual({ is: 'literal', value: text });
  });
});

const data = process.env['PLINTH_TEST_DATA'] ?? path.resolve(import.meta.dirname, '../../../../shared/data');

describe.runIf(existsSync(path.join(data, 'arazzo')))('the documents of Arazzo', () => {
  it.each(globSync('arazzo/tests/schema/{pass,fail}/*.yaml', { cwd: data }).toSorted())(
    '%s are read to the end',
    async (file) => {
      const { journeys, findings } = await loadJourneys(path.join(data, file), {
        read: async (name) => readFileSync(name, 'utf8'),
        contract: async () => undefined,
      });
      const errors = findings.filter(({ rule }) => rule !== 'ref-unresolved');
      expect(errors.length > 0).toBe(file.includes('/fail/'));
      expect(journeys.length > 0 || file.includes('/fail/')).toBe(true);
    },
  );
});
