// What `x-plinth` promises, security, webhooks, callbacks and events: one line each, from what to what, and what it means.

import { describe, expect, it } from 'vitest';
import { load } from '../load/load.ts';
import type { JsonObject, JsonValue } from '../model/contract.ts';
import { diff } from './diff.ts';
import { contractOf, documentOf, findingsOf, type Slots } from './sample-contract.ts';

const plinth = (policy: JsonObject): Slots => ({ operation: { 'x-plinth': policy } });
const told = async (base: Slots, revision: Slots): Promise<string[]> =>
  (await findingsOf(base, revision)).map(({ rule, severity }) => `${severity} ${rule}`);

const limit = (quota: number, cost?: number): JsonObject => ({
  limits: [{ name: 'calls', per: 'principal', quota, windowS: 60, ...(cost === undefined ? {} : { cost }) }],
});

const listed = (policy: JsonObject, ...values: string[]): Slots => ({
  answerProperty: { type: 'string', enum: values, 'x-plinth': policy },
});
const states = (...names: string[]): Slots => ({
  answer: { $ref: '#/components/schemas/Thing' },
  document: {
    paths: {
      '/things/{thingId}': {
        get: {
          operationId: 'getThing',
          parameters: [{ name: 'thingId', in: 'path', required: true, schema: { type: 'string' } }],
          responses: {
            '200': {
              description: 'It.',
              content: { 'application/json': { schema: { $ref: '#/components/schemas/Thing' } } },
            },
          },
        },
      },
    },
    components: {
      schemas: {
        Thing: {
          type: 'object',
          properties: { id: { type: 'string' }, state: { type: 'string' } },
          'x-plinth': {
            resource: { name: 'thing', action: 'read' },
            states: {
              property: 'state',
              initial: 'new',
              final: [],
              moves: names.map((name) => ({ name: `be ${name}`, from: ['new'], to: name, by: 'makeThing' })),
            },
          },
        },
      },
    },
  },
});
const payload = (schema: JsonObject): JsonObject => ({
  operationId: 'told',
  requestBody: { content: { 'application/json': { schema } } },
  responses: {
    '200': {
      description: 'Seen.',
      content: { 'application/json': { schema: { type: 'object', ...(schema['x-answer'] as JsonObject) } } },
    },
  },
});
const state = (...values: string[]): JsonObject => ({
  type: 'object',
  properties: { state: { type: 'string', enum: values } },
});
const withEvents = async (events: string) => {
  const { contract } = await load('contract.json', {
    read: async (name) => (name === 'events.yaml' ? events : JSON.stringify(documentOf())),
    companions: { events: 'events.yaml' },
  });
  if (!contract) throw new Error('there must be a contract');
  return contract;
};
const event = (name: string, type: string): string =>
  `events:\n  ${name}: { when: A thing was made., data: { type: ${type} } }\n`;

const webhook = (schema: JsonObject): Slots => ({ document: { webhooks: { told: { post: payload(schema) } } } });
const callback = (schema: JsonObject): Slots => ({
  operation: { callbacks: { done: { '{$request.body#/url}': { post: payload(schema) } } } },
});
const eventRules = async (before: string, after: string): Promise<string[]> =>
  diff(await withEvents(before), await withEvents(after), { today: '2026-06-01' }).findings.map(({ rule }) => rule);

/** Each pair is compared both ways. */
const policies: [before: JsonObject, after: JsonObject, there: string, back: string][] = [
  [
    { idempotency: 'optional' },
    { idempotency: 'required' },
    'error policy.idempotency.required',
    'info policy.idempotency.relaxed',
  ],
  [
    { idempotency: 'optional' },
    { idempotency: 'none' },
    'error policy.idempotency.withdrawn',
    'info policy.idempotency.relaxed',
  ],
  [
    { idempotency: { mode: 'optional', retain: 'P2D' } },
    { idempotency: { mode: 'optional', retain: 'P1D' } },
    'warn policy.retention.shortened',
    '',
  ],
  [
    { precondition: 'optional' },
    { precondition: 'required' },
    'error policy.precondition.required',
    'info policy.precondition.relaxed',
  ],
  [{ unknown: 'drop' }, { unknown: 'refuse' }, 'error policy.unknown.stricter', 'info policy.unknown.looser'],
  [limit(60), limit(30), 'error policy.limit.lowered', 'info policy.limit.raised'],
  [limit(60), limit(60, 2), 'error policy.limit.lowered', 'info policy.limit.raised'],
  [{}, limit(30), 'error policy.limit.added', 'info policy.limit.removed'],
  [{ size: { bodyBytes: 9 } }, { size: { bodyBytes: 8 } }, 'error policy.size.lowered', 'info policy.size.raised'],
  [{ timeoutMs: 900 }, { timeoutMs: 800 }, 'error policy.timeout.lowered', 'info policy.timeout.raised'],
  [
    { audience: ['staff', 'partner'] },
    { audience: ['staff'] },
    'error policy.audience.narrowed',
    'info policy.audience.widened',
  ],
  [{}, { channel: ['web'] }, 'error policy.channel.narrowed', 'info policy.channel.widened'],
  [{}, { purpose: ['marketing'] }, 'error policy.purpose.added', 'info policy.purpose.removed'],
  [{}, { stepUp: { acr: 'gold' } }, 'error policy.step-up.added', 'info policy.step-up.removed'],
  [{}, { senderConstrained: true }, 'error policy.sender-constrained.added', 'info policy.sender-constrained.removed'],
  [{}, { async: { mode: 'always', retain: 'P1D' } }, 'error policy.async.always', 'warn policy.async.changed'],
  [
    { paging: { max: 100 } },
    { paging: { max: 50 } },
    'error policy.paging.max-lowered',
    'info policy.paging.max-raised',
  ],
  [
    { paging: { next: 'next' } },
    { paging: { next: 'after' } },
    'error policy.paging.changed',
    'error policy.paging.changed',
  ],
  [{ cache: { ttl: 'PT1M' } }, { cache: { ttl: 'PT2M' } }, 'warn policy.cache.changed', 'warn policy.cache.changed'],
  [{ retry: { max: 2 } }, { retry: { max: 1 } }, 'warn policy.retry.changed', 'warn policy.retry.changed'],
  [
    { criticality: 'critical' },
    { criticality: 'sheddable' },
    'warn policy.criticality.changed',
    'warn policy.criticality.changed',
  ],
  [{ emits: ['thing.made'] }, {}, 'error policy.emits.removed', 'info policy.emits.added'],
  [
    { webhookIn: { scheme: 'a', secretRef: 's' } },
    { webhookIn: { scheme: 'b', secretRef: 's' } },
    'error policy.signature.changed',
    'error policy.signature.changed',
  ],
  [{}, { stage: 'preview' }, 'error operation.stage.lowered', 'info operation.stage.raised'],
];

describe('a promise of x-plinth', () => {
  it.each(policies)('%j → %j', async (before, after, there, back) => {
    expect((await told(plinth(before), plinth(after))).join()).toBe(there);
    expect((await told(plinth(after), plinth(before))).join()).toBe(back);
  });

  it('on a property: a value may be added to an enum that says so, and what was secret stays it', async () => {
    const extensible = { extensible: true };
    expect(await told(listed(extensible, 'a'), listed(extensible, 'a', 'b'))).toEqual([
      'info response.property.enum.value-added-as-announced',
    ]);
    expect(await told(listed({}, 'a'), listed({}, 'a', 'b'))).toEqual(['error response.property.enum.value-added']);
    expect(await told(listed({ sensitivity: 'pii' }, 'a'), listed({}, 'a'))).toEqual([
      'error response.property.sensitivity.lowered',
    ]);
  });

  it('about states: one that is new or gone breaks who follows them', async () => {
    expect(await told(states('used'), states('used', 'broken'))).toEqual([
      'info policy.move.added',
      'error policy.state.added',
    ]);
    expect(await told(states('used', 'broken'), states('used'))).toEqual([
      'error policy.move.removed',
      'error policy.state.removed',
    ]);
  });
});

describe('security', () => {
  const schemes = { key: { type: 'apiKey', in: 'header', name: 'X-Key' }, basic: { type: 'http', scheme: 'basic' } };
  const secured = (...security: JsonValue[]): Slots => ({
    operation: { security },
    document: { components: { securitySchemes: schemes } },
  });
  const cases: [before: JsonValue[], after: JsonValue[], rules: string][] = [
    [[], [{ key: [] }], 'error security.made-private'],
    [[{ key: [] }], [], 'warn security.made-public'],
    [[{ key: [] }], [{ key: [] }, {}], 'warn security.made-public'],
    [[{ key: [] }], [{ key: [], basic: [] }], 'error security.scheme.added'],
    [[{ key: [], basic: [] }], [{ key: [] }], 'info security.scheme.removed'],
    [[{ key: [] }], [{ basic: [] }], 'error security.alternative.removed,info security.alternative.added'],
    [[{ key: [] }, { basic: [] }], [{ basic: [] }, { key: [] }], ''],
  ];
  it.each(cases)('%j → %j', async (before, after, rules) => {
    const found = await told(secured(...before), secured(...after));
    expect(found.toSorted((a, b) => (a < b ? -1 : 1)).join()).toBe(rules);
  });
});

describe('what we send', () => {
  it.each([
    ['webhook', webhook],
    ['callback', callback],
  ])('by a %s is judged as what others read, its answer as what they send', async (_name, of) => {
    expect(await told(of(state('a')), of(state('a', 'b')))).toEqual(['error webhook.property.enum.value-added']);
    expect(await told(of(state('a', 'b')), of(state('a')))).toEqual(['info webhook.property.enum.value-removed']);
    expect(await told(of({}), of({ 'x-answer': { required: ['ok'] } }))).toEqual([
      'error webhook-answer.property.made-required',
    ]);
    expect(await told(of({}), {})).toEqual(['error webhook.removed']);
    expect(await told({}, of({}))).toEqual(['info webhook.added']);
  });

  it('as an event is judged as what others read', async () => {
    expect(await eventRules(event('thing.made', 'integer'), event('thing.made', 'number'))).toContain(
      'event.body.type.widened',
    );
    expect(await eventRules(event('thing.made', 'object'), event('thing.built', 'object'))).toEqual(
      expect.arrayContaining(['event.added', 'event.removed']),
    );
  });
});

describe('the advice on the version', () => {
  it.each([
    ['1.4.2', '1.4.3', 'patch', { operation: { tags: ['a'] } }],
    ['1.4.2', '1.5.0', 'minor', { operation: { responses: { '202': { description: 'Later.' } } } }],
    ['1.4.2', '2.0.0', 'major', { operation: { requestBody: null } }],
    ['0.4.2', '0.5.0', 'major', { operation: { requestBody: null } }],
    ['70', '71.0.0', 'major', { operation: { requestBody: null } }],
  ] as [string, string, string, Slots][])(
    'after %s is at least %s for a %s change',
    async (version, atLeast, bump, slots) => {
      const base = await contractOf(documentOf({}, version));
      const short = diff(base, await contractOf(documentOf(slots, version)), {
        today: '2026-06-01',
        checkVersion: true,
      });
      expect(short.version).toMatchObject({ bump, atLeast, enough: false });
      expect(short.findings).toContainEqual(
        expect.objectContaining({ rule: 'contract.version.too-low', severity: 'error' }),
      );
      const enough = diff(base, await contractOf(documentOf(slots, atLeast)), {
        today: '2026-06-01',
        checkVersion: true,
      });
      expect(enough.version?.enough).toBe(true);
    },
  );
});
