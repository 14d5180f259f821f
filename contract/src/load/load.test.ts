import { describe, expect, it } from 'vitest';
import vocabulary from '../extension/x-plinth.schema.json' with { type: 'json' };
import { load } from './load.ts';

interface Part {
  planned?: boolean;
  properties?: Record<string, Part>;
}

/** Pointers of the planned keys below `x-plinth`, with the part of the vocabulary they stand in. */
function plannedKeys(): [pointer: string, part: 'operation' | 'schema'][] {
  const inside = (part: Part, at: string): string[] =>
    Object.entries(part.properties ?? {}).flatMap(([key, child]) =>
      child.planned === true ? [`${at}/${key}`] : inside(child, `${at}/${key}`),
    );
  const { operation, schema } = vocabulary.$defs;
  return [
    ...inside(operation as Part, '').map((pointer): [string, 'operation'] => [pointer, 'operation']),
    ...inside(schema as Part, '').map((pointer): [string, 'schema'] => [pointer, 'schema']),
  ];
}

function nestedValue(pointer: string): unknown {
  return pointer
    .split('/')
    .slice(1)
    .reduceRight<unknown>((value, key) => ({ [key]: value }), true);
}

const files = (texts: Record<string, string>) => ({
  read: async (name: string): Promise<string> => {
    const text = texts[name];
    if (text === undefined) throw new Error('no such file');
    return text;
  },
});

const head = 'openapi: 3.1.0\ninfo: { title: T, version: 1.2.3 }\n';

const loadCache = (cache: string) => {
  const operation = `{ operationId: a, x-plinth: { cache: ${cache} }, responses: { '200': { description: d } } }`;
  return load('a.yaml', { ...files({ 'a.yaml': `${head}paths: { /a: { get: ${operation} } }\n` }), foreign: false });
};

describe('loading', () => {
  it('names line and column of broken YAML', async () => {
    const { contract, findings } = await load('a.yaml', files({ 'a.yaml': `${head}paths:\n  /a: [1,\n` }));
    expect(contract).toBeUndefined();
    expect(findings[0]).toMatchObject({ rule: 'syntax', file: 'a.yaml', severity: 'error' });
    expect(findings[0]?.line).toBeGreaterThan(3);
  });

  it('refuses a key that stands twice, and merge keys', async () => {
    const twice = await load('a.yaml', files({ 'a.yaml': 'openapi: 3.1.0\nopenapi: 3.1.0\n' }));
    expect(twice.findings[0]).toMatchObject({ rule: 'syntax', line: 2, column: 1 });
    const merge = await load('a.yaml', files({ 'a.yaml': 'a: &x { b: 1 }\nc:\n  <<: *x\n' }));
    expect(merge.findings[0]?.message).toContain('Merge keys');
  });

  it('keeps YAML 1.1 words and dates as text', async () => {
    const { contract } = await load('a.yaml', files({ 'a.yaml': `${head}x: [no, on, 2026-11-24, 0o17]\npaths: {}\n` }));
    expect(contract?.document['x']).toEqual(['no', 'on', '2026-11-24', 15]);
  });

  it('brings schemas of other files into the components, once, under their own name', async () => {
    const { contract, findings } = await load(
      'c/contract.yaml',
      files({
        'c/contract.yaml': `${head}paths: {}\ncomponents:\n  schemas:\n    Money: { $ref: '../s.yaml#/components/schemas/Money' }\n    Line: { type: object, properties: { price: { $ref: '../s.yaml#/components/schemas/Money' } } }\n`,
        's.yaml':
          'components:\n  schemas:\n    Money: { type: object, properties: { unit: { $ref: "#/components/schemas/Unit" } } }\n    Unit: { type: string }\n',
      }),
    );
    expect(findings).toEqual([]);
    expect([...(contract?.schemas.keys() ?? [])]).toEqual(['Money', 'Line', 'Unit']);
    expect(contract?.schemas.get('Line')).toMatchObject({
      properties: { price: { $ref: '#/components/schemas/Money' } },
    });
    expect(contract?.schemas.get('Money')).toMatchObject({
      properties: { unit: { $ref: '#/components/schemas/Unit' } },
    });
  });

  it('reports a reference that leads nowhere, with the line it stands on', async () => {
    const { findings } = await load(
      'a.yaml',
      files({ 'a.yaml': `${head}paths: {}\ncomponents:\n  schemas:\n    A: { $ref: '#/components/schemas/B' }\n` }),
    );
    expect(findings).toMatchObject([{ rule: 'ref-unresolved', line: 6, pointer: '/components/schemas/A' }]);
  });

  it('upgrades 3.0: nullable beside type, boolean bounds, no siblings of $ref', async () => {
    const text = {
      openapi: '3.0.3',
      info: { title: 'T', version: '1' },
      paths: {},
      components: {
        schemas: {
          A: { type: 'string', nullable: true },
          B: { nullable: true, allOf: [] },
          C: { type: 'number', minimum: 1, exclusiveMinimum: true },
          D: { $ref: '#/components/schemas/A', description: 'dropped' },
        },
      },
    };
    const { contract } = await load('a.json', files({ 'a.json': JSON.stringify(text) }));
    expect(Object.fromEntries(contract?.schemas ?? [])).toEqual({
      A: { type: ['string', 'null'] },
      B: { allOf: [] },
      C: { type: 'number', exclusiveMinimum: 1 },
      D: { $ref: '#/components/schemas/A' },
    });
  });

  it('finds the position of a JSON value although JSON is parsed natively', async () => {
    const text =
      '{\n  "openapi": "3.1.0",\n  "info": {"title": "T", "version": "1"},\n  "x-plinth": {"capability": "tt", "wrong": 1},\n  "paths": {}\n}';
    const { findings } = await load('a.json', files({ 'a.json': text }));
    expect(findings).toMatchObject([{ rule: 'x-unknown-key', line: 4, column: 15 }]);
  });

  it('reads a cache in seconds, private unless written, and refuses what no part honours yet', async () => {
    const whole = await loadCache(
      '{ ttl: PT1M30S, scope: public, vary: [Accept-Language], tags: [a], stale: { ifError: PT1H } }',
    );
    expect(whole.contract?.operations[0]?.policy.cache).toEqual({
      ttlS: 90,
      scope: 'public',
      vary: ['accept-language'],
      tags: ['a'],
      purges: [],
      stale: { whileRevalidateS: 0, ifErrorS: 3600 },
    });
    const purging = await loadCache('{ purges: [a] }');
    expect(purging.contract?.operations[0]?.policy.cache).toMatchObject({ scope: 'private', purges: ['a'] });
    expect(purging.contract?.operations[0]?.policy.cache).not.toHaveProperty('ttlS');
    const following = await loadCache('{ follow: upstream }');
    expect(following.findings.find(({ rule }) => rule === 'x-unknown-key')?.message).toContain(
      '/cache/follow is planned',
    );
    const wrong = await loadCache('{ ttl: 60, vary: X, stale: { always: true } }');
    expect(wrong.findings.filter(({ rule }) => rule.startsWith('x-')).length).toBeGreaterThanOrEqual(3);
  });

  it.each(plannedKeys())('refuses the planned key x-plinth%s, wherever it stands', async (pointer, part) => {
    const written = JSON.stringify(nestedValue(pointer));
    const text =
      part === 'operation'
        ? `paths: { /a: { get: { operationId: a, x-plinth: ${written}, responses: { default: { description: d } } } } }\n`
        : `paths: {}\ncomponents: { schemas: { A: { type: string, x-plinth: ${written} } } }\n`;
    const { findings } = await load('a.yaml', files({ 'a.yaml': `${head}x-plinth: { capability: tt }\n${text}` }));
    expect(findings.filter(({ message }) => message.includes(`x-plinth${pointer} is planned`))).toMatchObject([
      { rule: 'x-unknown-key', severity: 'error' },
    ]);
  });

  it('checks x-plinth of the operations of callbacks', async () => {
    const called = `{ post: { x-plinth: { wrong: 1 }, responses: { default: { description: d } } } }`;
    const text = `${head}x-plinth: { capability: tt }\npaths: { /a: { post: { operationId: a, callbacks: { done: { '{$url}': ${called} } }, responses: { default: { description: d } } } } }\n`;
    const { findings } = await load('a.yaml', files({ 'a.yaml': text }));
    expect(findings.filter(({ rule }) => rule === 'x-unknown-key')).toHaveLength(1);
  });

  it('fills in policy: ours are strict, foreign ones permissive', async () => {
    const paths =
      'paths:\n  /a:\n    post: { operationId: makeA, responses: { default: { description: d } } }\n    get: { operationId: listA, responses: { default: { description: d } } }\n';
    const own = await load('a.yaml', files({ 'a.yaml': `${head}x-plinth: { capability: t }\n${paths}` }));
    const [get, post] = ['listA', 'makeA'].map(
      (id) => own.contract?.operations.find((entry) => entry.id === id)?.policy,
    );
    expect(get).toMatchObject({
      effect: 'read',
      idempotency: { mode: 'none' },
      unknown: 'refuse',
      audience: ['service'],
      criticality: 'sheddable-plus',
      timeoutMs: 10_000,
    });
    // An own write must say what it does: nothing is guessed.
    expect(post?.effect).toBeUndefined();
    const foreign = await load('a.yaml', files({ 'a.yaml': `${head}${paths}` }));
    expect(foreign.contract?.operations.find((entry) => entry.id === 'makeA')?.policy).toMatchObject({
      effect: 'write',
      idempotency: { mode: 'optional' },
      unknown: 'drop',
      criticality: 'critical',
    });
  });
});

const own = `${head}x-plinth: { capability: tt }\n`;
const rulesOf = async (text: string, more: Record<string, string> = {}): Promise<unknown[]> => {
  const { findings } = await load('a.yaml', files({ 'a.yaml': text, ...more }));
  return findings.map(({ rule, severity, line }) => `${rule} ${severity} ${line}`);
};

describe('a text that is no contract', () => {
  it.each([
    ['{\n  "openapi": "3.1.0",\n  "a": ,\n}', 3, 8],
    ['{\n  "a": 1\n  "b": 2\n}', 3, 3],
    ['{"a": [1, 2', 1, 12],
    ['{"a": "x\ny"}', 1, 7],
    ['{"a": 01}', 1, 8],
    ['{"a": 1} x', 1, 10],
  ])('as JSON is refused with line and column: %j', async (text, line, column) => {
    const { contract, findings } = await load('a.json', files({ 'a.json': text }));
    expect(contract).toBeUndefined();
    expect(findings).toMatchObject([{ rule: 'syntax', line, column }]);
  });

  it('is refused by name of the limit, before it costs anything', async () => {
    const lines = [head, 'x0: &x0 [1, 1, 1, 1, 1, 1, 1, 1, 1]\n'];
    for (let level = 1; level < 12; level++)
      lines.push(
        `x${level}: &x${level} [${Array(9)
          .fill(`*x${level - 1}`)
          .join(', ')}]\n`,
      );
    const [bomb] = await rulesOf(lines.join(''));
    expect(bomb).toMatch(/^load-limit error/);
    expect(await rulesOf(`${head}x: &a [*a]\n`)).toEqual(['syntax error 3']);
    const deep = await load('a.json', files({ 'a.json': `{"a":${'['.repeat(300)}${']'.repeat(300)}}` }));
    expect(deep.findings).toMatchObject([{ rule: 'load-limit' }]);
    expect(await rulesOf(`${head}x: ${'['.repeat(300)}${']'.repeat(300)}\n`)).toEqual([
      expect.stringMatching(/^load-limit/),
    ]);
  });

  it('is named when it is another kind of document, or cannot be read', async () => {
    expect(await rulesOf('swagger: "1.2"\n')).toEqual(['dialect-unsupported error 1']);
    expect(await rulesOf(head.replace('3.1.0', "'3.1'") + 'paths: {}\n')).toEqual(['spec-structure error 1']);
    const missing = await load('b.yaml', files({}));
    expect(missing.findings).toMatchObject([
      { rule: 'syntax', file: 'b.yaml', message: expect.stringContaining('read') },
    ]);
  });
});

describe('an operation that cannot be used', () => {
  it('is set aside by name, and the rest loads', async () => {
    const text = `${head}paths:
  /a: { post: { operationId: a, requestBody: { content: { application/json: { schema: { $ref: '#/components/schemas/A' } } } }, responses: { default: { description: d } } } }
  /b: { get: { operationId: b, parameters: [{ $ref: '#/components/parameters/No' }], responses: { default: { description: d } } } }
  /c: { get: { operationId: c, parameters: [{ name: q, in: body }], responses: { default: { description: d } } } }
  /d: 5
  /e: { get: { operationId: e, responses: { default: { description: d } } } }
components: { schemas: { A: { properties: { next: { $ref: '#/components/schemas/A' }, b: { $ref: '#/components/schemas/B' } } } } }
`;
    const { contract, findings } = await load('a.yaml', files({ 'a.yaml': text }));
    expect(contract?.operations.map(({ id }) => id)).toEqual(['e']);
    expect(findings.filter(({ rule }) => rule === 'operation-unusable').map(({ message }) => message)).toEqual([
      'POST /a is set aside: it needs #/components/schemas/B, which is not there.',
      'GET /b is set aside: it needs #/components/parameters/No, which is not there.',
      'GET /c is set aside: a parameter stands in "body".',
      '/d is set aside: it is no path item.',
    ]);
  });
});

describe('x-plinth', () => {
  it('is closed on documents, operations, parameters and schemas; the line is told', async () => {
    const text = `${own}paths:
  /a:
    get:
      operationId: a
      x-plinth: { effekt: read }
      parameters:
        - { name: q, in: query, schema: { type: string }, x-plinth: { wrong: 1 } }
      responses: { default: { description: d } }
components:
  schemas:
    A: { type: object, x-plinth: { labls: {} } }
`;
    expect(await rulesOf(text)).toEqual(['x-unknown-key error 8', 'x-unknown-key error 10', 'x-unknown-key error 14']);
    expect(await rulesOf(text.replace('capability: tt', 'owner: { team: a, contact: b }'))).toEqual([
      'x-unknown-key warn 8',
      'x-unknown-key warn 10',
      'x-unknown-key warn 14',
    ]);
  });

  it('takes shorthands, replaces inherited keys whole, and null takes them away', async () => {
    const text = `${head}x-plinth: { capability: tt, audience: [customer], purpose: [service], limits: [{ name: a, per: customer, quota: 1, windowS: 60 }] }
paths:
  /a/{id}:
    post:
      operationId: a
      x-plinth: { effect: write, emits: [a.made], idempotency: { mode: optional, retain: PT1H30M }, async: { mode: always, retain: PT2H, cancel: false }, limits: null, purpose: [marketing], ownerCheck: { object: a, id: path.id } }
      responses: { default: { description: d } }
    put: { operationId: b, x-plinth: { effect: write, idempotency: required }, responses: { default: { description: d } } }
`;
    const { contract, findings } = await load('a.yaml', files({ 'a.yaml': text }));
    expect(findings).toEqual([]);
    const [put, post] = ['b', 'a'].map((id) => contract?.operations.find((each) => each.id === id)?.policy);
    expect(post).toMatchObject({
      audience: ['customer'],
      emits: [{ event: 'a.made' }],
      idempotency: { mode: 'optional', retainS: 5400 },
      async: { mode: 'always', retainS: 7200, cancel: false, progress: true },
      limits: [],
      purpose: ['marketing'],
      ownerCheck: [{ object: 'a', id: 'path.id', relation: ['owner'], deny: 404 }],
    });
    expect(put).toMatchObject({
      idempotency: { mode: 'required', retainS: 86_400 },
      purpose: ['service'],
      ownerCheck: [],
    });
    expect(put?.limits).toHaveLength(1);
  });
});

const things = `paths:
  /things:
    get:
      operationId: listThings
      parameters: [{ name: cursor, in: query, schema: { type: string } }, { name: limit, in: query, schema: { type: integer, maximum: 50 } }]
      responses: { '200': { description: d, content: { application/json: { schema: { $ref: '#/components/schemas/Page' } } } } }
    post: { operationId: makeThing, responses: { '201': { description: d, content: { application/json: { schema: { $ref: '#/components/schemas/Thing' } } } } } }
  /things/{thingId}:
    get: { operationId: getThing, responses: { '200': { description: d, content: { application/json: { schema: { $ref: '#/components/schemas/Thing' } } } } } }
    delete: { operationId: dropThing, responses: { '204': { description: d } } }
components:
  schemas:
    Thing: { type: object, properties: { id: { type: string }, state: { type: string } } }
    Page: { type: object, properties: { items: { type: array, items: { $ref: '#/components/schemas/Thing' } }, next: { type: [string, 'null'] } } }
`;

describe('what a contract leaves to be inferred', () => {
  const states = 'states: { property: state, initial: new, final: [gone], moves: [] }';

  it('paging from items, next and a cursor', async () => {
    const { contract } = await load('a.yaml', files({ 'a.yaml': `${head}${things}` }));
    const paging = Object.fromEntries((contract?.operations ?? []).map(({ id, policy }) => [id, policy.paging]));
    expect(paging['listThings']).toEqual({ style: 'cursor', items: 'items', next: 'next', max: 50 });
    expect(paging['getThing']).toBeUndefined();
    const without = await load(
      'a.yaml',
      files({ 'a.yaml': `${head}${things.replace('name: cursor', 'name: after')}` }),
    );
    expect(without.contract?.operations[0]?.policy.paging).toBeUndefined();
  });

  it('resources from pairs of paths, with states of the schema or else of the document', async () => {
    const onDocument = `${head}x-plinth: { capability: tt, ${states} }\n${things}`;
    const onSchema = `${own}${things}`.replace(
      'Thing: { type: object,',
      `Thing: { type: object, x-plinth: { ${states} },`,
    );
    for (const text of [onDocument, onSchema]) {
      // Both forms are read alike.
      const { contract } = await load('a.yaml', files({ 'a.yaml': text }));
      expect(contract?.resources).toMatchObject([
        {
          name: 'thing',
          id: 'id',
          states: { property: 'state', initial: 'new' },
          operations: [
            { id: 'listThings', action: 'list' },
            { id: 'makeThing', action: 'create' },
            { id: 'getThing', action: 'read' },
            { id: 'dropThing', action: 'remove' },
          ],
        },
      ]);
    }
  });
});

describe('a download below a thing', () => {
  it('is a view of the thing, not a resource of its own', async () => {
    const download = `  /things/{thingId}/content:
    get: { operationId: getContent, responses: { '200': { description: d, content: { application/octet-stream: { schema: { type: string, format: binary } } } } } }
components:`;
    const { contract } = await load('a.yaml', files({ 'a.yaml': `${head}${things.replace('components:', download)}` }));
    expect(contract?.operations.map(({ id }) => id)).toContain('getContent');
    expect(contract?.resources.map(({ name }) => name)).toEqual(['thing']);
  });
});

describe('companions', () => {
  const contractText = `${own}paths: {}\ncomponents: { schemas: { Order: { type: object } } }\n`;
  const loadWith = (events: string, problems = 'problems: {}\n', entry = 'c/contract.yaml') =>
    load(entry, {
      ...files({ 'c/contract.yaml': contractText, 'c/events.yaml': events, 'c/problems.yaml': problems }),
      companions: { events: 'c/events.yaml', problems: 'c/problems.yaml' },
    });

  it('refer to the schemas of the contract by file or plainly, without copying them', async () => {
    const events = `events:
  order.placed: { when: It was placed., data: { $ref: './contract.yaml#/components/schemas/Order' } }
  order.gone: { when: It went., data: { $ref: '#/components/schemas/Order' } }
`;
    for (const entry of ['c/contract.yaml', './c/contract.yaml', 'c/../c/contract.yaml']) {
      const { contract, findings } = await loadWith(events, undefined, entry);
      expect(findings).toEqual([]);
      expect([...(contract?.schemas.keys() ?? [])]).toEqual(['Order']);
      expect(contract?.events.map(({ data }) => data)).toEqual([
        { $ref: '#/components/schemas/Order' },
        { $ref: '#/components/schemas/Order' },
      ]);
    }
  });

  it('are judged: a broken reference, a problem without status', async () => {
    const { contract, findings } = await loadWith(
      `events:\n  order.placed:\n    when: x\n    data: { $ref: '#/components/schemas/No' }\n`,
      'problems:\n  orders.late: { status: 409, title: Late, advice: Wait., next: [getOrder] }\n  orders.bad: { title: Bad }\n',
    );
    expect(findings.map(({ rule, file, line }) => [rule, file, line])).toEqual([
      ['ref-unresolved', 'c/events.yaml', 4],
      ['companion-invalid', 'c/problems.yaml', 3],
    ]);
    expect(contract?.problems).toEqual([
      {
        code: 'orders.late',
        status: 409,
        title: 'Late',
        detail: '',
        advice: 'Wait.',
        operatorAdvice: '',
        next: ['getOrder'],
        retryable: false,
      },
    ]);
  });

  it('translate problems; a language has its usual spelling', async () => {
    const { contract, findings } = await loadWith(
      'events: {}\n',
      `problems:
  orders.late: { status: 409, detail: Late., advice: Wait., translations: { DE-at: { detail: Zu spät., advice: Warten Sie. } } }
  orders.bad: { status: 409, translations: { german_: { detail: Zu spät. } } }
  orders.worse: { status: 409, translations: de }
  orders.worst: { status: 409, translations: { de: Zu spät. } }
`,
    );
    expect(findings.map(({ rule, line }) => [rule, line])).toEqual(
      [3, 4, 5].map((line) => ['companion-invalid', line]),
    );
    expect(contract?.problems.map(({ translations }) => translations)).toEqual([
      { 'de-AT': { detail: 'Zu spät.', advice: 'Warten Sie.' } },
      {},
      {},
      {},
    ]);
  });
});

describe('the traps of upgrading', () => {
  it('honours nullable in 3.1 with one warning, and words for bytes from 3.0', async () => {
    const modern = `${head}paths: {}\ncomponents: { schemas: { A: { type: string, nullable: true }, B: { type: integer, nullable: true } } }\n`;
    const { contract, findings } = await load('a.yaml', files({ 'a.yaml': modern }));
    expect(findings.map(({ rule, severity }) => `${rule} ${severity}`)).toEqual(['nullable-in-3.1 warn']);
    expect(contract?.schemas.get('B')).toEqual({ type: ['integer', 'null'] });
    const old = modern
      .replace('3.1.0', '3.0.3')
      .replace('type: string, nullable: true', 'type: string, format: binary');
    const upgraded = await load('a.yaml', files({ 'a.yaml': old }));
    expect(upgraded.contract?.schemas.get('A')).toMatchObject({ contentMediaType: 'application/octet-stream' });
  });

  it('does not add null to an enum', async () => {
    const text = `openapi: 3.0.3\ninfo: { title: T, version: '1' }\npaths: {}\ncomponents: { schemas: { A: { type: string, nullable: true, enum: [a] } } }\n`;
    const { contract } = await load('a.yaml', files({ 'a.yaml': text }));
    expect(contract?.schemas.get('A')).toEqual({ type: ['string', 'null'], enum: ['a'] });
  });
});

it('servers of a document, a path and an operation, with their variables filled in', async () => {
  const variables = '{ region: { default: eu, enum: [eu, us] }, path: { default: v2 } }';
  const text = `openapi: 3.2.0
info: { title: T, version: 1.0.0 }
servers: [{ url: 'https://{region}.example.com/{path}/', name: main, variables: ${variables} }, { url: /t/v1 }]
paths:
  /a: { get: { operationId: a, responses: {} } }
  /b:
    servers: [{ url: https://b.example.com }]
    get: { operationId: b, responses: {} }
    put: { operationId: c, servers: [{ url: https://c.example.com, description: Writes. }], responses: {} }
`;
  const { contract } = await load('t.yaml', { read: async () => text });
  expect(contract?.basePath).toBe('/v2');
  expect(contract?.servers).toEqual([
    { url: 'https://eu.example.com/v2', description: '', name: 'main' },
    { url: '/t/v1', description: '' },
  ]);
  expect(contract?.operations.map(({ id, servers: [first] }) => [id, first?.url])).toEqual([
    ['a', 'https://eu.example.com/v2'],
    ['b', 'https://b.example.com'],
    ['c', 'https://c.example.com'],
  ]);
});
