// Applications beside each other: one that does whatever it can with what belongs to another reaches nothing of it, takes
// nothing of its share, and gets nothing by asking for more than there is to have. What a partner's own pages show of its
// endpoints and deliveries: partners.test.ts.

import { randomUUID } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { MemoryLimitStore } from '@plinth/adapters/memory';
import { fromWireId, type Principal, servicePrincipal } from '@plinth/runtime';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { call, type Said, startWorld, type World } from './world.ts';

const kits = `
openapi: 3.1.0
info: { title: Kits, version: 1.0.0, description: Kits that partners put together. }
servers: [{ url: /kits/v1 }]
x-plinth: { capability: kits, owner: { team: test, contact: test@example.org }, audience: [partner] }
security: [{ key: [kits.use] }]
paths:
  /kits:
    get:
      operationId: listKits
      summary: See my kits
      x-plinth: { ownerCheck: { object: kit, list: true } }
      responses: { '200': { description: Kits., content: { application/json: { schema: { type: object, required: [items], properties: { items: { type: array, maxItems: 1000, items: { $ref: '#/components/schemas/Kit' } } } } } } } }
    post:
      operationId: makeKit
      summary: Make a kit
      x-plinth: { effect: write, limits: [{ name: making, per: principal, quota: 20, windowS: 3600 }, { name: making-together, per: application, quota: 20, windowS: 3600 }] }
      requestBody: { required: true, content: { application/json: { schema: { $ref: '#/components/schemas/NewKit' } } } }
      responses: { '201': { description: Made., content: { application/json: { schema: { $ref: '#/components/schemas/Kit' } } } } }
  /builds:
    post:
      operationId: buildKit
      summary: Have a kit built
      x-plinth: { effect: write, async: { mode: always } }
      requestBody: { required: true, content: { application/json: { schema: { type: object, additionalProperties: false, required: [name], properties: { name: { type: string, maxLength: 80 }, callbackUrl: { type: string, maxLength: 200 } } } } } }
      responses:
        '201': { description: Built., content: { application/json: { schema: { type: object, properties: { built: { type: string } } } } } }
        '202': { description: Begun. }
      callbacks:
        built:
          '{$request.body#/callbackUrl}':
            post: { operationId: onBuilt, responses: { '204': { description: Heard. } } }
  /plans:
    post:
      operationId: addPlan
      summary: Add a plan
      x-plinth: { effect: write, files: stored }
      requestBody: { required: true, content: { multipart/form-data: { schema: { type: object, required: [plan], properties: { plan: { type: string, format: binary } } } } } }
      responses: { '201': { description: Added., content: { application/json: { schema: { type: object, properties: { id: { type: string } } } } } } }
  /plans/{planId}:
    get:
      operationId: getPlan
      summary: See a plan
      x-plinth: { ownerCheck: { object: plan, list: true } }
      parameters: [{ name: planId, in: path, required: true, schema: { type: string, maxLength: 60 } }]
      responses: { '200': { description: Plan., content: { application/json: { schema: { type: object, properties: { name: { type: string }, text: { type: string } } } } } } }
  /kits/{kitId}:
    parameters: [{ name: kitId, in: path, required: true, schema: { type: string, maxLength: 60 } }]
    get:
      operationId: getKit
      summary: See a kit
      x-plinth: { ownerCheck: { object: kit, id: path.kitId } }
      responses: { '200': { description: Kit., content: { application/json: { schema: { $ref: '#/components/schemas/Kit' } } } } }
    put:
      operationId: changeKit
      summary: Change a kit
      x-plinth: { effect: write, precondition: none, ownerCheck: { object: kit, id: path.kitId } }
      requestBody: { required: true, content: { application/json: { schema: { $ref: '#/components/schemas/NewKit' } } } }
      responses: { '200': { description: Kit., content: { application/json: { schema: { $ref: '#/components/schemas/Kit' } } } } }
    delete:
      operationId: dropKit
      summary: Drop a kit
      x-plinth: { precondition: none, ownerCheck: { object: kit, id: path.kitId } }
      responses: { '204': { description: Dropped. } }
components:
  securitySchemes: { key: { type: http, scheme: bearer } }
  schemas:
    NewKit: { type: object, additionalProperties: false, required: [name], properties: { name: { type: string, maxLength: 80 } } }
    Kit: { type: object, required: [id, name], properties: { id: { type: string }, name: { type: string } } }
`;

/** What is called slow is built for ten minutes. */
const handlers = {
  'build-kit.ts': `
export async function buildKit(input, ctx) {
  for (let done = 0; done < 12_000 && input.body.name.startsWith('slow'); done++) {
    ctx.progress(done, 12_000);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return { status: 201, body: { built: input.body.name } };
}`,
  // Whose a plan is stands with its rows, as in a capability of one's own.
  'add-plan.ts': `
globalThis.plansOfTest ??= new Map();
export async function addPlan(input, ctx) {
  const { id } = input.body.plan;
  globalThis.plansOfTest.set(id, ctx.owner);
  return { status: 201, body: { id } };
}`,
  'get-plan.ts': `
export async function getPlan(input, ctx) {
  const isMine = globalThis.plansOfTest.get(input.planId) === ctx.owner;
  const found = isMine ? await ctx.files.open(input.planId) : undefined;
  if (found === undefined) return { kind: 'problem', code: 'not-found', values: {} };
  const pieces = [];
  for await (const piece of found.bytes) pieces.push(piece);
  return { status: 200, body: { name: found.file.name, text: Buffer.concat(pieces).toString() } };
}`,
};

interface App {
  partner: Principal;
  id: string;
  keyId: string;
  secret: string;
}

/** Nobody listens there: what is sent is looked at before it leaves. */
const hook = 'http://127.0.0.1:9/built';
let world: World;
let [acme, twin, bolt]: App[] = [];
const store = new MemoryLimitStore();
/** Of the edge's own limits; those of the contract are as they are. */
const limits = { take: store.take.bind(store) };
beforeAll(async () => {
  world = await startWorld({ platform: { limits }, env: { PLINTH_ALLOWED_PRIVATE_HOSTS: new URL(hook).host } });
  const folder = path.join(world.platform.config.contractsFolder, 'kits');
  mkdirSync(path.join(folder, 'handlers'), { recursive: true });
  writeFileSync(path.join(folder, 'contract.yaml'), kits);
  for (const [name, text] of Object.entries(handlers)) writeFileSync(path.join(folder, 'handlers', name), text);
  const { refused } = await world.platform.reload();
  if (refused.length > 0) throw new Error(JSON.stringify(refused));
  [acme, twin, bolt] = [await appOf('acme', 'One'), await appOf('acme', 'Two'), await appOf('bolt', 'Other')];
});
afterAll(() => world?.close());

async function appOf(name: string, title: string, scopes = ['kits.use', 'catalogue.read']): Promise<App> {
  const partner: Principal = {
    ...servicePrincipal(name),
    issuer: 'test',
    audience: 'partner',
    partnerId: `ptn_${name}`,
  };
  const { id } = (await ask(partner, 'partners.createApp', { body: { name: title, scopes } })) as { id: string };
  const key = (await ask(partner, 'partners.createKey', { appId: id })) as { id: string; secret: string };
  return { partner, id, keyId: key.id, secret: key.secret };
}

async function ask(principal: Principal, operation: string, input: Record<string, unknown>): Promise<unknown> {
  const result = await world.platform.edge.invoke({ operation, principal, input, idempotencyKey: randomUUID() });
  if (result.status >= 300) throw new Error(`${operation}: ${JSON.stringify(result.body)}`);
  return result.body;
}

const send = (app: App | undefined, method: string, target: string, sent: { body?: unknown; key?: string } = {}) => {
  const { body, key = randomUUID() } = sent;
  return call(world, app?.secret, target, { method, body, headers: { 'idempotency-key': key } });
};
const make = (app: App | undefined, name: string, key?: string): Promise<Said> =>
  send(app, 'POST', '/kits/v1/kits', { body: { name }, ...(key === undefined ? {} : { key }) });
const namesOf = (said: Said): string[] => (said.body['items'] as { name: string }[]).map(({ name }) => name);

describe('what one application made', () => {
  it('is seen, changed and dropped by its partner alone', async () => {
    const made = await make(acme, 'Mine');
    expect(made.status).toBe(201);
    const target = `/kits/v1/kits/${String(made.body['id'])}`;
    const missing = await send(bolt, 'GET', '/kits/v1/kits/kit_nobodys');
    for (const [method, body] of [['GET'], ['PUT', { name: 'Taken' }], ['DELETE']] as const) {
      const refused = await send(bolt, method, target, { body });
      expect([method, refused.status, refused.code]).toEqual([method, missing.status, missing.code]);
      expect(refused.text).not.toContain('Mine');
    }
    expect(namesOf(await send(bolt, 'GET', '/kits/v1/kits'))).not.toContain('Mine');
    expect((await send(acme, 'GET', target)).body['name']).toBe('Mine');
    expect(namesOf(await send(acme, 'GET', '/kits/v1/kits'))).toContain('Mine');
  });

  it('under a key is not what another makes under the same key', async () => {
    const answers = await Promise.all([acme, twin, bolt].map((app) => make(app, 'Same', 'one-key')));
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201]);
    expect(new Set(answers.map(({ body }) => body['id'])).size).toBe(3);
    // The control: for itself it is.
    expect((await make(acme, 'Same', 'one-key')).body['id']).toBe(answers[0]?.body['id']);
    expect((await make(acme, 'Other', 'one-key')).code).toBe('idempotency-key-reused');
    expect((await make(bolt, 'Other', 'one-key')).code).toBe('idempotency-key-reused');
  });
});

const secretOf = async ({ partner, id }: App): Promise<string> =>
  ((await ask(partner, 'partners.rotateCallbackSecret', { appId: id })) as { secret: string }).secret;
const begin = (app: App | undefined, name: string): Promise<Said> =>
  send(app, 'POST', '/kits/v1/builds', { body: { name }, key: 'one-build' });

describe('a job', () => {
  it('is read, watched and cancelled by the application that asked for it, and by no other of its partner', async () => {
    const [mine, theirs] = [await begin(acme, 'slow'), await begin(twin, 'slow')];
    expect([mine.status, theirs.status]).toEqual([202, 202]);
    // One key of two applications is two keys.
    expect(theirs.body['id']).not.toBe(mine.body['id']);
    const place = String(mine.headers.get('location'));
    const missing = await send(twin, 'GET', '/jobs/job_nobodys');
    expect(missing.code).toBe('not-found');
    for (const app of [twin, bolt])
      for (const [method, headers] of [
        ['GET', {}],
        ['HEAD', {}],
        ['GET', { prefer: 'wait=1' }],
        ['GET', { accept: 'text/event-stream' }],
        ['DELETE', {}],
      ] as const) {
        const refused = await call(world, app?.secret, place, { method, headers });
        expect([method, headers, refused.status]).toEqual([method, headers, 404]);
        expect(refused.text).not.toContain('slow');
      }
    expect((await send(acme, 'GET', place)).body['state']).toMatch(/queued|running/);
    expect((await send(acme, 'DELETE', place)).body['state']).toBe('cancelled');
    expect((await send(twin, 'GET', String(theirs.headers.get('location')))).body['state']).not.toBe('cancelled');
    await send(twin, 'DELETE', String(theirs.headers.get('location')));
  });

  it('tells its outcome signed with the secret of its own application, and none with that of another', async () => {
    const [calling, beside] = [await appOf('acme', 'Calling'), await appOf('acme', 'Beside it')];
    const body = { name: 'quick', callbackUrl: hook };
    const refused = await send(calling, 'POST', '/kits/v1/builds', { body });
    expect(refused.code).toBe('callback-refused');
    const others = await secretOf(beside);
    // That the other one has a secret does not help.
    expect((await send(calling, 'POST', '/kits/v1/builds', { body })).code).toBe('callback-refused');
    const own = await secretOf(calling);
    const begun = await send(calling, 'POST', '/kits/v1/builds', { body });
    await call(world, calling.secret, String(begun.headers.get('location')), { headers: { prefer: 'wait=20' } });
    const { rows } = await sql<{ owner: string; secrets: string[] }>`
      select t.owner, array(select s.secret from runtime.webhook_secret s where s.holder = t.owner) as secrets
      from runtime.webhook_target t join runtime.webhook_delivery d on d.target_id = t.id
      where t.url = ${hook}`.execute(world.database.db);
    expect(rows).toEqual([{ owner: calling.id, secrets: [own] }]);
    expect(own).not.toBe(others);
  });
});

async function addPlan(
  app: App | undefined,
  form: FormData,
  key = 'one-plan',
): Promise<{ status: number; id: string }> {
  const headers = { authorization: `Bearer ${app?.secret}`, 'idempotency-key': key };
  const response = await fetch(`${world.base}/kits/v1/plans`, { method: 'POST', headers, body: form });
  const body = (await response.json()) as { id?: string };
  return { status: response.status, id: body.id ?? '' };
}
const formOf = (plan: Blob | string): FormData => {
  const form = new FormData();
  if (typeof plan === 'string') form.append('plan', plan);
  else form.append('plan', plan, 'plan.txt');
  return form;
};
const stored = async (id: string) => {
  const { rows } = await sql<{ owner: string }>`select owner from runtime.file where id = ${id}`.execute(
    world.database.db,
  );
  return rows;
};

describe('a file', () => {
  it('that came in under a key is not what another application sends under it, and is opened by its partner alone', async () => {
    const form = formOf(new Blob(['of Acme'], { type: 'text/plain' }));
    const added = [await addPlan(acme, form), await addPlan(twin, form), await addPlan(bolt, form)];
    expect(added.map(({ status }) => status)).toEqual([201, 201, 201]);
    expect(new Set(added.map(({ id }) => id)).size).toBe(3);
    const [mine] = added;
    expect((await addPlan(acme, form)).id).toBe(mine?.id);
    const read = (app: App | undefined) => send(app, 'GET', `/kits/v1/plans/${mine?.id}`);
    expect((await read(acme)).body).toEqual({ name: 'plan.txt', text: 'of Acme' });
    expect(await read(bolt)).toMatchObject({ status: 404, code: 'not-found' });
  });

  it('is not taken over by whoever names it instead of sending one', async () => {
    const fresh = await appOf('acme', 'Sender');
    const { id } = await addPlan(fresh, formOf(new Blob(['mine'], { type: 'text/plain' })));
    const before = await stored(id);
    expect(before).toHaveLength(1);
    for (const app of [await appOf('acme', 'Taker'), await appOf('bolt', 'Thief')])
      for (const named of [id, JSON.stringify({ id, name: 'plan.txt', type: 'text/plain', size: 4 })]) {
        // What stands there is a file of its own with these letters.
        const added = await addPlan(app, formOf(named), randomUUID());
        expect([added.status, added.id === id]).toEqual([201, false]);
        expect((await send(app, 'GET', `/kits/v1/plans/${added.id}`)).body['text']).toBe(named);
      }
    expect(await stored(id)).toEqual(before);
  });
});

describe('the share of one application', () => {
  it('is not used up by another, of the same partner or not', async () => {
    const spent = await appOf('acme', 'Spent');
    for (let n = 0; n < 20; n++) expect((await make(spent, `Kit ${n}`)).status).toBe(201);
    expect((await make(spent, 'Too many')).code).toBe('rate-limited');
    for (const app of [twin, bolt]) expect((await make(app, 'Still')).status).toBe(201);
  });

  it('of a plan is not used up by another, of the same partner or not', async () => {
    const [sold, beside] = [await appOf('acme', 'Sold'), await appOf('acme', 'Beside')];
    const plan = JSON.stringify({ quotas: [{ product: 'kits', per: 'day', calls: 2 }] });
    for (const { id } of [sold, beside, bolt as App])
      await sql`update partners.apps set plan = ${plan}::jsonb where id = ${fromWireId('app', id)}`.execute(
        world.database.db,
      );
    const statuses = [];
    for (let n = 0; n < 3; n++) statuses.push((await send(sold, 'GET', '/kits/v1/kits')).code);
    expect(statuses).toEqual([undefined, undefined, 'quota-exhausted']);
    for (const app of [beside, bolt]) expect((await send(app, 'GET', '/kits/v1/kits')).status).toBe(200);
  });

  it('is not ended by another that tries ids', async () => {
    const walker = await appOf('bolt', 'Walker');
    const codes = [];
    for (let n = 0; n < 22; n++) codes.push((await send(walker, 'GET', `/kits/v1/kits/kit_${n}`)).code);
    expect([codes[0], codes.at(-1)]).toEqual(['not-found', 'too-many-failures']);
    const fresh = await appOf('bolt', 'Fresh');
    const made = await make(fresh, 'Kit');
    expect((await send(fresh, 'GET', `/kits/v1/kits/${String(made.body['id'])}`)).status).toBe(200);
  });
});

it('every operation that partners may call gives one nothing of another’s, by key', async () => {
  const owner = acme?.partner as Principal;
  const addressed = { appId: acme?.id, url: hook, events: ['key.created'] };
  const endpoint = (await ask(owner, 'partners.createEndpoint', { body: addressed })) as { id: string };
  const sent = (await ask(owner, 'partners.testEndpoint', { endpointId: endpoint.id })) as { id: string };
  const things = {
    appId: acme?.id,
    keyId: acme?.keyId,
    partnerId: owner.partnerId,
    endpointId: endpoint.id,
    deliveryId: sent.id,
  };
  const crossings: unknown[] = [];
  let asked = 0;
  for (const { id, basePath, operations } of world.platform.contracts())
    for (const operation of operations) {
      if (!operation.policy.audience.includes('partner')) continue;
      const named = operation.params.filter(({ in: place }) => place === 'path');
      const target = named.reduce(
        (made, { name }) => made.replace(`{${name}}`, things[name as keyof typeof things] ?? 'x'),
        basePath + operation.path,
      );
      // The keys of its partner's own other applications open as little.
      for (const app of [bolt, twin]) {
        const said = await send(app, operation.method.toUpperCase(), target, { body: operation.body && {} });
        asked += 1;
        const isForeign = [acme?.id, endpoint.id, sent.id].some((each) => said.text.includes(each as string));
        if (isForeign || (named.length > 0 && said.status < 400)) crossings.push([id, operation.id, said.status]);
      }
    }
  expect(asked).toBeGreaterThan(40);
  expect(crossings).toEqual([]);
});

describe('an application cannot give itself', () => {
  it('every scope by one word', async () => {
    for (const scope of ['*', 'kits.*', 'Kits.use', 'kits.use accounts.read']) {
      const wish = { name: 'All', scopes: [scope] };
      const partner = acme?.partner as Principal;
      const result = await world.platform.edge.invoke({
        operation: 'partners.createApp',
        principal: partner,
        input: { body: wish },
        idempotencyKey: randomUUID(),
      });
      expect([scope, (result.body as { code: string }).code]).toEqual([scope, 'invalid-body']);
    }
  });

  it('what takes client credentials, also if its scopes said so', async () => {
    const greedy = await appOf('acme', 'Greedy', ['partners.write', 'partners.read', 'kits.use']);
    const target = `/partners/v1/apps/${greedy.id}/keys`;
    expect((await send(greedy, 'POST', target)).code).toBe('insufficient-scope');
    await sql`update partners.apps set scopes = '{*}' where id = ${fromWireId('app', greedy.id)}`.execute(
      world.database.db,
    );
    const again = (await ask(greedy.partner, 'partners.createKey', { appId: greedy.id })) as { secret: string };
    const widest = { ...greedy, secret: again.secret };
    for (const [method, place] of [
      ['POST', target],
      ['GET', target],
      ['GET', '/partners/v1/apps'],
      ['GET', '/partners/v1/webhook-endpoints'],
      ['GET', '/partners/v1/deliveries'],
    ] as const)
      expect((await send(widest, method, place)).code).toBe('insufficient-scope');
  });

  it('a live stream, or the tools of agents', async () => {
    expect((await send(acme, 'GET', '/live?topics=kits')).code).toBe('audience-not-allowed');
    expect((await send(acme, 'POST', '/mcp', { body: {} })).code).toBe('invalid-token');
  });
});
