// A capability of our own with three majors: the present one, one that is a pair of adapters over its handlers, and one with
// handlers of its own. The contract of then is tested as it was then, over the whole platform.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Contract, failureText, plan, run, type TestReport } from '@plinth/contract';
import { type Capability, problem, read, reply, systemClock, type WriteContext, write } from '@plinth/runtime';
import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openTarget } from '../server/src/cli/test-target.ts';
import { loadCapability } from '../server/src/contracts/majors.ts';
import { call, openIssuer, type OutsideIssuer, startWorld, type World } from './security/world.ts';

interface ContractParts {
  read: string;
  /** Of a badge and of a new one. */
  text: string;
}

const badges = (major: number, { read: operation, text }: ContractParts): string => `
openapi: 3.1.0
info: { title: Badges, version: ${major}.0.0, description: Badges that staff wear. }
servers: [{ url: /badges/v${major} }]
x-plinth: { stage: stable, capability: badges, owner: { team: test, contact: test@example.org }, audience: [staff] }
tags: [{ name: Badges, description: What is worn. }]
paths:
  /badges/{badgeId}:
    get:
      operationId: ${operation}
      tags: [Badges]
      summary: See a badge
      security: [{ oidc: [badges.read] }]
      x-plinth: { ownerCheck: [] }
      parameters: [{ name: badgeId, in: path, required: true, schema: { type: string, maxLength: 40 } }]
      responses:
        '200': { description: The badge., content: { application/json: { schema: { $ref: '#/components/schemas/Badge' } } } }
  /badges:
    post:
      operationId: makeBadge
      tags: [Badges]
      summary: Make a badge
      security: [{ oidc: [badges.write] }]
      x-plinth: { effect: write, emits: [badge.made] }
      requestBody:
        required: true
        content: { application/json: { schema: { type: object, additionalProperties: false, required: [text], properties: { text: ${text} } } } }
      responses:
        '201': { description: Made., content: { application/json: { schema: { $ref: '#/components/schemas/Badge' } } } }
components:
  securitySchemes: { oidc: { type: openIdConnect, openIdConnectUrl: /oidc/.well-known/openid-configuration } }
  schemas:
    Badge: { type: object, additionalProperties: false, x-plinth: { resource: { name: badge, id: id } }, required: [id, text], properties: { id: { type: string }, text: ${text} } }
`;
const lines =
  '{ type: array, title: Lines, minItems: 1, maxItems: 5, items: { type: string, maxLength: 40, pattern: "^[a-z ]*$" } }';
const line = '{ type: string, title: Text, maxLength: 40, pattern: "^[a-z ]*$" }';
const events = `
events:
  badge.made: { when: A badge was made., data: { type: object, required: [id], properties: { id: { type: string } } } }
`;

type Body = { id: string; text: string[] };

const folder = mkdtempSync(path.join(tmpdir(), 'plinth-majors-'));
const home = path.join(folder, 'badges');

function put(name: string, text: string): void {
  mkdirSync(path.dirname(path.join(home, name)), { recursive: true });
  writeFileSync(path.join(home, name), text);
}

const capability: Capability = {
  name: 'badges',
  folder: home,
  handlers: {
    getBadge: read(async ({ badgeId }: { badgeId: string }, ctx) => {
      const { rows } = await sql<Body>`select id, text from badges.badge where id = ${badgeId}`.execute(ctx.db);
      return rows[0] === undefined ? problem('not-found') : reply(200, rows[0]);
    }),
    makeBadge: write(async ({ body }: { body: { text: string[] } }, ctx: WriteContext) => {
      const id = ctx.ids.uuid();
      await sql`insert into badges.badge values (${id}, ${body.text})`.execute(ctx.db);
      ctx.emit('badge.made' as never, { subject: id, data: { id } as never });
      return reply(201, { id, text: body.text });
    }),
  },
  majors: {
    2: {
      adapters: {
        operations: { readBadge: 'getBadge' },
        up: { makeBadge: (input) => ({ ...input, body: { text: [(input['body'] as { text: string }).text] } }) },
        down: Object.fromEntries(
          ['readBadge', 'makeBadge'].map((id) => [
            id,
            (said) => ({ ...said, body: { ...(said.body as Body), text: (said.body as Body).text.join(' ') } }),
          ]),
        ),
      },
    },
    1: {
      handlers: {
        readBadge: read(async () => reply(200, { id: 'one', text: 'the only one' }) as never),
        makeBadge: write(async () => reply(201, { id: 'one', text: 'the only one' }) as never),
      },
    },
  },
  migrations: {
    '0001-badges': {
      up: async (db) => {
        await sql`create table badges.badge (id text primary key, text text[] not null)`.execute(db);
      },
    },
  },
};

beforeEach(() => {
  const contracts = {
    '': [3, 'getBadge', lines],
    'v2/': [2, 'readBadge', line],
    'v1/': [1, 'readBadge', line],
  } as const;
  for (const [place, [major, operation, text]] of Object.entries(contracts)) {
    put(`${place}contract.yaml`, badges(major, { read: operation, text }));
    put(`${place}events.yaml`, events);
  }
});
afterEach(() => rmSync(home, { recursive: true }));
afterAll(() => rmSync(folder, { recursive: true }));

describe('majors of our own', () => {
  let issuer: OutsideIssuer;
  let world: World;
  let token: string;
  beforeAll(async () => {
    issuer = await openIssuer();
  });
  beforeEach(async () => {
    world = await startWorld({ issuer, demo: false, platform: { capabilities: [capability] } });
    token = await issuer.token({ sub: 'mia', kind: 'staff', scope: 'badges.read badges.write' });
  });
  afterEach(() => world.close());
  afterAll(() => issuer.close());

  const ask = (target: string, body?: unknown) =>
    call(world, token, target, {
      method: body === undefined ? 'GET' : 'POST',
      ...(body === undefined ? {} : { body, headers: { 'idempotency-key': crypto.randomUUID() } }),
    });

  it('answer side by side, each as its contract says, over one table', async () => {
    const made = await ask('/badges/v2/badges', { text: 'of then' });
    expect(made).toMatchObject({ status: 201, body: { text: 'of then' } });
    const id = String(made.body['id']);
    expect((await ask(`/badges/v3/badges/${id}`)).body).toEqual({ id, text: ['of then'] });
    expect((await ask('/badges/v3/badges', { text: ['a', 'b'] })).body).toMatchObject({ text: ['a', 'b'] });
    expect(await ask('/badges/v2/badges', { text: ['a'] })).toMatchObject({ status: 400, code: 'invalid-body' });
    expect(await ask('/badges/v2/badges/none')).toMatchObject({ status: 404, code: 'not-found' });
    expect((await ask('/badges/v1/badges/any')).body).toEqual({ id: 'one', text: 'the only one' });
    expect(world.platform.contracts().map(({ id: name }) => name)).toEqual(['badges', 'badges@1', 'badges@2']);
    const { rows } = await sql`select source, type from runtime.outbox where subject = ${id}`.execute(
      world.database.db,
    );
    expect(rows).toEqual([{ source: '/badges', type: 'badge.made' }]);
    // What is dropped in does not push them out.
    await world.platform.reload();
    expect((await ask(`/badges/v2/badges/${id}`)).body).toEqual({ id, text: 'of then' });
  });

  it('the contract of then passes its own tests', async () => {
    const contract = world.platform.contracts().find(({ id }) => id === 'badges@2') as Contract;
    const report = await reportOf(contract, world.base + contract.basePath, token);
    expect(report.failures.map((failure) => failureText(failure, { baseUrl: world.base })).join('\n\n')).toBe('');
    expect(report.finished).toBe(true);
    const successes = report.coverage.map(({ operation, successes: { seen } }) => [operation, seen > 0]);
    expect(successes).toEqual([
      ['readBadge', true],
      ['makeBadge', true],
    ]);
  });
});

async function reportOf(contract: Contract, baseUrl: string, token: string): Promise<TestReport> {
  const target = openTarget(baseUrl, { workers: 1 });
  const staff = { name: 'mia', headers: { authorization: `Bearer ${token}` } };
  try {
    const ports = { send: target.send, principals: [staff] as never, now: systemClock.now(), seed: 7, workers: 1 };
    for await (const event of run(plan(contract, { cases: 3, destructive: true }), ports))
      if (event.type === 'report') return event.report;
    throw new Error('a run ends with a report');
  } finally {
    target.close();
  }
}

describe('a capability does not start, and says why, when', () => {
  it.each<[string, () => void, Capability['majors'], string]>([
    [
      'a folder has a name like a major',
      () => put('v1a/contract.yaml', ''),
      capability.majors,
      'the folder v1a is no major',
    ],
    [
      'a folder of a major holds no contract',
      () => put('v0/notes.md', ''),
      capability.majors,
      'the folder v0 holds no',
    ],
    [
      'its manifest does not know a folder',
      () => undefined,
      { 1: {} },
      'the manifest of badges has no majors: { 2: … }',
    ],
    ['its manifest names one that is not there', () => undefined, { ...capability.majors, 0: {} }, 'v0 is not there'],
    [
      'a folder holds another major',
      () => put('v1/contract.yaml', badges(2, { read: 'readBadge', text: line })),
      capability.majors,
      'the folder v1 holds badges 2.0.0',
    ],
    [
      'a folder holds a later one',
      () => put('v1/contract.yaml', badges(3, { read: 'readBadge', text: line })),
      capability.majors,
      'badges 3.0.0 is no earlier major of 3.0.0',
    ],
    [
      'an adapter is for an operation that there was not',
      () => undefined,
      { ...capability.majors, 2: { adapters: { up: { getBadge: (input) => input }, down: {} } } },
      'there is an adapter of getBadge, which badges@2 does not have',
    ],
  ])('%s', async (_, change, majors, why) => {
    change();
    await expect(loadCapability({ ...capability, ...(majors && { majors }) })).rejects.toThrow(why);
  });
});
