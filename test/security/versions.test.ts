// Two majors of one capability side by side, both running: the earlier one is a pair of pure adapters over the handlers
// of today. It is on its way out, says so, fails for announced minutes, ends, and goes on for one application with leave.

import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type Clock, systemClock } from '@plinth/runtime';
import { giveLeave } from '@plinth/runtime/pipeline';
import { eventually } from '@plinth/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ada, call, openIssuer, type OutsideIssuer, partner, startWorld, type World } from './world.ts';

const contract = (
  major: number,
  more: { plinth?: string; schemas: string; early?: string; parameter?: string },
): string => `
openapi: 3.1.0
info: { title: Stickers, version: ${major}.0.0, description: Stickers on parcels. }
servers: [{ url: /stickers/v${major} }]
x-plinth:
  capability: stickers
  owner: { team: test, contact: test@example.org }
  audience: [customer, partner, staff, agent]
${more.plinth ?? ''}
paths:
  /stickers/{stickerId}:
    get:
      operationId: ${major === 1 ? 'readSticker' : 'getSticker'}
      summary: See a sticker
      security: [{ oidc: [stickers.read] }]
      x-plinth: { ownerCheck: [] }
      parameters: [${more.parameter ?? ''}{ name: stickerId, in: path, required: true, schema: { type: string, maxLength: 40 } }]
      responses:
        '200': { description: Sticker., content: { application/json: { schema: { $ref: '#/components/schemas/Sticker' } } } }
  /stickers:
    post:
      operationId: makeSticker
      summary: Make a sticker
      security: [{ oidc: [stickers.write] }]
      x-plinth: { effect: write, audience: [customer, partner, staff] }
      requestBody:
        required: true
        content: { application/json: { schema: { $ref: '#/components/schemas/NewSticker' } } }
      responses:
        '201': { description: Made., content: { application/json: { schema: { $ref: '#/components/schemas/Sticker' } } } }
${more.early ?? ''}
components:
  securitySchemes:
    oidc: { type: openIdConnect, openIdConnectUrl: /oidc/.well-known/openid-configuration }
  schemas:
${more.schemas}
`;

const today = contract(2, {
  parameter:
    '{ name: size, in: query, schema: { type: string, maxLength: 9 }, x-plinth: { deprecation: { since: 2026-01-01, sunset: 2031-01-01 } } }, ',
  early: `
  /shapes:
    get:
      operationId: listShapes
      summary: See the shapes
      security: [{ oidc: [stickers.read] }]
      x-plinth: { stage: preview }
      responses: { '200': { description: Shapes., content: { application/json: { schema: { type: object } } } } }
  /colours:
    get:
      operationId: listColours
      summary: See the colours
      security: [{ oidc: [stickers.read] }]
      x-plinth: { stage: draft }
      responses: { '200': { description: Colours., content: { application/json: { schema: { type: object } } } } }`,
  schemas: `
    NewSticker:
      type: object
      additionalProperties: false
      required: [lines]
      properties:
        lines: { type: array, maxItems: 5, items: { type: string, maxLength: 40 } }
        colour: { type: string, maxLength: 20, x-plinth: { deprecation: { since: 2026-01-01, sunset: 2031-01-01 } } }
    Sticker: { type: object, required: [id, lines], properties: { id: { type: string }, lines: { type: array, items: { type: string } } } }`,
});
const earlier = contract(1, {
  plinth: '  deprecation: { since: 2026-01-01, sunset: 2030-07-01, successor: getSticker }',
  schemas: `
    NewSticker: { type: object, additionalProperties: false, required: [text], properties: { text: { type: string, maxLength: 200 } } }
    Sticker: { type: object, additionalProperties: false, required: [id, text], properties: { id: { type: string }, text: { type: string } } }`,
});
const files: Readonly<Record<string, string>> = {
  'contract.yaml': today,
  'handlers/get-sticker.ts': `
export async function getSticker(input) { return { status: 200, body: { id: input.stickerId, lines: ['one', 'two'] } }; }`,
  'handlers/make-sticker.ts': `
export async function makeSticker(input) { return { status: 201, body: { id: 'new', lines: input.body.lines } }; }`,
  'handlers/list-shapes.ts': `
export async function listShapes() { return { status: 200, body: {} }; }`,
  'handlers/list-colours.ts': `
export async function listColours() { return { status: 200, body: {} }; }`,
  'v1/contract.yaml': earlier,
  'v1/up.ts': `
export const operations = { readSticker: 'getSticker' };
export const makeSticker = (input) => ({ ...input, body: { lines: input.body.text.split('\\n') } });`,
  'v1/down.ts': `
const then = (reply) => ({ ...reply, body: { id: reply.body.id, text: reply.body.lines.join('\\n') } });
export const readSticker = then;
export const makeSticker = then;`,
};

let issuer: OutsideIssuer;
let world: World;
let now = Temporal.Instant.from('2026-11-01T12:00:00Z');
const clock: Clock = { ...systemClock, now: () => now };
beforeAll(async () => {
  issuer = await openIssuer();
  world = await startWorld({ issuer, demo: false, platform: { clock } });
  for (const [name, text] of Object.entries(files)) {
    const file = path.join(world.platform.config.contractsFolder, 'stickers', name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  const { running, refused } = await world.platform.reload();
  if (running.length !== 2) throw new Error(JSON.stringify(refused));
});
afterAll(async () => {
  await world?.close();
  await issuer?.close();
});

const scope = 'stickers.read stickers.write';
const customer = () => issuer.customer(ada, scope);
const application = (azp: string) => issuer.token({ sub: azp, kind: 'partner', partner_number: partner, azp, scope });
const ask = async (token: string, target: string, body?: unknown) =>
  call(
    world,
    token,
    target,
    body === undefined ? {} : { method: 'POST', body, headers: { 'idempotency-key': crypto.randomUUID() } },
  );

it('both majors answer, each as its own contract says', async () => {
  const token = await customer();
  expect((await ask(token, '/stickers/v2/stickers/a')).body).toEqual({ id: 'a', lines: ['one', 'two'] });
  expect((await ask(token, '/stickers/v1/stickers/a')).body).toEqual({ id: 'a', text: 'one\ntwo' });
  expect((await ask(token, '/stickers/v1/stickers', { text: 'x\ny' })).body).toEqual({ id: 'new', text: 'x\ny' });
  // What belongs to the other major is unknown to this one.
  expect(await ask(token, '/stickers/v1/stickers', { lines: ['x'] })).toMatchObject({
    status: 400,
    code: 'invalid-body',
  });
  expect((await ask(token, '/stickers/v2/stickers', { text: 'x' })).status).toBe(400);
});

it('each has a document of its own; that of the earlier says when it fails and when it ends', async () => {
  expect((await call(world, undefined, '/stickers/v2/openapi.json')).body['info']).toMatchObject({ version: '2.0.0' });
  const { body } = await call(world, undefined, '/stickers/v1/openapi.json');
  const operation = (
    body['paths'] as Record<string, Record<string, { 'x-plinth': { deprecation: { brownOuts: unknown[] } } }>>
  )['/stickers/{stickerId}']?.['get'];
  const { brownOuts } = operation?.['x-plinth'].deprecation ?? { brownOuts: [] };
  expect(brownOuts[0]).toEqual({ from: '2030-06-03T09:00:00.000Z', to: '2030-06-03T09:05:00.000Z' });
  expect(brownOuts.at(-1)).toEqual({ from: '2030-06-30T14:00:00.000Z', to: '2030-06-30T15:00:00.000Z' });
});

it('the earlier one says that it ends, and what follows; a property that was used says so too', async () => {
  const token = await customer();
  const { headers } = await ask(token, '/stickers/v1/stickers/a');
  expect(headers.get('deprecation')).toBe('@1767225600');
  expect(headers.get('sunset')).toBe('Mon, 01 Jul 2030 00:00:00 GMT');
  expect(headers.get('link')).toMatch(/rel="deprecation".*rel="sunset".*getSticker>; rel="successor-version"/);
  const plain = await ask(token, '/stickers/v2/stickers', { lines: ['x'] });
  const used = await ask(token, '/stickers/v2/stickers', { lines: ['x'], colour: 'red' });
  expect(plain.headers.get('deprecation')).toBeNull();
  expect([used.headers.get('deprecation'), used.headers.get('sunset')]).toEqual([
    '@1767225600',
    'Wed, 01 Jan 2031 00:00:00 GMT',
  ]);
  // So does a parameter.
  expect((await ask(token, '/stickers/v2/stickers/a')).headers.get('sunset')).toBeNull();
  expect((await ask(token, '/stickers/v2/stickers/a?size=large')).headers.get('sunset')).toBe(
    'Wed, 01 Jan 2031 00:00:00 GMT',
  );
});

it('who uses it is known exactly, by operation, application and property', async () => {
  const [one, two] = [await application('app_one'), await application('app_two')];
  for (let n = 0; n < 3; n++) await ask(one, '/stickers/v1/stickers/a');
  await ask(two, '/stickers/v1/stickers/a');
  await ask(two, '/stickers/v2/stickers', { lines: ['x'], colour: 'red' });
  const rows = await eventually('the records are written', 10_000, async () => {
    const found = await world.database.db
      .withSchema('runtime')
      .selectFrom('usage')
      .select(['capability', 'operation', 'consumer', 'calls', 'sent'])
      .where('consumer', 'like', 'app_%')
      .orderBy('capability')
      .orderBy('consumer')
      .execute();
    return found.length >= 3 ? found : undefined;
  });
  expect(
    rows.map((row) => ({ ...row, calls: Number(row['calls']), sent: (row['sent'] as string[]).toSorted() })),
  ).toEqual([
    { capability: 'stickers', operation: 'makeSticker', consumer: 'app_two', calls: 1, sent: ['/colour', '/lines'] },
    { capability: 'stickers@1', operation: 'readSticker', consumer: 'app_one', calls: 3, sent: [] },
    { capability: 'stickers@1', operation: 'readSticker', consumer: 'app_two', calls: 1, sent: [] },
  ]);
});

it('a property on its way out is counted by application, and only when it is used', async () => {
  const three = await application('app_three');
  await ask(three, '/stickers/v2/stickers', { lines: ['x'] });
  for (let n = 0; n < 2; n++) await ask(three, '/stickers/v2/stickers', { lines: ['x'], colour: 'red' });
  await ask(three, '/stickers/v1/stickers/a');
  const counted = world.platform.metrics
    .text()
    .split('\n')
    .filter((line) => line.startsWith('plinth_deprecated_use_total') && line.includes('app_three'));
  expect(counted.toSorted()).toEqual([
    'plinth_deprecated_use_total{operation="stickers.makeSticker",application="app_three",part="/colour"} 2',
    'plinth_deprecated_use_total{operation="stickers@1.readSticker",application="app_three",part="all"} 1',
  ]);
});

it.each(['v1a', 'v', 'v01', 'V1', 'v1.0', 'v-1', 'v3', 'v1%00', '1'])(
  'a version that is none (%s) is a problem, never another major',
  async (version) => {
    const token = await customer();
    for (const body of [undefined, { lines: ['x'] }]) {
      const answer = await ask(token, `/stickers/${version}/stickers${body === undefined ? '/a' : ''}`, body);
      expect(answer.headers.get('content-type')).toBe('application/problem+json');
      expect([answer.status, answer.code]).toEqual(
        version.includes('%') ? [400, 'malformed-request'] : [404, 'not-found'],
      );
    }
  },
);

const seen = async (token: string, target: string) => {
  const { status, code = 'ok' } = await ask(token, target);
  return `${status} ${code}`;
};

it('the earlier one fails for announced minutes, ends, and goes on for an application with leave until that ends, too', async () => {
  const [one, two] = [await application('app_one'), await application('app_two')];
  const target = '/stickers/v1/stickers/a';
  now = Temporal.Instant.from('2030-06-30T14:30:00Z');
  expect(await seen(one, target)).toBe('503 brown-out');
  const failing = await ask(one, target);
  expect([failing.headers.get('retry-after'), failing.headers.get('cache-control')]).toEqual(['1800', 'no-store']);
  now = Temporal.Instant.from('2030-06-30T15:00:00Z');
  expect(await seen(one, target)).toBe('200 ok');
  now = Temporal.Instant.from('2030-07-01T00:00:00Z');
  expect(await seen(one, target)).toBe('410 retired');
  const until = Temporal.Instant.from('2030-10-01T00:00:00Z');
  const leave = { kind: 'extension', applicationId: 'app_one', operation: 'stickers@1.*', until } as const;
  await giveLeave(world.database.db, leave);
  await eventually('the leave is known', 5_000, async () =>
    (await seen(one, target)) === '200 ok' ? true : undefined,
  );
  expect(await seen(two, target)).toBe('410 retired');
  const ended = await ask(two, target);
  expect(ended.headers.get('link')).toMatch(/readSticker>; rel="deprecation".*getSticker>; rel="successor-version"/);
  // Nor do the announced minutes fail for whoever has leave.
  now = Temporal.Instant.from('2030-06-30T14:30:00Z');
  expect([await seen(one, target), await seen(two, target)]).toEqual(['200 ok', '503 brown-out']);
  now = until;
  expect(await seen(one, target)).toBe('410 retired');
  // The present major does not end.
  expect(await seen(one, '/stickers/v2/stickers/a')).toBe('200 ok');
});

it('what is a preview is for applications that asked for it, and for our own pages', async () => {
  const [one, two] = [await application('app_one'), await application('app_two')];
  expect(await seen(one, '/stickers/v2/shapes')).toBe('403 opt-in-required');
  expect(await seen(await customer(), '/stickers/v2/shapes')).toBe('200 ok');
  const until = now.add({ hours: 24 });
  const leave = { kind: 'preview', applicationId: 'app_one', operation: 'stickers.listShapes', until } as const;
  await giveLeave(world.database.db, leave);
  await eventually('the leave is known', 5_000, async () =>
    (await seen(one, '/stickers/v2/shapes')) === '200 ok' ? true : undefined,
  );
  expect(await seen(two, '/stickers/v2/shapes')).toBe('403 opt-in-required');
  // A draft is another wish.
  expect(await seen(one, '/stickers/v2/colours')).toBe('403 opt-in-required');
  await giveLeave(world.database.db, { ...leave, operation: 'stickers.listColours' });
  await eventually('that leave is known', 5_000, async () =>
    (await seen(one, '/stickers/v2/colours')) === '200 ok' ? true : undefined,
  );
});

it('an adapter of what there is not keeps the earlier major out, and says so', async () => {
  const file = path.join(world.platform.config.contractsFolder, 'stickers/v1/down.ts');
  writeFileSync(file, `export const readNote = (reply) => reply;`);
  const { running, refused } = await world.platform.reload();
  expect(running).toEqual(['stickers']);
  expect(refused[0]?.message).toContain('there is an adapter of readNote, which stickers@1 does not have');
});

it.each([
  ['v1a/contract.yaml', 'the folder v1a is no major: name it v and a number, like v1, or move it elsewhere'],
  ['V1/notes.md', 'the folder V1 is no major'],
  ['v0/notes.md', 'the folder v0 holds no contract'],
])('a folder that only looks like an earlier major (%s) is refused, and the others run', async (name, why) => {
  const home = path.join(world.platform.config.contractsFolder, 'stickers');
  writeFileSync(path.join(home, 'v1/down.ts'), files['v1/down.ts'] as string);
  mkdirSync(path.dirname(path.join(home, name)), { recursive: true });
  writeFileSync(path.join(home, name), '');
  const { running, refused } = await world.platform.reload();
  expect(running).toEqual(['stickers', 'stickers@1']);
  expect(refused).toHaveLength(1);
  expect(refused[0]?.message).toContain(why);
  expect(refused[0]?.file).toBe(path.join(home, path.dirname(name)));
  rmSync(path.join(home, path.dirname(name)), { recursive: true });
});
